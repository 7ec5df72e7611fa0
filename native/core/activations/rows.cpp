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

// y = exp(z - largest); returns the sum.
template <class T>
HWY_INLINE double ShiftedExp(std::size_t n, const T* z, T largest, T* y) {
  return AddUp<1>(Lanes<T>(), n, [&](auto load, auto store, auto add) HWY_ATTR {
    const auto e = math::Exp(load(z) - largest);
    add(0, e);
    store(e, y);
  })[0];
}

struct Softmax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const double total = ShiftedExp(n, z, MaxOf(d, z, n), y);
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(load(y) / total, y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const double dot = SumLanes(d, n, [&](auto load) HWY_ATTR { return load(y) * load(upstream); });
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(load(y) * (load(upstream) - dot), grad); });
  }
};

struct LogSoftmax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const T largest = MaxOf(d, z, n);
    const double log_sum = std::log(SumLanes(d, n, [&](auto load) HWY_ATTR { return math::Exp(load(z) - largest); }));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR { store(load(z) - largest - log_sum, y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto sum = SetDouble(d, SumLanes(d, n, [&](auto load) HWY_ATTR { return load(upstream); }));
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::NegMulAdd(math::Exp(load(y)), sum, load(upstream)), grad);
    });
  }
};

// The nearest point of the simplex: z less a threshold, where that is positive.
struct Sparsemax : FromOutput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const Lanes<T> d;
    const auto one = hn::Set(d, 1);
    const T largest = MaxOf(d, z, n);
    // Michelot 1986: what a threshold cuts off is no part of the support, until nothing more is. Unlike sorting it
    // needs no memory. Nothing that is 1 below the largest can be a part. A NaN is, and reaches the whole row.
    double threshold = -1, support = std::numeric_limits<double>::infinity();
    for (;;) {
      const auto [sum, count] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
        const auto shifted = load(z) - largest;
        const auto out = shifted <= threshold;
        add(0, hn::IfThenZeroElse(out, shifted));
        add(1, hn::IfThenZeroElse(out, one));
      });
      if (!(count < support)) break;
      support = count;
      threshold = (sum - 1) / support;
    }
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      const auto rest = load(z) - largest - threshold;
      store(hn::IfThenZeroElse(rest < 0, rest), y);
    });
  }

  template <class T>
  static void Backward(std::size_t n, const T*, const T* y, const T* upstream, T* grad) {
    const Lanes<T> d;
    const auto one = hn::Set(d, 1);
    const auto [sum, count] = AddUp<2>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto out = load(y) <= 0;
      add(0, hn::IfThenZeroElse(out, load(upstream)));
      add(1, hn::IfThenZeroElse(out, one));
    });
    const double mean = sum / count;
    ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::IfThenZeroElse(load(y) <= 0, load(upstream) - mean), grad);
    });
  }
};

// The first half of the row times the sigmoid of the second.
struct Glu : FromInput {
  template <class T>
  static void Forward(std::size_t n, const T* z, T* y) {
    const T* gates = z + n / 2;
    ForLanes(Lanes<T>(), n / 2,
             [&](auto load, auto store, auto) HWY_ATTR { store(load(z) * math::Sigmoid(load(gates)), y); });
  }

  template <class T>
  static void Backward(std::size_t n, const T* z, const T*, const T* upstream, T* grad) {
    const T* gates = z + n / 2;
    T* grad_gates = grad + n / 2;
    ForLanes(Lanes<T>(), n / 2, [&](auto load, auto store, auto) HWY_ATTR {
      const auto gate = math::SigmoidGate(load(gates));
      const auto up = load(upstream) * gate.value;
      store(up, grad);
      store(up * load(z) * gate.rest, grad_gates);
    });
  }
};

template <class F, std::size_t kNarrowing, class T>
void RowsForward(ParameterView, std::size_t rows, std::size_t columns, const T* z, T* y) {
  if (columns == 0) return;
  for (std::size_t r = 0; r < rows; ++r) F::Forward(columns, z + r * columns, y + r * (columns / kNarrowing));
}

template <class F, std::size_t kNarrowing, class T>
void RowsBackward(ParameterView, std::size_t rows, std::size_t columns, const T* z, const T* y, const T* upstream,
                  T* grad) {
  const std::size_t outputs = columns / kNarrowing;
  for (std::size_t r = 0; r < rows; ++r) {
    F::Backward(columns, z + r * columns, y + r * outputs, upstream + r * outputs, grad + r * columns);
  }
}

template <class F, std::size_t kNarrowing = 1>
constexpr Entry<ActivationRun> Rows(const char* name) {
  return {name,
          names_of<F>(),
          {NeedsInput<F>,
           {{RowsForward<F, kNarrowing, float>, RowsBackward<F, kNarrowing, float>},
            {RowsForward<F, kNarrowing, double>, RowsBackward<F, kNarrowing, double>}},
           kNarrowing}};
}

constexpr Entry<ActivationRun> kRows[] = {
    Rows<Glu, 2>("glu"),
    Rows<LogSoftmax>("log_softmax"),
    Rows<Softmax>("softmax"),
    Rows<Sparsemax>("sparsemax"),
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
