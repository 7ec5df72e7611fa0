#if defined(GEMSBOK_FOCAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_FOCAL_INL_H_
#undef GEMSBOK_FOCAL_INL_H_
#else
#define GEMSBOK_FOCAL_INL_H_
#endif

#include "probabilistic-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// x^exponent and its derivative.
template <class D, class V>
HWY_INLINE Term<V> PowTerm(D d, V x, double exponent) {
  // At 0 the factor of 0 would meet an infinite power.
  if (exponent == 0) return {hn::Set(d, 1), hn::Zero(d)};
  const V factor = hn::Set(d, static_cast<hn::TFromD<D>>(exponent));
  return {math::Pow(d, x, exponent), hn::Mul(factor, math::Pow(d, x, exponent - 1))};
}

// parameters: from_logits, label_smoothing, epsilon, gamma, apply_class_balancing, alpha. The focal factor sees the
// probability as it is; only the logarithms are clipped.
struct BinaryFocalCrossentropy {
  explicit BinaryFocalCrossentropy(const ParameterView& p)
      : entropy(p), gamma(p[3]), balanced(p[4] != 0), alpha(p[5]) {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V one = hn::Set(d, 1);
    const V target = entropy.Smooth(d, y_true), other = hn::Sub(one, target);
    const V p = entropy.from_logits ? math::Sigmoid(d, y_pred) : y_pred, q = hn::Sub(one, p);
    const Term<V> term = entropy.Probability(d, target, p);
    const Term<V> factor = PowTerm(d, hn::MulAdd(target, q, hn::Mul(other, p)), gamma);
    const V slope = hn::Mul(factor.grad, hn::Sub(other, target));
    V value = hn::Mul(factor.value, term.value);
    V grad = hn::MulAdd(slope, term.value, hn::Mul(factor.value, term.grad));
    if (balanced) {
      using T = hn::TFromD<D>;
      const V weight =
          hn::MulAdd(target, hn::Set(d, static_cast<T>(alpha)), hn::Mul(other, hn::Set(d, static_cast<T>(1 - alpha))));
      value = hn::Mul(weight, value);
      grad = hn::Mul(weight, grad);
    }
    return {value, entropy.from_logits ? hn::Mul(grad, hn::Mul(p, q)) : grad};
  }

  BinaryCrossentropy entropy;
  double gamma;
  bool balanced;
  double alpha;
};

// parameters: from_logits, label_smoothing, epsilon, gamma, alpha: one for all classes, or a list of one for each
struct CategoricalFocalCrossentropy {
  explicit CategoricalFocalCrossentropy(const ParameterView& p) : entropy(p), gamma(p[3]), parameters(p) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const Lanes<T> d;
    const Shares<T> shares = SharesOf(n, y_pred);
    std::size_t first = 0;
    const auto [value, total] = AddUp<2>(d, n, [&](auto load, auto store, auto add) HWY_ATTR {
      const auto share = shares(d, load(y_pred));
      const auto target = hn::Mul(Alphas<T>(n, first), entropy.Smooth(d, load(y_true), n));
      const auto term = Class(d, target, share);
      add(0, term.value);
      if constexpr (kGrad) {
        add(1, hn::Mul(term.grad, share));
        store(term.grad, grad);
      }
      first += hn::Lanes(d);
    });
    if constexpr (kGrad) {
      const auto all = SetDouble(d, total);
      const auto scale = hn::Set(d, coefficient / (entropy.from_logits ? T{1} : shares.sum));
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        const auto slope = hn::Mul(scale, hn::Sub(load(grad), all));
        store(entropy.from_logits ? hn::Mul(slope, shares(d, load(y_pred))) : slope, grad);
      });
    }
    return static_cast<T>(value);
  }

 private:
  // Predictions as probabilities that add up to 1.
  template <class T>
  struct Shares {
    bool soft;
    T largest, sum;

    template <class D, class V>
    HWY_INLINE V operator()(D d, V y_pred) const {
      const V top = soft ? math::Exp(d, hn::Sub(y_pred, hn::Set(d, largest))) : y_pred;
      return hn::Div(top, hn::Set(d, sum));
    }
  };

  template <class T>
  HWY_INLINE Shares<T> SharesOf(std::size_t n, const T* y_pred) const {
    if (!entropy.from_logits) {
      const double sum = SumLanes(Lanes<T>(), n, [&](auto load) HWY_ATTR { return load(y_pred); });
      return {false, 0, static_cast<T>(sum)};
    }
    const LogSum<T> soft = SumExp<false>(n, y_pred, static_cast<T*>(nullptr));
    return {true, soft.largest, soft.sum};
  }

  // -t (1 - p)^gamma ln p of the clipped probability, and its slope where the clip does not bind.
  template <class D, class V>
  HWY_INLINE Term<V> Class(D d, V target, V share) const {
    using T = hn::TFromD<D>;
    const V low = hn::Set(d, entropy.epsilon.low<T>()), high = hn::Set(d, entropy.epsilon.high<T>());
    const V p = Clip(share, low, high);
    const Term<V> factor = PowTerm(d, hn::Sub(hn::Set(d, 1), p), gamma);
    const V log = math::Log(d, p);
    const V slope = hn::MulSub(factor.grad, log, hn::Div(factor.value, p));
    const auto bound = hn::Or(hn::Lt(share, low), hn::Gt(share, high));
    return {hn::Neg(hn::Mul(target, hn::Mul(factor.value, log))),
            hn::IfThenElse(bound, hn::Zero(d), hn::Mul(target, slope))};
  }

  // The weights of the classes from `first` on; a list of another length than there are classes counts by its first.
  template <class T>
  HWY_INLINE hn::Vec<Lanes<T>> Alphas(std::size_t n, std::size_t first) const {
    constexpr std::size_t kAlpha = 4;
    const Lanes<T> d;
    if (parameters.size - kAlpha != n) return hn::Set(d, static_cast<T>(parameters[kAlpha]));
    HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)] = {};
    for (std::size_t i = 0; i < std::min(hn::Lanes(d), n - first); ++i) {
      lanes[i] = static_cast<T>(parameters[kAlpha + first + i]);
    }
    return hn::Load(d, lanes);
  }

  CategoricalCrossentropy entropy;
  double gamma;
  ParameterView parameters;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
