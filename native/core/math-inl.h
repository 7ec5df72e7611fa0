// What formulas are written with: operators that take numbers, and functions that are defined everywhere.
#if defined(GEMSBOK_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_MATH_INL_H_
#undef GEMSBOK_MATH_INL_H_
#else
#define GEMSBOK_MATH_INL_H_
#endif

#include <limits>

#include "hwy/contrib/math/math-inl.h"
#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Highway has operators of two vectors.
template <class V>
concept Vector = requires {
  typename hn::TFromV<V>;
};

template <Vector V>
HWY_INLINE V Set(double value) {
  return SetDouble(hn::DFromV<V>(), value);
}

template <Vector V>
HWY_INLINE V operator-(V a) {
  return hn::Neg(a);
}
#define GEMSBOK_OPERATOR(op)                   \
  template <Vector V>                          \
  HWY_INLINE auto operator op(V a, double b) { \
    return a op Set<V>(b);                     \
  }                                            \
  template <Vector V>                          \
  HWY_INLINE auto operator op(double a, V b) { \
    return Set<V>(a) op b;                     \
  }
GEMSBOK_OPERATOR(+)
GEMSBOK_OPERATOR(-)
GEMSBOK_OPERATOR(*)
GEMSBOK_OPERATOR(/)
GEMSBOK_OPERATOR(<)
GEMSBOK_OPERATOR(<=)
GEMSBOK_OPERATOR(>)
GEMSBOK_OPERATOR(>=)
GEMSBOK_OPERATOR(==)
#undef GEMSBOK_OPERATOR

// Highway's functions are defined on a part of the line only; these are defined everywhere, and NaN stays NaN.
namespace math {

template <class V>
HWY_INLINE V KeepNaN(V x, V result) {
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

namespace inlined {

// 1 ULP (f32), 1 ULP (f64)
template <class V>
HWY_INLINE V Exp(V x) {
  const hn::DFromV<V> d;
  if constexpr (sizeof(hn::TFromV<V>) == 4) {
    return KeepNaN(x, hn::Exp(d, hn::Min(x, Set<V>(104))));
  } else {
    // Beyond 706 Highway's scaling by a power of two leaves the range although the result does not.
    constexpr double kExp64 = 6235149080811616882909238708.9286;
    const V near = hn::Exp(d, hn::Min(x, Set<V>(700)));
    const V far = hn::Exp(d, hn::Min(x - 64, Set<V>(704))) * kExp64;
    return KeepNaN(x, hn::IfThenElse(x > 700, far, near));
  }
}

// 4 ULP; log 0 = -inf, NaN below
template <class V>
HWY_INLINE V Log(V x) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  V result = hn::Log(hn::DFromV<V>(), x);
  result = hn::IfThenElse(x == kInfinity, x, result);
  result = hn::IfThenElse(x == 0, Set<V>(-kInfinity), result);
  result = hn::IfThenElse(x < 0, Set<V>(std::numeric_limits<double>::quiet_NaN()), result);
  return KeepNaN(x, result);
}

// 2 ULP, for 0 <= x
template <class V>
HWY_INLINE V Log1p(V x) {
  return KeepNaN(x, hn::Log1p(hn::DFromV<V>(), x));
}

// 4 ULP, for x <= 0
template <class V>
HWY_INLINE V Expm1(V x) {
  return KeepNaN(x, hn::Expm1(hn::DFromV<V>(), x));
}

// Near zero an odd polynomial (Cephes'), where a quotient of exponentials loses bits. 1.5 ULP in single precision, 0.15
// in the mean; 4 in double.
template <class V>
HWY_INLINE V Tanh(V x) {
  const hn::DFromV<V> d;
  if constexpr (sizeof(hn::TFromV<V>) == sizeof(double)) {
    return KeepNaN(x, hn::Tanh(d, x));
  } else {
    const V size = hn::Abs(x), square = x * x;
    V p = hn::MulAdd(Set<V>(-5.70498872745E-3F), square, Set<V>(2.06390887954E-2F));
    p = hn::MulAdd(p, square, Set<V>(-5.37397155531E-2F));
    p = hn::MulAdd(p, square, Set<V>(1.33314422036E-1F));
    p = hn::MulAdd(p, square, Set<V>(-3.33332819422E-1F));
    const V small = hn::MulAdd(p * square, x, x);
    const V e = hn::Exp(d, -2 * size);
    const V large = hn::CopySign(1 - (e + e) / (1 + e), x);
    return KeepNaN(x, hn::IfThenElse(size < 0.625, small, large));
  }
}

}  // namespace inlined

// In double precision, in which nothing trains, each stands once in a file: inlined they were a tenth of the core.
#define GEMSBOK_FUNCTION(name)                               \
  template <class V>                                         \
  HWY_NOINLINE V name##OfDoubles(V x) {                      \
    return inlined::name(x);                                 \
  }                                                          \
  template <class V>                                         \
  HWY_INLINE V name(V x) {                                   \
    if constexpr (sizeof(hn::TFromV<V>) == sizeof(double)) { \
      return name##OfDoubles(x);                             \
    } else {                                                 \
      return inlined::name(x);                               \
    }                                                        \
  }
