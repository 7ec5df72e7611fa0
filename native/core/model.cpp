#include "model.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

constexpr std::size_t kLine = Buffer<float>::kAlignment / sizeof(float);
// Some microseconds of an optimizer's work.
constexpr std::size_t kUpdateElements = std::size_t{1} << 13;

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

std::size_t Model::bytes() const { return (2 + slots_.size()) * arena_size() * sizeof(float); }

void Model::compile(Objective objective) {
  double initial[kMostSlots] = {};
  const std::size_t count = objective.optimizer->slots(objective.optimizer.parameters.data(), initial);
  std::vector<Buffer<float>> slots;
  for (std::size_t s = 0; s < count; ++s) {
    slots.push_back(Buffer<float>::zeros(arena_size()));
    std::fill_n(slots.back().data(), arena_size(), static_cast<float>(initial[s]));
  }
  slots_ = std::move(slots);
  objective_ = std::move(objective);
  iterations_ = 0;
  ++generation_;
}

const Objective& Model::objective() const {
  require(objective_.has_value(), Code::kNotCompiled, "the model is not compiled");
  return *objective_;
}

float* Model::slot(std::size_t index) const {
  require(index < slots_.size(), Code::kOutOfRange, "the optimizer has fewer slots");
  return slots_[index].data();
}

void Model::update(double learning_rate, const TeamPool::Lease& team) {
  const Bound<OptimizerRun>& optimizer = objective().optimizer;
  const OptimizerStep step = {learning_rate, iterations_};
  team.run((arena_size() + kUpdateElements - 1) / kUpdateElements, [&](std::size_t task, std::size_t) {
    const std::size_t first = task * kUpdateElements;
    OptimizerRange<float> range = {
        std::min(kUpdateElements, arena_size() - first), parameters() + first, gradients() + first, {}};
    for (std::size_t s = 0; s < slots_.size(); ++s) range.slots[s] = slots_[s].data() + first;
    optimizer->update(optimizer.parameters.data(), step, range);
  });
  ++iterations_;
}

}  // namespace gemsbok::core
