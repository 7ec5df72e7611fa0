#include "activations.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <limits>

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each activation: Forward(d, z), and Backward(d, z, y, upstream) = upstream * f'(z).

struct Linear {
  explicit Linear(const double*) {}
  static bool NeedsInput(const double*) { return false; }

  template <class D, class V>
  HWY_INLINE V Forward(D, V z) const {
    return z;
  }
  template <class D, class V>
  HWY_INLINE V Backward(D, V, V, V upstream) const {
    return upstream;
  }
};

// parameters: negative_slope, max_value, threshold
struct Relu {
  explicit Relu(const double* p) : slope(p[0]), most(p[1]), threshold(p[2]) {}
  static bool NeedsInput(const double* p) {
    return p[0] != 0 || p[1] != std::numeric_limits<double>::infinity() || p[2] != 0;
  }

  bool bounded() const { return most != std::numeric_limits<double>::infinity(); }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    using T = hn::TFromD<D>;
    const V bound = hn::Set(d, static_cast<T>(threshold)), zero = hn::Zero(d);
    V y = hn::IfThenElse(hn::Le(z, bound), zero, z);
    if (bounded()) y = Clip(y, zero, hn::Set(d, static_cast<T>(most)));
    if (slope != 0) {
      const V below = hn::IfThenElseZero(hn::Lt(z, bound), hn::Sub(bound, z));
      y = hn::NegMulAdd(hn::Set(d, static_cast<T>(slope)), below, y);
    }
    return y;
  }

  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    using T = hn::TFromD<D>;
    const V bound = hn::Set(d, static_cast<T>(threshold)), zero = hn::Zero(d);
    V grad = hn::IfThenElse(hn::Le(z, bound), zero, upstream);
    if (bounded()) {
      const auto clipped = hn::Or(hn::Lt(z, zero), hn::Ge(z, hn::Set(d, static_cast<T>(most))));
      grad = hn::IfThenElse(clipped, zero, grad);
    }
    if (slope != 0) {
      const V part = hn::Mul(upstream, hn::Set(d, static_cast<T>(slope)));
      grad = hn::Add(grad, hn::IfThenElseZero(hn::Lt(z, bound), part));
    }
    return grad;
  }

  double slope, most, threshold;
};

struct Sigmoid {
  explicit Sigmoid(const double*) {}
  static bool NeedsInput(const double*) { return false; }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return math::Sigmoid(d, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D, V, V y, V upstream) const {
    return hn::Mul(upstream, hn::NegMulAdd(y, y, y));
  }
};

struct Tanh {
  explicit Tanh(const double*) {}
  static bool NeedsInput(const double*) { return false; }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return math::Tanh(d, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V, V y, V upstream) const {
    return hn::Mul(upstream, hn::NegMulAdd(y, y, hn::Set(d, 1)));
  }
};

template <class T>
void AddBias(std::size_t rows, std::size_t columns, const T* bias, T* z) {
  const Lanes<T> d;
  for (std::size_t r = 0; r < rows; ++r) {
    T* row = z + r * columns;
    ForLanes(d, columns, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Add(load(row), load(bias)), row); });
  }
}

template <class F, class T>
void ElementwiseForward(const double* parameters, std::size_t rows, std::size_t columns, const T* bias, T* z, T* y) {
  const F f(parameters);
  const Lanes<T> d;
  if (bias == nullptr) {
    ForLanes(d, rows * columns, [&](auto load, auto store, auto) HWY_ATTR { store(f.Forward(d, load(z)), y); });
    return;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    T *z_row = z + r * columns, *y_row = y + r * columns;
    ForLanes(d, columns, [&](auto load, auto store, auto) HWY_ATTR {
      const auto sum = hn::Add(load(z_row), load(bias));
      if (z_row != y_row) store(sum, z_row);
      store(f.Forward(d, sum), y_row);
    });
  }
}

template <class F, class T>
void ElementwiseBackward(const double* parameters, std::size_t rows, std::size_t columns, const T* z, const T* y,
                         const T* upstream, T* grad) {
  const F f(parameters);
  const Lanes<T> d;
  ForLanes(d, rows * columns,
           [&](auto load, auto store, auto) HWY_ATTR { store(f.Backward(d, load(z), load(y), load(upstream)), grad); });
}

template <class T>
void SoftmaxForward(const double*, std::size_t rows, std::size_t columns, const T* bias, T* z, T* y) {
  if (columns == 0) return;
  if (bias != nullptr) AddBias(rows, columns, bias, z);
  const Lanes<T> d;
  for (std::size_t r = 0; r < rows; ++r) {
    const T* z_row = z + r * columns;
    T* y_row = y + r * columns;
    const auto shift = hn::Set(d, MaxOf(d, z_row, columns));
    auto sum = hn::Zero(d);
    ForLanes(d, columns, [&](auto load, auto store, auto zero_tail) HWY_ATTR {
      const auto e = math::Exp(d, hn::Sub(load(z_row), shift));
      sum = hn::Add(sum, zero_tail(e));
      store(e, y_row);
    });
    const auto total = hn::SumOfLanes(d, sum);
    ForLanes(d, columns, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Div(load(y_row), total), y_row); });
  }
}

template <class T>
void SoftmaxBackward(const double*, std::size_t rows, std::size_t columns, const T*, const T* y, const T* upstream,
                     T* grad) {
  const Lanes<T> d;
  for (std::size_t r = 0; r < rows; ++r) {
    const T *y_row = y + r * columns, *up = upstream + r * columns;
    const auto dot =
        hn::Set(d, SumLanes(d, columns, [&](auto load) HWY_ATTR { return hn::Mul(load(y_row), load(up)); }));
    ForLanes(d, columns, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::Mul(load(y_row), hn::Sub(load(up), dot)), grad + r * columns);
    });
  }
}

template <class F>
constexpr ActivationRun Elementwise() {
  return {F::NeedsInput,
          {ElementwiseForward<F, float>, ElementwiseBackward<F, float>},
          {ElementwiseForward<F, double>, ElementwiseBackward<F, double>}};
}

constexpr ActivationRun kSoftmax = {Linear::NeedsInput,
                                    {SoftmaxForward<float>, SoftmaxBackward<float>},
                                    {SoftmaxForward<double>, SoftmaxBackward<double>}};

constexpr Entry<ActivationRun> kActivations[] = {
    {"linear", {}, Elementwise<Linear>()},
    {"relu", {"negative_slope", "max_value", "threshold"}, Elementwise<Relu>()},
    {"sigmoid", {}, Elementwise<Sigmoid>()},
    {"softmax", {}, kSoftmax},
    {"tanh", {}, Elementwise<Tanh>()},
};

Registry<ActivationRun> ActivationTable() { return Registry<ActivationRun>::of(kActivations); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(ActivationTable);
Registry<ActivationRun> activations() { return HWY_DYNAMIC_DISPATCH(ActivationTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
