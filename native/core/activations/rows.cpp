// The activations of a whole row.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/rows.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <cmath>
#include <limits>

#include "elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each: Forward(n, z, y) and Backward(n, z, y, upstream, grad) of one row of n elements.

// y = exp(z - largest); gives the sum.
template <class T>
HWY_INLINE double ShiftedExp(std::size_t n, const T* z, T largest, T* y) {
  const Lanes<T> d;
  const auto shift = hn::Set(d, largest);
  return AddUp<1>(d, n, [&](auto load, auto store, auto add) HWY_ATTR {
    const auto e = math::Exp(d, hn::Sub(load(z), shift));
    add(0, e);
    store(e, y);
  })[0];
}

struct Softmax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const auto total = SetDouble(d, ShiftedExp(n, z, MaxOf(d, z, n), y));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Div(load(y), total), y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto dot = SetDouble(d, SumLanes(d, n, [&](auto load) HWY_ATTR { return hn::Mul(load(y), load(upstream)); }));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::Mul(load(y), hn::Sub(load(upstream), dot)), grad);
    });
  }
};

struct LogSoftmax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const auto shift = hn::Set(d, MaxOf(d, z, n));
    const double sum = SumLanes(d, n, [&](auto load) HWY_ATTR { return math::Exp(d, hn::Sub(load(z), shift)); });
    const auto log = SetDouble(d, std::log(sum));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Sub(hn::Sub(load(z), shift), log), y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto sum = SetDouble(d, SumLanes(d, n, [&](auto load) HWY_ATTR { return load(upstream); }));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::NegMulAdd(math::Exp(d, load(y)), sum, load(upstream)), grad);
    });
  }
};

// The nearest point of the simplex: z less a threshold, where that is positive.
struct Sparsemax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const auto largest = hn::Set(d, MaxOf(d, z, n)), zero = hn::Zero(d), one = hn::Set(d, 1);
    // Michelot 1986: what a threshold cuts off is no part of the support, until nothing more is. Unlike sorting it
    // needs no memory. Nothing that is 1 below the largest can be a part. A NaN is, and reaches the whole row.
    double threshold = -1, support = std::numeric_limits<double>::infinity();
    for (;;) {
      const auto [sum, count] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
        const auto shifted = hn::Sub(load(z), largest);
        const auto out = hn::Le(shifted, SetDouble(d, threshold));
        add(0, hn::IfThenZeroElse(out, shifted));
        add(1, hn::IfThenZeroElse(out, one));
      });
      if (!(count < support)) break;
      support = count;
      threshold = (sum - 1) / support;
    }
    const auto cut = SetDouble(d, threshold);
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      const auto rest = hn::Sub(hn::Sub(load(z), largest), cut);
      store(hn::IfThenZeroElse(hn::Lt(rest, zero), rest), y);
    });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto zero = hn::Zero(d), one = hn::Set(d, 1);
    const auto [sum, count] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto out = hn::Le(load(y), zero);
      add(0, hn::IfThenZeroElse(out, load(upstream)));
      add(1, hn::IfThenZeroElse(out, one));
    });
    const auto mean = SetDouble(d, sum / count);
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::IfThenZeroElse(hn::Le(load(y), zero), hn::Sub(load(upstream), mean)), grad);
    });
  }
};

// The first half of the row times the sigmoid of the second.
struct Glu : FromInput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const T* gates = z + n / 2;
    ForLanes(d, n / 2,
             [&](auto load, auto store, auto) HWY_ATTR { store(hn::Mul(load(z), math::Sigmoid(d, load(gates))), y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T* z, const T*, const T* upstream, T* grad) {
    const Lanes<T> d;
    const T* gates = z + n / 2;
    T* grad_gates = grad + n / 2;
    ForLanes(d, n / 2, [&](auto load, auto store, auto) HWY_ATTR {
      const auto gate = math::SigmoidGate(d, load(gates));
      const auto up = hn::Mul(load(upstream), gate.value);
      store(up, grad);
      store(hn::Mul(hn::Mul(up, load(z)), gate.rest), grad_gates);
    });
  }
};

template <class F, std::size_t kNarrowing, class T>
void RowsForward(const double*, std::size_t rows, std::size_t columns, const T* z, T* y) {
  if (columns == 0) return;
  for (std::size_t r = 0; r < rows; ++r) F::Forward(columns, z + r * columns, y + r * (columns / kNarrowing));
}

template <class F, std::size_t kNarrowing, class T>
void RowsBackward(const double*, std::size_t rows, std::size_t columns, const T* z, const T* y, const T* upstream,
                  T* grad) {
  const std::size_t outputs = columns / kNarrowing;
  for (std::size_t r = 0; r < rows; ++r) {
    F::Backward(columns, z + r * columns, y + r * outputs, upstream + r * outputs, grad + r * columns);
  }
}

template <class F, std::size_t kNarrowing = 1>
constexpr ActivationRun Rows() {
  return {F::NeedsInput,
          {RowsForward<F, kNarrowing, float>, RowsBackward<F, kNarrowing, float>},
          {RowsForward<F, kNarrowing, double>, RowsBackward<F, kNarrowing, double>},
          kNarrowing};
}

constexpr Entry<ActivationRun> kRows[] = {
    {"glu", {}, Rows<Glu, 2>()},
    {"log_softmax", {}, Rows<LogSoftmax>()},
    {"softmax", {}, Rows<Softmax>()},
    {"sparsemax", {}, Rows<Sparsemax>()},
};

Registry<ActivationRun> RowTable() { return Registry<ActivationRun>::of(kRows); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(RowTable);
Registry<ActivationRun> row_activations() { return HWY_DYNAMIC_DISPATCH(RowTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
