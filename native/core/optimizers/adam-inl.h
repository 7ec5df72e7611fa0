// Adam and AdamW, whose weight decay the update does.
#if defined(GEMSBOK_ADAM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ADAM_INL_H_
#undef GEMSBOK_ADAM_INL_H_
#else
#define GEMSBOK_ADAM_INL_H_
#endif

#include "moments-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

template <bool kAmsgrad>
struct Adam : Moments {
  static constexpr Slots kSlots = {kAmsgrad ? 3 : 2, {{"momentum"}, {"velocity"}, {"velocity_hat"}}};
  template <class... Values>
  explicit Adam(const Values&... values) : Moments(values...) {
    // Corrected in the rate, hence epsilon is not.
    rate *= std::sqrt(correction_2) / correction_1;
  }

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateMomentum(g, slots);
    UpdateVelocity(g, slots + 1);
    V velocity = slots[1];
    if constexpr (kAmsgrad) velocity = slots[2] = LargerOrNaN(slots[2], velocity);
    return w - rate * slots[0] / (hn::Sqrt(velocity) + epsilon);
  }
};

struct AnyAdam {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2", "epsilon", "amsgrad"};
  template <class Use>
  static decltype(auto) Choose(ParametersOf<AnyAdam> p, Use use) {
    return p.flag("amsgrad") ? use(Form<Adam<true>>()) : use(Form<Adam<false>>());
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
