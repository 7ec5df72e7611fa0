#pragma once

#include <atomic>
#include <vector>

#include "passes.h"

namespace gemsbok::core {

void check_inputs(const Model& model, const std::vector<Column>& inputs);
// A model whose loss the caller computes cannot be scored here.
void require_loss(const Model& model);

// Sums over samples, from which JavaScript reads loss and metrics.
struct Sums {
  double loss = 0;  // batch losses times batch sizes
  std::size_t samples = 0;
  std::vector<double> output_losses;        // likewise, of each output
  std::vector<std::vector<double>> states;  // of the metrics, output by output

  static Sums zero(const Model& model);
  void clear();
  void add(const Batch& batch);
  double mean_loss() const { return samples == 0 ? 0 : loss / static_cast<double>(samples); }
};

struct Evaluation {
  Sums sums;
  bool cancelled = false;
};

Evaluation evaluate(const Model& model, const Dataset& data, std::size_t batch_size, const TeamPool::Lease& team,
                    const std::atomic<bool>& cancelled);

// Writes [rows, output_size] of each output; false where it was cancelled.
bool predict(const Model& model, const std::vector<Column>& inputs, std::size_t rows,
             const std::vector<float*>& outputs, const TeamPool::Lease& team, const std::atomic<bool>& cancelled);

// Loss of one batch, all rows of `data`, as in training; the gradients, laid out as the arena, go to `gradients`. What
// layers learn without gradients stays as it is.
double batch_gradients(Model& model, const Dataset& data, std::uint64_t seed, float* gradients,
                       const TeamPool::Lease& team);

}  // namespace gemsbok::core
