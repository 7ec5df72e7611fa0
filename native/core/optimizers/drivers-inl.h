// The loop around an elementwise optimizer, and what those of whole variables share.
#if defined(GEMSBOK_OPTIMIZER_DRIVERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_OPTIMIZER_DRIVERS_INL_H_
#undef GEMSBOK_OPTIMIZER_DRIVERS_INL_H_
#else
#define GEMSBOK_OPTIMIZER_DRIVERS_INL_H_
#endif

#include <cmath>

#include "../math-inl.h"
#include "optimizer.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// An elementwise optimizer is made from parameters and step; operator()(w, g, slots) returns the new w and updates its
// slots, which are vectors of lanes. Where parameters decide about slots, it has a form for each case, and a function
// that chooses: Choose(parameters, use) calls use(Form<F>()).
template <class F>
struct Form {
  using Type = F;
};

template <class F>
struct Only {
  static constexpr ParameterNames kParameters = F::kParameters;
  template <class Use>
  static decltype(auto) Choose(ParametersOf<Only>, Use use) {
    return use(Form<F>());
  }
};

// The new value of a running mean: as Keras writes it, which a mean of equal numbers leaves as it is.
template <class V>
HWY_INLINE V Towards(V mean, V value, double decay) {
  return hn::MulAdd(value - mean, Set<V>(1 - decay), mean);
}

// NaN where either is.
template <class V>
HWY_INLINE V LargerOrNaN(V a, V b) {
  return hn::IfThenElse(hn::Or(a > b, hn::IsNaN(a)), a, b);
}

template <class F, class T>
void UpdateElements(const F& f, const OptimizerRange<T>& range) {
  ForLanes(Lanes<T>(), range.size, [&](auto load, auto store, auto) HWY_ATTR {
    hn::Vec<Lanes<T>> slots[kMostSlots];
    for (std::size_t s = 0; s != F::kSlots.count; ++s) slots[s] = load(range.slots[s]);
    store(f(load(range.variable), load(range.gradient), slots), range.variable);
    for (std::size_t s = 0; s != F::kSlots.count; ++s) store(slots[s], range.slots[s]);
  });
}

template <class Choice, class T>
void RunElements(ParameterView parameters, const OptimizerStep& step, const OptimizerRange<T>& range) {
  Choice::Choose(ParametersOf<Choice>(parameters), [&](auto form) {
    using F = typename decltype(form)::Type;
    UpdateElements(F(ParametersOf<F>(parameters), step), range);
  });
}

template <class Choice>
const Slots& SlotsOfChoice(ParameterView parameters, const OptimizerShape&) {
  return Choice::Choose(ParametersOf<Choice>(parameters),
                        [](auto form) -> const Slots& { return decltype(form)::Type::kSlots; });
}

// The table's two kinds of row.
template <class Choice>
constexpr Entry<OptimizerRun> Elementwise(const char* name) {
  return {
      name, Choice::kParameters, {SlotsOfChoice<Choice>, {RunElements<Choice, float>, RunElements<Choice, double>}}};
}

template <class F, class T>
void RunVariable(ParameterView parameters, const OptimizerStep& step, const OptimizerRange<T>& range) {
  F(ParametersOf<F>(parameters), step).Update(range);
}

template <class F>
const Slots& SlotsOfVariable(ParameterView, const OptimizerShape& shape) {
  return F::SlotsOf(shape);
}

template <class F>
constexpr Entry<OptimizerRun> OfWholeVariables(const char* name) {
  return {name, F::kParameters, {SlotsOfVariable<F>, {RunVariable<F, float>, RunVariable<F, double>}, F::Scratch}};
}

// sum + x^2, in double precision.
template <class T>
HWY_INLINE Doubles AddSquare(Doubles sum, hn::Vec<WideLanes<T>> x) {
  if constexpr (sizeof(T) == sizeof(float)) {
    const Doubles wide = hn::PromoteTo(Lanes<double>(), x);
    return hn::MulAdd(wide, wide, sum);
  } else {
    return hn::MulAdd(x, x, sum);
  }
}

HWY_INLINE double TotalOf(Doubles sum) { return hn::GetLane(hn::SumOfLanes(Lanes<double>(), sum)); }

template <class T>
double SquareSumOf(std::size_t size, const T* x) {
  Doubles sum = hn::Zero(Lanes<double>());
  ForLanes(WideLanes<T>(), size,
           [&](auto load, auto, auto zero_tail) HWY_ATTR { sum = AddSquare<T>(sum, zero_tail(load(x))); });
  return TotalOf(sum);
}

// to[i] = f(to[i])
template <class T, class F>
HWY_INLINE void MapLanes(std::size_t size, T* to, const F& f) {
  ForLanes(Lanes<T>(), size, [&](auto load, auto store, auto) HWY_ATTR { store(f(load(to)), to); });
}

// to[i] = f(to[i], from[i])
template <class T, class F>
HWY_INLINE void MapLanes(std::size_t size, T* to, const T* from, const F& f) {
  ForLanes(Lanes<T>(), size, [&](auto load, auto store, auto) HWY_ATTR { store(f(load(to), load(from)), to); });
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
