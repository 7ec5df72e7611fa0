#if defined(GEMSBOK_REGRESSION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_REGRESSION_INL_H_
#undef GEMSBOK_REGRESSION_INL_H_
#else
#define GEMSBOK_REGRESSION_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct MeanSquaredError {
  explicit MeanSquaredError(const ParameterView&) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D, V y_true, V y_pred) const {
    const V error = hn::Sub(y_pred, y_true);
    return {hn::Mul(error, error), hn::Add(error, error)};
  }
};

// Its sign; 0 at 0, and NaN stays NaN.
template <class D, class V>
HWY_INLINE V SignOf(D d, V x) {
  return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Eq(x, hn::Zero(d))), x, hn::CopySign(hn::Set(d, 1), x));
}

struct MeanAbsoluteError {
  explicit MeanAbsoluteError(const ParameterView&) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V error = hn::Sub(y_pred, y_true);
    return {hn::Abs(error), SignOf(d, error)};
  }
};

// parameters: epsilon
struct MeanAbsolutePercentageError {
  explicit MeanAbsolutePercentageError(const ParameterView& p) : epsilon{p[0]} {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V error = hn::Sub(y_pred, y_true);
    const V size = AtLeast(hn::Abs(y_true), hn::Set(d, epsilon.low<hn::TFromD<D>>()));
    const V percent = hn::Set(d, 100);
    return {hn::Mul(percent, hn::Abs(hn::Div(error, size))), hn::Div(hn::Mul(percent, SignOf(d, error)), size)};
  }

  Epsilon epsilon;
};

// parameters: epsilon
struct MeanSquaredLogarithmicError {
  explicit MeanSquaredLogarithmicError(const ParameterView& p) : epsilon{p[0]} {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V low = hn::Set(d, epsilon.low<hn::TFromD<D>>()), p = AtLeast(y_pred, low);
    const V error = hn::Sub(math::Log1p(d, p), math::Log1p(d, AtLeast(y_true, low)));
    const V grad = hn::Div(hn::Add(error, error), hn::Add(hn::Set(d, 1), p));
    // Below the floor there is no slope.
    return {hn::Mul(error, error), hn::IfThenElse(hn::Lt(y_pred, low), hn::Zero(d), grad)};
  }

  Epsilon epsilon;
};

// parameters: delta
struct Huber {
  explicit Huber(const ParameterView& p) : delta(p[0]) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V bound = hn::Set(d, static_cast<hn::TFromD<D>>(delta)), half = hn::Set(d, 0.5F);
    const V error = hn::Sub(y_pred, y_true), size = hn::Abs(error);
    // size = inside where it is small, and then both forms are half its square.
    const V inside = hn::IfThenElse(hn::Gt(size, bound), bound, size);
    return {hn::Mul(inside, hn::NegMulAdd(half, inside, size)), Clip(error, hn::Neg(bound), bound)};
  }

  double delta;
};

struct LogCosh {
  explicit LogCosh(const ParameterView&) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    using T = hn::TFromD<D>;
    const V error = hn::Sub(y_pred, y_true), size = hn::Abs(error);
    const V tail = math::Log1p(d, math::Exp(d, hn::Mul(hn::Set(d, -2), size)));
    const V log_two = hn::Set(d, static_cast<T>(0.69314718055994530942));
    return {hn::Add(size, hn::Sub(tail, log_two)), math::Tanh(d, error)};
  }
};

// parameters: quantile
struct Quantile {
  explicit Quantile(const ParameterView& p) : quantile(p[0]) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    using T = hn::TFromD<D>;
    const V error = hn::Sub(y_pred, y_true), zero = hn::Zero(d);
    const V above = hn::Set(d, static_cast<T>(1 - quantile)), below = hn::Set(d, static_cast<T>(-quantile));
    const V slope = hn::IfThenElse(hn::Lt(error, zero), below, above);
    return {hn::Mul(slope, error), hn::IfThenElse(hn::Eq(error, zero), zero, slope)};
  }

  double quantile;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
