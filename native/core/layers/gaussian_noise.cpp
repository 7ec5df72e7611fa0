#include "noise.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_gaussian_noise(const LayerParameters& parameters) {
  const double stddev = parameters.number("stddev");
  require(stddev >= 0, Code::kOutOfRange, "a standard deviation is negative");
  return Noise::make_normal(parameters, NoiseFormula::gaussian(0, stddev), NoiseFormula::gaussian(0, 0));
}

}  // namespace gemsbok::core
