#include "activity_regularization.h"

#include <cmath>

namespace gemsbok::core {

std::unique_ptr<Layer> ActivityRegularization::make(const LayerParameters& parameters) {
  return std::make_unique<ActivityRegularization>(parameters.size("size"), parameters.number("l1"),
                                                  parameters.number("l2"));
}

void ActivityRegularization::forward(const LayerTile& tile) const {
  Identity::forward(tile);
  if (tile.penalty == nullptr) return;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < tile.samples * output_size(); ++i) {
    const auto y = static_cast<double>(tile.y[i]);
    sum += std::abs(y);
    squares += y * y;
  }
  *tile.penalty += (l1_ * sum + l2_ * squares) / static_cast<double>(tile.batch);
}

void ActivityRegularization::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  Identity::backward(tile, gradients);
  float* grad_x = gradients.grad_x[0];
  if (grad_x == nullptr) return;
  const double share = gradients.loss_scale / static_cast<double>(tile.batch);
  const auto l1 = static_cast<float>(l1_ * share);
  const auto l2 = static_cast<float>(2 * l2_ * share);
  for (std::size_t i = 0; i < tile.samples * output_size(); ++i) {
    const float y = tile.y[i], sign = y > 0 ? 1.0F : (y < 0 ? -1.0F : 0.0F);
    grad_x[i] += l1 * sign + l2 * y;
  }
}

}  // namespace gemsbok::core
