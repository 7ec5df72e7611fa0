#if defined(GEMSBOK_HINGE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_HINGE_INL_H_
#undef GEMSBOK_HINGE_INL_H_
#else
#define GEMSBOK_HINGE_INL_H_
#endif

#include <algorithm>
#include <limits>

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// What labels mean: 0 and 1 stand for -1 and 1 where `binary` is set.
struct HingeLabels {
  explicit HingeLabels(bool binary) : scale(binary ? 2 : 1), offset(binary ? -1 : 0) {}

  template <class V>
  HWY_INLINE V operator()(V y_true) const {
    return hn::MulAdd(y_true, Set<V>(scale), Set<V>(offset));
  }

  double scale, offset;
};

struct Hinge {
  explicit Hinge(bool binary) : labels(binary) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V label = labels(y_true), margin = hn::NegMulAdd(label, y_pred, Set<V>(1));
    // At the bound, as everywhere in this file, half the slope: the mean of both sides.
    const V slope = hn::IfThenElse(margin == 0, 0.5 * label, label);
    return {AtLeast(margin, 0), hn::IfThenZeroElse(margin < 0, -slope)};
  }

  HingeLabels labels;
};

struct SquaredHinge {
  explicit SquaredHinge(bool binary) : labels(binary) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V label = labels(y_true), margin = AtLeast(hn::NegMulAdd(label, y_pred, Set<V>(1)), 0);
    return {margin * margin, -2 * label * margin};
  }

  HingeLabels labels;
};

// The largest score of a wrong class against that of the right one; where several are largest, they share the slope.
struct CategoricalHinge {
  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const Lanes<T> d;
    const auto one = hn::Set(d, 1), lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
    const auto wrong = [&](auto load) HWY_ATTR { return (1 - load(y_true)) * load(y_pred); };
    auto largest = lowest;
    const T right = static_cast<T>(SumLanes(d, n, [&](auto load) HWY_ATTR { return load(y_true) * load(y_pred); }));
    ForLanes(d, n, [&](auto load, auto, auto zero_tail) HWY_ATTR {
      // After the end stand zeros, which may be larger than all scores.
      const auto inside = zero_tail(one) != hn::Zero(d);
      largest = hn::Max(largest, hn::IfThenElse(inside, wrong(load), lowest));
    });
    const T top = hn::GetLane(hn::MaxOfLanes(d, largest));
    const T value = top - right + 1;
    if constexpr (kGrad) {
      const T slope = value < 0 ? T{0} : value == 0 ? coefficient / 2 : coefficient;
      Gradient(n, y_true, wrong, top, slope, grad);
    }
    return value < 0 ? T{0} : value;
  }

 private:
  template <class T, class Wrong>
  HWY_INLINE void Gradient(std::size_t n, const T* y_true, const Wrong& wrong, T top, T coefficient, T* grad) const {
    const Lanes<T> d;
    const auto one = hn::Set(d, 1);
    const auto is_top = [&](auto load) HWY_ATTR { return wrong(load) == top; };
    const double ties = SumLanes(d, n, [&](auto load) HWY_ATTR { return hn::IfThenElseZero(is_top(load), one); });
    const double share = 1 / std::max(1.0, ties);
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      const auto target = load(y_true);
      store(coefficient * (hn::IfThenElseZero(is_top(load), share * (1 - target)) - target), grad);
    });
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
