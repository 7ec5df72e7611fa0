#if defined(GEMSBOK_SCHEDULE_FREE_ADAMW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_SCHEDULE_FREE_ADAMW_INL_H_
#undef GEMSBOK_SCHEDULE_FREE_ADAMW_INL_H_
#else
#define GEMSBOK_SCHEDULE_FREE_ADAMW_INL_H_
#endif

#include "moments-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// The variable lies between z, which takes the steps and is kept in the slot momentum, and x, the mean of all z, which
// is recovered from the two.
struct ScheduleFreeAdamW : Moments {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2", "epsilon", "warmup_steps"};
  static constexpr Slots kSlots = {2, {{"momentum", Slot::Shape::kVariable, Slot::kCopy}, {"velocity"}}};
  ScheduleFreeAdamW(ParametersOf<ScheduleFreeAdamW> p, const OptimizerStep& step)
      : Moments(p, step), share(1 / UpdateNumber(step)) {
    const double warmup_steps = p["warmup_steps"];
    if (warmup_steps > 0) rate *= std::fmin(UpdateNumber(step) / warmup_steps, 1);
  }

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateVelocity(g, slots + 1);
    const V take = Set<V>(1 - beta_1);
    const V x = hn::NegMulAdd(take, slots[0], w) / beta_1;
    slots[0] = slots[0] - rate * g / Root(slots[1]);
    const V mean = hn::MulAdd(slots[0] - x, Set<V>(share), x);
    return hn::MulAdd(take, slots[0], beta_1 * mean);
  }

  double share;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
