#pragma once

#include "shapes.h"

namespace gemsbok::core {

// y = (x - shift) scale + offset with constants, which repeat along a sample.
class Affine final : public Layer {
 public:
  Affine(std::size_t size, const std::vector<double>& shift, const std::vector<double>& scale,
         const std::vector<double>& offset);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_; }
  bool works_in_place() const override { return true; }
  std::size_t flops() const override { return 3 * size_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::vector<float> repeated(const std::vector<double>& values) const;

  std::size_t size_, period_;
  std::vector<float> shift_, scale_, offset_;  // [period]
};

// x scale + offset. parameters: size, scale, offset; each list has one element, or any number that divides the size:
// element i of a sample takes i modulo that number.
std::unique_ptr<Layer> make_rescaling(const LayerParameters& parameters);

}  // namespace gemsbok::core
