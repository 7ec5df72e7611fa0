#include "encoding.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_discretization(const LayerParameters& parameters) {
  const std::vector<double> boundaries = parameters.list("boundaries");
  const std::size_t codes = parameters.size("codes");
  require(!boundaries.empty() && (codes == 0 || codes == boundaries.size() + 1), Code::kShapeMismatch,
          "bins and boundaries do not fit");
  Encoding::Settings settings = {
      parameters.size("rows"), parameters.size("columns"), codes, parameters.flag("count"), {}};
  // As numbers are compared, in single precision.
  for (const double boundary : boundaries) settings.boundaries.push_back(static_cast<float>(boundary));
  return std::make_unique<Encoding>(std::move(settings));
}

}  // namespace gemsbok::core
