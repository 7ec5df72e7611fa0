#pragma once

#include <atomic>
#include <memory>
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
#include "weight_segment.h"

namespace gemsbok::core {

struct Variable {
  std::size_t layer;
  std::string name;
  std::vector<std::size_t> shape;
  bool trainable;
  std::size_t offset;  // in the gradients
  std::size_t size;
};

// Where the values of a variable are.
struct Place {
  std::shared_ptr<WeightSegment> segment;
  std::size_t offset;
  bool read_only = false;  // the model may not change the segment
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
  bool has_custom_loss() const { return trained && !has_loss(); }
  // Whether there is a loss whose rows do not depend on each other.
  bool is_sum_of_rows() const { return has_loss() && !one_value && !loss->whole_batch; }
  // Whether the caller reads the output of each batch.
  bool is_read() const { return custom_metrics || has_custom_loss(); }
  // Whether the metrics count each row by itself.
  bool counts_rows() const;
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
  bool has_custom_loss() const;
  bool whole_batch() const;
};

// Of the values in each of a model's segments: see `WeightSegment::values_id`.
using WeightIds = std::vector<std::uint64_t>;

// The parameters as they stood when it was pinned: see `WeightSegment::Version`.
class Version {
 public:
  // Segments that hold a copy of their own by now.
  std::size_t own_segments() const;
  // Whether nothing of it can change any more.
  bool is_own() const { return own_segments() == segments_.size(); }
  WeightIds weight_ids() const;

 private:
  friend class Model;

  std::vector<std::shared_ptr<const WeightSegment::Version>> segments_;  // as the model's
};

// For errors.
struct Names {
  std::vector<std::string> layers, inputs;
};

// The graph, where the values of its variables are, and what was compiled. Gradients lie in one arena, laid out as a
// segment of all variables.
class Model {
 public:
  // Without places the values lie in a segment of its own.
  explicit Model(Graph graph, Names names = {}, std::vector<Place> places = {});

  const Graph& graph() const { return graph_; }
  const Names& names() const { return names_; }
  std::size_t input_size(std::size_t input) const { return graph_.tensors()[input].size; }
  std::size_t output_size(std::size_t output) const { return graph_.tensors()[graph_.outputs()[output]].size; }
  std::size_t tile_samples() const { return tile_samples_; }
  const std::vector<Segment>& training_segments() const { return training_; }
  // Whether the layer works as in inference, even in training: one that else needs the whole batch.
  bool is_frozen(std::size_t layer) const;
  const std::vector<Variable>& variables() const { return variables_; }
  // Of the gradients.
  std::size_t arena_size() const { return arena_size_; }
  std::size_t bytes() const;

  // Where its values lie; those of others too. Training holds their locks for a step, readers for one piece of their
  // work; whatever else of the model changes does so under these locks, too. There is one at least.
  const WeightSegments& segments() const { return segments_; }
  // Those of the variables.
  std::vector<Place> places() const;

  // The following take or need the locks. Where the values of the variables are, one after another.
  float* const* values() const { return values_.data(); }
  std::size_t first_variable(std::size_t layer) const { return first_variables_[layer]; }
  WeightIds weight_ids() const;
  // The parameters as they are now, for who reads them under several locks.
  std::shared_ptr<const Version> pin() const;
  // Where the values of a version are by now.
  std::vector<float*> values_of(const Version& version) const;
  // A version with other values in the place of some.
  struct Replacement {
    std::size_t variable;
    const float* values;
    std::size_t size;
  };
  std::shared_ptr<const Version> version_with(const std::vector<Replacement>& replaced) const;
  // To be called before any change by training: what was pinned gets a copy.
  void preserve();
  // Of all its segments.
  std::uint64_t updates() const;
  // The values of the variables that are not trainable, which training changes without gradients.
  std::vector<float> layer_states() const;
  void read_layer_states(std::vector<float>& states) const;
  void set_layer_states(const std::vector<float>& states);
  float* gradients() const { return gradients_.data(); }
  float* const* layer_gradients(std::size_t layer) const { return gradient_pointers_.data() + first_variable(layer); }

  void compile(Objective objective);
  const Objective& objective() const;
  // Changes with each compile; with that of an earlier one, the second throws.
  std::uint64_t generation() const { return generation_; }
  void require_generation(std::uint64_t generation) const;
  // What the optimizer keeps: entries, and the values of each.
  const std::vector<StateEntry>& state() const { return state_; }
  float* state_values(std::size_t index) const;
  // Calls of `update` since it was compiled.
  std::uint64_t iterations() const { return iterations_; }
  void set_iterations(std::uint64_t iterations) { iterations_ = iterations; }

  // The penalties of the variables; where `training`, the gradients get theirs too, times `loss_scale`. `scratch` holds
  // `penalty_scratch` numbers for each caller, as evaluations run side by side.
  double penalize(float* const* values, double loss_scale, bool training, double* scratch) const;
  std::size_t penalty_scratch() const { return penalty_scratch_; }
  // One call of the optimizer, from the gradients, which it changes, and the constraints.
  void update(double learning_rate, const TeamPool::Lease& team);
  // An update that the caller did.
  void count_update();
  // To be called before any training: throws where it would change what is read only.
  void require_writable() const;
  // The end of training: where the optimizer keeps averages of the parameters, they take their place.
  void finalize();

 private:
  void place(std::vector<Place> places);
  void find_changed();
  void require_matrix(std::size_t variable, std::size_t rows, std::size_t columns) const;

  Graph graph_;
  Names names_;
  std::size_t tile_samples_;
  std::vector<Segment> training_;
  std::vector<Variable> variables_;
  std::size_t arena_size_ = 0;
  std::vector<std::size_t> first_variables_;  // of the layers
  WeightSegments segments_;
  std::vector<std::size_t> segment_of_, offsets_;  // of the variables: among the segments, and in it
  std::vector<float*> values_, gradient_pointers_;
  Buffer<float> gradients_;
  WeightSegments read_only_;
  WeightSegments changed_;  // by training
  std::optional<Objective> objective_;
  std::size_t penalty_scratch_ = 0;
  std::vector<Constrained<float>> constrained_;
  std::vector<StateEntry> state_;
  std::vector<Buffer<float>> state_values_;
  std::optional<Update<float>> update_;
  std::atomic<std::uint64_t> iterations_{0};
  std::uint64_t generation_ = 0;
};

// What somebody who reads under several locks knows of a version: where its values are.
class Reading {
 public:
  Reading() = default;
  explicit Reading(std::shared_ptr<const Version> version) : version_(std::move(version)) {}

  // To be called under each lock. Without a version, that of this moment.
  float* const* values(const Model& model);
  // After `values`: their ids.
  WeightIds weight_ids() const { return version_->weight_ids(); }
  // Whether it needs no lock.
  bool is_own() const { return version_->is_own(); }
  // Before anybody changes the parameters: no copy is needed any more.
  void reset() { *this = Reading(); }

 private:
  std::shared_ptr<const Version> version_;
  std::size_t own_ = 0;  // segments, when the values were looked up
  std::vector<float*> values_;
};

}  // namespace gemsbok::core
