#pragma once

#include "layer.h"

namespace gemsbok::core {

// y = f(x), where f may work along rows of `columns` (and then return fewer).
// parameters: size, columns, activation
class Activation final : public Layer {
 public:
  Activation(std::size_t size, std::size_t columns, Bound<ActivationRun> activation);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_ / activation_->narrowing; }
  bool works_in_place() const override;
  bool backward_reads_output() const override { return true; }
  std::size_t flops() const override { return size_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::size_t size_, columns_;
  Bound<ActivationRun> activation_;
};

}  // namespace gemsbok::core
