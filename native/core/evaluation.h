#pragma once

#include <atomic>
#include <vector>

#include "batch_pass.h"

namespace gemsbok::core {

void check_inputs(const Model& model, const Column& x);
// A model whose loss the caller computes cannot be scored here.
void require_loss(const Model& model);

// Sums over samples, from which JavaScript reads loss and metrics.
struct Sums {
  double loss = 0;  // batch losses times batch sizes
  std::size_t samples = 0;
  std::vector<std::vector<double>> states;  // of the metrics

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

// Writes [rows, output_size]; false where it was cancelled.
bool predict(const Model& model, const Column& x, std::size_t rows, float* out, const TeamPool::Lease& team,
             const std::atomic<bool>& cancelled);

// Loss of one batch, all rows of `data`; the gradients, laid out as the arena, go to `gradients`.
double batch_gradients(Model& model, const Dataset& data, float* gradients, const TeamPool::Lease& team);

}  // namespace gemsbok::core
