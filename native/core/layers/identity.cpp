#include "identity.h"

#include <algorithm>
#include <cmath>

namespace gemsbok::core {

Identity::Identity(std::size_t size, double l1, double l2) : size_(size), l1_(l1), l2_(l2) {
  require(size > 0, Code::kInvalidArg, "a layer has a dimension of zero");
}

std::unique_ptr<Layer> Identity::make(const LayerParameters& parameters) {
  return std::make_unique<Identity>(parameters.size("size"), 0, 0);
}

std::unique_ptr<Layer> Identity::make_regularization(const LayerParameters& parameters) {
  return std::make_unique<Identity>(parameters.size("size"), parameters.number("l1"), parameters.number("l2"));
}

void Identity::forward(const LayerTile& tile) const {
  const std::size_t count = tile.samples * size_;
  if (tile.y != tile.x[0]) std::copy_n(tile.x[0], count, tile.y);
  if (tile.penalty == nullptr || !backward_reads_output()) return;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto y = static_cast<double>(tile.y[i]);
    sum += std::abs(y);
    squares += y * y;
  }
  *tile.penalty += (l1_ * sum + l2_ * squares) / static_cast<double>(tile.batch);
}

void Identity::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  float* grad_x = gradients.grad_x[0];
  if (grad_x == nullptr) return;
  const std::size_t count = tile.samples * size_;
  if (grad_x != gradients.grad) std::copy_n(gradients.grad, count, grad_x);
  if (!backward_reads_output()) return;
  const double share = gradients.loss_scale / static_cast<double>(tile.batch);
  const auto l1 = static_cast<float>(l1_ * share);
  const auto l2 = static_cast<float>(2 * l2_ * share);
  for (std::size_t i = 0; i < count; ++i) {
    const float y = tile.y[i], sign = y > 0 ? 1.0F : (y < 0 ? -1.0F : 0.0F);
    grad_x[i] += l1 * sign + l2 * y;
  }
}

}  // namespace gemsbok::core
