#pragma once

#include "apply_noise.h"
#include "shapes.h"

namespace gemsbok::core {

NoiseKey noise_key(const StepKey& key, std::uint64_t layer_seed, std::uint64_t node);

// Noise in training, the identity else. A number is keyed by run, layer, step, node and the element's place in the
// batch, so that backward draws it again, and it depends neither on tiles nor on threads.
class Noise final : public Layer {
 public:
  struct Settings {
    Shape shape, noise_shape;  // of a sample; axes of size one share their noise
    bool shared = false;       // by all samples of a batch
    std::uint64_t seed = 0;
    NoiseFormula forward, backward;
  };
  explicit Noise(const Settings& settings);

  // The parameter `rate`, at most `limit`.
  static double rate_of(const LayerParameters& parameters, double limit);
  // parameters: shape, noise_shape (a list with as many axes, 1 where noise is shared), shared, rate, seed
  static std::unique_ptr<Layer> make_dropping(const LayerParameters& parameters, const NoiseFormula& forward,
                                              const NoiseFormula& backward);
  // parameters: size, seed
  static std::unique_ptr<Layer> make_normal(const LayerParameters& parameters, const NoiseFormula& forward,
                                            const NoiseFormula& backward);

  std::size_t input_size(std::size_t) const override { return size_; }
  std::size_t output_size() const override { return size_; }
  bool works_in_place() const override { return true; }
  std::size_t flops() const override { return 16 * size_; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  void apply(const NoiseFormula& formula, const LayerTile& tile, const float* in, float* out) const;

  std::size_t size_, noise_size_;
  Offsets noise_offsets_;  // of each element; empty where each has its own
  bool shared_;
  std::uint64_t seed_;
  NoiseFormula forward_, backward_;
};

// Each in the file of its name. parameters: as make_dropping has them
std::unique_ptr<Layer> make_dropout(const LayerParameters& parameters);
std::unique_ptr<Layer> make_alpha_dropout(const LayerParameters& parameters);
// parameters: size, rate, seed
std::unique_ptr<Layer> make_gaussian_dropout(const LayerParameters& parameters);
// parameters: size, stddev, seed
std::unique_ptr<Layer> make_gaussian_noise(const LayerParameters& parameters);

}  // namespace gemsbok::core
