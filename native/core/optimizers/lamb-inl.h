// Lamb: Adam with a step for each variable.
#if defined(GEMSBOK_LAMB_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_LAMB_INL_H_
#undef GEMSBOK_LAMB_INL_H_
#else
#define GEMSBOK_LAMB_INL_H_
#endif

#include "moments-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

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
