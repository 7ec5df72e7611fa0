#include "model.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

constexpr std::size_t kLine = Buffer<float>::kAlignment / sizeof(float);

std::size_t size_of(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (const std::size_t dimension : shape) {
    require(dimension == 0 || size <= SIZE_MAX / sizeof(float) / 8 / dimension, Code::kOutOfMemory,
            "a layer's variable is too large for this machine's memory");
    size *= dimension;
  }
  return size;
}

std::vector<std::vector<float*>> pointers(const std::vector<Variable>& variables, std::size_t layers, float* arena) {
  std::vector<std::vector<float*>> result(layers);
  for (const auto& variable : variables) result[variable.layer].push_back(arena + variable.offset);
  return result;
}

}  // namespace

bool OutputObjective::whole_batch() const {
  // What a row weighs depends on how many the mask of the batch keeps.
  return mask.has_value() || (has_loss() && !is_sum_of_rows()) ||
         std::any_of(metrics.begin(), metrics.end(), [](const WeightedMetric& metric) {
           return metric.metric.loss != nullptr && metric.metric.loss->run.whole_batch;
         });
}

bool Objective::is_scripted() const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [](const OutputObjective& output) { return output.is_scripted(); });
}

bool Objective::whole_batch() const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [](const OutputObjective& output) { return output.whole_batch(); });
}

Model::Model(Graph graph, Names names)
    : graph_(std::move(graph)), names_(std::move(names)), tile_samples_(graph_.tile_samples()) {
  require(names_.layers.empty() || names_.layers.size() == graph_.layers().size(), Code::kShapeMismatch,
          "there is a name for each layer, or for none");
  require(names_.inputs.empty() || names_.inputs.size() == graph_.input_count(), Code::kShapeMismatch,
          "there is a name for each input, or for none");
  std::size_t offset = 0;
  for (std::size_t l = 0; l < graph_.layers().size(); ++l) {
    for (const auto& shape : graph_.layers()[l]->variables()) {
      const std::size_t size = size_of(shape.shape);
      variables_.push_back({l, shape.name, shape.shape, shape.trainable, offset, size});
      offset += (size + kLine - 1) / kLine * kLine;
    }
  }
  parameters_ = Buffer<float>::zeros(offset);
  gradients_ = Buffer<float>::zeros(offset);
  parameter_pointers_ = pointers(variables_, graph_.layers().size(), parameters_.data());
  gradient_pointers_ = pointers(variables_, graph_.layers().size(), gradients_.data());
}

std::size_t Model::bytes() const {
  std::size_t elements = 2 * arena_size();
  for (const auto& values : state_values_) elements += values.size();
  return elements * sizeof(float) + (update_.has_value() ? update_->bytes() : 0);
}

void Model::compile(Objective objective) {
  require(objective.outputs.size() == graph_.outputs().size(), Code::kInvalidArg, "each output has an objective");
  std::vector<StateEntry> state = state_of(objective.optimizer, objective.variables);
  std::vector<Buffer<float>> state_values;
  UpdateMemory<float> memory;
  for (const std::size_t index : objective.updated) {
    require(index < variables_.size() && variables_[index].trainable, Code::kOutOfRange, "a variable is not trained");
    memory.values.push_back(parameters_.data() + variables_[index].offset);
    memory.gradients.push_back(gradients_.data() + variables_[index].offset);
  }
  for (auto& entry : state) {
    state_values.emplace_back(entry.size());
    std::fill_n(state_values.back().data(), entry.size(), static_cast<float>(entry.initial));
    memory.state.push_back(state_values.back().data());
    if (entry.variable.has_value()) entry.variable = objective.updated[*entry.variable];
  }
  std::size_t scratch = 0;
  for (const auto& [rule, variable, rows, columns] : objective.regularizers) {
    require_matrix(variable, rows, columns);
    scratch = std::max(scratch, rule->scratch(rows, columns));
  }
  std::vector<Constrained<float>> constrained;
  for (const auto& [rule, variable, rows, columns] : objective.constraints) {
    require_matrix(variable, rows, columns);
    constrained.push_back({rule, {parameters_.data() + variables_[variable].offset, rows, columns}});
  }
  require(objective.frozen.empty() || objective.frozen.size() == graph_.layers().size(), Code::kInvalidArg,
          "each layer is frozen or not");
  training_ = graph_.segments(objective.frozen);
  penalty_scratch_ = scratch;
  constrained_ = std::move(constrained);
  update_.emplace(objective.optimizer, objective.variables, memory);
  state_ = std::move(state);
  state_values_ = std::move(state_values);
  objective_ = std::move(objective);
  std::fill_n(gradients_.data(), arena_size(), 0.0F);
  iterations_ = 0;
  ++generation_;
}

