#include "noise.h"

#include <algorithm>

#include "../rng.h"

namespace gemsbok::core {

NoiseKey noise_key(const StepKey& key, std::uint64_t layer_seed, std::uint64_t node) {
  // The run's generators take its seed as it is; hashed with the layer's, this one is of another stream.
  const auto words = Philox(key.seed, layer_seed).block(~std::uint64_t{0});
  constexpr int kNodeBits = 20;
  return {std::uint64_t{words[0]} << 32 | words[1], key.step << kNodeBits ^ node};
}

Noise::Noise(const Settings& settings)
    : size_(elements(settings.shape)),
      noise_size_(elements(settings.noise_shape)),
      noise_offsets_(broadcast_offsets(settings.noise_shape, settings.shape)),
      shared_(settings.shared),
      seed_(settings.seed),
      forward_(settings.forward),
      backward_(settings.backward) {}

double Noise::rate_of(const LayerParameters& parameters, double limit) {
  const double rate = parameters.number("rate");
  require(rate >= 0 && rate <= limit, Code::kOutOfRange, "a rate of dropping is out of range");
  return rate;
}

std::unique_ptr<Layer> Noise::make_dropping(const LayerParameters& parameters, const NoiseFormula& forward,
                                            const NoiseFormula& backward) {
  return std::make_unique<Noise>(Settings{shape_of(parameters, "shape"), shape_of(parameters, "noise_shape"),
                                          parameters.flag("shared"), parameters.size("seed"), forward, backward});
}

std::unique_ptr<Layer> Noise::make_normal(const LayerParameters& parameters, const NoiseFormula& forward,
                                          const NoiseFormula& backward) {
  const Shape shape = {parameters.size("size")};
  return std::make_unique<Noise>(Settings{shape, shape, false, parameters.size("seed"), forward, backward});
}

void Noise::apply(const NoiseFormula& formula, const LayerTile& tile, const float* in, float* out) const {
  if (!tile.key.training || formula.is_identity()) {
    if (out != in) std::copy_n(in, tile.samples * size_, out);
    return;
  }
  const std::uint32_t* offsets = noise_offsets_.empty() ? nullptr : noise_offsets_.data();
  apply_noise(noise_key(tile.key, seed_, tile.node), formula,
              {in, out, tile.samples, size_, tile.key.row + tile.first, noise_size_, offsets, shared_});
}

void Noise::forward(const LayerTile& tile) const { apply(forward_, tile, tile.x[0], tile.y); }

void Noise::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) apply(backward_, tile, gradients.grad, gradients.grad_x[0]);
}

}  // namespace gemsbok::core
