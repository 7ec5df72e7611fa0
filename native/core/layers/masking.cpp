#include "masking.h"

#include <algorithm>

#include "shapes.h"

namespace gemsbok::core {
namespace {

bool is_masked(const float* step, std::size_t features, float value) {
  return std::all_of(step, step + features, [value](float x) { return x == value; });
}

template <class T>
std::unique_ptr<Layer> make_of_steps(const LayerParameters& parameters, const char* value) {
  const std::size_t steps = parameters.size("steps"), features = parameters.size("features");
  elements({steps, features});
  return std::make_unique<T>(steps, features, parameters.number(value));
}

}  // namespace

Masking::Masking(std::size_t steps, std::size_t features, double mask_value)
    : steps_(steps), features_(features), value_(static_cast<float>(mask_value)) {}

std::unique_ptr<Layer> Masking::make(const LayerParameters& parameters) {
  return make_of_steps<Masking>(parameters, "mask_value");
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

StepMask::StepMask(std::size_t steps, std::size_t features, double mask_value)
    : steps_(steps), features_(features), value_(static_cast<float>(mask_value)) {}

std::unique_ptr<Layer> StepMask::make(const LayerParameters& parameters) {
  return make_of_steps<StepMask>(parameters, "mask_value");
}

void StepMask::forward(const LayerTile& tile) const {
  for (std::size_t i = 0; i < tile.samples * steps_; ++i) {
    tile.y[i] = is_masked(tile.x[0] + i * features_, features_, value_) ? 0.0F : 1.0F;
  }
}

void StepMask::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) std::fill_n(gradients.grad_x[0], tile.samples * input_size(0), 0.0F);
}

MaskedFill::MaskedFill(std::size_t steps, std::size_t features, double value)
    : steps_(steps), features_(features), value_(static_cast<float>(value)) {}

std::unique_ptr<Layer> MaskedFill::make(const LayerParameters& parameters) {
  return make_of_steps<MaskedFill>(parameters, "value");
}

void MaskedFill::apply(const LayerTile& tile, const float* in, float value, float* out) const {
  for (std::size_t i = 0; i < tile.samples * steps_; ++i) {
    if (tile.x[1][i] > 0.5F) {
      std::copy_n(in + i * features_, features_, out + i * features_);
    } else {
      std::fill_n(out + i * features_, features_, value);
    }
  }
}

void MaskedFill::forward(const LayerTile& tile) const { apply(tile, tile.x[0], value_, tile.y); }

void MaskedFill::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) apply(tile, gradients.grad, 0, gradients.grad_x[0]);
  if (gradients.grad_x[1] != nullptr) std::fill_n(gradients.grad_x[1], tile.samples * steps_, 0.0F);
}

}  // namespace gemsbok::core
