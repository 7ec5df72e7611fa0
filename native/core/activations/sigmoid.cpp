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
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return math::Sigmoid(z);
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    return upstream * hn::NegMulAdd(y, y, y);
  }
};

struct Tanh : FromOutput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return math::Tanh(z);
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    return upstream * hn::NegMulAdd(y, y, Set<V>(1));
  }
};

// z / (1 + |z|), whose derivative is (1 - |y|)^2
struct Softsign : FromOutput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return z / (1 + hn::Abs(z));
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    const V root = 1 - hn::Abs(y);
    return upstream * (root * root);
  }
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

constexpr Entry<ActivationRun> kSigmoid[] = {
    Elementwise<Gelu>("gelu"), Elementwise<Mish>("mish"),         Elementwise<Sigmoid>("sigmoid"),
    Elementwise<Silu>("silu"), Elementwise<Softsign>("softsign"), Elementwise<Tanh>("tanh"),
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
