#include "optimizer.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimizers/optimizers.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "adam-inl.h"
#include "descent-inl.h"
#include "matrix-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

constexpr OptimizerRun NadamRun() {
  OptimizerRun run = Elementwise<Only<Nadam>>();
  run.shared_name = "u_product";
  run.next_shared = NextNadamProduct;
  return run;
}

// Adding an optimizer: its struct in one of the headers above, and its line here.
constexpr Entry<OptimizerRun> kOptimizers[] = {
    {"adadelta", {"rho", "epsilon"}, Elementwise<Only<Adadelta>>()},
    {"adafactor",
     {"beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step"},
     OfWholeVariables<Adafactor>()},
    {"adagrad", {"initial_accumulator_value", "epsilon"}, Elementwise<Only<Adagrad>>()},
    {"adam", {"beta_1", "beta_2", "epsilon", "amsgrad"}, Elementwise<AnyAdam>()},
    {"adamax", {"beta_1", "beta_2", "epsilon"}, Elementwise<Only<Adamax>>()},
    {"ftrl",
     {"learning_rate_power", "initial_accumulator_value", "l1_regularization_strength", "l2_regularization_strength",
      "l2_shrinkage_regularization_strength", "beta"},
     Elementwise<Only<Ftrl>>()},
    {"lamb", {"beta_1", "beta_2", "epsilon"}, OfWholeVariables<Lamb>()},
    {"lion", {"beta_1", "beta_2"}, Elementwise<Only<Lion>>()},
    {"muon",
     {"adam_beta_1", "adam_beta_2", "epsilon", "muon_a", "muon_b", "muon_c", "adam_lr_ratio", "momentum", "ns_steps",
      "nesterov", "rms_rate"},
     OfWholeVariables<Muon>()},
    {"nadam", {"beta_1", "beta_2", "epsilon"}, NadamRun()},
    {"rmsprop", {"rho", "momentum", "epsilon", "centered"}, Elementwise<AnyRmsProp>()},
    {"schedule_free_adam_w", {"beta_1", "beta_2", "epsilon", "warmup_steps"}, Elementwise<Only<ScheduleFreeAdamW>>()},
    {"sgd", {"momentum", "nesterov"}, Elementwise<AnySgd>()},
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
