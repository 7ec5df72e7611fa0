#include <cmath>

#include "noise.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_gaussian_dropout(const LayerParameters& parameters) {
  const double rate = Noise::rate_of(parameters, std::nextafter(1.0, 0.0));
  const NoiseFormula formula = NoiseFormula::gaussian(std::sqrt(rate / (1 - rate)), 0);
  return Noise::make_normal(parameters, formula, formula);
}

}  // namespace gemsbok::core
