#pragma once

#include "shapes.h"

namespace gemsbok::core {

// Each element of y is one of x.
class Rearrangement final : public Layer {
 public:
  Rearrangement(std::size_t input_size, Offsets sources);

  std::size_t input_size(std::size_t) const override { return input_size_; }
  std::size_t output_size() const override { return sources_.size(); }
  std::size_t flops() const override { return sources_.size(); }

  bool moves_only() const override { return true; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::size_t input_size_;
  Offsets sources_;  // of each element of y, in x
};

// Each in the file of its name. parameters: shape (of a sample), dims (as Keras has them: axis i + 1 of y is axis
// dims[i] of x, from 1 on)
std::unique_ptr<Layer> make_permute(const LayerParameters& parameters);
// parameters: size, n
std::unique_ptr<Layer> make_repeat_vector(const LayerParameters& parameters);

}  // namespace gemsbok::core
