// Adadelta: steps scaled by running means of squared gradients and of squared steps.
#if defined(GEMSBOK_ADADELTA_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ADADELTA_INL_H_
#undef GEMSBOK_ADADELTA_INL_H_
#else
#define GEMSBOK_ADADELTA_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Adadelta {
  static constexpr ParameterNames kParameters = {"rho", "epsilon"};
  static constexpr Slots kSlots = {2, {{"accumulated_grad"}, {"accumulated_delta_var"}}};
  Adadelta(ParametersOf<Adadelta> p, const OptimizerStep& step)
      : rho(p["rho"]), epsilon(p["epsilon"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V keep = Set<V>(rho);
    slots[0] = hn::MulAdd(keep, slots[0], (1 - rho) * (g * g));
    const V move = hn::Sqrt(slots[1] + epsilon) * g / hn::Sqrt(slots[0] + epsilon);
    slots[1] = hn::MulAdd(keep, slots[1], (1 - rho) * (move * move));
    return hn::NegMulAdd(Set<V>(rate), move, w);
  }

  double rho, epsilon, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
