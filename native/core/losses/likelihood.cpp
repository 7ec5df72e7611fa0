#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/likelihood.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "likelihood-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kLikelihoodLosses[] = {
    Rowwise<GaussianNLL>("gaussian_nll", {.half_target = true}),
    Elementwise<Poisson>("poisson"),
    Elementwise<Tweedie>("tweedie"),
};

Registry<LossRun> LikelihoodLosses() { return Registry<LossRun>::of(kLikelihoodLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(LikelihoodLosses);
Registry<LossRun> likelihood_losses() { return HWY_DYNAMIC_DISPATCH(LikelihoodLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
