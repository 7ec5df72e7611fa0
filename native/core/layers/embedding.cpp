#include "embedding.h"

#include <algorithm>
#include <limits>

#include "shapes.h"

namespace gemsbok::core {

Embedding::Embedding(std::size_t size, std::size_t input_dim, std::size_t output_dim)
    : size_(size), input_dim_(input_dim), output_dim_(output_dim) {
  elements({size, output_dim});
  elements({input_dim, output_dim});
}

std::unique_ptr<Layer> Embedding::make(const LayerParameters& parameters) {
  return std::make_unique<Embedding>(parameters.size("size"), parameters.size("input_dim"),
                                     parameters.size("output_dim"));
}

void Embedding::forward(const LayerTile& tile) const {
  for (std::size_t i = 0; i < tile.samples * size_; ++i) {
    const float x = tile.x[0][i];
    float* y = tile.y + i * output_dim_;
    if (has(x)) {
      std::copy_n(tile.variables[0] + static_cast<std::size_t>(x) * output_dim_, output_dim_, y);
    } else {
      std::fill_n(y, output_dim_, std::numeric_limits<float>::quiet_NaN());
    }
  }
}

void Embedding::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) std::fill_n(gradients.grad_x[0], tile.samples * size_, 0.0F);
}

std::size_t Embedding::gradient_tasks(std::size_t batch) const {
  return column_tasks(output_dim_, batch * size_ + input_dim_);
}

void Embedding::gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                              bool add) const {
  const Columns part = columns_of_task(task, output_dim_, batch.samples * size_ + input_dim_);
  if (!add) {
    for (std::size_t row = 0; row < input_dim_; ++row) {
      std::fill(gradients[0] + row * output_dim_ + part.first, gradients[0] + row * output_dim_ + part.last, 0.0F);
    }
  }
  for (std::size_t i = 0; i < batch.samples * size_; ++i) {
    const float x = batch.x[0][i];
    if (!has(x)) continue;
    const float* upstream = grad + i * output_dim_;
    float* gradient = gradients[0] + static_cast<std::size_t>(x) * output_dim_;
    for (std::size_t c = part.first; c < part.last; ++c) gradient[c] += upstream[c];
  }
}

}  // namespace gemsbok::core
