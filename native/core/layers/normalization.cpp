#include "normalization.h"

#include <algorithm>
#include <cmath>

namespace gemsbok::core {
namespace {

double divisor_of(double variance, double epsilon) {
  const double deviation = std::sqrt(variance);
  return deviation < epsilon ? epsilon : deviation;
}

}  // namespace

std::unique_ptr<Layer> make_normalization(const LayerParameters& parameters) {
  const std::vector<double> mean = parameters.list("mean"), zero = {0};
  std::vector<double> scale = parameters.list("variance");
  const bool invert = parameters.flag("invert");
  const double epsilon = parameters.number("epsilon");
  for (double& value : scale) value = invert ? divisor_of(value, epsilon) : 1 / divisor_of(value, epsilon);
  return std::make_unique<Affine>(parameters.size("size"), invert ? zero : mean, scale, invert ? mean : zero);
}

AdaptedNormalization::AdaptedNormalization(const Shape& shape, const Shape& weights, Shape kept, bool invert,
                                           double epsilon)
    : size_(elements(shape)),
      kept_(std::move(kept)),
      offsets_(broadcast_offsets(weights, shape)),
      invert_(invert),
      epsilon_(epsilon) {
  require(elements(kept_) == elements(weights), Code::kShapeMismatch, "a normalization's statistics do not fit");
}

std::unique_ptr<Layer> AdaptedNormalization::make(const LayerParameters& parameters) {
  return std::make_unique<AdaptedNormalization>(shape_of(parameters, "shape"), shape_of(parameters, "weights"),
                                                shape_of(parameters, "kept"), parameters.flag("invert"),
                                                parameters.number("epsilon"));
}

// The count is part of Keras' files.
std::vector<VariableShape> AdaptedNormalization::variables() const {
  return {{"mean", kept_, false}, {"variance", kept_, false}, {"count", {}, false}};
}

// What to multiply by.
void AdaptedNormalization::prepare(const float* const* variables, float* prepared) const {
  for (std::size_t i = 0; i < prepared_size(); ++i) {
    const double divisor = divisor_of(static_cast<double>(variables[1][i]), epsilon_);
    prepared[i] = static_cast<float>(invert_ ? divisor : 1 / divisor);
  }
}

// use(first element, how many, their means, what to multiply by)
template <class Use>
void AdaptedNormalization::each_block(const LayerTile& tile, const Use& use) const {
  constexpr std::size_t kBlock = 128;
  float mean[kBlock], factor[kBlock];
  for (std::size_t first = 0; first < size_; first += kBlock) {
    const std::size_t count = std::min(kBlock, size_ - first);
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t at = offsets_.empty() ? first + k : offsets_[first + k];
      mean[k] = tile.variables[0][at];
      factor[k] = tile.prepared[at];
    }
    for (std::size_t sample = 0; sample < tile.samples; ++sample) use(sample * size_ + first, count, mean, factor);
  }
}

void AdaptedNormalization::forward(const LayerTile& tile) const {
  each_block(tile, [&](std::size_t first, std::size_t count, const float* mean, const float* factor) {
    const float* x = tile.x[0] + first;
    float* y = tile.y + first;
    if (invert_) {
      for (std::size_t k = 0; k < count; ++k) y[k] = x[k] * factor[k] + mean[k];
    } else {
      for (std::size_t k = 0; k < count; ++k) y[k] = (x[k] - mean[k]) * factor[k];
    }
  });
}

void AdaptedNormalization::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  each_block(tile, [&](std::size_t first, std::size_t count, const float*, const float* factor) {
    for (std::size_t k = 0; k < count; ++k) gradients.grad_x[0][first + k] = gradients.grad[first + k] * factor[k];
  });
}

}  // namespace gemsbok::core
