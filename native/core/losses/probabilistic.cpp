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
    {"binary_crossentropy", {"from_logits", "label_smoothing", "epsilon"}, Elementwise<BinaryCrossentropy>()},
    {"categorical_crossentropy", {"from_logits", "label_smoothing", "epsilon"}, Rowwise<CategoricalCrossentropy>()},
    {"categorical_generalized_cross_entropy",
     {"q"},
     Rowwise<CategoricalGeneralizedCrossEntropy>({.class_indices = true})},
    {"kl_divergence", {"epsilon"}, Rowwise<KLDivergence>()},
    {"sparse_categorical_crossentropy",
     {"from_logits", "ignore_class", "epsilon"},
     Rowwise<SparseCategoricalCrossentropy>({.class_indices = true, .ignore_parameter = 1})},
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
