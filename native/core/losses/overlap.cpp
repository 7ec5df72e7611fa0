#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/overlap.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "overlap-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kOverlapLosses[] = {
    Rowwise<Dice>("dice"),
    Rowwise<Tversky>("tversky"),
};

Registry<LossRun> OverlapLosses() { return Registry<LossRun>::of(kOverlapLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(OverlapLosses);
Registry<LossRun> overlap_losses() { return HWY_DYNAMIC_DISPATCH(OverlapLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
