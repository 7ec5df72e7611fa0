#include "dense.h"

#include <algorithm>

#include "../blas.h"
#include "../small_gemm.h"
#include "channels.h"

namespace gemsbok::core {
namespace {

// Some 40 microseconds: handing a task over is lost in it, and a step spreads over many threads.
constexpr std::size_t kTaskFlops = std::size_t{4} << 20;
constexpr std::size_t kLeastKernelRows = 48;
constexpr std::size_t kLeastLargeRows = 256;

}  // namespace

Dense::Dense(std::size_t rows_per_sample, std::size_t in_dim, std::size_t units, bool use_bias)
    : rows_per_sample_(rows_per_sample), in_dim_(in_dim), units_(units), use_bias_(use_bias) {
  require(rows_per_sample > 0 && in_dim > 0 && units > 0, Code::kInvalidArg, "a dense layer has a dimension of zero");
}

std::unique_ptr<Layer> Dense::make(const LayerParameters& parameters) {
  return std::make_unique<Dense>(parameters.size("rows_per_sample"), parameters.size("in_dim"),
                                 parameters.size("units"), parameters.flag("use_bias"));
}

std::vector<VariableShape> Dense::variables() const {
  std::vector<VariableShape> shapes = {{"kernel", {in_dim_, units_}}};
  if (use_bias_) shapes.push_back({"bias", {units_}});
  return shapes;
}

// Large kernels are packed by each call, which many rows must share.
std::size_t Dense::least_tile() const {
  return is_small_gemm(in_dim_, units_) ? 1 : (kLeastLargeRows + rows_per_sample_ - 1) / rows_per_sample_;
}

void Dense::forward(const LayerTile& tile) const {
  const std::size_t rows = tile.samples * rows_per_sample_;
  blas::multiply({tile.x[0], rows, in_dim_}, {tile.variables[0], in_dim_, units_}, {tile.y, rows, units_},
                 use_bias_ ? tile.variables[1] : nullptr);
}

void Dense::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  const std::size_t rows = tile.samples * rows_per_sample_;
  blas::multiply_transposed({gradients.grad, rows, units_}, {tile.variables[0], in_dim_, units_},
                            {gradients.grad_x[0], rows, in_dim_});
}

// An even number of tasks of about the same size, as far as the kernel has rows for it.
std::size_t Dense::kernel_rows_per_task(std::size_t batch) const {
  const std::size_t flops = 2 * batch * rows_per_sample_ * units_ * in_dim_;
  if (flops < kTaskFlops) return in_dim_;
  const std::size_t tasks = (flops / kTaskFlops + 1) / 2 * 2;
  const std::size_t rows = std::max(kLeastKernelRows, (in_dim_ + tasks - 1) / tasks);
  return std::min(in_dim_, (rows + 7) / 8 * 8);
}

std::size_t Dense::gradient_tasks(std::size_t batch) const {
  const std::size_t rows = kernel_rows_per_task(batch);
  return (in_dim_ + rows - 1) / rows + (use_bias_ ? 1 : 0);
}

void Dense::gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                          bool add) const {
  const std::size_t rows = batch.samples * rows_per_sample_;
  const std::size_t most = kernel_rows_per_task(batch.samples), first = task * most;
  if (first < in_dim_) {
    const std::size_t count = std::min(most, in_dim_ - first);
    blas::multiply_transposed_left({batch.x[0], rows, in_dim_}, first, {grad, rows, units_},
                                   {gradients[0] + first * units_, count, units_}, add);
    return;
  }
  sum_columns(grad, rows, units_, gradients[1], add);
}

}  // namespace gemsbok::core
