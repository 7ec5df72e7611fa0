// Ftrl: follow the regularized leader.
#if defined(GEMSBOK_FTRL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_FTRL_INL_H_
#undef GEMSBOK_FTRL_INL_H_
#else
#define GEMSBOK_FTRL_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Ftrl {
  static constexpr ParameterNames kParameters = {"learning_rate_power",
                                                 "initial_accumulator_value",
                                                 "l1_regularization_strength",
                                                 "l2_regularization_strength",
                                                 "l2_shrinkage_regularization_strength",
                                                 "beta"};
  static constexpr int kInitial = static_cast<int>(kParameters.index_of("initial_accumulator_value"));
  static constexpr Slots kSlots = {2, {{"accumulator", Slot::Shape::kVariable, kInitial}, {"linear"}}};
  Ftrl(ParametersOf<Ftrl> p, const OptimizerStep& step)
      : power(-p["learning_rate_power"]),
        l1(p["l1_regularization_strength"]),
        l2(p["l2_regularization_strength"] + p["beta"] / (2 * step.learning_rate)),
        shrinkage(p["l2_shrinkage_regularization_strength"]),
        rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V before = Power(slots[0]);
    slots[0] = hn::MulAdd(g, g, slots[0]);
    const V after = Power(slots[0]);
    const V shrunk = hn::MulAdd(Set<V>(2 * shrinkage), w, g);
    slots[1] = slots[1] + hn::NegMulAdd((after - before) * (1 / rate), w, shrunk);
    const V quadratic = hn::MulAdd(after, Set<V>(1 / rate), Set<V>(2 * l2));
    return (Clip(slots[1], -l1, l1) - slots[1]) / quadratic;
  }

  // For 0 <= x.
  template <class V>
  HWY_INLINE V Power(V x) const {
    if (power == 0.5) return hn::Sqrt(x);
    if (power == 0) return Set<V>(1);
    return math::Exp(power * math::Log(x));
  }

  double power, l1, l2, shrinkage, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
