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
    Elementwise<Huber>("huber"),
    Elementwise<LogCosh>("log_cosh"),
    Elementwise<MeanAbsoluteError>("mean_absolute_error"),
    Elementwise<MeanAbsolutePercentageError>("mean_absolute_percentage_error"),
    Elementwise<MeanSquaredError>("mean_squared_error"),
    Elementwise<MeanSquaredLogarithmicError>("mean_squared_logarithmic_error"),
    Elementwise<Quantile>("quantile"),
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
