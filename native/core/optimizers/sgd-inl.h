// Gradient descent, with momentum or without.
#if defined(GEMSBOK_SGD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_SGD_INL_H_
#undef GEMSBOK_SGD_INL_H_
#else
#define GEMSBOK_SGD_INL_H_
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

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
