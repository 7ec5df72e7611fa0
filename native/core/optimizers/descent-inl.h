// Gradient descent, and rules that scale each step by the gradients so far, without correcting for their start.
#if defined(GEMSBOK_DESCENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_DESCENT_INL_H_
#undef GEMSBOK_DESCENT_INL_H_
#else
#define GEMSBOK_DESCENT_INL_H_
#endif

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// parameters: momentum, nesterov
template <bool kMomentum>
struct Sgd {
  static constexpr Slots kSlots = {kMomentum ? 1 : 0, {{"momentum"}}};
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

struct AnySgd {
  template <class Use>
  static decltype(auto) Choose(const double* p, Use use) {
    return p[0] != 0 ? use(Form<Sgd<true>>()) : use(Form<Sgd<false>>());
  }
};

// parameters: rho, momentum, epsilon, centered
template <bool kMomentum, bool kCentered>
struct RmsProp {
  static constexpr Slot kMean = {"average_gradient"};
  static constexpr Slots kSlots = kMomentum ? Slots{kCentered ? 3 : 2, {{"velocity"}, {"momentum"}, kMean}}
                                            : Slots{kCentered ? 2 : 1, {{"velocity"}, kMean}};
  RmsProp(const double* p, const OptimizerStep& step)
      : rho(p[0]), momentum(p[1]), epsilon(p[2]), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    const V keep = SetDouble(d, rho), take = SetDouble(d, 1 - rho);
    slots[0] = hn::MulAdd(keep, slots[0], hn::Mul(take, hn::Mul(g, g)));
    V denominator = hn::Add(slots[0], SetDouble(d, epsilon));
    if constexpr (kCentered) {
      V& average = slots[kSlots.count - 1];
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

struct AnyRmsProp {
  template <class Use>
  static decltype(auto) Choose(const double* p, Use use) {
    if (p[1] > 0) return p[3] != 0 ? use(Form<RmsProp<true, true>>()) : use(Form<RmsProp<true, false>>());
    return p[3] != 0 ? use(Form<RmsProp<false, true>>()) : use(Form<RmsProp<false, false>>());
  }
};

// parameters: initial_accumulator_value, epsilon
struct Adagrad {
  static constexpr Slots kSlots = {1, {{"accumulator", Slot::Shape::kVariable, 0}}};
  Adagrad(const double* p, const OptimizerStep& step) : epsilon(p[1]), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    slots[0] = hn::MulAdd(g, g, slots[0]);
    const V root = hn::Sqrt(hn::Add(slots[0], SetDouble(d, epsilon)));
    return hn::Sub(w, hn::Div(hn::Mul(SetDouble(d, rate), g), root));
  }

  double epsilon, rate;
};

// parameters: rho, epsilon
struct Adadelta {
  static constexpr Slots kSlots = {2, {{"accumulated_grad"}, {"accumulated_delta_var"}}};
  Adadelta(const double* p, const OptimizerStep& step) : rho(p[0]), epsilon(p[1]), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    const V keep = SetDouble(d, rho), take = SetDouble(d, 1 - rho), eps = SetDouble(d, epsilon);
    slots[0] = hn::MulAdd(keep, slots[0], hn::Mul(take, hn::Mul(g, g)));
    const V move = hn::Div(hn::Mul(hn::Sqrt(hn::Add(slots[1], eps)), g), hn::Sqrt(hn::Add(slots[0], eps)));
    slots[1] = hn::MulAdd(keep, slots[1], hn::Mul(take, hn::Mul(move, move)));
    return hn::NegMulAdd(SetDouble(d, rate), move, w);
  }

  double rho, epsilon, rate;
};

// parameters: learning_rate_power, initial_accumulator_value, l1_regularization_strength, l2_regularization_strength,
// l2_shrinkage_regularization_strength, beta
struct Ftrl {
  static constexpr Slots kSlots = {2, {{"accumulator", Slot::Shape::kVariable, 1}, {"linear"}}};
  Ftrl(const double* p, const OptimizerStep& step)
      : power(-p[0]), l1(p[2]), l2(p[3] + p[5] / (2 * step.learning_rate)), shrinkage(p[4]), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    const V inverse = SetDouble(d, 1 / rate), before = Power(d, slots[0]);
    slots[0] = hn::MulAdd(g, g, slots[0]);
    const V after = Power(d, slots[0]);
    const V shrunk = hn::MulAdd(SetDouble(d, 2 * shrinkage), w, g);
    slots[1] = hn::Add(slots[1], hn::NegMulAdd(hn::Mul(hn::Sub(after, before), inverse), w, shrunk));
    const V limit = SetDouble(d, l1);
    const V quadratic = hn::MulAdd(after, inverse, SetDouble(d, 2 * l2));
    return hn::Div(hn::Sub(Clip(slots[1], hn::Neg(limit), limit), slots[1]), quadratic);
  }

  // For 0 <= x.
  template <class D, class V>
  HWY_INLINE V Power(D d, V x) const {
    if (power == 0.5) return hn::Sqrt(x);
    if (power == 0) return hn::Set(d, 1);
    return math::Exp(d, hn::Mul(SetDouble(d, power), math::Log(d, x)));
  }

  double power, l1, l2, shrinkage, rate;
};

// parameters: beta_1, beta_2
struct Lion {
  static constexpr Slots kSlots = {1, {{"momentum"}}};
  Lion(const double* p, const OptimizerStep& step) : beta_1(p[0]), beta_2(p[1]), rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    const V mixed = hn::MulAdd(SetDouble(d, beta_1), slots[0], hn::Mul(SetDouble(d, 1 - beta_1), g));
    slots[0] = hn::MulAdd(SetDouble(d, beta_2), slots[0], hn::Mul(SetDouble(d, 1 - beta_2), g));
    const V step = SetDouble(d, rate), zero = hn::Zero(d);
    // Where it is neither above nor below 0, it is 0 or NaN and stands for itself.
    const V move = hn::IfThenElse(hn::Gt(mixed, zero), step, hn::IfThenElse(hn::Lt(mixed, zero), hn::Neg(step), mixed));
    return hn::Sub(w, move);
  }

  double beta_1, beta_2, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
