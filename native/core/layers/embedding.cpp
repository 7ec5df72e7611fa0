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

std::size_t Embedding::gradient_scratch(std::size_t batch) const { return input_dim_ + batch * size_ + 1; }

void Embedding::gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                              bool add) const {
  const Columns part = columns_of_task(task, output_dim_, batch.samples * size_ + input_dim_);
  // For each row of the table, a list of the places that show it: a row is summed at once, in double.
  const std::size_t places = batch.samples * size_;
  std::size_t* first = batch.scratch + task * gradient_scratch(batch.samples);
  std::size_t* next = first + input_dim_;
  std::fill_n(first, input_dim_, 0);
  for (std::size_t i = places; i > 0; --i) {
    const float x = batch.x[0][i - 1];
    if (!has(x)) continue;
    std::size_t& head = first[static_cast<std::size_t>(x)];
    next[i] = head;
    head = i;
  }
  for (std::size_t row = 0; row < input_dim_; ++row) {
    if (add && first[row] == 0) continue;
    write_sums(part, gradients[0] + row * output_dim_, add, [&](const Columns& columns, double* sums) {
      for (std::size_t i = first[row]; i != 0; i = next[i]) {
        const float* upstream = grad + (i - 1) * output_dim_;
        for (std::size_t c = columns.first; c < columns.last; ++c) {
          sums[c - columns.first] += static_cast<double>(upstream[c]);
        }
      }
    });
  }
}

}  // namespace gemsbok::core
