#include "identity.h"

#include <algorithm>

namespace gemsbok::core {

Identity::Identity(std::size_t size) : size_(size) {
  require(size > 0, Code::kInvalidArg, "a layer has a dimension of zero");
}

std::unique_ptr<Layer> Identity::make(const LayerParameters& parameters) {
  return std::make_unique<Identity>(parameters.size("size"));
}

void Identity::forward(const LayerTile& tile) const {
  if (tile.y != tile.x[0]) std::copy_n(tile.x[0], tile.samples * size_, tile.y);
}

void Identity::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  float* grad_x = gradients.grad_x[0];
  if (grad_x != nullptr && grad_x != gradients.grad) std::copy_n(gradients.grad, tile.samples * size_, grad_x);
}

}  // namespace gemsbok::core
