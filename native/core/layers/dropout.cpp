#include "noise.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_dropout(const LayerParameters& parameters) {
  const double rate = Noise::rate_of(parameters, 1);
  // What is left of nothing is never seen.
  const NoiseFormula formula = NoiseFormula::drop(rate, rate == 1 ? 0 : 1 / (1 - rate), 0, 0);
  return Noise::make_dropping(parameters, formula, formula);
}

}  // namespace gemsbok::core
