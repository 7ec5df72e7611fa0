#pragma once

#include "layer.h"

namespace gemsbok::core {

// Dot products along one axis of each of two inputs, which may be normalized to length one along it before.
// parameters: first_outer, size, first_inner (a sample of the first is [first_outer, size, first_inner]), second_outer,
// second_inner, normalize, epsilon (no vector counts as shorter). A sample of y is [first_outer, first_inner,
// second_outer, second_inner].
class Dot final : public Layer {
 public:
  struct Settings {
    std::size_t first_outer, size, first_inner, second_outer, second_inner;
    bool normalize;
    double epsilon;
  };
  explicit Dot(const Settings& settings);
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t inputs() const override { return 2; }
  std::size_t input_size(std::size_t input) const override { return vectors_[input].count() * vectors_[input].size; }
  std::size_t output_size() const override { return vectors_[0].count() * vectors_[1].count(); }
  // What each vector was multiplied by.
  std::size_t kept_size() const override { return normalize_ ? vectors_[0].count() + vectors_[1].count() : 0; }
  bool backward_reads_output() const override { return normalize_; }
  std::size_t flops() const override { return 2 * output_size() * vectors_[0].size; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  // The vectors of one input's sample.
  struct Vectors {
    std::size_t outer, size, inner;
    std::size_t count() const { return outer * inner; }
    std::size_t at(std::size_t vector, std::size_t element) const {
      return (vector / inner * size + element) * inner + vector % inner;
    }
  };
  // What a vector is multiplied by.
  float factor_of(const Vectors& vectors, const float* x, std::size_t vector) const;
  void write_gradient(std::size_t input, const LayerTile& tile, std::size_t sample, const float* grad,
                      float* grad_x) const;

  Vectors vectors_[2];
  bool normalize_;
  float most_factor_;
};

}  // namespace gemsbok::core
