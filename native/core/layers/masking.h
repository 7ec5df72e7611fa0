#pragma once

#include "layer.h"

namespace gemsbok::core {

// A mask has an element for each step: 1 where the step counts, else 0.

// y = the mask of x: a step does not count where all of its features equal a value.
class Mask final : public Layer {
 public:
  Mask(std::size_t steps, std::size_t features, double mask_value);
  // parameters: steps, features (a sample is [steps, features]), mask_value
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return steps_ * features_; }
  std::size_t output_size() const override { return steps_; }
  bool has_gradient(std::size_t) const override { return false; }
  std::size_t flops() const override { return steps_ * features_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile&, const LayerGradients&) const override {}

 private:
  std::size_t steps_, features_;
  float value_;
};

// y = x, and a value in all features of the steps that do not count by a mask, the second input.
class MaskFill final : public Layer {
 public:
  MaskFill(std::size_t steps, std::size_t features, double value);
  // parameters: steps, features (a sample is [steps, features]), value
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t inputs() const override { return 2; }
  std::size_t input_size(std::size_t input) const override { return input == 0 ? steps_ * features_ : steps_; }
  std::size_t output_size() const override { return steps_ * features_; }
  bool works_in_place() const override { return true; }
  bool has_gradient(std::size_t input) const override { return input == 0; }
  std::size_t flops() const override { return steps_ * features_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  void apply(const LayerTile& tile, const float* in, float value, float* out) const;

  std::size_t steps_, features_;
  float value_;
};

}  // namespace gemsbok::core