const Objective& Model::objective() const {
  require(objective_.has_value(), Code::kNotCompiled, "the model is not compiled");
  return *objective_;
}

float* Model::state_values(std::size_t index) const {
  require(index < state_values_.size(), Code::kOutOfRange, "the optimizer remembers fewer arrays");
  return state_values_[index].data();
}

bool Model::is_frozen(std::size_t node) const {
  return !objective_->frozen.empty() && objective_->frozen[graph_.nodes()[node].layer] &&
         graph_.layer_of(node).needs_whole_batch();
}

void Model::require_matrix(std::size_t variable, std::size_t rows, std::size_t columns) const {
  require(variable < variables_.size() && rows > 0 && variables_[variable].size / rows == columns &&
              variables_[variable].size % rows == 0,
          Code::kShapeMismatch, "a variable is no such matrix");
}

std::vector<float> Model::layer_states() const {
  std::vector<float> states;
  for (const auto& variable : variables_) {
    const float* values = parameters_.data() + variable.offset;
    if (!variable.trainable) states.insert(states.end(), values, values + variable.size);
  }
  return states;
}

void Model::set_layer_states(const std::vector<float>& states) {
  const float* values = states.data();
  for (const auto& variable : variables_) {
    if (variable.trainable) continue;
    std::copy_n(values, variable.size, parameters_.data() + variable.offset);
    values += variable.size;
  }
}

std::shared_ptr<const Version> Model::pin() const {
  const std::lock_guard<std::mutex> lock(pin_mutex_);
  std::shared_ptr<Version> version = pinned_.lock();
  if (version == nullptr) pinned_ = version = std::make_shared<Version>();
  return version;
}

std::shared_ptr<const Version> Model::version_with(const std::vector<Replacement>& replaced) const {
  std::shared_ptr<Version> version = copy_into(std::make_shared<Version>());
  for (const auto& [offset, size, values] : replaced) {
    require(offset <= arena_size() && size <= arena_size() - offset, Code::kOutOfRange,
            "a variable lies outside the arena");
    std::copy_n(values, size, version->values_.data() + offset);
  }
  return version;
}

void Model::preserve() {
  if (const std::shared_ptr<Version> version = pinned_.lock(); version != nullptr) copy_into(version);
  pinned_.reset();
}

std::shared_ptr<Version> Model::copy_into(std::shared_ptr<Version> version) const {
  version->values_ = Buffer<float>(arena_size());
  std::copy_n(parameters_.data(), arena_size(), version->values_.data());
  version->pointers_ = pointers(variables_, graph_.layers().size(), version->values_.data());
  return version;
}

double Model::penalize(const float* parameters, double loss_scale, bool training, double* scratch) const {
  double penalty = 0;
  for (const auto& [rule, variable, rows, columns] : objective_->regularizers) {
    const std::size_t offset = variables_[variable].offset;
    const Matrix<const float> x = {parameters + offset, rows, columns};
    float* grad = training ? gradients_.data() + offset : nullptr;
    penalty += rule->run<float>(rule.parameters, {x, loss_scale, grad, scratch}) / loss_scale;
  }
  return penalty;
}

void Model::update(double learning_rate, const TeamPool::Lease& team) {
  update_->run(learning_rate, iterations_, team, constrained_);
  ++iterations_;
}

void Model::finalize() {
  require(update_.has_value(), Code::kNotCompiled, "the model is not compiled");
  preserve();
  update_->overwrite_by_averages();
}

}  // namespace gemsbok::core
