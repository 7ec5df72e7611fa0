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

  template <class D, class V>
  HWY_INLINE V operator()(D d, V y_true) const {
    return hn::MulAdd(y_true, hn::Set(d, scale), hn::Set(d, offset));
  }

  float scale, offset;
};

struct Hinge {
  explicit Hinge(bool binary) : labels(binary) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V label = labels(d, y_true), zero = hn::Zero(d);
    const V margin = hn::NegMulAdd(label, y_pred, hn::Set(d, 1));
    // At the bound, as everywhere in this file, half the slope: the mean of both sides.
    const V slope = hn::IfThenElse(hn::Eq(margin, zero), hn::Mul(hn::Set(d, 0.5F), label), label);
    return {AtLeast(margin, zero), hn::IfThenElse(hn::Lt(margin, zero), zero, hn::Neg(slope))};
  }

  HingeLabels labels;
};

struct SquaredHinge {
  explicit SquaredHinge(bool binary) : labels(binary) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V label = labels(d, y_true);
    const V margin = AtLeast(hn::NegMulAdd(label, y_pred, hn::Set(d, 1)), hn::Zero(d));
    return {hn::Mul(margin, margin), hn::Mul(hn::Mul(hn::Set(d, -2), label), margin)};
  }

  HingeLabels labels;
};

// The largest score of a wrong class against that of the right one; where several are largest, they share the slope.
struct CategoricalHinge {
  explicit CategoricalHinge(const ParameterView&) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const Lanes<T> d;
    const auto one = hn::Set(d, 1), lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
    const auto wrong = [&](auto load) HWY_ATTR { return hn::Mul(hn::Sub(one, load(y_true)), load(y_pred)); };
    auto largest = lowest;
    const T right =
        static_cast<T>(SumLanes(d, n, [&](auto load) HWY_ATTR { return hn::Mul(load(y_true), load(y_pred)); }));
    ForLanes(d, n, [&](auto load, auto, auto zero_tail) HWY_ATTR {
      // Behind the end stand zeros, which may be larger than all scores.
      const auto inside = hn::Ne(zero_tail(one), hn::Zero(d));
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
    const auto one = hn::Set(d, 1), scale = hn::Set(d, coefficient);
    const auto is_top = [&](auto load) HWY_ATTR { return hn::Eq(wrong(load), hn::Set(d, top)); };
    const double ties = SumLanes(d, n, [&](auto load) HWY_ATTR { return hn::IfThenElseZero(is_top(load), one); });
    const auto share = SetDouble(d, 1 / std::max(1.0, ties));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      const auto target = load(y_true);
      const auto slope = hn::IfThenElseZero(is_top(load), hn::Mul(share, hn::Sub(one, target)));
      store(hn::Mul(scale, hn::Sub(slope, target)), grad);
    });
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
