#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/probabilistic.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "probabilistic-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kProbabilisticLosses[] = {
    Rowwise<GaussianNLL>("gaussian_nll", {.half_target = true}),
    Rowwise<KLDivergence>("kl_divergence"),
    Elementwise<Poisson>("poisson"),
    Elementwise<Tweedie>("tweedie"),
};

Registry<LossRun> ProbabilisticLosses() { return Registry<LossRun>::of(kProbabilisticLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(ProbabilisticLosses);
Registry<LossRun> probabilistic_losses() { return HWY_DYNAMIC_DISPATCH(ProbabilisticLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
