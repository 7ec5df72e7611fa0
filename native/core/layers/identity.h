#pragma once

#include "layer.h"

namespace gemsbok::core {

// y = x, whatever its shape: of Flatten and Reshape too. An activity regularizer adds (l1 sum |y| + l2 sum y^2) / batch
// to the loss where there is one to add to, and its gradient.
class Identity final : public Layer {
 public:
  Identity(std::size_t size, double l1, double l2);
  // parameters: size
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);
  // parameters: size, l1, l2
  static std::unique_ptr<Layer> make_regularization(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_; }
  bool works_in_place() const override { return true; }
  bool backward_reads_output() const override { return l1_ != 0 || l2_ != 0; }
  std::size_t flops() const override { return size_; }

  bool moves_only() const override { return true; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::size_t size_;
  double l1_, l2_;
};

}  // namespace gemsbok::core
