#include "rearrangement.h"

#include <algorithm>

namespace gemsbok::core {

Rearrangement::Rearrangement(std::size_t input_size, Offsets sources)
    : input_size_(input_size), sources_(std::move(sources)) {
  require(!sources_.empty() && *std::max_element(sources_.begin(), sources_.end()) < input_size, Code::kShapeMismatch,
          "a rearrangement reads beyond its input");
}

void Rearrangement::forward(const LayerTile& tile) const {
  const std::size_t size = sources_.size();
  for (std::size_t s = 0; s < tile.samples; ++s) {
    const float* x = tile.x[0] + s * input_size_;
    float* y = tile.y + s * size;
    for (std::size_t i = 0; i < size; ++i) y[i] = x[sources_[i]];
  }
}

void Rearrangement::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  const std::size_t size = sources_.size();
  std::fill_n(gradients.grad_x[0], tile.samples * input_size_, 0.0F);
  for (std::size_t s = 0; s < tile.samples; ++s) {
    const float* grad = gradients.grad + s * size;
    float* grad_x = gradients.grad_x[0] + s * input_size_;
    for (std::size_t i = 0; i < size; ++i) grad_x[sources_[i]] += grad[i];
  }
}

}  // namespace gemsbok::core
