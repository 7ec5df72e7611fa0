#include "constraints.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "constraints.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each norm constraint: the norm that it makes of a norm. Besides their own parameters all have axis (0: each column
// has a norm, 1: each row) and epsilon, which is added to the norm where it divides.

struct UnitNorm {
  static constexpr ParameterNames kParameters = {"axis", "epsilon"};

  template <class V>
  HWY_INLINE V operator()(V) const {
    return Set<V>(1);
  }
};

struct MaxNorm {
  static constexpr ParameterNames kParameters = {"axis", "epsilon", "max_value"};
  explicit MaxNorm(ParametersOf<MaxNorm> p) : most(p["max_value"]) {}

  template <class V>
  HWY_INLINE V operator()(V norm) const {
    return Clip(norm, 0, most);
  }

  double most;
};

struct MinMaxNorm {
  static constexpr ParameterNames kParameters = {"axis", "epsilon", "min_value", "max_value", "rate"};
  explicit MinMaxNorm(ParametersOf<MinMaxNorm> p) : least(p["min_value"]), most(p["max_value"]), rate(p["rate"]) {}

  template <class V>
  HWY_INLINE V operator()(V norm) const {
    return hn::MulAdd(Set<V>(rate), Clip(norm, least, most), (1 - rate) * norm);
  }

  double least, most, rate;
};

// What a vector of this squared norm is multiplied by.
template <class F, class V>
HWY_INLINE V FactorOf(const F& desired, double epsilon, V square) {
  const V norm = hn::Sqrt(square);
  return desired(norm) / (epsilon + norm);
}

template <class F, class T>
void ScaleRows(const F& desired, double epsilon, Matrix<T> w) {
  const Lanes<T> d;
  for (std::size_t r = 0; r < w.rows; ++r) {
    T* row = w.row(r);
    const double square = SumLanes(d, w.columns, [&](auto load) HWY_ATTR { return load(row) * load(row); });
    const auto factor = FactorOf(desired, epsilon, SetDouble(d, square));
    ForLanes(d, w.columns, [&](auto load, auto store, auto) HWY_ATTR { store(load(row) * factor, row); });
  }
}

// A vector of lanes goes down its columns, once for the norms and once to scale.
template <class F, class T>
void ScaleColumns(const F& desired, double epsilon, Matrix<T> w) {
  ForLanes(Lanes<T>(), w.columns, [&](auto load, auto store, auto) HWY_ATTR {
    const auto square = SumDown<T>(w.rows, [&](std::size_t r) HWY_ATTR { return load(w.row(r)) * load(w.row(r)); });
    const auto factor = FactorOf(desired, epsilon, square);
    for (std::size_t r = 0; r < w.rows; ++r) store(load(w.row(r)) * factor, w.row(r));
  });
}

template <class F, class T>
void Scale(ParameterView parameters, Matrix<T> w) {
  const ParametersOf<F> p(parameters);
  const F desired = functor_of<F>(parameters);
  if (p["axis"] == 0) {
    ScaleColumns(desired, p["epsilon"], w);
  } else {
    ScaleRows(desired, p["epsilon"], w);
  }
}

template <class T>
void NonNeg(ParameterView, Matrix<T> w) {
  T* data = w.data;
  ForLanes(Lanes<T>(), w.size(), [&](auto load, auto store, auto) HWY_ATTR {
    const auto value = load(data);
    store(hn::IfThenZeroElse(value < 0, value), data);
  });
}

template <class F>
constexpr Entry<ConstraintRun> Norm(const char* name) {
  return {name, names_of<F>(), {{Scale<F, float>, Scale<F, double>}}};
}

constexpr Entry<ConstraintRun> kConstraints[] = {
    Norm<MaxNorm>("max_norm"),
    Norm<MinMaxNorm>("min_max_norm"),
    {"non_neg", {}, {{NonNeg<float>, NonNeg<double>}}},
    Norm<UnitNorm>("unit_norm"),
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
