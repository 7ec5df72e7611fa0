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
  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V error = y_pred - y_true;
    return {error * error, 2 * error};
  }
};

// Its sign; 0 at 0, and NaN stays NaN.
template <class V>
HWY_INLINE V SignOf(V x) {
  return hn::IfThenElse(hn::Or(hn::IsNaN(x), x == 0), x, hn::CopySign(Set<V>(1), x));
}

struct MeanAbsoluteError {
  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V error = y_pred - y_true;
    return {hn::Abs(error), SignOf(error)};
  }
};

struct MeanAbsolutePercentageError {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit MeanAbsolutePercentageError(ParametersOf<MeanAbsolutePercentageError> p) : epsilon(p["epsilon"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V error = y_pred - y_true, size = AtLeast(hn::Abs(y_true), epsilon);
    return {100 * hn::Abs(error / size), 100 * SignOf(error) / size};
  }

  double epsilon;
};

struct MeanSquaredLogarithmicError {
  static constexpr bool kIsLong = true;
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit MeanSquaredLogarithmicError(ParametersOf<MeanSquaredLogarithmicError> p) : epsilon(p["epsilon"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V p = AtLeast(y_pred, epsilon);
    const V error = math::Log1p(p) - math::Log1p(AtLeast(y_true, epsilon));
    // Below the floor there is no slope.
    return {error * error, hn::IfThenZeroElse(y_pred < epsilon, 2 * error / (1 + p))};
  }

  double epsilon;
};

struct Huber {
  static constexpr ParameterNames kParameters = {"delta"};
  explicit Huber(ParametersOf<Huber> p) : delta(p["delta"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V error = y_pred - y_true, size = hn::Abs(error);
    // size = inside where it is small, and then both forms are half its square.
    const V inside = hn::IfThenElse(size > delta, Set<V>(delta), size);
    return {inside * hn::NegMulAdd(Set<V>(0.5), inside, size), Clip(error, -delta, delta)};
  }

  double delta;
};

struct LogCosh {
  static constexpr bool kIsLong = true;
  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    constexpr double kLogTwo = 0.69314718055994530942;
    const V error = y_pred - y_true, size = hn::Abs(error);
    return {size + (math::Log1p(math::Exp(-2 * size)) - kLogTwo), math::Tanh(error)};
  }
};

struct Quantile {
  static constexpr ParameterNames kParameters = {"quantile"};
  explicit Quantile(ParametersOf<Quantile> p) : quantile(p["quantile"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V error = y_pred - y_true;
    const V slope = hn::IfThenElse(error < 0, Set<V>(-quantile), Set<V>(1 - quantile));
    return {slope * error, hn::IfThenZeroElse(error == 0, slope)};
  }

  double quantile;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
