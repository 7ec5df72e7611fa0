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

bool Objective::whole_batch() const {
  return one_value || (has_loss() && loss->whole_batch) ||
         std::any_of(metrics.begin(), metrics.end(), [](const WeightedMetric& metric) {
           return metric.metric.loss != nullptr && metric.metric.loss->run.whole_batch;
         });
}

Model::Model(std::size_t input_size, std::vector<std::unique_ptr<Layer>> layers)
    : input_size_(input_size), layers_(std::move(layers)) {
  require(input_size > 0, Code::kInvalidArg, "a model's input is empty");
  std::size_t width = input_size, offset = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    require(layers_[l]->input_size() == width, Code::kShapeMismatch, "a layer does not take what the one before gives");
    width = layers_[l]->output_size();
    for (const auto& shape : layers_[l]->variables()) {
      const std::size_t size = size_of(shape.shape);
      variables_.push_back({l, shape.name, shape.shape, offset, size});
      offset += (size + kLine - 1) / kLine * kLine;
    }
  }
  parameters_ = Buffer<float>::zeros(offset);
  gradients_ = Buffer<float>::zeros(offset);
  parameter_pointers_ = pointers(variables_, layers_.size(), parameters_.data());
  gradient_pointers_ = pointers(variables_, layers_.size(), gradients_.data());
}

std::size_t Model::bytes() const {
  std::size_t elements = 2 * arena_size();
  for (const auto& values : state_values_) elements += values.size();
  return elements * sizeof(float) + (update_.has_value() ? update_->bytes() : 0);
}

void Model::compile(Objective objective) {
  require(objective.updated.size() == variables_.size(), Code::kInvalidArg, "an optimizer knows all variables");
  std::vector<StateEntry> state = state_of(objective.optimizer, objective.updated);
  std::vector<Buffer<float>> state_values;
  UpdateMemory<float> memory;
  for (const auto& variable : variables_) {
    memory.values.push_back(parameters_.data() + variable.offset);
    memory.gradients.push_back(gradients_.data() + variable.offset);
  }
  for (const auto& entry : state) {
    state_values.emplace_back(entry.size());
    std::fill_n(state_values.back().data(), entry.size(), static_cast<float>(entry.initial));
    memory.state.push_back(state_values.back().data());
  }
  update_.emplace(objective.optimizer, objective.updated, memory);
  state_ = std::move(state);
  state_values_ = std::move(state_values);
  objective_ = std::move(objective);
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

void Model::update(double learning_rate, const TeamPool::Lease& team) {
  update_->run(learning_rate, iterations_, team);
  ++iterations_;
}

void Model::finalize() {
  require(update_.has_value(), Code::kNotCompiled, "the model is not compiled");
  update_->overwrite_by_averages();
}

}  // namespace gemsbok::core
