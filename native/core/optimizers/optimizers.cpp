#include "optimizer.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimizers/optimizers.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "adadelta-inl.h"
#include "adafactor-inl.h"
#include "adagrad-inl.h"
#include "adam-inl.h"
#include "adamax-inl.h"
#include "ftrl-inl.h"
#include "lamb-inl.h"
#include "lion-inl.h"
#include "muon-inl.h"
#include "nadam-inl.h"
#include "rmsprop-inl.h"
#include "schedule_free_adamw-inl.h"
#include "sgd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

constexpr Entry<OptimizerRun> NadamEntry() {
  Entry<OptimizerRun> entry = Elementwise<Only<Nadam>>("nadam");
  entry.run.shared_name = "u_product";
  entry.run.next_shared = Nadam::NextProduct;
  return entry;
}

// Adding an optimizer: its header, included above, and its line here.
constexpr Entry<OptimizerRun> kOptimizers[] = {
    Elementwise<Only<Adadelta>>("adadelta"),
    OfWholeVariables<Adafactor>("adafactor"),
    Elementwise<Only<Adagrad>>("adagrad"),
    Elementwise<AnyAdam>("adam"),
    Elementwise<Only<Adamax>>("adamax"),
    Elementwise<Only<Ftrl>>("ftrl"),
    OfWholeVariables<Lamb>("lamb"),
    Elementwise<Only<Lion>>("lion"),
    OfWholeVariables<Muon>("muon"),
    NadamEntry(),
    Elementwise<AnyRmsProp>("rmsprop"),
    Elementwise<Only<ScheduleFreeAdamW>>("schedule_free_adam_w"),
    Elementwise<AnySgd>("sgd"),
};

Registry<OptimizerRun> OptimizerTable() { return Registry<OptimizerRun>::of(kOptimizers); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(OptimizerTable);
Registry<OptimizerRun> optimizers() { return HWY_DYNAMIC_DISPATCH(OptimizerTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
