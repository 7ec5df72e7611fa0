#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/focal.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "focal-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kFocalLosses[] = {
    Elementwise<BinaryFocalCrossentropy>("binary_focal_crossentropy"),
    Rowwise<CategoricalFocalCrossentropy>("categorical_focal_crossentropy"),
};

Registry<LossRun> FocalLosses() { return Registry<LossRun>::of(kFocalLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(FocalLosses);
Registry<LossRun> focal_losses() { return HWY_DYNAMIC_DISPATCH(FocalLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
