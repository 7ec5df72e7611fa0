#pragma once

#include <cmath>
#include <cstddef>

namespace gemsbok::core {

// The first of the largest; NaN is larger than everything.
template <class T>
std::size_t argmax(const T* values, std::size_t count) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace gemsbok::core
