// The activations that squeeze into a range.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/sigmoid.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "elementwise-inl.h"

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

constexpr Entry<ActivationRun> kSigmoid[] = {
    Elementwise<Sigmoid>("sigmoid"),
    Elementwise<Softsign>("softsign"),
    Elementwise<Tanh>("tanh"),
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
