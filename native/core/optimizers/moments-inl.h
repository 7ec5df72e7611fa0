// What Adam and its relatives share: running means of gradients and of their squares, corrected for their start at
// zero.
#if defined(GEMSBOK_OPTIMIZER_MOMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_OPTIMIZER_MOMENTS_INL_H_
#undef GEMSBOK_OPTIMIZER_MOMENTS_INL_H_
#else
#define GEMSBOK_OPTIMIZER_MOMENTS_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// The number of this update, from 1.
inline double UpdateNumber(const OptimizerStep& step) { return static_cast<double>(step.iteration + 1); }

// What a mean that decays by `beta` lacks after so many updates from zero: 1 - beta^updates.
inline double Correction(double beta, double updates) {
  // beta^updates <= exp(-updates * (1 - beta)), from here on less than half the last bit of one.
  constexpr double kNegligible = 40;
  return updates * (1 - beta) > kNegligible ? 1 : 1 - std::pow(beta, updates);
}

// What the slots momentum and velocity do in all of them.
struct Moments {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2", "epsilon"};
  template <class F>
  Moments(ParametersOf<F> p, const OptimizerStep& step) : Moments(p["beta_1"], p["beta_2"], p["epsilon"], step) {}
  Moments(double beta_1, double beta_2, double epsilon, const OptimizerStep& step)
      : beta_1(beta_1),
        beta_2(beta_2),
        epsilon(epsilon),
        correction_1(Correction(beta_1, UpdateNumber(step))),
        correction_2(Correction(beta_2, UpdateNumber(step))),
        rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE void UpdateMomentum(V g, V* momentum) const {
    *momentum = Towards(*momentum, g, beta_1);
  }

  template <class V>
  HWY_INLINE void UpdateVelocity(V g, V* velocity) const {
    *velocity = Towards(*velocity, g * g, beta_2);
  }

  // sqrt(corrected velocity) + epsilon
  template <class V>
  HWY_INLINE V Root(V velocity) const {
    return hn::Sqrt(velocity * (1 / correction_2)) + epsilon;
  }

  double beta_1, beta_2, epsilon, correction_1, correction_2, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
