#if defined(GEMSBOK_PROBABILISTIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_PROBABILISTIC_INL_H_
#undef GEMSBOK_PROBABILISTIC_INL_H_
#else
#define GEMSBOK_PROBABILISTIC_INL_H_
#endif

#include <cmath>

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// parameters: from_logits, label_smoothing, epsilon
struct BinaryCrossentropy {
  explicit BinaryCrossentropy(const ParameterView& p) : from_logits(p[0] != 0), smoothing(p[1]), epsilon{p[2]} {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V one = hn::Set(d, 1), zero = hn::Zero(d);
    const V target = Smooth(d, y_true);
    if (!from_logits) return Probability(d, target, y_pred);
    const V e = math::Exp(d, hn::Neg(hn::Abs(y_pred)));
    const V positive = math::KeepNaN(y_pred, hn::Max(y_pred, zero));
    const V value = hn::Add(hn::NegMulAdd(y_pred, target, positive), math::Log1p(d, e));
    const V p = hn::Div(hn::IfThenElse(hn::Ge(y_pred, zero), one, e), hn::Add(one, e));
    return {value, hn::Sub(p, target)};
  }

  // t (1 - s) + s / 2
  template <class D, class V>
  HWY_INLINE V Smooth(D d, V y_true) const {
    using T = hn::TFromD<D>;
    return hn::MulAdd(y_true, hn::Set(d, static_cast<T>(1 - smoothing)), hn::Set(d, static_cast<T>(smoothing / 2)));
  }

  // Of a probability, which is clipped; the clip has no slope outside its bounds.
  template <class D, class V>
  HWY_INLINE Term<V> Probability(D d, V target, V y_pred) const {
    using T = hn::TFromD<D>;
    const V one = hn::Set(d, 1), low = hn::Set(d, epsilon.low<T>()), high = hn::Set(d, epsilon.high<T>());
    const V p = Clip(y_pred, low, high), q = hn::Sub(one, p);
    const V value = hn::Neg(hn::MulAdd(target, math::Log(d, p), hn::Mul(hn::Sub(one, target), math::Log(d, q))));
    const V grad = hn::Div(hn::Sub(p, target), hn::Mul(p, q));
    const auto outside = hn::Or(hn::Lt(y_pred, low), hn::Gt(y_pred, high));
    return {value, hn::IfThenElse(outside, hn::Zero(d), grad)};
  }

  bool from_logits;
  double smoothing;
  Epsilon epsilon;
};

// max(z) and log(sum(exp(z - max))), of a row; with kKeep the exponentials are left in `exps`.
template <class T>
struct LogSum {
  T largest;
  T sum;

  T log_sum_exp() const { return largest + std::log(sum); }
};

template <bool kKeep, class T>
HWY_INLINE LogSum<T> SumExp(std::size_t n, const T* z, T* exps) {
  const Lanes<T> d;
  const T largest = MaxOf(d, z, n);
  const auto shift = hn::Set(d, largest);
  const auto [sum] = AddUp<1>(d, n, [&](auto load, auto store, auto add) HWY_ATTR {
    const auto e = math::Exp(d, hn::Sub(load(z), shift));
    add(0, e);
    if constexpr (kKeep) store(e, exps);
  });
  return {largest, static_cast<T>(sum)};
}

// parameters: from_logits, label_smoothing, epsilon
struct CategoricalCrossentropy {
  explicit CategoricalCrossentropy(const ParameterView& p) : from_logits(p[0] != 0), smoothing(p[1]), epsilon{p[2]} {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    return from_logits ? Logits<kGrad>(n, y_true, y_pred, coefficient, grad)
                       : Probabilities<kGrad>(n, y_true, y_pred, coefficient, grad);
  }

  // t (1 - s) + s / C
  template <class D, class V>
  HWY_INLINE V Smooth(D d, V y_true, std::size_t n) const {
    using T = hn::TFromD<D>;
    return hn::MulAdd(y_true, hn::Set(d, static_cast<T>(1 - smoothing)),
                      hn::Set(d, static_cast<T>(smoothing / static_cast<double>(n))));
  }

