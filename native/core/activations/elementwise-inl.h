// The loops around an activation of one element.
#if defined(GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_
#undef GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_
#else
#define GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_
#endif

#include "../math-inl.h"
#include "activation.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each activation: Forward(z), and Backward(z, y, upstream) = upstream * f'(z). NeedsInput tells what Backward reads:
// z, or y alone, and then z may be y.
struct FromInput {
  static constexpr bool NeedsInput() { return true; }
};

struct FromOutput {
  static constexpr bool NeedsInput() { return false; }
};

template <class F>
bool NeedsInput(ParameterView parameters) {
  return functor_of<F>(parameters).NeedsInput();
}

template <class F, class T>
void ElementwiseForward(ParameterView parameters, std::size_t rows, std::size_t columns, const T* z, T* y) {
  const F f = functor_of<F>(parameters);
  ForLanes(Lanes<T>(), rows * columns, [&](auto load, auto store, auto) HWY_ATTR { store(f.Forward(load(z)), y); });
}

template <class F, class T>
void ElementwiseBackward(ParameterView parameters, std::size_t rows, std::size_t columns, const T* z, const T* y,
                         const T* upstream, T* grad) {
  const F f = functor_of<F>(parameters);
  ForLanes(Lanes<T>(), rows * columns,
           [&](auto load, auto store, auto) HWY_ATTR { store(f.Backward(load(z), load(y), load(upstream)), grad); });
}

template <class F>
constexpr Entry<ActivationRun> Elementwise(const char* name) {
  return {name,
          names_of<F>(),
          {NeedsInput<F>,
           {{ElementwiseForward<F, float>, ElementwiseBackward<F, float>},
            {ElementwiseForward<F, double>, ElementwiseBackward<F, double>}}}};
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
