#include "concatenate.h"

#include <algorithm>

#include "shapes.h"

namespace gemsbok::core {

Concatenate::Concatenate(std::size_t outer, std::vector<std::size_t> sizes) : outer_(outer), sizes_(std::move(sizes)) {
  for (const std::size_t size : sizes_) row_ += size;
  elements({outer, row_});
}

std::unique_ptr<Layer> Concatenate::make(const LayerParameters& parameters) {
  return std::make_unique<Concatenate>(parameters.size("outer"), shape_of(parameters, "sizes"));
}

void Concatenate::forward(const LayerTile& tile) const {
  float* y = tile.y;
  for (std::size_t row = 0; row < tile.samples * outer_; ++row) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) y = std::copy_n(tile.x[i] + row * sizes_[i], sizes_[i], y);
  }
}

void Concatenate::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  const float* grad = gradients.grad;
  for (std::size_t row = 0; row < tile.samples * outer_; ++row) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (gradients.grad_x[i] != nullptr) std::copy_n(grad, sizes_[i], gradients.grad_x[i] + row * sizes_[i]);
      grad += sizes_[i];
    }
  }
}

}  // namespace gemsbok::core
