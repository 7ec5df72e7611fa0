#include "affine.h"

#include <algorithm>
#include <numeric>

namespace gemsbok::core {
namespace {

// Constants are repeated up to about this many, so that loops over them are long enough.
constexpr std::size_t kLongPeriod = 256;

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

}  // namespace gemsbok::core
