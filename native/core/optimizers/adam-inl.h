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

// What the slots momentum and velocity do in all of them; parameters: beta_1, beta_2, epsilon.
struct Moments {
  Moments(const double* p, const OptimizerStep& step)
      : beta_1(p[0]),
        beta_2(p[1]),
        epsilon(p[2]),
        correction_1(1 - std::pow(beta_1, UpdateNumber(step))),
        correction_2(1 - std::pow(beta_2, UpdateNumber(step))),
        rate(step.learning_rate) {}

  template <class D, class V>
  HWY_INLINE void UpdateMomentum(D d, V g, V* momentum) const {
    *momentum = Towards(d, *momentum, g, beta_1);
  }

  template <class D, class V>
  HWY_INLINE void UpdateVelocity(D d, V g, V* velocity) const {
    *velocity = Towards(d, *velocity, hn::Mul(g, g), beta_2);
  }

  // sqrt(corrected velocity) + epsilon
  template <class D, class V>
  HWY_INLINE V Root(D d, V velocity) const {
    return hn::Add(hn::Sqrt(hn::Mul(velocity, SetDouble(d, 1 / correction_2))), SetDouble(d, epsilon));
  }

  double beta_1, beta_2, epsilon, correction_1, correction_2, rate;
};

// parameters: beta_1, beta_2, epsilon, amsgrad
template <bool kAmsgrad>
struct Adam : Moments {
  static constexpr Slots kSlots = {kAmsgrad ? 3 : 2, {{"momentum"}, {"velocity"}, {"velocity_hat"}}};
  Adam(const double* p, const OptimizerStep& step) : Moments(p, step) {
    // Corrected in the rate, hence epsilon is not.
    rate *= std::sqrt(correction_2) / correction_1;
  }

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    UpdateMomentum(d, g, slots);
    UpdateVelocity(d, g, slots + 1);
    V velocity = slots[1];
    if constexpr (kAmsgrad) velocity = slots[2] = LargerOrNaN(slots[2], velocity);
    const V denominator = hn::Add(hn::Sqrt(velocity), SetDouble(d, epsilon));
    return hn::Sub(w, hn::Div(hn::Mul(SetDouble(d, rate), slots[0]), denominator));
  }
};

struct AnyAdam {
  template <class Use>
  static decltype(auto) Choose(const double* p, Use use) {
    return p[3] != 0 ? use(Form<Adam<true>>()) : use(Form<Adam<false>>());
  }
};

// parameters: beta_1, beta_2, epsilon
struct Adamax : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"norm"}}};
  using Moments::Moments;

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    UpdateMomentum(d, g, slots);
    slots[1] = LargerOrNaN(hn::Mul(SetDouble(d, beta_2), slots[1]), hn::Abs(g));
    const V denominator = hn::Add(slots[1], SetDouble(d, epsilon));
    return hn::Sub(w, hn::Div(hn::Mul(SetDouble(d, rate / correction_1), slots[0]), denominator));
  }
};

// The weight of the momentum in update t; parameters as Adamax. The product of all of them so far is `shared`.
inline double NadamWeight(const double* p, double t) { return p[0] * (1 - 0.5 * std::pow(0.96, t)); }

inline double NextNadamProduct(const double* p, const OptimizerStep& step) {
  return step.shared * NadamWeight(p, UpdateNumber(step));
}

struct Nadam : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"velocity"}}};
  Nadam(const double* p, const OptimizerStep& step) : Moments(p, step) {
    const double now = NadamWeight(p, UpdateNumber(step)), next = NadamWeight(p, UpdateNumber(step) + 1);
    momentum_weight = next / (1 - step.shared * next);
    gradient_weight = (1 - now) / (1 - step.shared);
  }

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    UpdateMomentum(d, g, slots);
    UpdateVelocity(d, g, slots + 1);
    const V ahead = hn::MulAdd(SetDouble(d, momentum_weight), slots[0], hn::Mul(SetDouble(d, gradient_weight), g));
    return hn::Sub(w, hn::Div(hn::Mul(SetDouble(d, rate), ahead), Root(d, slots[1])));
  }

  double momentum_weight, gradient_weight;
};

// parameters: beta_1, beta_2, epsilon, warmup_steps. The variable lies between z, which takes the steps and is kept in
// the slot momentum, and x, the mean of all z, which is recovered from the two.
struct ScheduleFreeAdamW : Moments {
  static constexpr Slots kSlots = {2, {{"momentum", Slot::Shape::kVariable, Slot::kCopy}, {"velocity"}}};
  ScheduleFreeAdamW(const double* p, const OptimizerStep& step) : Moments(p, step), share(1 / UpdateNumber(step)) {
    if (p[3] > 0) rate *= std::fmin(UpdateNumber(step) / p[3], 1);
  }

  template <class D, class V>
  HWY_INLINE V operator()(D d, V w, V g, V* slots) const {
    UpdateVelocity(d, g, slots + 1);
    const V keep = SetDouble(d, beta_1), take = SetDouble(d, 1 - beta_1);
    const V x = hn::Div(hn::NegMulAdd(take, slots[0], w), keep);
    slots[0] = hn::Sub(slots[0], hn::Div(hn::Mul(SetDouble(d, rate), g), Root(d, slots[1])));
    const V mean = hn::MulAdd(hn::Sub(slots[0], x), SetDouble(d, share), x);
    return hn::MulAdd(take, slots[0], hn::Mul(keep, mean));
  }

  double share;
};

// parameters: beta_1, beta_2, epsilon. The step of each variable is as long as a share of the variable itself.
struct Lamb : Moments {
  static constexpr Slots kSlots = {2, {{"momentum"}, {"velocity"}}};
  static const Slots& SlotsOf(const double*, const OptimizerShape&) { return kSlots; }
  static std::size_t Scratch(const OptimizerShape&) { return 0; }
  using Moments::Moments;

  template <class T>
  void Update(const OptimizerRange<T>& range) const {
    const WideLanes<T> d;
    Doubles variable = hn::Zero(Lanes<double>()), moves = variable;
    T *momentum = range.slots[0], *velocity = range.slots[1];
    ForLanes(d, range.size, [&](auto load, auto store, auto zero_tail) HWY_ATTR {
      auto m = load(momentum), v = load(velocity);
      UpdateMomentum(d, load(range.gradient), &m);
      UpdateVelocity(d, load(range.gradient), &v);
      store(m, momentum);
      store(v, velocity);
      variable = AddSquare<T>(variable, zero_tail(load(range.variable)));
      moves = AddSquare<T>(moves, zero_tail(Move(d, m, v)));
    });
    const double length = std::sqrt(TotalOf(variable)), move_length = std::sqrt(TotalOf(moves));
    const double ratio = length > 0 && move_length > 0 ? length / move_length : 1;
    ForLanes(d, range.size, [&](auto load, auto store, auto) HWY_ATTR {
      const auto step = Move(d, load(momentum), load(velocity));
      store(hn::NegMulAdd(SetDouble(d, ratio * rate), step, load(range.variable)), range.variable);
    });
  }

  template <class D, class V>
  HWY_INLINE V Move(D d, V momentum, V velocity) const {
    return hn::Div(hn::Mul(momentum, SetDouble(d, 1 / correction_1)), Root(d, velocity));
  }
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
