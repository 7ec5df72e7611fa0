#pragma once

#include "layer.h"

namespace gemsbok::core {

// y = x kernel + bias over the last axis: a sample is `rows_per_sample` rows of `in_dim`. Its activation is a node of
// its own. parameters: rows_per_sample, in_dim, units, use_bias
class Dense final : public Layer {
 public:
  Dense(std::size_t rows_per_sample, std::size_t in_dim, std::size_t units, bool use_bias);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t input_size(std::size_t) const override { return rows_per_sample_ * in_dim_; }
  std::size_t output_size() const override { return rows_per_sample_ * units_; }
  std::vector<VariableShape> variables() const override;
  std::size_t flops() const override { return 2 * rows_per_sample_ * in_dim_ * units_; }
  std::size_t least_tile() const override;
  bool reads_anywhere() const override { return true; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;
  std::size_t gradient_tasks(std::size_t batch) const override;
  void gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                     bool add) const override;

 private:
  std::size_t kernel_rows_per_task(std::size_t batch) const;

  std::size_t rows_per_sample_, in_dim_, units_;
  bool use_bias_;
};

}  // namespace gemsbok::core
