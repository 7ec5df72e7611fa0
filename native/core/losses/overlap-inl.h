#if defined(GEMSBOK_OVERLAP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_OVERLAP_INL_H_
#undef GEMSBOK_OVERLAP_INL_H_
#else
#define GEMSBOK_OVERLAP_INL_H_
#endif

#include <algorithm>

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct OverlapSums {
  double both, y_true, y_pred;

  template <class T>
  HWY_INLINE static OverlapSums Of(std::size_t n, const T* y_true, const T* y_pred) {
    const auto [both, of_true, of_pred] = AddUp<3>(Lanes<T>(), n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto t = load(y_true), p = load(y_pred);
      add(0, t * p);
      add(1, t);
      add(2, p);
    });
    return {both, of_true, of_pred};
  }
};

// 1 - top / bottom, both linear in y_pred: by it `top` grows with y_true * top_slope, `bottom` with
// y_true * bottom_slope + bottom_constant.
struct Overlap {
  double top, bottom, top_slope, bottom_slope, bottom_constant;

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, T coefficient, T* grad) const {
    const double ratio = top / bottom;
    if constexpr (kGrad) {
      const Lanes<T> d;
      const double scale = static_cast<double>(coefficient) / bottom;
      const auto slope = hn::Set(d, static_cast<T>(scale * (ratio * bottom_slope - top_slope)));
      const auto constant = hn::Set(d, static_cast<T>(scale * ratio * bottom_constant));
      ForLanes(d, n,
               [&](auto load, auto store, auto) HWY_ATTR { store(hn::MulAdd(load(y_true), slope, constant), grad); });
    }
    return static_cast<T>(1 - ratio);
  }
};

struct Dice {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit Dice(ParametersOf<Dice> p) : epsilon(p["epsilon"]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const OverlapSums sums = OverlapSums::Of(n, y_true, y_pred);
    const Overlap overlap = {2 * sums.both, sums.y_true + sums.y_pred + epsilon, 2, 0, 1};
    return overlap.Row<kGrad>(n, y_true, coefficient, grad);
  }

  double epsilon;
};

// alpha and beta are the weights of false positives and false negatives.
struct Tversky {
  static constexpr ParameterNames kParameters = {"alpha", "beta", "epsilon"};
  explicit Tversky(ParametersOf<Tversky> p) : alpha(p["alpha"]), beta(p["beta"]), epsilon(p["epsilon"]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const OverlapSums sums = OverlapSums::Of(n, y_true, y_pred);
    const double errors = alpha * (sums.y_pred - sums.both) + beta * (sums.y_true - sums.both);
    const Overlap overlap = {sums.both, sums.both + errors + epsilon, 1, 1 - alpha - beta, alpha};
    return overlap.Row<kGrad>(n, y_true, coefficient, grad);
  }

  double alpha, beta, epsilon;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
