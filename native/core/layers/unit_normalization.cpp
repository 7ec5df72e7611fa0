#include "row_normalization.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_unit_normalization(const LayerParameters& parameters) {
  return std::make_unique<RowNormalization>(RowNormalization::along_axes(parameters, RowScale::kNorm));
}

}  // namespace gemsbok::core
