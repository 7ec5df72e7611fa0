#include "dataset.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dataset.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void Widen(const std::uint8_t* from, std::size_t count, float* to) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::int32_t, decltype(d)> integers;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(integers, hn::LoadU(bytes, from + i))), d, to + i);
  }
  for (; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(Widen);

namespace {

constexpr std::size_t kRowsAhead = 4, kCacheLine = 64, kMostPrefetched = 4096;

// Rows of a shuffled batch lie anywhere in memory, where the processor cannot foresee them. Inline, as compilers take a
// function that only fetches for one without effect.
HWY_INLINE void prefetch(const Column& column, std::size_t row) {
  const std::size_t bytes = column.columns * (column.bytes ? sizeof(std::uint8_t) : sizeof(float));
  const auto* from = static_cast<const std::uint8_t*>(column.data) + row * bytes;
  for (std::size_t at = 0; at < std::min(bytes, kMostPrefetched); at += kCacheLine) __builtin_prefetch(from + at);
}

}  // namespace

void gather(const Column& column, const std::uint32_t* indices, std::size_t first, std::size_t count, float* out) {
  const std::size_t columns = column.columns;
  const auto row_of = [=](std::size_t i) { return indices == nullptr ? first + i : indices[first + i]; };
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kRowsAhead < count) prefetch(column, row_of(i + kRowsAhead));
    const std::size_t row = row_of(i);
    if (column.bytes) {
      HWY_DYNAMIC_DISPATCH(Widen)
      (static_cast<const std::uint8_t*>(column.data) + row * columns, columns, out + i * columns);
    } else {
      std::memcpy(out + i * columns, column.floats(row), columns * sizeof(float));
    }
  }
}

Dataset Dataset::slice(std::size_t from, std::size_t to) const {
  require(from <= to && to <= rows, Code::kOutOfRange, "a slice reaches beyond the data");
  Dataset part = *this;
  part.rows = to - from;
  part.origin.first_row += from;
  const auto move = [from](Column& column) {
    column.data = static_cast<const std::uint8_t*>(column.data) +
                  from * column.columns * (column.bytes ? sizeof(std::uint8_t) : sizeof(float));
  };
  for (auto& column : part.inputs) move(column);
  for (auto& column : part.targets) move(column);
  for (auto& column : part.weights) {
    if (column.data != nullptr) move(column);
  }
  return part;
}

const Column& Dataset::column(std::size_t index) const {
  static constexpr Column kNone;
  require(index < inputs.size() + 2 * targets.size(), Code::kOutOfRange, "the data do not have this column");
  if (index < inputs.size()) return inputs[index];
  index -= inputs.size();
  if (index < targets.size()) return targets[index];
  return weights.empty() ? kNone : weights[index - targets.size()];
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
