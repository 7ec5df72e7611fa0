#include "constraints.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "constraints.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each norm constraint: what becomes of a norm. Before their own parameters all have axis (0: each column has a norm,
// 1: each row) and epsilon, which is added to the norm where it divides.

struct UnitNorm {
  explicit UnitNorm(const double*) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V) const {
    return hn::Set(d, 1);
  }
};

// parameters: axis, epsilon, max_value
struct MaxNorm {
  explicit MaxNorm(const double* p) : most(p[2]) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V norm) const {
    return Clip(norm, hn::Zero(d), SetDouble(d, most));
  }

  double most;
};

// parameters: axis, epsilon, min_value, max_value, rate
struct MinMaxNorm {
  explicit MinMaxNorm(const double* p) : least(p[2]), most(p[3]), rate(p[4]) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V norm) const {
    const V wanted = Clip(norm, SetDouble(d, least), SetDouble(d, most));
    return hn::MulAdd(SetDouble(d, rate), wanted, hn::Mul(SetDouble(d, 1 - rate), norm));
  }

  double least, most, rate;
};

// What a vector of this squared norm is multiplied by.
template <class F, class D, class V>
HWY_INLINE V FactorOf(const F& desired, D d, double epsilon, V square) {
  const V norm = hn::Sqrt(square);
  return hn::Div(desired(d, norm), hn::Add(SetDouble(d, epsilon), norm));
}

template <class F, class T>
void ScaleRows(const F& desired, double epsilon, Matrix<T> w) {
  const Lanes<T> d;
  for (std::size_t r = 0; r < w.rows; ++r) {
    T* row = w.row(r);
    const double square = SumLanes(d, w.columns, [&](auto load) HWY_ATTR { return hn::Mul(load(row), load(row)); });
    const auto factor = FactorOf(desired, d, epsilon, SetDouble(d, square));
    ForLanes(d, w.columns, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Mul(load(row), factor), row); });
  }
}

// A vector of lanes goes down its columns, once for the norms and once to scale.
template <class F, class T>
void ScaleColumns(const F& desired, double epsilon, Matrix<T> w) {
  const Lanes<T> d;
  ForLanes(d, w.columns, [&](auto load, auto store, auto) HWY_ATTR {
    const auto square =
        SumDown<T>(w.rows, [&](std::size_t r) HWY_ATTR { return hn::Mul(load(w.row(r)), load(w.row(r))); });
    const auto factor = FactorOf(desired, d, epsilon, square);
    for (std::size_t r = 0; r < w.rows; ++r) store(hn::Mul(load(w.row(r)), factor), w.row(r));
  });
}

template <class F, class T>
void Scale(const double* parameters, Matrix<T> w) {
  const F desired(parameters);
  if (parameters[0] == 0) {
    ScaleColumns(desired, parameters[1], w);
  } else {
    ScaleRows(desired, parameters[1], w);
  }
}

template <class T>
void NonNeg(const double*, Matrix<T> w) {
  const Lanes<T> d;
  T* data = w.data;
  ForLanes(d, w.size(), [&](auto load, auto store, auto) HWY_ATTR {
    const auto value = load(data);
    store(hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value), data);
  });
}

template <class F>
constexpr ConstraintRun Norm() {
  return {Scale<F, float>, Scale<F, double>};
}

constexpr Entry<ConstraintRun> kConstraints[] = {
    {"max_norm", {"axis", "epsilon", "max_value"}, Norm<MaxNorm>()},
    {"min_max_norm", {"axis", "epsilon", "min_value", "max_value", "rate"}, Norm<MinMaxNorm>()},
    {"non_neg", {}, {NonNeg<float>, NonNeg<double>}},
    {"unit_norm", {"axis", "epsilon"}, Norm<UnitNorm>()},
};

Registry<ConstraintRun> ConstraintTable() { return Registry<ConstraintRun>::of(kConstraints); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(ConstraintTable);
Registry<ConstraintRun> constraints() { return HWY_DYNAMIC_DISPATCH(ConstraintTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
