#include "model.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

std::size_t size_of(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (const std::size_t dimension : shape) {
    require(dimension == 0 || size <= SIZE_MAX / sizeof(float) / 8 / dimension, Code::kOutOfMemory,
            "Expected weights that fit this machine's memory, received larger ones. Take fewer units.");
    size *= dimension;
  }
  return size;
}

template <class Segments>
WeightIds ids_of(const Segments& segments) {
  WeightIds ids;
  for (const auto& segment : segments) ids.push_back(segment->values_id());
  return ids;
}

}  // namespace

bool OutputObjective::counts_rows() const {
  return std::none_of(metrics.begin(), metrics.end(), [](const WeightedMetric& metric) {
    return metric.metric.loss != nullptr && metric.metric.loss->run.whole_batch;
  });
}

bool OutputObjective::whole_batch() const {
  // What a row weighs depends on how many the mask of the batch keeps.
  return mask.has_value() || (has_loss() && !is_sum_of_rows()) || !counts_rows();
}

bool Objective::has_custom_loss() const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [](const OutputObjective& output) { return output.has_custom_loss(); });
}

bool Objective::whole_batch() const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [](const OutputObjective& output) { return output.whole_batch(); });
}

Model::Model(Graph graph, Names names, std::vector<Place> places)
    : graph_(std::move(graph)), names_(std::move(names)), tile_samples_(graph_.tile_samples()) {
  require(names_.layers.empty() || names_.layers.size() == graph_.layers().size(), Code::kShapeMismatch,
          "there is a name for each layer, or for none");
  require(names_.inputs.empty() || names_.inputs.size() == graph_.input_count(), Code::kShapeMismatch,
          "there is a name for each input, or for none");
  std::vector<std::size_t> sizes;
  for (std::size_t l = 0; l < graph_.layers().size(); ++l) {
    first_variables_.push_back(variables_.size());
    for (const auto& shape : graph_.layers()[l]->variables()) {
      sizes.push_back(size_of(shape.shape));
      variables_.push_back({l, shape.name, shape.shape, shape.trainable, 0, sizes.back()});
    }
  }
  const std::vector<std::size_t> offsets = WeightSegment::offsets_of(sizes);
  for (std::size_t v = 0; v < variables_.size(); ++v) variables_[v].offset = offsets[v];
  arena_size_ = offsets.back();
  if (places.empty()) {
    const auto own = std::make_shared<WeightSegment>(sizes);
    segments_ = {own};
    for (std::size_t v = 0; v < variables_.size(); ++v) places.push_back({own, offsets[v]});
  }
  place(std::move(places));
}

void Model::place(std::vector<Place> places) {
  require(places.size() == variables_.size(), Code::kShapeMismatch, "there is a place for each variable");
  for (const auto& place : places) {
    segments_.push_back(place.segment);
    if (place.read_only) read_only_.push_back(place.segment);
  }
  put_in_order(segments_);
  put_in_order(read_only_);
  for (std::size_t v = 0; v < variables_.size(); ++v) {
    const auto& [segment, offset, read_only] = places[v];
    require(offset <= segment->size() && variables_[v].size <= segment->size() - offset, Code::kOutOfRange,
            "a variable lies outside its segment");
    const auto found = std::find(segments_.begin(), segments_.end(), segment);
    segment_of_.push_back(static_cast<std::size_t>(found - segments_.begin()));
    offsets_.push_back(offset);
    values_.push_back(segment->values() + offset);
  }
}

std::vector<Place> Model::places() const {
  std::vector<Place> places;
  for (std::size_t v = 0; v < variables_.size(); ++v) places.push_back({segments_[segment_of_[v]], offsets_[v]});
  return places;
}

std::size_t Model::bytes() const {
  std::size_t elements = gradients_.size();
  for (const auto& values : state_values_) elements += values.size();
  return elements * sizeof(float) + (update_.has_value() ? update_->bytes() : 0);
}

void Model::compile(Objective objective) {
  require(objective.outputs.size() == graph_.outputs().size(), Code::kInvalidArg, "each output has an objective");
  std::vector<StateEntry> state = state_of(objective.optimizer, objective.variables);
  if (gradients_.size() < arena_size()) gradients_ = Buffer<float>(arena_size());
  std::fill_n(gradients_.data(), arena_size(), 0.0F);
  gradient_pointers_.clear();
  for (const auto& variable : variables_) gradient_pointers_.push_back(gradients_.data() + variable.offset);
  std::vector<Buffer<float>> state_values;
  UpdateMemory<float> memory;
  for (const std::size_t index : objective.updated) {
    require(index < variables_.size() && variables_[index].trainable, Code::kOutOfRange, "a variable is not trained");
    memory.values.push_back(values_[index]);
    memory.gradients.push_back(gradient_pointers_[index]);
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
    constrained.push_back({rule, {values_[variable], rows, columns}});
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
  find_changed();
  iterations_ = 0;
  ++generation_;
}

// By gradients, or by what layers learn without them.
void Model::find_changed() {
  std::vector<bool> changed(segments_.size(), false);
  for (const std::size_t v : objective_->updated) changed[segment_of_[v]] = true;
  for (std::size_t v = 0; v < variables_.size(); ++v) {
    const bool frozen = !objective_->frozen.empty() && objective_->frozen[variables_[v].layer];
    if (!variables_[v].trainable && !frozen) changed[segment_of_[v]] = true;
  }
  changed_.clear();
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    if (changed[s]) changed_.push_back(segments_[s]);
  }
}

