// Adagrad: steps scaled by the sum of squared gradients.
#if defined(GEMSBOK_ADAGRAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ADAGRAD_INL_H_
#undef GEMSBOK_ADAGRAD_INL_H_
#else
#define GEMSBOK_ADAGRAD_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Adagrad {
  static constexpr ParameterNames kParameters = {"initial_accumulator_value", "epsilon"};
  static constexpr int kInitial = static_cast<int>(kParameters.index_of("initial_accumulator_value"));
  static constexpr Slots kSlots = {1, {{"accumulator", Slot::Shape::kVariable, kInitial}}};
  Adagrad(ParametersOf<Adagrad> p, const OptimizerStep& step) : epsilon(p["epsilon"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    slots[0] = hn::MulAdd(g, g, slots[0]);
    return w - rate * g / hn::Sqrt(slots[0] + epsilon);
  }

  double epsilon, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
