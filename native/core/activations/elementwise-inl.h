// The loops around an activation of one element.
#if defined(GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_
#undef GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_
#else
#define GEMSBOK_ACTIVATIONS_ELEMENTWISE_INL_H_
#endif

#include "../simd-inl.h"
#include "activation.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each activation: Forward(d, z), and Backward(d, z, y, upstream) = upstream * f'(z). It derives from the one below
// that tells what Backward reads: z, or y alone, and then z may be y.
struct FromInput {
  explicit FromInput(const double*) {}
  static bool NeedsInput(const double*) { return true; }
};

struct FromOutput {
  explicit FromOutput(const double*) {}
  static bool NeedsInput(const double*) { return false; }
};

template <class F, class T>
void ElementwiseForward(const double* parameters, std::size_t rows, std::size_t columns, const T* z, T* y) {
  const F f(parameters);
  const Lanes<T> d;
  ForLanes(d, rows * columns, [&](auto load, auto store, auto) HWY_ATTR { store(f.Forward(d, load(z)), y); });
}

template <class F, class T>
void ElementwiseBackward(const double* parameters, std::size_t rows, std::size_t columns, const T* z, const T* y,
                         const T* upstream, T* grad) {
  const F f(parameters);
  const Lanes<T> d;
  ForLanes(d, rows * columns,
           [&](auto load, auto store, auto) HWY_ATTR { store(f.Backward(d, load(z), load(y), load(upstream)), grad); });
}

template <class F>
constexpr ActivationRun Elementwise() {
  return {F::NeedsInput,
          {ElementwiseForward<F, float>, ElementwiseBackward<F, float>},
          {ElementwiseForward<F, double>, ElementwiseBackward<F, double>}};
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
