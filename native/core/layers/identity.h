#pragma once

#include "layer.h"

namespace gemsbok::core {

// y = x, whatever its shape: of Flatten and Reshape too.
class Identity : public Layer {
 public:
  explicit Identity(std::size_t size);
  // parameters: size
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_; }
  bool works_in_place() const override { return true; }
  std::size_t flops() const override { return size_; }

  bool moves_only() const override { return true; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::size_t size_;
};

}  // namespace gemsbok::core
