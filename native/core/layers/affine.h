#pragma once

#include "shapes.h"

namespace gemsbok::core {

// y = (x - shift) scale + offset with constants, which repeat along a sample.
class Affine final : public Layer {
 public:
  Affine(std::size_t size, const std::vector<double>& shift, const std::vector<double>& scale,
         const std::vector<double>& offset);
  // x scale + offset. parameters: size, scale, offset; each list has one element, or any number that divides the size:
  // element i of a sample takes i modulo that number.
  static std::unique_ptr<Layer> make_rescaling(const LayerParameters& parameters);
  // (x - mean) / max(sqrt(variance), epsilon), or what undoes it.
  // parameters: size, mean, variance, invert, epsilon; lists as above
  static std::unique_ptr<Layer> make_normalization(const LayerParameters& parameters);

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

// As Affine::make_normalization, by statistics that are variables: whoever takes them of data writes them there.
class AdaptedNormalization final : public Layer {
 public:
  AdaptedNormalization(const Shape& shape, const Shape& weights, Shape kept, bool invert, double epsilon);
  // parameters: shape (of a sample), weights (of the statistics, with an axis of size one where they are shared), kept
  // (the same without those axes), invert, epsilon
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_; }
  std::vector<VariableShape> variables() const override;
  bool works_in_place() const override { return true; }
  std::size_t flops() const override { return 3 * size_; }

  std::size_t prepared_size() const override { return elements(kept_); }
  void prepare(const float* const* variables, float* prepared) const override;
  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  template <class Use>
  void each_block(const LayerTile& tile, const Use& use) const;

  std::size_t size_;
  Shape kept_;
  Offsets offsets_;  // of each element's statistics; empty where each has its own
  bool invert_;
  double epsilon_;
};

}  // namespace gemsbok::core
