#include "row_normalization.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_rms_normalization(const LayerParameters& parameters) {
  RowNormalization::Settings settings = RowNormalization::along_axes(parameters, RowScale::kRootMean);
  settings.weights = shape_of(parameters, "weights");
  settings.gamma = "scale";
  return std::make_unique<RowNormalization>(std::move(settings));
}

}  // namespace gemsbok::core
