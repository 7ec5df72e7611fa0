#include "regularizers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "regularizers.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <algorithm>
#include <cmath>

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// l1 |x| + l2 x^2, whose derivative at 0 is 0. A factor of 0 leaves its part out: 0 times infinity would be NaN.
struct Penalty {
  Penalty(double l1, double l2) : l1(l1), l2(l2) {}

  template <class D, class V>
  HWY_INLINE V Value(D d, V x) const {
    V value = hn::Zero(d);
    if (l1 != 0) value = hn::Mul(SetDouble(d, l1), hn::Abs(x));
    if (l2 != 0) value = hn::MulAdd(hn::Mul(SetDouble(d, l2), x), x, value);
    return value;
  }

  template <class D, class V>
  HWY_INLINE V Gradient(D d, V x) const {
    const V sign = hn::IfThenZeroElse(hn::Eq(x, hn::Zero(d)), hn::CopySign(SetDouble(d, l1), x));
    return hn::MulAdd(SetDouble(d, 2 * l2), x, sign);
  }

  double l1, l2;
};

struct L1 : Penalty {
  explicit L1(const double* p) : Penalty(p[0], 0) {}
};

struct L2 : Penalty {
  explicit L2(const double* p) : Penalty(0, p[0]) {}
};

struct L1L2 : Penalty {
  explicit L1L2(const double* p) : Penalty(p[0], p[1]) {}
};

template <class F, class T>
double ElementwisePenalty(const double* parameters, const RegularizerCall<T>& call) {
  const F f(parameters);
  const Lanes<T> d;
  const std::size_t n = call.x.columns;
  const auto scale = SetDouble(d, call.scale);
  double sum = 0;
  for (std::size_t r = 0; r < call.x.rows; ++r) {
    const T* x = call.x.row(r);
    sum += SumLanes(d, n, [&](auto load) HWY_ATTR { return f.Value(d, load(x)); });
    if (call.grad == nullptr) continue;
    T* grad = call.grad + r * n;
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::MulAdd(f.Gradient(d, load(x)), scale, load(grad)), grad);
    });
  }
  return call.scale * sum;
}

std::size_t NoScratch(std::size_t, std::size_t) { return 0; }

template <class F>
constexpr RegularizerRun Elementwise() {
  return {NoScratch, ElementwisePenalty<F, float>, ElementwisePenalty<F, double>};
}

HWY_INLINE double Dot(std::size_t n, const double* a, const double* b) {
  const Lanes<double> d;
  return SumLanes(d, n, [&](auto load) HWY_ATTR { return hn::Mul(load(a), load(b)); });
}

// y += factor x
HWY_INLINE void AddScaled(std::size_t n, double factor, const double* x, double* y) {
  const Lanes<double> d;
  const auto by = hn::Set(d, factor);
  ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::MulAdd(by, load(x), load(y)), y); });
}

// The rows of the matrix, or its columns, as unit vectors with their norms, and room for a gradient.
// parameters: factor, columns (else rows), epsilon
template <class T>
struct UnitVectors {
  UnitVectors(const double* p, const RegularizerCall<T>& call)
      : columns(p[1] != 0),
        count(columns ? call.x.columns : call.x.rows),
        length(columns ? call.x.rows : call.x.columns),
        data(call.scratch),
        norms(data + count * length),
        gradient(norms + count) {
    for (std::size_t k = 0; k < count; ++k) {
      double* unit = data + k * length;
      for (std::size_t i = 0; i < length; ++i) unit[i] = static_cast<double>(call.x.data[index(k, i)]);
      norms[k] = std::sqrt(std::max(Dot(length, unit, unit), p[2] * p[2]));
      for (std::size_t i = 0; i < length; ++i) unit[i] /= norms[k];
    }
  }

  const double* unit(std::size_t k) const { return data + k * length; }
  std::size_t index(std::size_t k, std::size_t i) const { return columns ? i * count + k : k * length + i; }

  bool columns;
  std::size_t count, length;
  double *data, *norms, *gradient;
};

std::size_t UnitVectorScratch(std::size_t rows, std::size_t columns) { return rows * columns + 2 * (rows + columns); }

// The mean magnitude of the cosine over all pairs. One vector makes no pair: 0 / 0, as in Keras.
template <class T>
double Orthogonality(const double* p, const RegularizerCall<T>& call) {
  const UnitVectors<T> vectors(p, call);
  const std::size_t n = vectors.length;
  const double pairs = static_cast<double>(vectors.count) * (static_cast<double>(vectors.count) - 1) / 2;
  const double weight = call.scale * p[0] / pairs;
  double sum = 0;
  for (std::size_t k = 0; k < vectors.count; ++k) {
    const double* unit = vectors.unit(k);
    std::fill_n(vectors.gradient, n, 0.0);
    for (std::size_t j = 0; j < vectors.count; ++j) {
      if (j == k) continue;
      const double cosine = Dot(n, unit, vectors.unit(j));
      sum += std::abs(cosine) / 2;
      if (call.grad == nullptr || cosine == 0) continue;
      AddScaled(n, std::copysign(weight, cosine), vectors.unit(j), vectors.gradient);
    }
    if (call.grad == nullptr) continue;
    // A vector shorter than epsilon was divided by epsilon, not by its norm.
    const bool whole = vectors.norms[k] > p[2];
    if (whole) AddScaled(n, -Dot(n, unit, vectors.gradient), unit, vectors.gradient);
    for (std::size_t i = 0; i < n; ++i) {
      call.grad[vectors.index(k, i)] += static_cast<T>(vectors.gradient[i] / vectors.norms[k]);
    }
  }
  return weight * sum;
}

constexpr Entry<RegularizerRun> kRegularizers[] = {
    {"l1", {"l1"}, Elementwise<L1>()},
    {"l1l2", {"l1", "l2"}, Elementwise<L1L2>()},
    {"l2", {"l2"}, Elementwise<L2>()},
    {"orthogonal_regularizer",
     {"factor", "columns", "epsilon"},
     {UnitVectorScratch, Orthogonality<float>, Orthogonality<double>}},
};

Registry<RegularizerRun> RegularizerTable() { return Registry<RegularizerRun>::of(kRegularizers); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(RegularizerTable);
Registry<RegularizerRun> regularizers() { return HWY_DYNAMIC_DISPATCH(RegularizerTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
