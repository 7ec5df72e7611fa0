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

}  // namespace gemsbok::core
