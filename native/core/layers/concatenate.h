#pragma once

#include "layer.h"

namespace gemsbok::core {

// The inputs side by side along an axis. parameters: outer (the product of the axes before it), sizes (for each input,
// the product of that axis and those after it)
class Concatenate final : public Layer {
 public:
  Concatenate(std::size_t outer, std::vector<std::size_t> sizes);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t inputs() const override { return sizes_.size(); }
  std::size_t input_size(std::size_t input) const override { return outer_ * sizes_[input]; }
  std::size_t output_size() const override { return outer_ * row_; }
  std::size_t flops() const override { return output_size(); }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::size_t outer_;
  std::vector<std::size_t> sizes_;
  std::size_t row_ = 0;  // of y
};

}  // namespace gemsbok::core
