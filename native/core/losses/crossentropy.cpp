#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/crossentropy.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "crossentropy-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kCrossentropies[] = {
    Elementwise<BinaryCrossentropy>("binary_crossentropy"),
    Rowwise<CategoricalCrossentropy>("categorical_crossentropy"),
    Rowwise<CategoricalGeneralizedCrossEntropy>("categorical_generalized_cross_entropy", {.class_indices = true}),
    Rowwise<SparseCategoricalCrossentropy>("sparse_categorical_crossentropy", SparseCategoricalCrossentropy::kTraits),
};

Registry<LossRun> Crossentropies() { return Registry<LossRun>::of(kCrossentropies); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(Crossentropies);
Registry<LossRun> crossentropies() { return HWY_DYNAMIC_DISPATCH(Crossentropies)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
