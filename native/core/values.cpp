#include "values.h"

#include <algorithm>
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

template <class T, bool kWhole>
std::size_t find_in(const T* values, std::size_t size, const Allowed& allowed) {
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
  for (std::size_t first = 0; first < size; first += kBlock) {
    const T *begin = values + first, *end = values + std::min(size, first + kBlock);
    int any = 0;
    for (const T* value = begin; value != end; ++value) any |= is_outside(*value);
    if (any != 0) return static_cast<std::size_t>(std::find_if(begin, end, is_outside) - values);
  }
  return size;
}

}  // namespace

template <class T>
std::size_t find_outside(const T* values, std::size_t size, const Allowed& allowed, const TeamPool::Lease& team) {
  std::vector<std::size_t> found((size + kTask - 1) / kTask, size);
  team.run(found.size(), [&](std::size_t task, std::size_t) {
    const std::size_t first = task * kTask, count = std::min(kTask, size - first);
    const std::size_t at = allowed.whole ? find_in<T, true>(values + first, count, allowed)
                                         : find_in<T, false>(values + first, count, allowed);
    if (at < count) found[task] = first + at;
  });
  return found.empty() ? size : *std::min_element(found.begin(), found.end());
}

template std::size_t find_outside(const float*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const double*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::int8_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::uint8_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::int16_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::uint16_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::int32_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::uint32_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::int64_t*, std::size_t, const Allowed&, const TeamPool::Lease&);
template std::size_t find_outside(const std::uint64_t*, std::size_t, const Allowed&, const TeamPool::Lease&);

}  // namespace gemsbok::core
