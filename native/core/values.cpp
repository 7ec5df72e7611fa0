#include "values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace gemsbok::core {
namespace {

// Elements of one task, and those that are looked at in one go, without a branch for each.
constexpr std::size_t kTask = std::size_t{1} << 18, kBlock = 1024;

// The greatest finite Number that is not above the limit.
template <class Number>
Number greatest(double limit) {
  const double most = std::numeric_limits<Number>::max();
  const auto number = static_cast<Number>(std::clamp(limit, -most, most));
  return static_cast<double>(number) > limit ? std::nextafter(number, std::numeric_limits<Number>::lowest()) : number;
}

// The exponent of NaN and infinity, and of no other numbers, has all bits set.
bool is_finite(float value) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  return (std::bit_cast<std::uint32_t>(value) & kExponent) != kExponent;
}

// The first of some numbers for which `is_wanted` is not 0; `size` where there is none.
template <class T, class Test>
std::size_t find_in(const T* values, std::size_t size, const Test& is_wanted) {
  for (std::size_t first = 0; first < size; first += kBlock) {
    const T *begin = values + first, *end = values + std::min(size, first + kBlock);
    int any = 0;
    for (const T* value = begin; value != end; ++value) any |= is_wanted(*value);
    if (any != 0) return static_cast<std::size_t>(std::find_if(begin, end, is_wanted) - values);
  }
  return size;
}

template <class T, bool kWhole>
std::size_t find_outside_in(const T* values, std::size_t size, const Allowed& allowed) {
  // Floats are compared as floats: a vector holds twice as many.
  using Number = std::conditional_t<std::is_same_v<T, float>, float, double>;
  const Number low = -greatest<Number>(-allowed.low), high = greatest<Number>(allowed.high);
  const auto except = static_cast<Number>(allowed.except);
  const auto is_outside = [=](T value) {
    const auto number = static_cast<Number>(value);
    // Integers, as compilers make vectors of them.
    int outside = static_cast<int>(number < low) | static_cast<int>(number > high);
    if constexpr (kWhole) outside |= static_cast<int>(number != std::trunc(number));
    return outside & static_cast<int>(number != except);
  };
  return find_in(values, size, is_outside);
}

// Copies numbers to floats; returns whether all of these are finite.
template <class T>
bool copy_finite(const T* from, std::size_t size, float* to) {
  int any = 0;
  for (std::size_t i = 0; i < size; ++i) {
    to[i] = static_cast<float>(from[i]);
    any |= static_cast<int>(!is_finite(to[i]));
  }
  return any == 0;
}

// Calls `find` with the parts of `size` numbers; returns the first place that it found.
template <class Find>
std::size_t find_by_parts(std::size_t size, const TeamPool::Lease& team, const Find& find) {
  std::vector<std::size_t> found((size + kTask - 1) / kTask, size);
  team.run(found.size(), [&](std::size_t task, std::size_t) {
    const std::size_t first = task * kTask, count = std::min(kTask, size - first);
    const std::size_t at = find(first, count);
    if (at < count) found[task] = first + at;
  });
  return found.empty() ? size : *std::min_element(found.begin(), found.end());
}

}  // namespace

template <class T>
std::size_t find_outside(const T* values, std::size_t size, const Allowed& allowed, const TeamPool::Lease& team) {
  return find_by_parts(size, team, [&](std::size_t first, std::size_t count) {
    return allowed.whole ? find_outside_in<T, true>(values + first, count, allowed)
                         : find_outside_in<T, false>(values + first, count, allowed);
  });
}

template <class T>
bool copy_as_floats(const T* from, std::size_t size, float* to, const TeamPool::Lease& team) {
  const std::size_t found = find_by_parts(size, team, [&](std::size_t first, std::size_t count) {
    return copy_finite(from + first, count, to + first) ? count : 0;
  });
  return found == size;
}

std::size_t find_non_finite(const float* values, std::size_t size, const TeamPool::Lease& team) {
  const auto is_non_finite = [](float value) { return static_cast<int>(!is_finite(value)); };
  return find_by_parts(
      size, team, [&](std::size_t first, std::size_t count) { return find_in(values + first, count, is_non_finite); });
}

#define GEMSBOK_INSTANTIATE(T)                                                                      \
  template std::size_t find_outside(const T*, std::size_t, const Allowed&, const TeamPool::Lease&); \
  template bool copy_as_floats(const T*, std::size_t, float*, const TeamPool::Lease&);
GEMSBOK_INSTANTIATE(float)
GEMSBOK_INSTANTIATE(double)
GEMSBOK_INSTANTIATE(std::int8_t)
GEMSBOK_INSTANTIATE(std::uint8_t)
GEMSBOK_INSTANTIATE(std::int16_t)
GEMSBOK_INSTANTIATE(std::uint16_t)
GEMSBOK_INSTANTIATE(std::int32_t)
GEMSBOK_INSTANTIATE(std::uint32_t)
GEMSBOK_INSTANTIATE(std::int64_t)
GEMSBOK_INSTANTIATE(std::uint64_t)
#undef GEMSBOK_INSTANTIATE

}  // namespace gemsbok::core
