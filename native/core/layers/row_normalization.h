#pragma once

#include "normalize_rows.h"
#include "shapes.h"

namespace gemsbok::core {

// Each row of a sample less its mean and divided by its deviation (or what else RowScale says), times gamma plus beta.
class RowNormalization final : public Layer {
 public:
  struct Settings {
    RowScale scale;
    double epsilon;
    std::size_t rows, columns, row_weights, run;  // as in Rows
    Offsets offsets;                              // empty where elements stand in order
    Shape weights;                                // of gamma and beta
    const char* gamma;                            // its name; null without
    bool beta;
  };
  explicit RowNormalization(Settings settings);

  // Rows along axes. parameters: `shape` of a sample; `axes` that are normalized, ascending, from 1 on as Keras counts
  // them; epsilon
  static Settings along_axes(const LayerParameters& parameters, RowScale scale);

  std::size_t input_size(std::size_t) const override { return size(); }
  std::size_t output_size() const override { return size(); }
  std::vector<VariableShape> variables() const override;
  std::size_t kept_size() const override { return 2 * settings_.rows; }
  std::size_t flops() const override { return 8 * size(); }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;
  std::size_t gradient_tasks(std::size_t batch) const override;
  void gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                     bool add) const override;

 private:
  const float* gamma(const LayerTile& tile) const { return settings_.gamma == nullptr ? nullptr : tile.variables[0]; }
  std::size_t beta() const { return settings_.gamma == nullptr ? 0 : 1; }  // index among the variables
  std::size_t size() const { return settings_.rows * settings_.columns; }
  Rows view() const;
  RowNorm norm() const { return {view(), settings_.scale, settings_.epsilon}; }

  Settings settings_;
  std::size_t weights_;  // elements of gamma
};

// Each in the file of its name. parameters: as along_axes has them, and center, scale, and `weights`: the shape of
// gamma and beta, whose elements stand in the order of the ascending axes
std::unique_ptr<Layer> make_layer_normalization(const LayerParameters& parameters);
// parameters: the same without center and scale
std::unique_ptr<Layer> make_rms_normalization(const LayerParameters& parameters);
// parameters: as along_axes has them
std::unique_ptr<Layer> make_unit_normalization(const LayerParameters& parameters);
// parameters: outer, channels, inner (a sample is [outer, channels, inner]), groups, epsilon, center, scale
std::unique_ptr<Layer> make_group_normalization(const LayerParameters& parameters);

}  // namespace gemsbok::core
