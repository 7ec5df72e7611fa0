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
  explicit MeanSquaredError(const double*) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D, V y_true, V y_pred) const {
    const V error = hn::Sub(y_pred, y_true);
    return {hn::Mul(error, error), hn::Add(error, error)};
  }
};

struct MeanAbsoluteError {
  explicit MeanAbsoluteError(const double*) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V error = hn::Sub(y_pred, y_true);
    const V sign = hn::CopySign(hn::Set(d, 1), error);
    // At 0 the derivative is 0; NaN stays NaN.
    return {hn::Abs(error), hn::IfThenElse(hn::Ne(hn::Abs(error), hn::Abs(error)), error,
                                           hn::IfThenElseZero(hn::Ne(error, hn::Zero(d)), sign))};
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
