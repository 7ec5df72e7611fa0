// RMSprop: steps scaled by a running mean of squared gradients.
#if defined(GEMSBOK_RMSPROP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_RMSPROP_INL_H_
#undef GEMSBOK_RMSPROP_INL_H_
#else
#define GEMSBOK_RMSPROP_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

template <bool kMomentum, bool kCentered>
struct RmsProp {
  static constexpr ParameterNames kParameters = {"rho", "momentum", "epsilon", "centered"};
  static constexpr Slot kMean = {"average_gradient"};
  static constexpr Slots kSlots = kMomentum ? Slots{kCentered ? 3 : 2, {{"velocity"}, {"momentum"}, kMean}}
                                            : Slots{kCentered ? 2 : 1, {{"velocity"}, kMean}};
  RmsProp(ParametersOf<RmsProp> p, const OptimizerStep& step)
      : rho(p["rho"]), momentum(p["momentum"]), epsilon(p["epsilon"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V keep = Set<V>(rho);
    slots[0] = hn::MulAdd(keep, slots[0], (1 - rho) * (g * g));
    V denominator = slots[0] + epsilon;
    if constexpr (kCentered) {
      V& average = slots[kSlots.count - 1];
      average = hn::MulAdd(keep, average, (1 - rho) * g);
      denominator = hn::NegMulAdd(average, average, denominator);
    }
    V move = rate * g / hn::Sqrt(denominator);
    if constexpr (kMomentum) {
      slots[1] = hn::MulAdd(Set<V>(momentum), slots[1], move);
      move = slots[1];
    }
    return w - move;
  }

  double rho, momentum, epsilon, rate;
};

struct AnyRmsProp {
  static constexpr ParameterNames kParameters = RmsProp<true, true>::kParameters;
  template <class Use>
  static decltype(auto) Choose(ParametersOf<AnyRmsProp> p, Use use) {
    const bool centered = p.flag("centered");
    if (p["momentum"] > 0) return centered ? use(Form<RmsProp<true, true>>()) : use(Form<RmsProp<true, false>>());
    return centered ? use(Form<RmsProp<false, true>>()) : use(Form<RmsProp<false, false>>());
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
