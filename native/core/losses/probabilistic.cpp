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
    Elementwise<BinaryCrossentropy>("binary_crossentropy"),
    Rowwise<CategoricalCrossentropy>("categorical_crossentropy"),
    Rowwise<CategoricalGeneralizedCrossEntropy>("categorical_generalized_cross_entropy", {.class_indices = true}),
    Rowwise<KLDivergence>("kl_divergence"),
    Rowwise<SparseCategoricalCrossentropy>("sparse_categorical_crossentropy", SparseCategoricalCrossentropy::kTraits),
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
