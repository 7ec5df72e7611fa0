// The normal distribution, and the curve that stands in for it in the approximate gelu.
#if defined(GEMSBOK_ACTIVATIONS_NORMAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ACTIVATIONS_NORMAL_INL_H_
#undef GEMSBOK_ACTIVATIONS_NORMAL_INL_H_
#else
#define GEMSBOK_ACTIVATIONS_NORMAL_INL_H_
#endif

#include <iterator>

#include "../math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

template <class V>
struct Distribution {
  V below;  // the probability of less than x
  V density;
};

// (u + 4) exp(u^2 / 2) P(X > u) as a polynomial in (u - 4) / (u + 4), which is bounded and smooth up to where the
// probability is 0: Chebyshev interpolation, off by 1e-8 and 4e-17 relative to the value. (1 + erf) / 2 would lose the
// lower tail, by which gelu multiplies.
template <class T>
struct TailSeries;
template <>
struct TailSeries<float> {
  static constexpr float kTerms[] = {0.7552851385F,    -0.6078966061F,   0.3871366798F,    -0.1865230059F,
                                     0.06040646975F,   -0.007527212912F, -0.003523574056F, 0.001569313645F,
                                     0.0001948018511F, -0.000122983157F};
};
template <>
struct TailSeries<double> {
  static constexpr double kTerms[] = {
      0.75528513041575148,     -0.607896641971891757,    0.387137400742218693,    -0.186521857959694407,
      0.0603965748907087918,   -0.00754018896558207281,  -0.00347969236242322195, 0.00163081844167572166,
      0.000133344255779480917, -0.000231094816114512678, -1.90787623821825609e-6, 0.000035144167998227779,
      7.15037346304297016e-7,  -5.91884478718701989e-6,  -6.25193110588505967e-7, 1.01969683115120603e-6,
      2.63744365056631193e-7,  -1.54116463340021745e-7,  -7.63984192563988016e-8, 1.44685301670470056e-8,
      1.3903504965759881e-8,   1.07682410069210012e-10,  -9.51299102404734642e-10};
};

// Cuts x off where both tails are 0, so that no square overflows.
template <class V>
HWY_INLINE V WithinTails(V x) {
  constexpr double kFar = sizeof(hn::TFromV<V>) == sizeof(float) ? 15 : 40;
  return Clip(x, -kFar, kFar);
}

template <class V>
HWY_INLINE Distribution<V> StandardNormal(V x) {
  using T = hn::TFromV<V>;
  const V u = hn::Abs(WithinTails(x)), half = u * 0.5;
  // The rounding of the square counts as often as the square is large: exp(-(square + rest)).
  const V square = half * u, rest = math::ProductError(half, u, square);
  const V e = math::Exp(-square) * (1 - rest);
  const V inverse = 1 / (u + 4), s = (u - 4) * inverse;
  V series = Set<V>(0);
  for (std::size_t k = std::size(TailSeries<T>::kTerms); k-- > 0;) {
    series = hn::MulAdd(series, s, Set<V>(TailSeries<T>::kTerms[k]));
  }
  const V tail = e * inverse * series;
  return {hn::IfThenElse(x < 0, tail, 1 - tail), e * 0.39894228040143267794};
}

// The sigmoid of 2 sqrt(2 / pi) (x + 0.044715 x^3): (1 + tanh of half of it) / 2, without the cancellation.
template <class V>
HWY_INLINE Distribution<V> NearNormal(V x) {
  constexpr double kFactor = 1.5957691216057307117, kCubic = kFactor * 0.044715;
  const V near = WithinTails(x), square = near * near, factor = Set<V>(kFactor);
  const auto gate = math::SigmoidGate(near * hn::MulAdd(square, Set<V>(kCubic), factor));
  const V slope = hn::MulAdd(square, Set<V>(3 * kCubic), factor);
  return {gate.value, gate.value * gate.rest * slope};
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
