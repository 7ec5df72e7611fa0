#include "masking.h"

#include <algorithm>

#include "shapes.h"

namespace gemsbok::core {

Mask::Mask(std::size_t steps, std::size_t features, double mask_value)
    : steps_(steps), features_(features), value_(static_cast<float>(mask_value)) {
  elements({steps, features});
}

std::unique_ptr<Layer> Mask::make(const LayerParameters& parameters) {
  return std::make_unique<Mask>(parameters.size("steps"), parameters.size("features"), parameters.number("mask_value"));
}

void Mask::forward(const LayerTile& tile) const {
  const float* x = tile.x[0];
  for (std::size_t step = 0; step < tile.samples * steps_; ++step, x += features_) {
    tile.y[step] = std::any_of(x, x + features_, [this](float feature) { return feature != value_; }) ? 1.0F : 0.0F;
  }
}

MaskFill::MaskFill(std::size_t steps, std::size_t features, double value)
    : steps_(steps), features_(features), value_(static_cast<float>(value)) {
  elements({steps, features});
}

std::unique_ptr<Layer> MaskFill::make(const LayerParameters& parameters) {
  return std::make_unique<MaskFill>(parameters.size("steps"), parameters.size("features"), parameters.number("value"));
}

void MaskFill::apply(const LayerTile& tile, const float* in, float value, float* out) const {
  for (std::size_t step = 0; step < tile.samples * steps_; ++step) {
    const std::size_t first = step * features_;
    if (tile.x[1][step] == 0) {
      std::fill_n(out + first, features_, value);
    } else if (in != out) {
      std::copy_n(in + first, features_, out + first);
    }
  }
}

void MaskFill::forward(const LayerTile& tile) const { apply(tile, tile.x[0], value_, tile.y); }

void MaskFill::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) apply(tile, gradients.grad, 0, gradients.grad_x[0]);
}

}  // namespace gemsbok::core
