// Adam and its relatives: running means of the gradients and of their squares, corrected for their start at zero.
#if defined(GEMSBOK_ADAM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ADAM_INL_H_
#undef GEMSBOK_ADAM_INL_H_
#else
#define GEMSBOK_ADAM_INL_H_
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

template <bool kAmsgrad>
struct Adam : Moments {
  static constexpr Slots kSlots = {kAmsgrad ? 3 : 2, {{"momentum"}, {"velocity"}, {"velocity_hat"}}};
  template <class... Values>
  explicit Adam(const Values&... values) : Moments(values...) {
    // Corrected in the rate, hence epsilon is not.
    rate *= std::sqrt(correction_2) / correction_1;
  }

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateMomentum(g, slots);
    UpdateVelocity(g, slots + 1);
    V velocity = slots[1];
    if constexpr (kAmsgrad) velocity = slots[2] = LargerOrNaN(slots[2], velocity);
    return w - rate * slots[0] / (hn::Sqrt(velocity) + epsilon);
  }
};

struct AnyAdam {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2", "epsilon", "amsgrad"};
  template <class Use>
  static decltype(auto) Choose(ParametersOf<AnyAdam> p, Use use) {
    return p.flag("amsgrad") ? use(Form<Adam<true>>()) : use(Form<Adam<false>>());
  }
};

struct Adamax : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"norm"}}};
  using Moments::Moments;

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateMomentum(g, slots);
    slots[1] = LargerOrNaN(beta_2 * slots[1], hn::Abs(g));
    return w - rate / correction_1 * slots[0] / (slots[1] + epsilon);
  }
};

struct Nadam : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"velocity"}}};
  Nadam(ParametersOf<Nadam> p, const OptimizerStep& step) : Moments(p, step) {
    const double now = WeightOf(p, UpdateNumber(step)), next = WeightOf(p, UpdateNumber(step) + 1);
    momentum_weight = next / (1 - step.shared * next);
    gradient_weight = (1 - now) / (1 - step.shared);
  }

  // The weight of the momentum in update t. The product of all of them so far is `shared`.
  static double WeightOf(ParametersOf<Nadam> p, double t) { return p["beta_1"] * (1 - 0.5 * std::pow(0.96, t)); }

  static double NextProduct(ParameterView parameters, const OptimizerStep& step) {
    return step.shared * WeightOf(ParametersOf<Nadam>(parameters), UpdateNumber(step));
  }

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateMomentum(g, slots);
    UpdateVelocity(g, slots + 1);
    const V ahead = hn::MulAdd(Set<V>(momentum_weight), slots[0], gradient_weight * g);
    return w - rate * ahead / Root(slots[1]);
  }

  double momentum_weight, gradient_weight;
};

// The variable lies between z, which takes the steps and is kept in the slot momentum, and x, the mean of all z, which
// is recovered from the two.
struct ScheduleFreeAdamW : Moments {
  static constexpr ParameterNames kParameters = {"beta_1", "beta_2", "epsilon", "warmup_steps"};
  static constexpr Slots kSlots = {2, {{"momentum", Slot::Shape::kVariable, Slot::kCopy}, {"velocity"}}};
  ScheduleFreeAdamW(ParametersOf<ScheduleFreeAdamW> p, const OptimizerStep& step)
      : Moments(p, step), share(1 / UpdateNumber(step)) {
    const double warmup_steps = p["warmup_steps"];
    if (warmup_steps > 0) rate *= std::fmin(UpdateNumber(step) / warmup_steps, 1);
  }

  template <class V>
  HWY_INLINE V operator()(V w, V g, V* slots) const {
    UpdateVelocity(g, slots + 1);
    const V take = Set<V>(1 - beta_1);
    const V x = hn::NegMulAdd(take, slots[0], w) / beta_1;
    slots[0] = slots[0] - rate * g / Root(slots[1]);
    const V mean = hn::MulAdd(slots[0] - x, Set<V>(share), x);
    return hn::MulAdd(take, slots[0], beta_1 * mean);
  }

  double share;
};

// The step of each variable is as long as a fraction of the variable itself.
struct Lamb : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"velocity"}}};
  static const Slots& SlotsOf(const OptimizerShape&) { return kSlots; }
  static std::size_t Scratch(const OptimizerShape&) { return 0; }
  using Moments::Moments;

  template <class T>
  void Update(const OptimizerRange<T>& range) const {
    const WideLanes<T> d;
    Doubles variable = hn::Zero(Lanes<double>()), moves = variable;
    T *momentum = range.slots[0], *velocity = range.slots[1];
    ForLanes(d, range.size, [&](auto load, auto store, auto zero_tail) HWY_ATTR {
      auto m = load(momentum), v = load(velocity);
      UpdateMomentum(load(range.gradient), &m);
      UpdateVelocity(load(range.gradient), &v);
      store(m, momentum);
      store(v, velocity);
      variable = AddSquare<T>(variable, zero_tail(load(range.variable)));
      moves = AddSquare<T>(moves, zero_tail(Move(m, v)));
    });
    const double length = std::sqrt(TotalOf(variable)), move_length = std::sqrt(TotalOf(moves));
    const double ratio = length > 0 && move_length > 0 ? length / move_length : 1;
    ForLanes(d, range.size, [&](auto load, auto store, auto) HWY_ATTR {
      const auto step = Move(load(momentum), load(velocity));
      store(hn::NegMulAdd(SetDouble(d, ratio * rate), step, load(range.variable)), range.variable);
    });
  }

  template <class V>
  HWY_INLINE V Move(V momentum, V velocity) const {
    return momentum * (1 / correction_1) / Root(velocity);
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
