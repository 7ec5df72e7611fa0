#include "optimizers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimizers.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <cmath>

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each optimizer: operator()(d, w, g, slots) returns the new w and updates its slots, which are vectors of lanes.

// parameters: momentum, nesterov; slots: momentum (none where momentum is 0)
template <bool kMomentum>
struct Sgd {
  static constexpr std::size_t kSlots = kMomentum ? 1 : 0;
  Sgd(const double* p, const OptimizerStep& step) : momentum(p[0]), nesterov(p[1] != 0), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    const V move = hn::Mul(SetDouble(d, -rate), g);
    if constexpr (!kMomentum) {
      return hn::Add(w, move);
    } else {
      const V mu = SetDouble(d, momentum);
      slots[0] = hn::MulAdd(mu, slots[0], move);
      return hn::Add(w, nesterov ? hn::MulAdd(mu, slots[0], move) : slots[0]);
    }
  }

  double momentum;
  bool nesterov;
  double rate;
};

// parameters: rho, momentum, epsilon, centered; slots: velocity [, momentum] [, average gradient]
template <bool kMomentum, bool kCentered>
struct RmsProp {
  static constexpr std::size_t kSlots = 1 + (kMomentum ? 1 : 0) + (kCentered ? 1 : 0);
  RmsProp(const double* p, const OptimizerStep& step)
      : rho(p[0]), momentum(p[1]), epsilon(p[2]), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    const V keep = SetDouble(d, rho), take = SetDouble(d, 1 - rho);
    slots[0] = hn::MulAdd(keep, slots[0], hn::Mul(take, hn::Mul(g, g)));
    V denominator = hn::Add(slots[0], SetDouble(d, epsilon));
    if constexpr (kCentered) {
      V& average = slots[kSlots - 1];
      average = hn::MulAdd(keep, average, hn::Mul(take, g));
      denominator = hn::NegMulAdd(average, average, denominator);
    }
    V move = hn::Div(hn::Mul(SetDouble(d, rate), g), hn::Sqrt(denominator));
    if constexpr (kMomentum) {
      slots[1] = hn::MulAdd(SetDouble(d, momentum), slots[1], move);
      move = slots[1];
    }
    return hn::Sub(w, move);
  }

  double rho, momentum, epsilon, rate;
};

// parameters: beta_1, beta_2, epsilon, amsgrad; slots: momentum, velocity [, largest velocity]
template <bool kAmsgrad>
struct Adam {
  static constexpr std::size_t kSlots = kAmsgrad ? 3 : 2;
  Adam(const double* p, const OptimizerStep& step) : beta_1(p[0]), beta_2(p[1]), epsilon(p[2]) {
    const double t = static_cast<double>(step.iteration + 1);
    rate = step.learning_rate * std::sqrt(1 - std::pow(beta_2, t)) / (1 - std::pow(beta_1, t));
  }

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    slots[0] = hn::MulAdd(hn::Sub(g, slots[0]), SetDouble(d, 1 - beta_1), slots[0]);
    slots[1] = hn::MulAdd(hn::Sub(hn::Mul(g, g), slots[1]), SetDouble(d, 1 - beta_2), slots[1]);
    V velocity = slots[1];
    if constexpr (kAmsgrad) {
      slots[2] = hn::IfThenElse(hn::Gt(slots[2], velocity), slots[2], velocity);
      velocity = slots[2];
    }
    const V denominator = hn::Add(hn::Sqrt(velocity), SetDouble(d, epsilon));
    return hn::Sub(w, hn::Div(hn::Mul(SetDouble(d, rate), slots[0]), denominator));
  }

  double beta_1, beta_2, epsilon, rate;
};

template <class F, class T>
void Update(const double* parameters, const OptimizerStep& step, const OptimizerRange<T>& range) {
  // As in Keras the rate has the variable's type, so that training and a step on arrays give the same bits.
  const F f(parameters, {static_cast<double>(static_cast<T>(step.learning_rate)), step.iteration});
  const Lanes<T> d;
  ForLanes(d, range.size, [&](auto load, auto store, auto) HWY_ATTR {
    hn::Vec<Lanes<T>> slots[kMostSlots];
    for (std::size_t s = 0; s != F::kSlots; ++s) slots[s] = load(range.slots[s]);
    store(f(d, load(range.variable), load(range.gradient), slots), range.variable);
    for (std::size_t s = 0; s != F::kSlots; ++s) store(slots[s], range.slots[s]);
  });
}

std::size_t SgdSlots(const double* p, double initial[kMostSlots]) {
  initial[0] = 0;
  return p[0] != 0 ? 1 : 0;
}

std::size_t RmsPropSlots(const double* p, double initial[kMostSlots]) {
  initial[0] = initial[1] = initial[2] = 0;
  return std::size_t{1} + (p[1] > 0 ? 1 : 0) + (p[3] != 0 ? 1 : 0);
}

std::size_t AdamSlots(const double* p, double initial[kMostSlots]) {
  initial[0] = initial[1] = initial[2] = 0;
  return p[3] != 0 ? 3 : 2;
}

template <class T>
void SgdUpdate(const double* p, const OptimizerStep& step, const OptimizerRange<T>& range) {
  return p[0] != 0 ? Update<Sgd<true>>(p, step, range) : Update<Sgd<false>>(p, step, range);
}

template <class T>
void RmsPropUpdate(const double* p, const OptimizerStep& step, const OptimizerRange<T>& range) {
  if (p[1] > 0)
    return p[3] != 0 ? Update<RmsProp<true, true>>(p, step, range) : Update<RmsProp<true, false>>(p, step, range);
  return p[3] != 0 ? Update<RmsProp<false, true>>(p, step, range) : Update<RmsProp<false, false>>(p, step, range);
}

template <class T>
void AdamUpdate(const double* p, const OptimizerStep& step, const OptimizerRange<T>& range) {
  return p[3] != 0 ? Update<Adam<true>>(p, step, range) : Update<Adam<false>>(p, step, range);
}

constexpr Entry<OptimizerRun> kOptimizers[] = {
    {"adam", {"beta_1", "beta_2", "epsilon", "amsgrad"}, {AdamSlots, AdamUpdate<float>, AdamUpdate<double>}},
    {"rmsprop",
     {"rho", "momentum", "epsilon", "centered"},
     {RmsPropSlots, RmsPropUpdate<float>, RmsPropUpdate<double>}},
    {"sgd", {"momentum", "nesterov"}, {SgdSlots, SgdUpdate<float>, SgdUpdate<double>}},
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
