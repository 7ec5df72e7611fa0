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

// Sums over a row, in double where it is long.
struct OverlapSums {
  double both = 0, y_true = 0, y_pred = 0;

  template <class T>
  HWY_INLINE static OverlapSums Of(std::size_t n, const T* y_true, const T* y_pred) {
    constexpr std::size_t kBlock = 4096;
    const Lanes<T> d;
    OverlapSums sums;
    for (std::size_t i = 0; i < n; i += kBlock) {
      const std::size_t count = std::min(kBlock, n - i);
      const T *t = y_true + i, *p = y_pred + i;
      sums.both += SumLanes(d, count, [&](auto load) HWY_ATTR { return hn::Mul(load(t), load(p)); });
      sums.y_true += SumLanes(d, count, [&](auto load) HWY_ATTR { return load(t); });
      sums.y_pred += SumLanes(d, count, [&](auto load) HWY_ATTR { return load(p); });
    }
    return sums;
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
  explicit Dice(const ParameterView&) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const OverlapSums sums = OverlapSums::Of(n, y_true, y_pred);
    const Overlap overlap = {2 * sums.both, sums.y_true + sums.y_pred + Eps<double>::kLow, 2, 0, 1};
    return overlap.Row<kGrad>(n, y_true, coefficient, grad);
  }
};

// parameters: alpha, beta, the weights of false positives and false negatives
struct Tversky {
  explicit Tversky(const ParameterView& p) : alpha(p[0]), beta(p[1]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const OverlapSums sums = OverlapSums::Of(n, y_true, y_pred);
    const double errors = alpha * (sums.y_pred - sums.both) + beta * (sums.y_true - sums.both);
    const Overlap overlap = {sums.both, sums.both + errors + Eps<double>::kLow, 1, 1 - alpha - beta, alpha};
    return overlap.Row<kGrad>(n, y_true, coefficient, grad);
  }

  double alpha, beta;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
