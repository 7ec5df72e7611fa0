#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "buffer.h"
#include "constraints.h"
#include "graph.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/update.h"
#include "parallel.h"
#include "regularizers.h"

namespace gemsbok::core {

struct Variable {
  std::size_t layer;
  std::string name;
  std::vector<std::size_t> shape;
  bool trainable;
  std::size_t offset;  // in the arena
  std::size_t size;
};

struct WeightedMetric {
  Metric metric;
  bool weighted;        // by the samples
  bool masked = false;  // by the output's mask
};

// What `compile` sets for one output of the model.
struct OutputObjective {
  bool trained = true;
  Bound<LossRun> loss;  // without entry where the caller computes the loss, or the output is not trained
  Reduction reduction = Reduction::kSumOverBatchSize;
  bool on_logits = false;        // the loss reads what goes into the output's last node
  bool one_value = false;        // the loss takes the whole batch as one row
  std::size_t columns = 0;       // of a row of the output
  std::size_t true_columns = 0;  // of a row of its target
  double loss_weight = 1;
  // A tensor with an element for each row of the output: rows with 0 do not count.
  std::optional<std::size_t> mask;
  std::vector<WeightedMetric> metrics;
  bool custom_metrics = false;  // the caller computes further ones from the output

  bool has_loss() const { return loss.entry != nullptr; }
  // Whether the caller computes the loss.
  bool is_scripted() const { return trained && !has_loss(); }
  // Whether there is a loss whose rows do not depend on each other.
  bool is_sum_of_rows() const { return has_loss() && !one_value && !loss->whole_batch; }
  // Whether the caller reads the output of each batch.
  bool is_read() const { return custom_metrics || is_scripted(); }
  // Whether the loss or a metric must see all rows of a batch at once.
  bool whole_batch() const;
};

// A variable as a matrix, and what is to be done with it.
template <class Run>
struct VariableRule {
  Bound<Run> rule;
  std::size_t variable, rows, columns;
};

struct Objective {
  std::vector<OutputObjective> outputs;
  Optimizer optimizer;
  std::vector<std::size_t> updated;        // the variables that training changes
  std::vector<UpdatedVariable> variables;  // of these
  std::vector<VariableRule<RegularizerRun>> regularizers;
  std::vector<VariableRule<ConstraintRun>> constraints;
  std::vector<bool> frozen;  // of the layers; empty where none is

  // Whether the caller computes the loss of an output.
  bool is_scripted() const;
  bool whole_batch() const;
};

// The parameters as they stood when it was pinned. As long as nobody changes them they are the model's own, and it
// holds nothing: to be looked at under the model's lock.
class Version {
 public:
  bool is_own() const { return !pointers_.empty(); }
  const float* parameters() const { return values_.data(); }
  float* const* layer_variables(std::size_t layer) const { return pointers_[layer].data(); }

 private:
  friend class Model;

  Buffer<float> values_;
  std::vector<std::vector<float*>> pointers_;
};

// For errors.
struct Names {
  std::vector<std::string> layers, inputs;
};

// The graph, the arena of all variables, and what was compiled: gradients have the arena's layout, in which each
// variable starts on a cache line (the gap's elements are zero and stay so).
class Model {
 public:
  explicit Model(Graph graph, Names names = {});

  const Graph& graph() const { return graph_; }
  const Names& names() const { return names_; }
  std::size_t input_size(std::size_t input) const { return graph_.tensors()[input].size; }
  std::size_t output_size(std::size_t output) const { return graph_.tensors()[graph_.outputs()[output]].size; }
  std::size_t tile_samples() const { return tile_samples_; }
  const std::vector<Segment>& training_segments() const { return training_; }
  // Whether the node's layer works as in inference, even in training: one that else needs the whole batch.
  bool is_frozen(std::size_t node) const;
  const std::vector<Variable>& variables() const { return variables_; }
  std::size_t arena_size() const { return parameters_.size(); }
  std::size_t bytes() const;

  // The following take or need the lock: training holds it for a step, readers for one piece of their work.
  FairSharedMutex& mutex() const { return mutex_; }
  float* parameters() const { return parameters_.data(); }
  float* const* layer_variables(std::size_t layer) const { return parameter_pointers_[layer].data(); }
  // The parameters as they are now, for who reads them under several locks.
  std::shared_ptr<const Version> pin() const;
  // A version with other values in the place of some.
  struct Replacement {
    std::size_t offset, size;
    const float* values;
  };
  std::shared_ptr<const Version> version_with(const std::vector<Replacement>& replaced) const;
  // To be called before any change of parameters: what was pinned gets a copy.
  void preserve();
  // The values of the variables that are not trainable, which training changes without gradients.
  std::vector<float> layer_states() const;
  void set_layer_states(const std::vector<float>& states);
  float* gradients() const { return gradients_.data(); }
  float* const* layer_gradients(std::size_t layer) const { return gradient_pointers_[layer].data(); }

  void compile(Objective objective);
  const Objective& objective() const;
  // Changes with each compile, so that a run made before it can tell.
  std::uint64_t generation() const { return generation_; }
  // What the optimizer remembers: entries, and the values of each.
  const std::vector<StateEntry>& state() const { return state_; }
  float* state_values(std::size_t index) const;
  // Calls of `update` since it was compiled.
  std::uint64_t iterations() const { return iterations_; }
  void set_iterations(std::uint64_t iterations) { iterations_ = iterations; }

  // The penalties of the variables; where `training`, the gradients get theirs too, times `loss_scale`. `scratch` holds
  // `penalty_scratch` numbers, of the caller's own, as evaluations run side by side.
  double penalize(const float* parameters, double loss_scale, bool training, double* scratch) const;
  std::size_t penalty_scratch() const { return penalty_scratch_; }
  // One call of the optimizer, from the gradients, which it changes, and the constraints.
  void update(double learning_rate, const TeamPool::Lease& team);
  // The end of training: where the optimizer keeps averages of the parameters, they take their place.
  void finalize();

 private:
  std::shared_ptr<Version> copy_into(std::shared_ptr<Version> version) const;
  void require_matrix(std::size_t variable, std::size_t rows, std::size_t columns) const;

  Graph graph_;
  Names names_;
  std::size_t tile_samples_;
  std::vector<Segment> training_;
  std::vector<Variable> variables_;
  Buffer<float> parameters_, gradients_;
  std::vector<std::vector<float*>> parameter_pointers_, gradient_pointers_;
  std::optional<Objective> objective_;
  std::size_t penalty_scratch_ = 0;
  std::vector<Constrained<float>> constrained_;
  std::vector<StateEntry> state_;
  std::vector<Buffer<float>> state_values_;
  std::optional<Update<float>> update_;
  std::atomic<std::uint64_t> iterations_{0};
  std::uint64_t generation_ = 0;
  mutable FairSharedMutex mutex_;
  mutable std::mutex pin_mutex_;  // of readers, who hold the lock together
  mutable std::weak_ptr<Version> pinned_;
};

}  // namespace gemsbok::core
