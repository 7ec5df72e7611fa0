#include <cmath>

#include "noise.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_alpha_dropout(const LayerParameters& parameters) {
  const double rate = Noise::rate_of(parameters, std::nextafter(1.0, 0.0));
  constexpr double kSaturation = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
  const double a = 1 / std::sqrt((1 - rate) * (1 + rate * kSaturation * kSaturation)), b = -a * kSaturation * rate;
  return Noise::make_dropping(parameters, NoiseFormula::drop(rate, a, b, a * kSaturation + b),
                              NoiseFormula::drop(rate, a, 0, 0));
}

}  // namespace gemsbok::core
