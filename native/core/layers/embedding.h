#pragma once

#include "layer.h"

namespace gemsbok::core {

// y = the rows of a table that x names by number. What is no index gives a row of NaN, and no gradient, until the pass
// refuses it. Nothing flows back to x. parameters: size (of numbers in a sample), input_dim, output_dim
class Embedding final : public Layer {
 public:
  Embedding(std::size_t size, std::size_t input_dim, std::size_t output_dim);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_ * output_dim_; }
  std::vector<VariableShape> variables() const override { return {{"embeddings", {input_dim_, output_dim_}}}; }
  std::size_t flops() const override { return 2 * size_ * output_dim_; }

  std::size_t index_limit() const override { return input_dim_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;
  std::size_t gradient_tasks(std::size_t batch) const override;
  std::size_t gradient_scratch(std::size_t batch) const override;
  void gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                     bool add) const override;

 private:
  bool has(float x) const { return x > -1 && x < static_cast<float>(input_dim_); }

  std::size_t size_, input_dim_, output_dim_;
};

}  // namespace gemsbok::core
