// The activations that grow without end on one side.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/smooth.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Exponential : FromOutput {
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return math::Exp(d, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D, V, V y, V upstream) const {
    return hn::Mul(upstream, y);
  }
};

// The derivative is the sigmoid, 1 - exp(-y).
struct Softplus : FromOutput {
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return math::Softplus(d, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V, V y, V upstream) const {
    return hn::Mul(upstream, hn::Neg(math::Expm1(d, hn::Neg(y))));
  }
};

// -softplus(-z)
struct LogSigmoid : FromOutput {
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::Neg(math::Softplus(d, hn::Neg(z)));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V, V y, V upstream) const {
    return hn::Mul(upstream, hn::Neg(math::Expm1(d, y)));
  }
};

// scale z above 0, scale alpha (exp(z / width) - 1) below, where the derivative is (y + scale alpha) / width.
struct ExponentialTail {
  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const V tail = hn::Mul(math::Expm1(d, hn::Div(z, SetDouble(d, width))), SetDouble(d, scale * alpha));
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), hn::Mul(z, SetDouble(d, scale)), tail);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V y, V upstream) const {
    const V slope = hn::Div(hn::Add(y, SetDouble(d, scale * alpha)), SetDouble(d, width));
    return hn::Mul(upstream, hn::IfThenElse(hn::Gt(z, hn::Zero(d)), SetDouble(d, scale), slope));
  }

  double scale, alpha, width;
};

// parameters: alpha
struct Elu : ExponentialTail {
  explicit Elu(const double* p) : ExponentialTail{1, p[0], 1} {}
  // y has the sign of z unless alpha turns it round.
  static bool NeedsInput(const double* p) { return p[0] < 0; }
};

// parameters: alpha, above 0
struct Celu : ExponentialTail {
  explicit Celu(const double* p) : ExponentialTail{1, p[0], p[0]} {}
  static bool NeedsInput(const double*) { return false; }
};

struct Selu : ExponentialTail {
  explicit Selu(const double*) : ExponentialTail{1.0507009873554805, 1.6732632423543772, 1} {}
  static bool NeedsInput(const double*) { return false; }
};

// (z + sqrt(z^2 + b)) / 2, whose derivative is y / sqrt(z^2 + b)
// parameters: b
struct Squareplus : FromInput {
  explicit Squareplus(const double* p) : FromInput(p), b(p[0]) {}

  template <class D, class V>
  HWY_INLINE V Root(D d, V z) const {
    const V size = hn::Abs(z), root = hn::Sqrt(hn::MulAdd(z, z, SetDouble(d, b)));
    // Where the square may overflow, b is lost in it.
    const V huge = SetDouble(d, sizeof(hn::TFromD<D>) == sizeof(float) ? 1e18 : 1e150);
    return hn::IfThenElse(hn::Gt(size, huge), size, root);
  }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const V above = hn::Mul(hn::Add(hn::Abs(z), Root(d, z)), SetDouble(d, 0.5));
    // Below 0 the sum would cancel: the two roots of this parabola have the product -b / 4.
    return hn::IfThenElse(hn::Lt(z, hn::Zero(d)), hn::Div(SetDouble(d, b / 4), above), above);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V y, V upstream) const {
    const V root = Root(d, z);
    return hn::IfThenZeroElse(hn::Eq(root, hn::Zero(d)), hn::Div(hn::Mul(upstream, y), root));
  }

  double b;
};

struct TanhShrink : FromInput {
  using FromInput::FromInput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::Sub(z, math::Tanh(d, z));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    const V tanh = math::Tanh(d, z);
    return hn::Mul(upstream, hn::Mul(tanh, tanh));
  }
};

constexpr Entry<ActivationRun> kSmooth[] = {
    {"celu", {"alpha"}, Elementwise<Celu>()},
    {"elu", {"alpha"}, Elementwise<Elu>()},
    {"exponential", {}, Elementwise<Exponential>()},
    {"log_sigmoid", {}, Elementwise<LogSigmoid>()},
    {"selu", {}, Elementwise<Selu>()},
    {"softplus", {}, Elementwise<Softplus>()},
    {"squareplus", {"b"}, Elementwise<Squareplus>()},
    {"tanh_shrink", {}, Elementwise<TanhShrink>()},
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
