#include "affine.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_rescaling(const LayerParameters& parameters) {
  return std::make_unique<Affine>(parameters.size("size"), std::vector<double>{0}, parameters.list("scale"),
                                  parameters.list("offset"));
}

}  // namespace gemsbok::core
