#pragma once

#include "shapes.h"

namespace gemsbok::core {

// y = x where x > 0, else alpha x.
// parameters: shape (of a sample), alpha_shape (as many axes, 1 where alpha is shared)
class PRelu final : public Layer {
 public:
  PRelu(const Shape& shape, Shape alpha_shape);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_; }
  std::vector<VariableShape> variables() const override { return {{"alpha", alpha_shape_}}; }
  std::size_t flops() const override { return 2 * size_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;
  std::size_t gradient_tasks(std::size_t batch) const override;
  void gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                     bool add) const override;

 private:
  std::size_t alpha_of(std::size_t element) const { return offsets_.empty() ? element : offsets_[element]; }

  Shape alpha_shape_;
  std::size_t size_, alphas_;
  Offsets offsets_;   // of each element's alpha; empty where each has its own
  Offsets elements_;  // [alphas, size / alphas] that share one; empty where none do
};

}  // namespace gemsbok::core
