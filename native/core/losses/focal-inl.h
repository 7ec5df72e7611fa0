#if defined(GEMSBOK_FOCAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_FOCAL_INL_H_
#undef GEMSBOK_FOCAL_INL_H_
#else
#define GEMSBOK_FOCAL_INL_H_
#endif

#include "crossentropy-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// x^exponent and its derivative.
template <class V>
HWY_INLINE Term<V> PowTerm(V x, double exponent) {
  // At 0 the factor of 0 would meet an infinite power.
  if (exponent == 0) return {Set<V>(1), Set<V>(0)};
  return {math::Pow(x, exponent), exponent * math::Pow(x, exponent - 1)};
}

// The focal factor sees the probability as it is; only the logarithms are clipped.
struct BinaryFocalCrossentropy {
  static constexpr bool kIsLong = true;
  static constexpr ParameterNames kParameters = {"from_logits", "label_smoothing",       "epsilon",
                                                 "gamma",       "apply_class_balancing", "alpha"};
  explicit BinaryFocalCrossentropy(ParametersOf<BinaryFocalCrossentropy> p)
      : entropy(p), gamma(p["gamma"]), balanced(p.flag("apply_class_balancing")), alpha(p["alpha"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V target = entropy.Smooth(y_true), other = 1 - target;
    const V p = entropy.from_logits ? math::Sigmoid(y_pred) : y_pred, q = 1 - p;
    const Term<V> term = entropy.Probability(target, p);
    const Term<V> factor = PowTerm(hn::MulAdd(target, q, other * p), gamma);
    const V slope = factor.grad * (other - target);
    V value = factor.value * term.value;
    V grad = hn::MulAdd(slope, term.value, factor.value * term.grad);
    if (balanced) {
      const V weight = hn::MulAdd(target, Set<V>(alpha), other * (1 - alpha));
      value = weight * value;
      grad = weight * grad;
    }
    return {value, entropy.from_logits ? grad * (p * q) : grad};
  }

  BinaryCrossentropy entropy;
  double gamma;
  bool balanced;
  double alpha;
};

// `alpha` is one for all classes, or a list of one for each.
struct CategoricalFocalCrossentropy {
  static constexpr ParameterNames kParameters = {"from_logits", "label_smoothing", "epsilon", "gamma", "alpha"};
  explicit CategoricalFocalCrossentropy(ParametersOf<CategoricalFocalCrossentropy> p)
      : entropy(p), gamma(p["gamma"]), alphas(p.list("alpha")) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const Lanes<T> d;
    const Shares<T> shares = SharesOf(n, y_pred);
    std::size_t first = 0;
    const auto [value, total] = AddUp<2>(d, n, [&](auto load, auto store, auto add) HWY_ATTR {
      const auto share = shares(load(y_pred));
      const auto target = Alphas<T>(n, first) * entropy.Smooth(load(y_true), n);
      const auto term = Class(target, share);
      add(0, term.value);
      if constexpr (kGrad) {
        add(1, term.grad * share);
        store(term.grad, grad);
      }
      first += hn::Lanes(d);
    });
    if constexpr (kGrad) {
      const double all = total;
      const T scale = coefficient / (entropy.from_logits ? T{1} : shares.sum);
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        const auto slope = scale * (load(grad) - all);
        store(entropy.from_logits ? slope * shares(load(y_pred)) : slope, grad);
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

    template <class V>
    HWY_INLINE V operator()(V y_pred) const {
      return (soft ? math::Exp(y_pred - largest) : y_pred) / sum;
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
  template <class V>
  HWY_INLINE Term<V> Class(V target, V share) const {
    const V p = entropy.clip(share), log = math::Log(p);
    const Term<V> factor = PowTerm(1 - p, gamma);
    const V slope = hn::MulSub(factor.grad, log, factor.value / p);
    return {-(target * (factor.value * log)), hn::IfThenZeroElse(entropy.clip.IsOutside(share), target * slope)};
  }

  // The weights of the classes from `first` on; a list of another length than there are classes counts by its first.
  template <class T>
  HWY_INLINE hn::Vec<Lanes<T>> Alphas(std::size_t n, std::size_t first) const {
    const Lanes<T> d;
    if (alphas.size() != n) return SetDouble(d, alphas[0]);
    HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)] = {};
    for (std::size_t i = 0; i < std::min(hn::Lanes(d), n - first); ++i) lanes[i] = static_cast<T>(alphas[first + i]);
    return hn::Load(d, lanes);
  }

  CategoricalCrossentropy entropy;
  double gamma;
  std::span<const double> alphas;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
