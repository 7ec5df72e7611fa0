#include "encoding.h"

#include <algorithm>
#include <cmath>

#include "shapes.h"

namespace gemsbok::core {

Encoding::Encoding(Settings settings) : settings_(std::move(settings)) {
  elements({settings_.rows, settings_.columns, std::max<std::size_t>(1, settings_.codes)});
  require(std::is_sorted(settings_.boundaries.begin(), settings_.boundaries.end()), Code::kInvalidArg,
          "the boundaries of bins do not ascend");
}

std::size_t Encoding::output_size() const {
  return settings_.rows * (settings_.codes == 0 ? settings_.columns : settings_.codes);
}

float Encoding::code_of(float x) const {
  const auto& boundaries = settings_.boundaries;
  if (boundaries.empty()) return std::trunc(x);
  return static_cast<float>(std::upper_bound(boundaries.begin(), boundaries.end(), x) - boundaries.begin());
}

void Encoding::forward(const LayerTile& tile) const {
  const std::size_t columns = settings_.columns, codes = settings_.codes;
  if (codes > 0) std::fill_n(tile.y, tile.samples * output_size(), 0.0F);
  for (std::size_t i = 0; i < tile.samples * input_size(0); ++i) {
    const float code = code_of(tile.x[0][i]);
    if (codes == 0) {
      tile.y[i] = code;
      continue;
    }
    if (!(code >= 0 && code < static_cast<float>(codes))) continue;
    float& cell = tile.y[i / columns * codes + static_cast<std::size_t>(code)];
    cell = settings_.count ? cell + 1.0F : 1.0F;
  }
}

void Encoding::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] != nullptr) std::fill_n(gradients.grad_x[0], tile.samples * input_size(0), 0.0F);
}

}  // namespace gemsbok::core
