#include <numeric>

#include "rearrangement.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_permute(const LayerParameters& parameters) {
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

}  // namespace gemsbok::core
