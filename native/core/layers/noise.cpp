#include "noise.h"

#include <algorithm>
#include <cmath>

#include "../rng.h"

namespace gemsbok::core {
namespace {

double rate_of(const LayerParameters& parameters, double limit) {
  const double rate = parameters.number("rate");
  require(rate >= 0 && rate <= limit, Code::kOutOfRange, "a rate of dropping is out of range");
  return rate;
}

std::unique_ptr<Layer> make_dropping(const LayerParameters& parameters, const NoiseFormula& forward,
                                     const NoiseFormula& backward) {
  return std::make_unique<Noise>(Noise::Settings{shape_of(parameters, "shape"), shape_of(parameters, "noise_shape"),
                                                 parameters.flag("shared"), parameters.size("seed"), forward,
                                                 backward});
}

std::unique_ptr<Layer> make_normal(const LayerParameters& parameters, const NoiseFormula& forward,
                                   const NoiseFormula& backward) {
  const Shape shape = {parameters.size("size")};
  return std::make_unique<Noise>(Noise::Settings{shape, shape, false, parameters.size("seed"), forward, backward});
}

NoiseFormula drop(double rate, double scale, double offset, double dropped) {
  NoiseFormula formula;
  formula.threshold = static_cast<std::uint32_t>(std::min(std::round(rate * 0x1p32), 0x1p32 - 1));
  formula.scale = static_cast<float>(scale);
  formula.offset = static_cast<float>(offset);
  formula.dropped = static_cast<float>(dropped);
  return formula;
}

NoiseFormula normal(double deviation, double addend) {
  NoiseFormula formula;
  formula.normal = true;
  formula.deviation = static_cast<float>(deviation);
  formula.addend = static_cast<float>(addend);
  return formula;
}

}  // namespace

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

std::unique_ptr<Layer> Noise::make_dropout(const LayerParameters& parameters) {
  const double rate = rate_of(parameters, 1);
  // What is left of nothing is never seen.
  const NoiseFormula formula = drop(rate, rate == 1 ? 0 : 1 / (1 - rate), 0, 0);
  return make_dropping(parameters, formula, formula);
}

std::unique_ptr<Layer> Noise::make_alpha_dropout(const LayerParameters& parameters) {
  const double rate = rate_of(parameters, std::nextafter(1.0, 0.0));
  constexpr double kSaturation = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
  const double a = 1 / std::sqrt((1 - rate) * (1 + rate * kSaturation * kSaturation)), b = -a * kSaturation * rate;
  return make_dropping(parameters, drop(rate, a, b, a * kSaturation + b), drop(rate, a, 0, 0));
}

std::unique_ptr<Layer> Noise::make_gaussian_dropout(const LayerParameters& parameters) {
  const double rate = rate_of(parameters, std::nextafter(1.0, 0.0));
  const NoiseFormula formula = normal(std::sqrt(rate / (1 - rate)), 0);
  return make_normal(parameters, formula, formula);
}

std::unique_ptr<Layer> Noise::make_gaussian_noise(const LayerParameters& parameters) {
  const double stddev = parameters.number("stddev");
  require(stddev >= 0, Code::kOutOfRange, "a standard deviation is negative");
  return make_normal(parameters, normal(0, stddev), normal(0, 0));
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
