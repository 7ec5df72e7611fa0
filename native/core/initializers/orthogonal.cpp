#include "orthogonal.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "initializers/orthogonal.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <algorithm>
#include <cmath>

#include "../math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Vectors that a cache holds while all others pass by.
constexpr std::size_t kPanel = 16;

HWY_INLINE void Normalize(std::size_t n, double* own) {
  const Lanes<double> d;
  const double square = SumLanes(d, n, [&](auto load) HWY_ATTR { return load(own) * load(own); });
  const double inverse = 1 / std::sqrt(square);
  ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(load(own) * inverse, own); });
}

// Takes from the other vector its part along a unit vector.
HWY_INLINE void Project(std::size_t n, const double* unit, double* other) {
  const Lanes<double> d;
  const auto part = hn::Set(d, SumLanes(d, n, [&](auto load) HWY_ATTR { return load(unit) * load(other); }));
  ForLanes(d, n,
           [&](auto load, auto store, auto) HWY_ATTR { store(hn::NegMulAdd(part, load(unit), load(other)), other); });
}

// Gram-Schmidt, modified. Its loss of orthogonality, the rounding of a double times the condition of the matrix, stays
// far below the rounding of the floats that it is rounded to.
void Orthonormalize(Matrix<double> vectors) {
  const std::size_t n = vectors.columns;
  for (std::size_t first = 0; first < vectors.rows; first += kPanel) {
    const std::size_t end = std::min(first + kPanel, vectors.rows);
    for (std::size_t j = first; j < vectors.rows; ++j) {
      for (std::size_t k = first; k < std::min(j, end); ++k) Project(n, vectors.row(k), vectors.row(j));
      if (j < end) Normalize(n, vectors.row(j));
    }
  }
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(Orthonormalize);
void orthonormalize(Matrix<double> vectors) { HWY_DYNAMIC_DISPATCH(Orthonormalize)(vectors); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