  // value sum(t (log_sum_exp - z)), gradient sum(t) softmax(z) - t
  template <bool kGrad, class T>
  HWY_INLINE T Logits(std::size_t n, const T* y_true, const T* z, T coefficient, T* grad) const {
    const Lanes<T> d;
    const LogSum<T> soft = SumExp<kGrad>(n, z, grad);
    const auto shift = hn::Set(d, soft.largest), log_sum = hn::Set(d, std::log(soft.sum));
    const auto [value, total] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto target = Smooth(d, load(y_true), n);
      add(0, hn::Mul(target, hn::Sub(log_sum, hn::Sub(load(z), shift))));
      add(1, target);
    });
    if constexpr (kGrad) {
      const auto scale = hn::Set(d, coefficient);
      const auto weight = SetDouble(d, total / static_cast<double>(soft.sum));
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        store(hn::Mul(scale, hn::MulSub(load(grad), weight, Smooth(d, load(y_true), n))), grad);
      });
    }
    return static_cast<T>(value);
  }

  // p / sum(p), clipped; the gradient runs through the division, and through the clip where it does not bind.
  template <bool kGrad, class T>
  HWY_INLINE T Probabilities(std::size_t n, const T* y_true, const T* p, T coefficient, T* grad) const {
    const Lanes<T> d;
    const T sum = static_cast<T>(SumLanes(d, n, [&](auto load) HWY_ATTR { return load(p); }));
    const auto norm = hn::Set(d, sum), low = hn::Set(d, epsilon.low<T>()), high = hn::Set(d, epsilon.high<T>());
    const auto [value, free_total] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto share = hn::Div(load(p), norm);
      const auto target = Smooth(d, load(y_true), n);
      add(0, hn::Neg(hn::Mul(target, math::Log(d, Clip(share, low, high)))));
      const auto bound = hn::Or(hn::Lt(share, low), hn::Gt(share, high));
      add(1, hn::IfThenElse(bound, hn::Zero(d), target));
    });
    if constexpr (kGrad) {
      const auto total = SetDouble(d, free_total);
      const auto scale = hn::Set(d, coefficient / sum);
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        const auto share = hn::Div(load(p), norm);
        const auto bound = hn::Or(hn::Lt(share, low), hn::Gt(share, high));
        const auto own = hn::IfThenElse(bound, hn::Zero(d), hn::Div(Smooth(d, load(y_true), n), share));
        store(hn::Mul(scale, hn::Sub(total, own)), grad);
      });
    }
    return static_cast<T>(value);
  }

  bool from_logits;
  double smoothing;
  Epsilon epsilon;
};

// parameters: from_logits, ignore_class, epsilon. A label that is no class has a one-hot row of zeros, as in Keras:
// loss 0.
struct SparseCategoricalCrossentropy {
  explicit SparseCategoricalCrossentropy(const ParameterView& p)
      : from_logits(p[0] != 0), ignore_class(p[1]), epsilon{p[2]} {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const double label = static_cast<double>(*y_true);
    if (!(label > -1 && label < static_cast<double>(n)) || label == ignore_class) {
      if constexpr (kGrad) std::fill(grad, grad + n, T{0});
      return 0;
    }
    const std::size_t index = static_cast<std::size_t>(label);
    return from_logits ? Logits<kGrad>(n, index, y_pred, coefficient, grad)
                       : Probabilities<kGrad>(n, index, y_pred, coefficient, grad);
  }

  template <bool kGrad, class T>
  HWY_INLINE T Logits(std::size_t n, std::size_t label, const T* z, T coefficient, T* grad) const {
    const T own = z[label];  // read first: grad may stand where z does
    const LogSum<T> soft = SumExp<kGrad>(n, z, grad);
    if constexpr (kGrad) {
      const Lanes<T> d;
      const auto scale = hn::Set(d, coefficient / soft.sum);
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Mul(load(grad), scale), grad); });
      grad[label] -= coefficient;
    }
    return std::log(soft.sum) - (own - soft.largest);
  }

  template <bool kGrad, class T>
  HWY_INLINE T Probabilities(std::size_t n, std::size_t label, const T* p, T coefficient, T* grad) const {
    const Lanes<T> d;
    const T sum = static_cast<T>(SumLanes(d, n, [&](auto load) HWY_ATTR { return load(p); }));
    const T share = p[label] / sum;
    const T low = epsilon.low<T>(), high = epsilon.high<T>();
    const bool bound = share < low || share > high;
    if constexpr (kGrad) {
      std::fill(grad, grad + n, bound ? T{0} : coefficient / sum);
      if (!bound) grad[label] -= coefficient / (share * sum);
    }
    const T clipped = bound ? (share < low ? low : high) : share;
    return -std::log(clipped);
  }

  bool from_logits;
  double ignore_class;
  Epsilon epsilon;
};

// parameters: q. Labels as above; predictions are probabilities and are not normalized.
struct CategoricalGeneralizedCrossEntropy {
  explicit CategoricalGeneralizedCrossEntropy(const ParameterView& p) : q(p[0]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const T label = *y_true, power = static_cast<T>(q);
    const bool known = label > -1 && label < static_cast<T>(n);
    const T p = known ? y_pred[static_cast<std::size_t>(label)] : T{0};
    if constexpr (kGrad) {
      std::fill(grad, grad + n, T{0});
      if (known) grad[static_cast<std::size_t>(label)] = -coefficient * std::pow(p, power - 1);
    }
    return (1 - std::pow(p, power)) / power;
  }

  double q;
};

// parameters: epsilon. Both sides are clipped to [epsilon, 1].
struct KLDivergence {
  explicit KLDivergence(const ParameterView& p) : epsilon{p[0]} {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V low = hn::Set(d, epsilon.low<hn::TFromD<D>>()), high = hn::Set(d, 1);
    const V t = Clip(y_true, low, high), p = Clip(y_pred, low, high);
    const auto outside = hn::Or(hn::Lt(y_pred, low), hn::Gt(y_pred, high));
    return {hn::Mul(t, math::Log(d, hn::Div(t, p))), hn::IfThenElse(outside, hn::Zero(d), hn::Neg(hn::Div(t, p)))};
  }

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    return static_cast<T>(RunElements<kGrad>(*this, n, y_true, y_pred, coefficient, grad));
  }

  Epsilon epsilon;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
