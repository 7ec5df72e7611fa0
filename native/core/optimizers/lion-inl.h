// Lion: steps of one length, by the sign of the momentum.
#if defined(GEMSBOK_LION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_LION_INL_H_
#undef GEMSBOK_LION_INL_H_
#else
#define GEMSBOK_LION_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Lion {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2"};
  static constexpr Slots kSlots = {1, {{"momentum"}}};
  Lion(ParametersOf<Lion> p, const OptimizerStep& step)
      : beta_1(p["beta_1"]), beta_2(p["beta_2"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V mixed = hn::MulAdd(Set<V>(beta_1), slots[0], (1 - beta_1) * g);
    slots[0] = hn::MulAdd(Set<V>(beta_2), slots[0], (1 - beta_2) * g);
    // Where it is neither above nor below 0, it is 0 or NaN and stands for itself.
    return w - hn::IfThenElse(mixed > 0, Set<V>(rate), hn::IfThenElse(mixed < 0, Set<V>(-rate), mixed));
  }

  double beta_1, beta_2, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
