#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/similarity.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "similarity-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kSimilarityLosses[] = {
    Batchwise<Circle>(
        "circle",
        {.class_indices = true, .whole_batch = true, .masks_zeros = true, .scratch_per_row = Circle::kScratch}),
    Rowwise<CosineSimilarity>("cosine_similarity"),
};

Registry<LossRun> SimilarityLosses() { return Registry<LossRun>::of(kSimilarityLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(SimilarityLosses);
Registry<LossRun> similarity_losses() { return HWY_DYNAMIC_DISPATCH(SimilarityLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
