#include "dense.h"

#include <algorithm>

#include "../blas.h"
#include "../small_gemm.h"

namespace gemsbok::core {
namespace {

// Some 40 microseconds: handing a task over is lost in it, and a step spreads over many threads.
constexpr std::size_t kTaskFlops = std::size_t{4} << 20;
constexpr std::size_t kLeastKernelRows = 48, kLeastLargeRows = 256;

}  // namespace

Dense::Dense(std::size_t rows_per_sample, std::size_t in_dim, std::size_t units, bool use_bias,
             Bound<ActivationRun> activation)
    : rows_per_sample_(rows_per_sample),
      in_dim_(in_dim),
      units_(units),
      use_bias_(use_bias),
      activation_(std::move(activation)) {
  require(rows_per_sample > 0 && in_dim > 0 && units > 0, Code::kInvalidArg, "a dense layer has a dimension of zero");
  require(activation_->narrowing == 1, Code::kInvalidArg, "a dense layer's activation must keep its columns");
}

std::unique_ptr<Layer> Dense::make(const LayerParameters& parameters, Bound<ActivationRun> activation) {
  return std::make_unique<Dense>(parameters.size("rows_per_sample"), parameters.size("in_dim"),
                                 parameters.size("units"), parameters.flag("use_bias"), std::move(activation));
}

std::vector<VariableShape> Dense::variables() const {
  std::vector<VariableShape> shapes = {{"kernel", {in_dim_, units_}}};
  if (use_bias_) shapes.push_back({"bias", {units_}});
  return shapes;
}

void Dense::forward(const float* const* parameters, const LayerTile& tile, bool activate) const {
  const std::size_t rows = tile.samples * rows_per_sample_;
  blas::multiply({tile.x, rows, in_dim_}, {parameters[0], in_dim_, units_}, {tile.z, rows, units_});
  const float* bias = use_bias_ ? parameters[1] : nullptr;
  if (activate) {
    activation_->f32.forward(activation_.parameters.data(), rows, units_, bias, tile.z, tile.y);
  } else {
    static const Entry<ActivationRun>& linear = activations().get("linear");
    linear.run.f32.forward(nullptr, rows, units_, bias, tile.z, tile.z);
  }
}

void Dense::backward(const float* const* parameters, const LayerTile& tile, const LayerGradients& gradients,
                     bool activated) const {
  const std::size_t rows = tile.samples * rows_per_sample_;
  if (activated) {
    activation_->f32.backward(activation_.parameters.data(), rows, units_, tile.z, tile.y, gradients.grad,
                              gradients.grad);
  }
  if (gradients.grad_x == nullptr) return;
  blas::multiply_transposed({gradients.grad, rows, units_}, {parameters[0], in_dim_, units_},
                            {gradients.grad_x, rows, in_dim_});
}

// Large kernels are packed by each call, which many rows must share.
std::size_t Dense::least_tile() const {
  return is_small_gemm(in_dim_, units_) ? 1 : (kLeastLargeRows + rows_per_sample_ - 1) / rows_per_sample_;
}

// An even number of tasks of about the same size, as far as the kernel has rows for it.
std::size_t Dense::kernel_rows_per_task(std::size_t samples) const {
  const std::size_t flops = 2 * samples * rows_per_sample_ * units_ * in_dim_;
  const std::size_t tasks = std::max<std::size_t>(1, (flops / kTaskFlops + 1) / 2 * 2);
  const std::size_t rows = std::max(kLeastKernelRows, (in_dim_ + tasks - 1) / tasks);
  return std::min(in_dim_, (rows + 7) / 8 * 8);
}

std::size_t Dense::gradient_tasks(std::size_t samples) const {
  const std::size_t rows = kernel_rows_per_task(samples);
  return (in_dim_ + rows - 1) / rows + (use_bias_ ? 1 : 0);
}

void Dense::gradient_task(std::size_t task, std::size_t samples, const float* x, const float* grad_z,
                          float* const* gradients) const {
  const std::size_t rows = samples * rows_per_sample_;
  const std::size_t first = task * kernel_rows_per_task(samples);
  if (first < in_dim_) {
    const std::size_t count = std::min(kernel_rows_per_task(samples), in_dim_ - first);
    blas::multiply_transposed_left({x, rows, in_dim_}, first, {grad_z, rows, units_},
                                   {gradients[0] + first * units_, count, units_});
    return;
  }
  float* bias = gradients[1];
  std::fill_n(bias, units_, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < units_; ++c) bias[c] += grad_z[r * units_ + c];
  }
}

}  // namespace gemsbok::core
