// The activations that are z, or nothing, times something between 0 and 1.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/sigmoid.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "elementwise-inl.h"
#include "normal-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Sigmoid : FromOutput {
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return math::Sigmoid(d, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D, V, V y, V upstream) const {
    return hn::Mul(upstream, hn::NegMulAdd(y, y, y));
  }
};

struct Tanh : FromOutput {
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return math::Tanh(d, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V, V y, V upstream) const {
    return hn::Mul(upstream, hn::NegMulAdd(y, y, hn::Set(d, 1)));
  }
};

// z / (1 + |z|), whose derivative is (1 - |y|)^2
struct Softsign : FromOutput {
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::Div(z, hn::Add(hn::Set(d, 1), hn::Abs(z)));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V, V y, V upstream) const {
    const V root = hn::Sub(hn::Set(d, 1), hn::Abs(y));
    return hn::Mul(upstream, hn::Mul(root, root));
  }
};

struct Silu : FromInput {
  using FromInput::FromInput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::Mul(z, math::Sigmoid(d, z));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V y, V upstream) const {
    const auto gate = math::SigmoidGate(d, z);
    return hn::Mul(upstream, hn::MulAdd(y, gate.rest, gate.value));
  }
};

// parameters: approximate
struct Gelu : FromInput {
  explicit Gelu(const double* p) : FromInput(p), approximate(p[0] != 0) {}

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::Mul(z, approximate ? NearNormal(d, z).below : StandardNormal(d, z).below);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    const auto normal = approximate ? NearNormal(d, z) : StandardNormal(d, z);
    return hn::Mul(upstream, hn::MulAdd(z, normal.density, normal.below));
  }

  bool approximate;
};

// z tanh(softplus(z)); with e = exp(z) the tanh is n / (n + 2), n = e (e + 2)
struct Mish : FromInput {
  using FromInput::FromInput;

  template <class V>
  struct Parts {
    V e, numerator, denominator;
  };

  template <class D, class V>
  HWY_INLINE Parts<V> Split(D d, V z) const {
    const V e = math::Exp(d, z), two = hn::Set(d, 2);
    const V numerator = hn::Mul(e, hn::Add(e, two));
    return {e, numerator, hn::Add(numerator, two)};
  }

  // From here on the tanh is 1, and squares further on would overflow.
  template <class D, class V>
  HWY_INLINE V Bounded(D d, V z) const {
    const V most = SetDouble(d, sizeof(hn::TFromD<D>) == sizeof(float) ? 20 : 40);
    return hn::IfThenElse(hn::Gt(z, most), most, z);
  }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const auto parts = Split(d, Bounded(d, z));
    return hn::Mul(z, hn::Div(parts.numerator, parts.denominator));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    const V bounded = Bounded(d, z);
    const auto parts = Split(d, bounded);
    const V inverse = hn::Div(hn::Set(d, 1), parts.denominator);
    // sech(softplus)^2 sigmoid = 4 e (e + 1) / (n + 2)^2
    const V slope = hn::Mul(hn::Mul(hn::Set(d, 4), hn::MulAdd(parts.e, parts.e, parts.e)), hn::Mul(inverse, inverse));
    return hn::Mul(upstream, hn::MulAdd(bounded, slope, hn::Mul(parts.numerator, inverse)));
  }
};

constexpr Entry<ActivationRun> kSigmoid[] = {
    {"gelu", {"approximate"}, Elementwise<Gelu>()}, {"mish", {}, Elementwise<Mish>()},
    {"sigmoid", {}, Elementwise<Sigmoid>()},        {"silu", {}, Elementwise<Silu>()},
    {"softsign", {}, Elementwise<Softsign>()},      {"tanh", {}, Elementwise<Tanh>()},
};

Registry<ActivationRun> SigmoidTable() { return Registry<ActivationRun>::of(kSigmoid); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(SigmoidTable);
Registry<ActivationRun> sigmoid_activations() { return HWY_DYNAMIC_DISPATCH(SigmoidTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
