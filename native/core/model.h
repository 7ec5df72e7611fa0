#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "buffer.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/update.h"
#include "parallel.h"

namespace gemsbok::core {

struct Variable {
  std::size_t layer;
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset;  // in the arena
  std::size_t size;
};

struct WeightedMetric {
  Metric metric;
  bool weighted;
};

// What `compile` sets.
struct Objective {
  Bound<LossRun> loss;  // without entry where the caller computes the loss
  Reduction reduction = Reduction::kSumOverBatchSize;
  bool on_logits = false;        // the loss reads the last layer's z
  bool one_value = false;        // the loss takes the whole batch as one row
  std::size_t true_columns = 0;  // columns of a target's row
  double loss_weight = 1;
  std::vector<WeightedMetric> metrics;
  Optimizer optimizer;
  std::vector<UpdatedVariable> updated;  // the model's variables

  bool has_loss() const { return loss.entry != nullptr; }
  // Whether the loss or a metric must see all rows of a batch at once.
  bool whole_batch() const;
};

// The layers, the arena of all parameters, and what was compiled: gradients have the arena's layout, in which each
// variable starts on a cache line (the gap's elements are zero and stay so).
class Model {
 public:
  Model(std::size_t input_size, std::vector<std::unique_ptr<Layer>> layers);

  std::size_t input_size() const { return input_size_; }
  std::size_t output_size() const { return layers_.empty() ? input_size_ : layers_.back()->output_size(); }
  std::size_t output_columns() const { return layers_.empty() ? input_size_ : layers_.back()->output_columns(); }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  const std::vector<Variable>& variables() const { return variables_; }
  std::size_t arena_size() const { return parameters_.size(); }
  std::size_t bytes() const;

  // The following take or need the lock: training holds it for a step, readers for one piece of their work.
  FairSharedMutex& mutex() const { return mutex_; }
  float* parameters() const { return parameters_.data(); }
  const float* const* layer_parameters(std::size_t layer) const { return parameter_pointers_[layer].data(); }
  float* gradients() const { return gradients_.data(); }
  float* const* layer_gradients(std::size_t layer) const { return gradient_pointers_[layer].data(); }

  void compile(Objective objective);
  bool is_compiled() const { return objective_.has_value(); }
  const Objective& objective() const;
  // Changes with each compile, so that a run made before it can tell.
  std::uint64_t generation() const { return generation_; }
  // What the optimizer remembers: entries, and the values of each.
  const std::vector<StateEntry>& state() const { return state_; }
  float* state_values(std::size_t index) const;
  // Calls of `update` since it was compiled.
  std::uint64_t iterations() const { return iterations_; }
  void set_iterations(std::uint64_t iterations) { iterations_ = iterations; }

  // One call of the optimizer, from the gradients, which it changes.
  void update(double learning_rate, const TeamPool::Lease& team);
  // The end of training: where the optimizer keeps averages of the parameters, they take their place.
  void finalize();

 private:
  std::size_t input_size_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Variable> variables_;
  Buffer<float> parameters_, gradients_;
  std::vector<std::vector<float*>> parameter_pointers_, gradient_pointers_;
  std::optional<Objective> objective_;
  std::vector<StateEntry> state_;
  std::vector<Buffer<float>> state_values_;
  std::optional<Update<float>> update_;
  std::atomic<std::uint64_t> iterations_{0};
  std::uint64_t generation_ = 0;
  mutable FairSharedMutex mutex_;
};

}  // namespace gemsbok::core
