#if defined(GEMSBOK_PROBABILISTIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_PROBABILISTIC_INL_H_
#undef GEMSBOK_PROBABILISTIC_INL_H_
#else
#define GEMSBOK_PROBABILISTIC_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Both sides are clipped to [epsilon, 1].
struct KLDivergence {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit KLDivergence(ParametersOf<KLDivergence> p) : epsilon(p["epsilon"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V t = Clip(y_true, epsilon, 1), p = Clip(y_pred, epsilon, 1);
    const auto outside = hn::Or(y_pred<epsilon, y_pred> 1);
    return {t * math::Log(t / p), hn::IfThenZeroElse(outside, -(t / p))};
  }

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    return static_cast<T>(RunElements<kGrad>(*this, n, y_true, y_pred, coefficient, grad));
  }

  double epsilon;
};

struct Poisson {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit Poisson(ParametersOf<Poisson> p) : epsilon(p["epsilon"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V rate = y_pred + epsilon;
    return {hn::NegMulAdd(y_true, math::Log(rate), y_pred), 1 - y_true / rate};
  }

  double epsilon;
};

struct Tweedie {
  static constexpr bool kIsLong = true;
  static constexpr ParameterNames kParameters = {"power", "epsilon"};
  explicit Tweedie(ParametersOf<Tweedie> p) : power(p["power"]), epsilon(p["epsilon"]) {}

  template <class V>
  HWY_INLINE Term<V> operator()(V y_true, V y_pred) const {
    const V mean = AtLeast(y_pred, epsilon), root = math::Pow(mean, 1 - power);
    const V value = hn::MulAdd(mean * root, Set<V>(1 / (2 - power)), y_true * root * (1 / (power - 1)));
    return {value, hn::IfThenZeroElse(y_pred < epsilon, root * (1 - y_true / mean))};
  }

  double power, epsilon;
};

// The first half of a row holds means, the second half variances.
struct GaussianNLL {
  static constexpr ParameterNames kParameters = {"full", "epsilon"};
  explicit GaussianNLL(ParametersOf<GaussianNLL> p)
      : constant(p.flag("full") ? 1.83787706640934548356 : 0), epsilon(p["epsilon"]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const std::size_t half = n / 2;
    const T scale = static_cast<T>(0.5) / static_cast<T>(half) * coefficient;
    const auto [sum] = AddUp<1>(Lanes<T>(), half, [&](auto load, auto store, auto add) HWY_ATTR {
      const auto given = load(y_pred + half), variance = AtLeast(given, epsilon);
      const auto error = load(y_pred) - load(y_true), slope = error / variance;
      add(0, hn::MulAdd(error, slope, math::Log(variance) + constant));
      if constexpr (kGrad) {
        const auto by_variance = 1 / variance - slope * slope;
        store(scale * (2 * slope), grad);
        store(scale * hn::IfThenZeroElse(given < epsilon, by_variance), grad + half);
      }
    });
    return static_cast<T>(0.5 * sum / static_cast<double>(half));
  }

  double constant, epsilon;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
