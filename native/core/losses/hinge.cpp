#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/hinge.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hinge-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kHingeLosses[] = {
    Rowwise<CategoricalHinge>("categorical_hinge"),
    Labelled<Hinge>("hinge"),
    Labelled<SquaredHinge>("squared_hinge"),
};

Registry<LossRun> HingeLosses() { return Registry<LossRun>::of(kHingeLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(HingeLosses);
Registry<LossRun> hinge_losses() { return HWY_DYNAMIC_DISPATCH(HingeLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
