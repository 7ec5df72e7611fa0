#include "rearrangement.h"

#include <algorithm>
#include <numeric>

namespace gemsbok::core {

Rearrangement::Rearrangement(std::size_t input_size, Offsets sources)
    : input_size_(input_size), sources_(std::move(sources)) {
  require(!sources_.empty() && *std::max_element(sources_.begin(), sources_.end()) < input_size, Code::kShapeMismatch,
          "a rearrangement reads beyond its input");
}

std::unique_ptr<Layer> Rearrangement::make_permute(const LayerParameters& parameters) {
  const Shape shape = shape_of(parameters, "shape");
  Shape axes = shape_of(parameters, "dims");
  for (std::size_t& axis : axes) --axis;
  Offsets sources = permuted_offsets(shape, axes);
  const std::size_t size = elements(shape);
  if (sources.empty()) {
    sources.resize(size);
    std::iota(sources.begin(), sources.end(), 0U);
  }
  return std::make_unique<Rearrangement>(size, std::move(sources));
}

std::unique_ptr<Layer> Rearrangement::make_repeat(const LayerParameters& parameters) {
  const std::size_t size = parameters.size("size");
  Offsets sources(elements({parameters.size("n"), size}));
  for (std::size_t i = 0; i < sources.size(); ++i) sources[i] = static_cast<std::uint32_t>(i % size);
  return std::make_unique<Rearrangement>(size, std::move(sources));
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
