#include "groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/regression.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "regression-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in the header above, and its line here.
constexpr Entry<LossRun> kRegressionLosses[] = {
    {"huber", {"delta"}, Elementwise<Huber>()},
    {"log_cosh", {}, Elementwise<LogCosh>()},
    {"mean_absolute_error", {}, Elementwise<MeanAbsoluteError>()},
    {"mean_absolute_percentage_error", {"epsilon"}, Elementwise<MeanAbsolutePercentageError>()},
    {"mean_squared_error", {}, Elementwise<MeanSquaredError>()},
    {"mean_squared_logarithmic_error", {"epsilon"}, Elementwise<MeanSquaredLogarithmicError>()},
    {"quantile", {"quantile"}, Elementwise<Quantile>()},
};

Registry<LossRun> RegressionLosses() { return Registry<LossRun>::of(kRegressionLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(RegressionLosses);
Registry<LossRun> regression_losses() { return HWY_DYNAMIC_DISPATCH(RegressionLosses)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
