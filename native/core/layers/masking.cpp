#include "masking.h"

#include <algorithm>

#include "shapes.h"

namespace gemsbok::core {
namespace {

bool is_masked(const float* step, std::size_t features, float value) {
  return std::all_of(step, step + features, [value](float x) { return x == value; });
}

}  // namespace

Masking::Masking(std::size_t steps, std::size_t features, double mask_value)
    : steps_(steps), features_(features), value_(static_cast<float>(mask_value)) {}

std::unique_ptr<Layer> Masking::make(const LayerParameters& parameters) {
  const std::size_t steps = parameters.size("steps"), features = parameters.size("features");
  elements({steps, features});
  return std::make_unique<Masking>(steps, features, parameters.number("mask_value"));
}

void Masking::apply(const LayerTile& tile, const float* in, float* out) const {
  for (std::size_t i = 0; i < tile.samples * steps_ * features_; i += features_) {
    if (is_masked(tile.x[0] + i, features_, value_)) {
      std::fill_n(out + i, features_, 0.0F);
    } else {
      std::copy_n(in + i, features_, out + i);
    }
  }
}

void Masking::forward(const LayerTile& tile) const { apply(tile, tile.x[0], tile.y); }

void Masking::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) apply(tile, gradients.grad, gradients.grad_x[0]);
}

}  // namespace gemsbok::core
