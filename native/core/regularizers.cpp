#include "regularizers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "regularizers.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <algorithm>
#include <cmath>

#include "math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// l1 |x| + l2 x^2, whose derivative at 0 is 0. A factor of 0 leaves its part out: 0 times infinity would be NaN.
struct Penalty {
  Penalty(double l1, double l2) : l1(l1), l2(l2) {}

  template <class V>
  HWY_INLINE V Value(V x) const {
    V value = Set<V>(0);
    if (l1 != 0) value = l1 * hn::Abs(x);
    if (l2 != 0) value = hn::MulAdd(l2 * x, x, value);
    return value;
  }

  template <class V>
  HWY_INLINE V Gradient(V x) const {
    const V sign = hn::IfThenZeroElse(x == 0, hn::CopySign(Set<V>(l1), x));
    return hn::MulAdd(Set<V>(2 * l2), x, sign);
  }

  double l1, l2;
};

struct L1 : Penalty {
  static constexpr ParameterNames kParameters = {"l1"};
  explicit L1(ParametersOf<L1> p) : Penalty(p["l1"], 0) {}
};

struct L2 : Penalty {
  static constexpr ParameterNames kParameters = {"l2"};
  explicit L2(ParametersOf<L2> p) : Penalty(0, p["l2"]) {}
};

struct L1L2 : Penalty {
  static constexpr ParameterNames kParameters = {"l1", "l2"};
  explicit L1L2(ParametersOf<L1L2> p) : Penalty(p["l1"], p["l2"]) {}
};

template <class F, class T>
double ElementwisePenalty(ParameterView parameters, const RegularizerCall<T>& call) {
  const F f = functor_of<F>(parameters);
  const Lanes<T> d;
  const std::size_t n = call.x.columns;
  const auto scale = SetDouble(d, call.scale);
  double sum = 0;
  for (std::size_t r = 0; r < call.x.rows; ++r) {
    const T* x = call.x.row(r);
    sum += SumLanes(d, n, [&](auto load) HWY_ATTR { return f.Value(load(x)); });
    if (call.grad == nullptr) continue;
    T* grad = call.grad + r * n;
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::MulAdd(f.Gradient(load(x)), scale, load(grad)), grad);
    });
  }
  return call.scale * sum;
}

std::size_t NoScratch(std::size_t, std::size_t) { return 0; }

template <class F>
constexpr Entry<RegularizerRun> Elementwise(const char* name) {
  return {name, names_of<F>(), {NoScratch, {ElementwisePenalty<F, float>, ElementwisePenalty<F, double>}}};
}

HWY_INLINE double Dot(std::size_t n, const double* a, const double* b) {
  const Lanes<double> d;
  return SumLanes(d, n, [&](auto load) HWY_ATTR { return load(a) * load(b); });
}

// y += factor x
HWY_INLINE void AddScaled(std::size_t n, double factor, const double* x, double* y) {
  const Lanes<double> d;
  const auto by = hn::Set(d, factor);
  ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::MulAdd(by, load(x), load(y)), y); });
}

// The rows of the matrix, or its columns, as unit vectors with their norms, and room for a gradient.
template <class T>
struct UnitVectors {
  UnitVectors(bool columns, double epsilon, const RegularizerCall<T>& call)
      : columns(columns),
        count(columns ? call.x.columns : call.x.rows),
        length(columns ? call.x.rows : call.x.columns),
        data(call.scratch),
        norms(data + count * length),
        gradient(norms + count) {
    for (std::size_t k = 0; k < count; ++k) {
      double* unit = data + k * length;
      for (std::size_t i = 0; i < length; ++i) unit[i] = static_cast<double>(call.x.data[index(k, i)]);
      norms[k] = std::sqrt(std::max(Dot(length, unit, unit), epsilon * epsilon));
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

struct Orthogonality {
  static constexpr ParameterNames kParameters = {"factor", "columns", "epsilon"};
  explicit Orthogonality(ParametersOf<Orthogonality> p)
      : factor(p["factor"]), columns(p.flag("columns")), epsilon(p["epsilon"]) {}

  double factor;
  bool columns;  // compared with each other, in place of the rows
  double epsilon;
};

// The mean magnitude of the cosine over all pairs. One vector makes no pair: 0 / 0, as in Keras.
template <class T>
double MeanCosine(ParameterView parameters, const RegularizerCall<T>& call) {
  const auto rule = functor_of<Orthogonality>(parameters);
  const UnitVectors<T> vectors(rule.columns, rule.epsilon, call);
  const std::size_t n = vectors.length;
  const double pairs = static_cast<double>(vectors.count) * (static_cast<double>(vectors.count) - 1) / 2;
  const double weight = call.scale * rule.factor / pairs;
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
    const bool whole = vectors.norms[k] > rule.epsilon;
    if (whole) AddScaled(n, -Dot(n, unit, vectors.gradient), unit, vectors.gradient);
    for (std::size_t i = 0; i < n; ++i) {
      call.grad[vectors.index(k, i)] += static_cast<T>(vectors.gradient[i] / vectors.norms[k]);
    }
  }
  return weight * sum;
}

constexpr Entry<RegularizerRun> kRegularizers[] = {
    Elementwise<L1>("l1"),
    Elementwise<L1L2>("l1l2"),
    Elementwise<L2>("l2"),
    {"orthogonal_regularizer",
     Orthogonality::kParameters,
     {UnitVectorScratch, {MeanCosine<float>, MeanCosine<double>}}},
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
