#include "affine.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gemsbok::core {
namespace {

// Constants are repeated up to about this many, so that loops over them are long enough.
constexpr std::size_t kLongPeriod = 256;

double divisor_of(double variance, double epsilon) {
  const double deviation = std::sqrt(variance);
  return deviation < epsilon ? epsilon : deviation;
}

}  // namespace

Affine::Affine(std::size_t size, const std::vector<double>& shift, const std::vector<double>& scale,
               const std::vector<double>& offset)
    : size_(elements({size})), period_(1) {
  for (const auto* values : {&shift, &scale, &offset}) {
    require(!values->empty() && size % values->size() == 0, Code::kShapeMismatch,
            "constants of a layer do not divide its input");
    period_ = std::lcm(period_, values->size());
  }
  const std::size_t shortest = period_;
  while (period_ < kLongPeriod && period_ < size) {
    period_ += shortest;
    while (size % period_ != 0) period_ += shortest;
  }
  shift_ = repeated(shift);
  scale_ = repeated(scale);
  offset_ = repeated(offset);
}

std::vector<float> Affine::repeated(const std::vector<double>& values) const {
  std::vector<float> repeated(period_);
  for (std::size_t i = 0; i < period_; ++i) repeated[i] = static_cast<float>(values[i % values.size()]);
  return repeated;
}

std::unique_ptr<Layer> Affine::make_rescaling(const LayerParameters& parameters) {
  return std::make_unique<Affine>(parameters.size("size"), std::vector<double>{0}, parameters.list("scale"),
                                  parameters.list("offset"));
}

std::unique_ptr<Layer> Affine::make_normalization(const LayerParameters& parameters) {
  const std::vector<double> mean = parameters.list("mean"), zero = {0};
  std::vector<double> scale = parameters.list("variance");
  const bool invert = parameters.flag("invert");
  const double epsilon = parameters.number("epsilon");
  for (double& value : scale) value = invert ? divisor_of(value, epsilon) : 1 / divisor_of(value, epsilon);
  return std::make_unique<Affine>(parameters.size("size"), invert ? zero : mean, scale, invert ? mean : zero);
}

void Affine::forward(const LayerTile& tile) const {
  for (std::size_t i = 0; i < tile.samples * size_; i += period_) {
    const float* x = tile.x[0] + i;
    float* y = tile.y + i;
    for (std::size_t k = 0; k < period_; ++k) y[k] = (x[k] - shift_[k]) * scale_[k] + offset_[k];
  }
}

void Affine::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  for (std::size_t i = 0; i < tile.samples * size_; i += period_) {
    const float* grad = gradients.grad + i;
    float* grad_x = gradients.grad_x[0] + i;
    for (std::size_t k = 0; k < period_; ++k) grad_x[k] = grad[k] * scale_[k];
  }
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