GEMSBOK_FUNCTION(Exp)
GEMSBOK_FUNCTION(Log)
GEMSBOK_FUNCTION(Log1p)
GEMSBOK_FUNCTION(Expm1)
GEMSBOK_FUNCTION(Tanh)
#undef GEMSBOK_FUNCTION

// What rounding has taken from product = a b, exactly; no split may overflow.
template <class V>
HWY_INLINE V ProductError(V a, V b, V product) {
#if HWY_NATIVE_FMA
  return hn::MulSub(a, b, product);
#else
  // Dekker's: each number as two of half the digits, whose products are exact.
  constexpr double kSplit = sizeof(hn::TFromV<V>) == sizeof(float) ? 0x1p12 + 1 : 0x1p27 + 1;
  const V split_a = a * kSplit, high_a = split_a - (split_a - a), low_a = a - high_a;
  const V split_b = b * kSplit, high_b = split_b - (split_b - b), low_b = b - high_b;
  return low_a * low_b - (product - high_a * high_b - low_a * high_b - high_a * low_b);
#endif
}

template <class V>
HWY_INLINE V Sigmoid(V x) {
  return 1 / (1 + math::Exp(-x));
}

// The sigmoid and what it lacks to 1, each with all of its digits.
template <class V>
struct Gate {
  V value, rest;
};
template <class V>
HWY_INLINE Gate<V> SigmoidGate(V x) {
  const V e = math::Exp(-hn::Abs(x));
  const V larger = 1 / (1 + e), smaller = e * larger;
  const auto negative = x < 0;
  return {hn::IfThenElse(negative, smaller, larger), hn::IfThenElse(negative, larger, smaller)};
}

// log(1 + exp(x))
template <class V>
HWY_INLINE V Softplus(V x) {
  const V positive = hn::IfThenZeroElse(x < 0, x);
  return positive + math::Log1p(math::Exp(-hn::Abs(x)));
}

// x^exponent: exact steps for whole exponents, which take any x; else 4 ULP more than exponent * ln x, NaN below 0.
template <class V>
HWY_INLINE V Pow(V x, double exponent) {
  constexpr double kMostSteps = 16;
  const double size = exponent < 0 ? -exponent : exponent;
  if (size > kMostSteps || size != static_cast<double>(static_cast<int>(size))) {
    return math::Exp(exponent * math::Log(x));
  }
  V power = Set<V>(1);
  for (int step = 0; step < static_cast<int>(size); ++step) power = power * x;
  return exponent < 0 ? 1 / power : power;
}

}  // namespace math

// The following let NaN through, unlike Min and Max.
template <class V>
HWY_INLINE V AtLeast(V x, double low) {
  return hn::IfThenElse(x < low, Set<V>(low), x);
}

template <class V>
HWY_INLINE V Clip(V x, double low, double high) {
  return hn::IfThenElse(x < low, Set<V>(low), hn::IfThenElse(x > high, Set<V>(high), x));
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
