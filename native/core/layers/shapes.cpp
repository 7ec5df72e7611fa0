#include "shapes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gemsbok::core {
namespace {

constexpr std::size_t kMostElements = std::size_t{1} << 31;
// Some ten microseconds.
constexpr std::size_t kTaskElements = std::size_t{1} << 15;
// Floats of a cache line, so that no two tasks write the same one.
constexpr std::size_t kLeastColumns = 16;

std::vector<std::size_t> strides_of(const Shape& shape) {
  std::vector<std::size_t> strides(shape.size());
  std::size_t stride = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

Offsets strided_offsets(const Shape& shape, const std::vector<std::size_t>& strides) {
  Offsets offsets = {0};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    Offsets longer;
    longer.reserve(offsets.size() * shape[axis]);
    for (const std::uint32_t offset : offsets) {
      for (std::size_t i = 0; i < shape[axis]; ++i) {
        longer.push_back(offset + static_cast<std::uint32_t>(i * strides[axis]));
      }
    }
    offsets = std::move(longer);
  }
  return offsets;
}

std::size_t columns_per_task(std::size_t columns, std::size_t rows) {
  const std::size_t wanted = kTaskElements / std::max<std::size_t>(1, rows);
  return std::min(columns, std::max(kLeastColumns, wanted / kLeastColumns * kLeastColumns));
}

}  // namespace

std::size_t elements(const Shape& shape) {
  std::size_t product = 1;
  for (const std::size_t size : shape) {
    require(size > 0, Code::kInvalidArg, "a layer has a dimension of zero");
    require(size <= kMostElements / product, Code::kOutOfMemory,
            "Expected a sample that fits into memory for `shape`, received a larger one. Use smaller sizes.");
    product *= size;
  }
  return product;
}

Shape shape_of(const LayerParameters& parameters, const char* name) {
  Shape shape;
  for (const double size : parameters.list(name)) {
    require(size >= 1 && size <= static_cast<double>(kMostElements) && size == std::floor(size), Code::kInvalidArg,
            "a layer has a dimension that is not a positive integer");
    shape.push_back(static_cast<std::size_t>(size));
  }
  return shape;
}

Offsets broadcast_offsets(const Shape& from, const Shape& to) {
  require(from.size() == to.size(), Code::kShapeMismatch, "shapes to broadcast differ in rank");
  std::vector<std::size_t> strides = strides_of(from);
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    require(from[axis] == to[axis] || from[axis] == 1, Code::kShapeMismatch, "a shape does not broadcast");
    if (from[axis] == 1) strides[axis] = 0;
  }
  if (elements(from) == elements(to)) return {};
  return strided_offsets(to, strides);
}

Offsets broadcast_sources(const Offsets& offsets) {
  Offsets sources(offsets.size());
  std::iota(sources.begin(), sources.end(), 0U);
  std::stable_sort(sources.begin(), sources.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return offsets[a] < offsets[b]; });
  return sources;
}

Offsets permuted_offsets(const Shape& shape, const Shape& axes) {
  require(axes.size() == shape.size(), Code::kShapeMismatch, "a permutation has another rank than its input");
  elements(shape);
  const std::vector<std::size_t> strides = strides_of(shape);
  Shape permuted;
  std::vector<std::size_t> permuted_strides;
  std::vector<bool> taken(axes.size(), false);
  for (const std::size_t axis : axes) {
    require(axis < axes.size() && !taken[axis], Code::kInvalidArg, "a permutation does not name each axis once");
    taken[axis] = true;
    permuted.push_back(shape[axis]);
    permuted_strides.push_back(strides[axis]);
  }
  Offsets offsets = strided_offsets(permuted, permuted_strides);
  if (std::is_sorted(offsets.begin(), offsets.end())) offsets.clear();
  return offsets;
}

std::size_t column_tasks(std::size_t columns, std::size_t rows) {
  const std::size_t each = columns_per_task(columns, rows);
  return (columns + each - 1) / each;
}

Columns columns_of_task(std::size_t task, std::size_t columns, std::size_t rows) {
  const std::size_t each = columns_per_task(columns, rows), first = std::min(columns, task * each);
  return {first, std::min(columns, first + each)};
}

}  // namespace gemsbok::core
