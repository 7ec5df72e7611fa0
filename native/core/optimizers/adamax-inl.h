// Adamax: Adam by the largest gradient in place of the mean square.
#if defined(GEMSBOK_ADAMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ADAMAX_INL_H_
#undef GEMSBOK_ADAMAX_INL_H_
#else
#define GEMSBOK_ADAMAX_INL_H_
#endif

#include "moments-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Adamax : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"norm"}}};
  using Moments::Moments;

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateMomentum(g, slots);
    slots[1] = LargerOrNaN(beta_2 * slots[1], hn::Abs(g));
    return w - rate / correction_1 * slots[0] / (slots[1] + epsilon);
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
