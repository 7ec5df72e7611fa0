#if defined(GEMSBOK_LIKELIHOOD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_LIKELIHOOD_INL_H_
#undef GEMSBOK_LIKELIHOOD_INL_H_
#else
#define GEMSBOK_LIKELIHOOD_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// parameters: epsilon
struct Poisson {
  explicit Poisson(const ParameterView& p) : epsilon{p[0]} {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    const V rate = hn::Add(y_pred, hn::Set(d, epsilon.low<hn::TFromD<D>>()));
    return {hn::NegMulAdd(y_true, math::Log(d, rate), y_pred), hn::Sub(hn::Set(d, 1), hn::Div(y_true, rate))};
  }

  Epsilon epsilon;
};

// parameters: power, epsilon
struct Tweedie {
  explicit Tweedie(const ParameterView& p) : power(p[0]), epsilon{p[1]} {}

  template <class D, class V>
  HWY_INLINE Term<V> operator()(D d, V y_true, V y_pred) const {
    using T = hn::TFromD<D>;
    const V low = hn::Set(d, epsilon.low<T>()), mean = AtLeast(y_pred, low);
    const V root = math::Pow(d, mean, 1 - power);
    const V value = hn::MulAdd(hn::Mul(mean, root), hn::Set(d, static_cast<T>(1 / (2 - power))),
                               hn::Mul(hn::Mul(y_true, root), hn::Set(d, static_cast<T>(1 / (power - 1)))));
    const V grad = hn::Mul(root, hn::Sub(hn::Set(d, 1), hn::Div(y_true, mean)));
    return {value, hn::IfThenElse(hn::Lt(y_pred, low), hn::Zero(d), grad)};
  }

  double power;
  Epsilon epsilon;
};

// parameters: full, epsilon. The first half of a row holds means, the second half variances.
struct GaussianNLL {
  explicit GaussianNLL(const ParameterView& p) : constant(p[0] != 0 ? 1.83787706640934548356 : 0), epsilon(p[1]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const Lanes<T> d;
    const std::size_t half = n / 2;
    const T share = static_cast<T>(0.5) / static_cast<T>(half);
    const auto scale = hn::Set(d, share * coefficient), low = hn::Set(d, static_cast<T>(epsilon));
    const auto [sum] = AddUp<1>(d, half, [&](auto load, auto store, auto add) HWY_ATTR {
      const auto given = load(y_pred + half), variance = AtLeast(given, low);
      const auto error = hn::Sub(load(y_pred), load(y_true)), slope = hn::Div(error, variance);
      const auto log = hn::Add(math::Log(d, variance), hn::Set(d, static_cast<T>(constant)));
      add(0, hn::MulAdd(error, slope, log));
      if constexpr (kGrad) {
        const auto by_variance = hn::Sub(hn::Div(hn::Set(d, 1), variance), hn::Mul(slope, slope));
        store(hn::Mul(scale, hn::Add(slope, slope)), grad);
        store(hn::Mul(scale, hn::IfThenElse(hn::Lt(given, low), hn::Zero(d), by_variance)), grad + half);
      }
    });
    return static_cast<T>(0.5 * sum / static_cast<double>(half));
  }

  double constant, epsilon;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
