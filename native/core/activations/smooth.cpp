// The smooth activations that grow without end.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/smooth.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "elementwise-inl.h"
#include "normal-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Exponential : FromOutput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return math::Exp(z);
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    return upstream * y;
  }
};

// The derivative is the sigmoid, 1 - exp(-y).
struct Softplus : FromOutput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return math::Softplus(z);
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    return upstream * -math::Expm1(-y);
  }
};

// -softplus(-z)
struct LogSigmoid : FromOutput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return -math::Softplus(-z);
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    return upstream * -math::Expm1(y);
  }
};

// scale z above 0, scale alpha (exp(z / width) - 1) below, where the derivative is (y + scale alpha) / width.
struct ExponentialTail {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return hn::IfThenElse(z > 0, z * scale, math::Expm1(z / width) * (scale * alpha));
  }
  template <class V>
  HWY_INLINE V Backward(V z, V y, V upstream) const {
    return upstream * hn::IfThenElse(z > 0, Set<V>(scale), (y + scale * alpha) / width);
  }

  double scale, alpha, width;
};

struct Elu : ExponentialTail {
  static constexpr ParameterNames kParameters = {"alpha"};
  explicit Elu(ParametersOf<Elu> p) : ExponentialTail{1, p["alpha"], 1} {}
  // y has the sign of z unless alpha turns it round.
  bool NeedsInput() const { return alpha < 0; }
};

// alpha is above 0.
struct Celu : ExponentialTail, FromOutput {
  static constexpr ParameterNames kParameters = {"alpha"};
  explicit Celu(ParametersOf<Celu> p) : ExponentialTail{1, p["alpha"], p["alpha"]} {}
};

struct Selu : ExponentialTail, FromOutput {
  Selu() : ExponentialTail{1.0507009873554805, 1.6732632423543772, 1} {}
};

// (z + sqrt(z^2 + b)) / 2, whose derivative is y / sqrt(z^2 + b)
struct Squareplus : FromInput {
  static constexpr ParameterNames kParameters = {"b"};
  explicit Squareplus(ParametersOf<Squareplus> p) : b(p["b"]) {}

  template <class V>
  HWY_INLINE V Root(V z) const {
    // Where the square may overflow, b is lost in it.
    constexpr double kHuge = sizeof(hn::TFromV<V>) == sizeof(float) ? 1e18 : 1e150;
    const V size = hn::Abs(z), root = hn::Sqrt(hn::MulAdd(z, z, Set<V>(b)));
    return hn::IfThenElse(size > kHuge, size, root);
  }

  template <class V>
  HWY_INLINE V Forward(V z) const {
    const V above = (hn::Abs(z) + Root(z)) * 0.5;
    // Below 0 the sum would cancel: the two roots of this parabola have the product -b / 4.
    return hn::IfThenElse(z < 0, b / 4 / above, above);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V y, V upstream) const {
    const V root = Root(z);
    return hn::IfThenZeroElse(root == 0, upstream * y / root);
  }

  double b;
};

struct Silu : FromInput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return z * math::Sigmoid(z);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V y, V upstream) const {
    const auto gate = math::SigmoidGate(z);
    return upstream * hn::MulAdd(y, gate.rest, gate.value);
  }
};

struct Gelu : FromInput {
  static constexpr ParameterNames kParameters = {"approximate"};
  explicit Gelu(ParametersOf<Gelu> p) : approximate(p.flag("approximate")) {}

  template <class V>
  HWY_INLINE V Forward(V z) const {
    return z * (approximate ? NearNormal(z).below : StandardNormal(z).below);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    const auto normal = approximate ? NearNormal(z) : StandardNormal(z);
    return upstream * hn::MulAdd(z, normal.density, normal.below);
  }

  bool approximate;
};

// z tanh(softplus(z)); with e = exp(z) the tanh is n / (n + 2), n = e (e + 2)
struct Mish : FromInput {
  template <class V>
  struct Parts {
    V e, numerator, denominator;
  };

  template <class V>
  HWY_INLINE Parts<V> Split(V z) const {
    const V e = math::Exp(z), numerator = e * (e + 2);
    return {e, numerator, numerator + 2};
  }

  // From here on the tanh is 1, and squares further on would overflow.
  template <class V>
  HWY_INLINE V Bounded(V z) const {
    constexpr double kMost = sizeof(hn::TFromV<V>) == sizeof(float) ? 20 : 40;
    return hn::IfThenElse(z > kMost, Set<V>(kMost), z);
  }

  template <class V>
  HWY_INLINE V Forward(V z) const {
    const auto parts = Split(Bounded(z));
    return z * (parts.numerator / parts.denominator);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    const V bounded = Bounded(z);
    const auto parts = Split(bounded);
    const V inverse = 1 / parts.denominator;
    // sech(softplus)^2 sigmoid = 4 e (e + 1) / (n + 2)^2
    const V slope = 4 * hn::MulAdd(parts.e, parts.e, parts.e) * (inverse * inverse);
    return upstream * hn::MulAdd(bounded, slope, parts.numerator * inverse);
  }
};

struct TanhShrink : FromInput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return z - math::Tanh(z);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    const V tanh = math::Tanh(z);
    return upstream * (tanh * tanh);
  }
};

constexpr Entry<ActivationRun> kSmooth[] = {
    Elementwise<Celu>("celu"),
    Elementwise<Elu>("elu"),
    Elementwise<Exponential>("exponential"),
    Elementwise<Gelu>("gelu"),
    Elementwise<LogSigmoid>("log_sigmoid"),
    Elementwise<Mish>("mish"),
    Elementwise<Selu>("selu"),
    Elementwise<Silu>("silu"),
    Elementwise<Softplus>("softplus"),
    Elementwise<Squareplus>("squareplus"),
    Elementwise<TanhShrink>("tanh_shrink"),
};

Registry<ActivationRun> SmoothTable() { return Registry<ActivationRun>::of(kSmooth); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(SmoothTable);
Registry<ActivationRun> smooth_activations() { return HWY_DYNAMIC_DISPATCH(SmoothTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