const Objective& Model::objective() const {
  require(objective_.has_value(), Code::kNotCompiled, "Expected a compiled model. Call `compile` first.");
  return *objective_;
}

void Model::require_generation(std::uint64_t generation) const {
  require(generation == generation_, Code::kModelBusy,
          "Expected a model that stays as it was compiled until the run ends, received one that was compiled again. "
          "Await what runs before `compile`.");
}

float* Model::state_values(std::size_t index) const {
  require(index < state_values_.size(), Code::kOutOfRange, "the optimizer remembers fewer arrays");
  return state_values_[index].data();
}

bool Model::is_frozen(std::size_t layer) const {
  return !objective_->frozen.empty() && objective_->frozen[layer] && graph_.layers()[layer]->needs_whole_batch();
}

void Model::require_matrix(std::size_t variable, std::size_t rows, std::size_t columns) const {
  require(variable < variables_.size() && rows > 0 && variables_[variable].size / rows == columns &&
              variables_[variable].size % rows == 0,
          Code::kShapeMismatch, "a variable is no such matrix");
}

std::vector<float> Model::layer_states() const {
  std::vector<float> states;
  read_layer_states(states);
  return states;
}

void Model::read_layer_states(std::vector<float>& states) const {
  states.clear();
  for (std::size_t v = 0; v < variables_.size(); ++v) {
    if (!variables_[v].trainable) states.insert(states.end(), values_[v], values_[v] + variables_[v].size);
  }
}

void Model::set_layer_states(const std::vector<float>& states) {
  const float* values = states.data();
  for (std::size_t v = 0; v < variables_.size(); ++v) {
    if (variables_[v].trainable) continue;
    std::copy_n(values, variables_[v].size, values_[v]);
    values += variables_[v].size;
  }
}

std::size_t Version::own_segments() const {
  return static_cast<std::size_t>(
      std::count_if(segments_.begin(), segments_.end(), [](const auto& segment) { return segment->is_own(); }));
}

WeightIds Version::weight_ids() const { return ids_of(segments_); }
WeightIds Model::weight_ids() const { return ids_of(segments_); }

std::shared_ptr<const Version> Model::pin() const {
  auto version = std::make_shared<Version>();
  for (const auto& segment : segments_) version->segments_.push_back(segment->pin());
  return version;
}

std::vector<float*> Model::values_of(const Version& version) const {
  std::vector<float*> values = values_;
  for (std::size_t v = 0; v < values.size(); ++v) {
    const auto& segment = version.segments_[segment_of_[v]];
    if (segment->is_own()) values[v] = segment->values() + offsets_[v];
  }
  return values;
}

std::shared_ptr<const Version> Model::version_with(const std::vector<Replacement>& replaced) const {
  auto version = std::make_shared<Version>();
  for (const auto& segment : segments_) version->segments_.push_back(segment->copy());
  const std::vector<float*> own = values_of(*version);
  for (const auto& [variable, values, size] : replaced) {
    require(variable < variables_.size() && variables_[variable].size == size, Code::kOutOfRange,
            "a model has no such variable");
    std::copy_n(values, size, own[variable]);
  }
  return version;
}

void Model::preserve() {
  for (const auto& segment : changed_) segment->preserve();
}

std::uint64_t Model::updates() const {
  std::uint64_t sum = 0;
  for (const auto& segment : segments_) sum += segment->updates();
  return sum;
}

float* const* Reading::values(const Model& model) {
  if (version_ == nullptr) version_ = model.pin();
  const std::size_t own = version_->own_segments();
  if (own == 0) return model.values();
  if (own != own_) values_ = model.values_of(*version_);
  own_ = own;
  return values_.data();
}

double Model::penalize(float* const* values, double loss_scale, bool training, double* scratch) const {
  double penalty = 0;
  for (const auto& [rule, variable, rows, columns] : objective_->regularizers) {
    const Matrix<const float> x = {values[variable], rows, columns};
    float* grad = training ? gradient_pointers_[variable] : nullptr;
    penalty += rule->run.f32(rule.parameters, {x, loss_scale, grad, scratch}) / loss_scale;
  }
  return penalty;
}

void Model::update(double learning_rate, const TeamPool::Lease& team) {
  update_->run(learning_rate, iterations_, team, constrained_);
  count_update();
  ++iterations_;
}

void Model::count_update() {
  for (const auto& segment : changed_) segment->count_update();
}

void Model::require_writable() const {
  for (const auto& segment : changed_) {
    require(std::find(read_only_.begin(), read_only_.end(), segment) == read_only_.end(), Code::kReadOnly,
            "Expected weights of this thread, received those of a shared model, which its owner alone changes. "
            "Train there.");
  }
}

void Model::finalize() {
  require(update_.has_value(), Code::kNotCompiled, "Expected a compiled model. Call `compile` first.");
  require_writable();
  preserve();
  update_->overwrite_by_averages();
}

}  // namespace gemsbok::core
