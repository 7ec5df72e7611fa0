// The activations of a whole row.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/rows.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <limits>

#include "elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Each: Forward(n, z, y) and Backward(n, z, y, upstream, grad) of one row of n elements.

// y = exp(z - largest); gives the sum.
template <class T>
HWY_INLINE T ShiftedExp(std::size_t n, const T* z, T largest, T* y) {
  const Lanes<T> d;
  const auto shift = hn::Set(d, largest);
  auto sum = hn::Zero(d);
  ForLanes(d, n, [&](auto load, auto store, auto zero_tail) HWY_ATTR {
    const auto e = math::Exp(d, hn::Sub(load(z), shift));
    sum = hn::Add(sum, zero_tail(e));
    store(e, y);
  });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

struct Softmax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const auto total = hn::Set(d, ShiftedExp(n, z, MaxOf(d, z, n), y));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Div(load(y), total), y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto dot = hn::Set(d, SumLanes(d, n, [&](auto load) HWY_ATTR { return hn::Mul(load(y), load(upstream)); }));
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
    const T sum = SumLanes(d, n, [&](auto load) HWY_ATTR { return math::Exp(d, hn::Sub(load(z), shift)); });
    const auto log = math::Log(d, hn::Set(d, sum));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(hn::Sub(hn::Sub(load(z), shift), log), y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto sum = hn::Set(d, SumLanes(d, n, [&](auto load) HWY_ATTR { return load(upstream); }));
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
    T threshold = -1, support = std::numeric_limits<T>::infinity(), kept = 0;
    for (;;) {
      auto sum = zero, count = zero;
      ForLanes(d, n, [&](auto load, auto, auto zero_tail) HWY_ATTR {
        const auto shifted = hn::Sub(load(z), largest);
        const auto out = hn::Le(shifted, hn::Set(d, threshold));
        sum = hn::Add(sum, zero_tail(hn::IfThenZeroElse(out, shifted)));
        count = hn::Add(count, zero_tail(hn::IfThenZeroElse(out, one)));
      });
      kept = hn::GetLane(hn::SumOfLanes(d, count));
      if (!(kept < support)) break;
      support = kept;
      threshold = (hn::GetLane(hn::SumOfLanes(d, sum)) - 1) / support;
    }
    const auto cut = hn::Set(d, threshold);
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      const auto rest = hn::Sub(hn::Sub(load(z), largest), cut);
      store(hn::IfThenZeroElse(hn::Lt(rest, zero), rest), y);
    });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto zero = hn::Zero(d), one = hn::Set(d, 1);
    auto sum = zero, count = zero;
    ForLanes(d, n, [&](auto load, auto, auto zero_tail) HWY_ATTR {
      const auto out = hn::Le(load(y), zero);
      sum = hn::Add(sum, zero_tail(hn::IfThenZeroElse(out, load(upstream))));
      count = hn::Add(count, zero_tail(hn::IfThenZeroElse(out, one)));
    });
    const auto mean = hn::Div(hn::SumOfLanes(d, sum), hn::SumOfLanes(d, count));
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
