#include "prelu.h"

namespace gemsbok::core {

PRelu::PRelu(const Shape& shape, Shape alpha_shape)
    : alpha_shape_(std::move(alpha_shape)),
      size_(elements(shape)),
      alphas_(elements(alpha_shape_)),
      offsets_(broadcast_offsets(alpha_shape_, shape)),
      elements_(broadcast_sources(offsets_)) {}

std::unique_ptr<Layer> PRelu::make(const LayerParameters& parameters) {
  return std::make_unique<PRelu>(shape_of(parameters, "shape"), shape_of(parameters, "alpha_shape"));
}

void PRelu::forward(const LayerTile& tile) const {
  const float* alpha = tile.variables[0];
  for (std::size_t sample = 0; sample < tile.samples * size_; sample += size_) {
    const float* x = tile.x[0] + sample;
    float* y = tile.y + sample;
    for (std::size_t i = 0; i < size_; ++i) y[i] = x[i] > 0 ? x[i] : alpha[alpha_of(i)] * x[i];
  }
}

// At zero the derivative is zero, as Keras has it.
void PRelu::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  const float* alpha = tile.variables[0];
  for (std::size_t sample = 0; sample < tile.samples * size_; sample += size_) {
    const float *x = tile.x[0] + sample, *grad = gradients.grad + sample;
    float* grad_x = gradients.grad_x[0] + sample;
    for (std::size_t i = 0; i < size_; ++i) {
      const float slope = x[i] > 0 ? 1.0F : (x[i] < 0 ? alpha[alpha_of(i)] : 0.0F);
      grad_x[i] = grad[i] * slope;
    }
  }
}

std::size_t PRelu::gradient_tasks(std::size_t batch) const { return column_tasks(alphas_, batch * size_ / alphas_); }

void PRelu::gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                          bool add) const {
  const std::size_t shared = size_ / alphas_;
  const Columns part = columns_of_task(task, alphas_, batch.samples * shared);
  write_sums(part, gradients[0], add, [&](const Columns& alphas, double* sums) {
    for (std::size_t sample = 0; sample < batch.samples * size_; sample += size_) {
      const float *x = batch.x[0] + sample, *upstream = grad + sample;
      for (std::size_t i = alphas.first * shared; i < alphas.last * shared; ++i) {
        const std::size_t at = elements_.empty() ? i : elements_[i];
        if (x[at] < 0)
          sums[i / shared - alphas.first] += static_cast<double>(upstream[at]) * static_cast<double>(x[at]);
      }
    }
  });
}

}  // namespace gemsbok::core
