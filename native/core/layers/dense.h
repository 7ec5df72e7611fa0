#pragma once

#include "layer.h"

namespace gemsbok::core {

// y = activation(x kernel + bias) over the last axis: a sample is `rows_per_sample` rows of `in_dim`.
// parameters: rows_per_sample, in_dim, units, use_bias
class Dense final : public Layer {
 public:
  Dense(std::size_t rows_per_sample, std::size_t in_dim, std::size_t units, bool use_bias,
        Bound<ActivationRun> activation);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters, Bound<ActivationRun> activation);

  std::size_t input_size() const override { return rows_per_sample_ * in_dim_; }
  std::size_t output_size() const override { return rows_per_sample_ * units_; }
  std::size_t output_columns() const override { return units_; }
  std::vector<VariableShape> variables() const override;
  bool keeps_z() const override { return activation_->needs_input(activation_.parameters.data()); }
  std::size_t flops() const override { return 2 * rows_per_sample_ * in_dim_ * units_; }
  std::size_t least_tile() const override;

  void forward(const float* const* parameters, const LayerTile& tile, bool activate) const override;
  void backward(const float* const* parameters, const LayerTile& tile, const LayerGradients& gradients,
                bool activated) const override;
  std::size_t gradient_tasks(std::size_t samples) const override;
  void gradient_task(std::size_t task, std::size_t samples, const float* x, const float* grad_z,
                     float* const* gradients) const override;

 private:
  std::size_t kernel_rows_per_task(std::size_t samples) const;

  std::size_t rows_per_sample_, in_dim_, units_;
  bool use_bias_;
  Bound<ActivationRun> activation_;
};

}  // namespace gemsbok::core
