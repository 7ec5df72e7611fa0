#include "row_normalization.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_layer_normalization(const LayerParameters& parameters) {
  RowNormalization::Settings settings = RowNormalization::along_axes(parameters, RowScale::kDeviation);
  settings.weights = shape_of(parameters, "weights");
  settings.gamma = parameters.flag("scale") ? "gamma" : nullptr;
  settings.beta = parameters.flag("center");
  return std::make_unique<RowNormalization>(std::move(settings));
}

}  // namespace gemsbok::core
