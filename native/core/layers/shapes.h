#pragma once

#include <algorithm>

#include "layer.h"

namespace gemsbok::core {

// Sizes of the axes of one sample; a sample without axes has one element.
using Shape = std::vector<std::size_t>;
// Of elements in a sample.
using Offsets = std::vector<std::uint32_t>;

// The product, which a table of offsets can hold.
std::size_t elements(const Shape& shape);
// A list parameter as sizes, none of them zero.
Shape shape_of(const LayerParameters& parameters, const char* name);

// For each element of `to`, in order, where `from` has it: axes of size one are repeated. Empty where nothing is.
Offsets broadcast_offsets(const Shape& from, const Shape& to);
// The elements of `to` in the order of what they have in `from`: the same number for each. Of broadcast_offsets.
Offsets broadcast_sources(const Offsets& offsets);
// For each element of the sample whose axis i is the axis `axes[i]` of `shape`, in order, where `shape` has it. Empty
// where it stays in its place.
Offsets permuted_offsets(const Shape& shape, const Shape& axes);

// How a variable's gradient of `columns` elements, each a sum over `rows`, is cut into tasks, and which part a task
// owns.
struct Columns {
  std::size_t first, last;
};
std::size_t column_tasks(std::size_t columns, std::size_t rows);
Columns columns_of_task(std::size_t task, std::size_t columns, std::size_t rows);

// Writes elements [first, last) of an array, each a sum of many numbers: a few at a time, as `add_up(part, sums)` adds
// to sums[i - part.first], in double. `add` adds to what stands there.
template <class AddUp>
void write_sums(const Columns& elements, float* to, bool add, const AddUp& add_up) {
  constexpr std::size_t kMost = 64;
  for (std::size_t first = elements.first; first < elements.last; first += kMost) {
    const Columns part = {first, std::min(elements.last, first + kMost)};
    double sums[kMost] = {};
    add_up(part, sums);
    for (std::size_t i = part.first; i < part.last; ++i) {
      to[i] = static_cast<float>((add ? static_cast<double>(to[i]) : 0) + sums[i - part.first]);
    }
  }
}

}  // namespace gemsbok::core
