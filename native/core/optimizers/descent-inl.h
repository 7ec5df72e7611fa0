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

template <bool kMomentum>
struct Sgd {
  static constexpr ParameterNames kParameters = {"momentum", "nesterov"};
  static constexpr Slots kSlots = {kMomentum ? 1 : 0, {{"momentum"}}};
  Sgd(ParametersOf<Sgd> p, const OptimizerStep& step)
      : momentum(p["momentum"]), nesterov(p.flag("nesterov")), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V move = -rate * g;
    if constexpr (!kMomentum) {
      return w + move;
    } else {
      const V mu = Set<V>(momentum);
      slots[0] = hn::MulAdd(mu, slots[0], move);
      return w + (nesterov ? hn::MulAdd(mu, slots[0], move) : slots[0]);
    }
  }

  double momentum;
  bool nesterov;
  double rate;
};

struct AnySgd {
  static constexpr ParameterNames kParameters = Sgd<true>::kParameters;
  template <class Use>
  static decltype(auto) Choose(ParametersOf<AnySgd> p, Use use) {
    return p["momentum"] != 0 ? use(Form<Sgd<true>>()) : use(Form<Sgd<false>>());
  }
};

template <bool kMomentum, bool kCentered>
struct RmsProp {
  static constexpr ParameterNames kParameters = {"rho", "momentum", "epsilon", "centered"};
  static constexpr Slot kMean = {"average_gradient"};
  static constexpr Slots kSlots = kMomentum ? Slots{kCentered ? 3 : 2, {{"velocity"}, {"momentum"}, kMean}}
                                            : Slots{kCentered ? 2 : 1, {{"velocity"}, kMean}};
  RmsProp(ParametersOf<RmsProp> p, const OptimizerStep& step)
      : rho(p["rho"]), momentum(p["momentum"]), epsilon(p["epsilon"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V keep = Set<V>(rho);
    slots[0] = hn::MulAdd(keep, slots[0], (1 - rho) * (g * g));
    V denominator = slots[0] + epsilon;
    if constexpr (kCentered) {
      V& average = slots[kSlots.count - 1];
      average = hn::MulAdd(keep, average, (1 - rho) * g);
      denominator = hn::NegMulAdd(average, average, denominator);
    }
    V move = rate * g / hn::Sqrt(denominator);
    if constexpr (kMomentum) {
      slots[1] = hn::MulAdd(Set<V>(momentum), slots[1], move);
      move = slots[1];
    }
    return w - move;
  }

  double rho, momentum, epsilon, rate;
};

struct AnyRmsProp {
  static constexpr ParameterNames kParameters = RmsProp<true, true>::kParameters;
  template <class Use>
  static decltype(auto) Choose(ParametersOf<AnyRmsProp> p, Use use) {
    const bool centered = p.flag("centered");
    if (p["momentum"] > 0) return centered ? use(Form<RmsProp<true, true>>()) : use(Form<RmsProp<true, false>>());
    return centered ? use(Form<RmsProp<false, true>>()) : use(Form<RmsProp<false, false>>());
  }
};

struct Adagrad {
  static constexpr ParameterNames kParameters = {"initial_accumulator_value", "epsilon"};
  static constexpr int kInitial = static_cast<int>(kParameters.index_of("initial_accumulator_value"));
  static constexpr Slots kSlots = {1, {{"accumulator", Slot::Shape::kVariable, kInitial}}};
  Adagrad(ParametersOf<Adagrad> p, const OptimizerStep& step) : epsilon(p["epsilon"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    slots[0] = hn::MulAdd(g, g, slots[0]);
    return w - rate * g / hn::Sqrt(slots[0] + epsilon);
  }

  double epsilon, rate;
};

struct Adadelta {
  static constexpr ParameterNames kParameters = {"rho", "epsilon"};
  static constexpr Slots kSlots = {2, {{"accumulated_grad"}, {"accumulated_delta_var"}}};
  Adadelta(ParametersOf<Adadelta> p, const OptimizerStep& step)
      : rho(p["rho"]), epsilon(p["epsilon"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V keep = Set<V>(rho);
    slots[0] = hn::MulAdd(keep, slots[0], (1 - rho) * (g * g));
    const V move = hn::Sqrt(slots[1] + epsilon) * g / hn::Sqrt(slots[0] + epsilon);
    slots[1] = hn::MulAdd(keep, slots[1], (1 - rho) * (move * move));
    return hn::NegMulAdd(Set<V>(rate), move, w);
  }

  double rho, epsilon, rate;
};

struct Ftrl {
  static constexpr ParameterNames kParameters = {"learning_rate_power",
                                                 "initial_accumulator_value",
                                                 "l1_regularization_strength",
                                                 "l2_regularization_strength",
                                                 "l2_shrinkage_regularization_strength",
                                                 "beta"};
  static constexpr int kInitial = static_cast<int>(kParameters.index_of("initial_accumulator_value"));
  static constexpr Slots kSlots = {2, {{"accumulator", Slot::Shape::kVariable, kInitial}, {"linear"}}};
  Ftrl(ParametersOf<Ftrl> p, const OptimizerStep& step)
      : power(-p["learning_rate_power"]),
        l1(p["l1_regularization_strength"]),
        l2(p["l2_regularization_strength"] + p["beta"] / (2 * step.learning_rate)),
        shrinkage(p["l2_shrinkage_regularization_strength"]),
        rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V before = Power(slots[0]);
    slots[0] = hn::MulAdd(g, g, slots[0]);
    const V after = Power(slots[0]);
    const V shrunk = hn::MulAdd(Set<V>(2 * shrinkage), w, g);
    slots[1] = slots[1] + hn::NegMulAdd((after - before) * (1 / rate), w, shrunk);
    const V quadratic = hn::MulAdd(after, Set<V>(1 / rate), Set<V>(2 * l2));
    return (Clip(slots[1], -l1, l1) - slots[1]) / quadratic;
  }

  // For 0 <= x.
  template <class V>
  HWY_INLINE V Power(V x) const {
    if (power == 0.5) return hn::Sqrt(x);
    if (power == 0) return Set<V>(1);
    return math::Exp(power * math::Log(x));
  }

  double power, l1, l2, shrinkage, rate;
};

struct Lion {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2"};
  static constexpr Slots kSlots = {1, {{"momentum"}}};
  Lion(ParametersOf<Lion> p, const OptimizerStep& step)
      : beta_1(p["beta_1"]), beta_2(p["beta_2"]), rate(step.learning_rate) {}

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    const V mixed = hn::MulAdd(Set<V>(beta_1), slots[0], (1 - beta_1) * g);
    slots[0] = hn::MulAdd(Set<V>(beta_2), slots[0], (1 - beta_2) * g);
    // Where it is neither above nor below 0, it is 0 or NaN and stands for itself.
    return w - hn::IfThenElse(mixed > 0, Set<V>(rate), hn::IfThenElse(mixed < 0, Set<V>(-rate), mixed));
  }

  double beta_1, beta_2, rate;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
