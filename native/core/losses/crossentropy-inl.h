#if defined(GEMSBOK_CROSSENTROPY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_CROSSENTROPY_INL_H_
#undef GEMSBOK_CROSSENTROPY_INL_H_
#else
#define GEMSBOK_CROSSENTROPY_INL_H_
#endif

#include <cmath>

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct BinaryCrossentropy {
  static constexpr bool kIsLong = true;
  static constexpr ParameterNames kParameters = {"from_logits", "label_smoothing", "epsilon"};
  template <class F>
  explicit BinaryCrossentropy(ParametersOf<F> p)
      : from_logits(p.flag("from_logits")), smoothing(p["label_smoothing"]), clip{p["epsilon"]} {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    return from_logits ? Logit(Smooth(y_true), y_pred) : Probability(Smooth(y_true), y_pred);
  }

  // t (1 - s) + s / 2
  template <class V>
  HWY_INLINE V Smooth(V y_true) const {
    return hn::MulAdd(y_true, Set<V>(1 - smoothing), Set<V>(smoothing / 2));
  }

  template <class V>
  HWY_INLINE static Term<V> Logit(V target, V z) {
    const V e = math::Exp(-hn::Abs(z));
    const V positive = math::KeepNaN(z, hn::Max(z, Set<V>(0)));
    const V sigmoid = hn::IfThenElse(z >= 0, Set<V>(1), e) / (1 + e);
    return {hn::NegMulAdd(z, target, positive) + math::Log1p(e), sigmoid - target};
  }

  // Of a probability, which is clipped; the clip has no slope outside its bounds.
  template <class V>
  HWY_INLINE Term<V> Probability(V target, V y_pred) const {
    const V p = clip(y_pred), q = 1 - p;
    const V value = -hn::MulAdd(target, math::Log(p), (1 - target) * math::Log(q));
    return {value, hn::IfThenZeroElse(clip.IsOutside(y_pred), (p - target) / (p * q))};
  }

  bool from_logits;
  double smoothing;
  ClipRange clip;
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
  const auto [sum] = AddUp<1>(d, n, [&](auto load, auto store, auto add) HWY_ATTR {
    const auto e = math::Exp(load(z) - largest);
    add(0, e);
    if constexpr (kKeep) store(e, exps);
  });
  return {largest, static_cast<T>(sum)};
}

struct CategoricalCrossentropy {
  static constexpr ParameterNames kParameters = {"from_logits", "label_smoothing", "epsilon"};
  template <class F>
  explicit CategoricalCrossentropy(ParametersOf<F> p)
      : from_logits(p.flag("from_logits")), smoothing(p["label_smoothing"]), clip{p["epsilon"]} {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    return from_logits ? Logits<kGrad>(n, y_true, y_pred, coefficient, grad)
                       : Probabilities<kGrad>(n, y_true, y_pred, coefficient, grad);
  }

  // t (1 - s) + s / C
  template <class V>
  HWY_INLINE V Smooth(V y_true, std::size_t n) const {
    return hn::MulAdd(y_true, Set<V>(1 - smoothing), Set<V>(smoothing / static_cast<double>(n)));
  }

  // value sum(t (log_sum_exp - z)), gradient sum(t) softmax(z) - t
  template <bool kGrad, class T>
  HWY_INLINE T Logits(std::size_t n, const T* y_true, const T* z, T coefficient, T* grad) const {
    const Lanes<T> d;
    const LogSum<T> soft = SumExp<kGrad>(n, z, grad);
    const T log_sum = std::log(soft.sum);
    const auto [value, total] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto target = Smooth(load(y_true), n);
      add(0, target * (log_sum - (load(z) - soft.largest)));
      add(1, target);
    });
    if constexpr (kGrad) {
      const auto weight = SetDouble(d, total / static_cast<double>(soft.sum));
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        store(coefficient * hn::MulSub(load(grad), weight, Smooth(load(y_true), n)), grad);
      });
    }
    return static_cast<T>(value);
  }

  // p / sum(p), clipped; the gradient runs through the division, and through the clip where it does not bind.
  template <bool kGrad, class T>
  HWY_INLINE T Probabilities(std::size_t n, const T* y_true, const T* p, T coefficient, T* grad) const {
    const Lanes<T> d;
    const T sum = static_cast<T>(SumLanes(d, n, [&](auto load) HWY_ATTR { return load(p); }));
    const auto [value, free_total] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto share = load(p) / sum, target = Smooth(load(y_true), n);
      add(0, -(target * math::Log(clip(share))));
      add(1, hn::IfThenZeroElse(clip.IsOutside(share), target));
    });
    if constexpr (kGrad) {
      const double total = free_total;
      const T scale = coefficient / sum;
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        const auto share = load(p) / sum;
        const auto own = hn::IfThenZeroElse(clip.IsOutside(share), Smooth(load(y_true), n) / share);
        store(scale * (total - own), grad);
      });
    }
    return static_cast<T>(value);
  }

  bool from_logits;
  double smoothing;
  ClipRange clip;
};

// A label that is not a class has a one-hot row of zeros, as in Keras: loss 0.
struct SparseCategoricalCrossentropy {
  static constexpr ParameterNames kParameters = {"from_logits", "ignore_class", "epsilon"};
  static constexpr LossTraits kTraits = {.class_indices = true,
                                         .ignore_parameter = static_cast<int>(kParameters.index_of("ignore_class"))};
  explicit SparseCategoricalCrossentropy(ParametersOf<SparseCategoricalCrossentropy> p)
      : from_logits(p.flag("from_logits")), ignore_class(p["ignore_class"]), clip{p["epsilon"]} {}

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
      const T scale = coefficient / soft.sum;
      ForLanes(Lanes<T>(), n, [&](auto load, auto store, auto) HWY_ATTR { store(load(grad) * scale, grad); });
      grad[label] -= coefficient;
    }
    return std::log(soft.sum) - (own - soft.largest);
  }

  template <bool kGrad, class T>
  HWY_INLINE T Probabilities(std::size_t n, std::size_t label, const T* p, T coefficient, T* grad) const {
    const Lanes<T> d;
    const T sum = static_cast<T>(SumLanes(d, n, [&](auto load) HWY_ATTR { return load(p); }));
    const T share = p[label] / sum;
    const T low = clip.low<T>(), high = clip.high<T>();
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
  ClipRange clip;
};

// Labels as above; predictions are probabilities and are not normalized.
struct CategoricalGeneralizedCrossEntropy {
  static constexpr ParameterNames kParameters = {"q"};
  explicit CategoricalGeneralizedCrossEntropy(ParametersOf<CategoricalGeneralizedCrossEntropy> p) : q(p["q"]) {}

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

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
