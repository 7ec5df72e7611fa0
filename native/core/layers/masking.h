#pragma once

#include "layer.h"

namespace gemsbok::core {

// A step is masked where all of its features equal a value: a masked step of x is set to zero.
class Masking final : public Layer {
 public:
  Masking(std::size_t steps, std::size_t features, double mask_value);
  // parameters: steps, features (a sample is [steps, features]), mask_value
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return steps_ * features_; }
  std::size_t output_size() const override { return steps_ * features_; }
  std::size_t flops() const override { return 2 * steps_ * features_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  void apply(const LayerTile& tile, const float* in, float* out) const;

  std::size_t steps_, features_;
  float value_;
};

// The mask itself: 0 for a masked step, else 1. Nothing flows back. parameters: as of Masking
class StepMask final : public Layer {
 public:
  StepMask(std::size_t steps, std::size_t features, double mask_value);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return steps_ * features_; }
  std::size_t output_size() const override { return steps_; }
  std::size_t flops() const override { return steps_ * features_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::size_t steps_, features_;
  float value_;
};

// y = x where the second input, a mask with an element for each step, is over one half, else a value.
// parameters: steps, features, value
class MaskedFill final : public Layer {
 public:
  MaskedFill(std::size_t steps, std::size_t features, double value);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t inputs() const override { return 2; }
  std::size_t input_size(std::size_t input) const override { return input == 0 ? steps_ * features_ : steps_; }
  std::size_t output_size() const override { return steps_ * features_; }
  std::size_t flops() const override { return steps_ * features_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  void apply(const LayerTile& tile, const float* in, float value, float* out) const;

  std::size_t steps_, features_;
  float value_;
};

}  // namespace gemsbok::core
