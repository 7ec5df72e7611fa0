// Nadam: Adam with Nesterov's momentum.
#if defined(GEMSBOK_NADAM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_NADAM_INL_H_
#undef GEMSBOK_NADAM_INL_H_
#else
#define GEMSBOK_NADAM_INL_H_
#endif

#include "moments-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Nadam : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"velocity"}}};
  Nadam(ParametersOf<Nadam> p, const OptimizerStep& step) : Moments(p, step) {
    const double now = WeightOf(p, UpdateNumber(step)), next = WeightOf(p, UpdateNumber(step) + 1);
    momentum_weight = next / (1 - step.shared * next);
    gradient_weight = (1 - now) / (1 - step.shared);
  }

  // The weight of the momentum in update t. The product of all of them so far is `shared`.
  static double WeightOf(ParametersOf<Nadam> p, double t) { return p["beta_1"] * (1 - 0.5 * std::pow(0.96, t)); }

  static double NextProduct(ParameterView parameters, const OptimizerStep& step) {
    return step.shared * WeightOf(ParametersOf<Nadam>(parameters), UpdateNumber(step));
  }

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateMomentum(g, slots);
    UpdateVelocity(g, slots + 1);
    const V ahead = hn::MulAdd(Set<V>(momentum_weight), slots[0], gradient_weight * g);
    return w - rate * ahead / Root(slots[1]);
  }

  double momentum_weight, gradient_weight;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
