#pragma once

#include "affine.h"

namespace gemsbok::core {

// (x - mean) / max(sqrt(variance), epsilon), or what undoes it.
// parameters: size, mean, variance, invert, epsilon; lists as those of make_rescaling
std::unique_ptr<Layer> make_normalization(const LayerParameters& parameters);

// As make_normalization, by statistics that are variables: whoever takes them of data writes them there.
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
