// The loops around a loss functor: one for elementwise losses (a mean over the row), one for losses of a whole row.
#if defined(GEMSBOK_LOSS_DRIVERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_LOSS_DRIVERS_INL_H_
#undef GEMSBOK_LOSS_DRIVERS_INL_H_
#else
#define GEMSBOK_LOSS_DRIVERS_INL_H_
#endif

#include <algorithm>

#include "../math-inl.h"
#include "loss.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Value and derivative by y_pred of one element; the compiler drops the half that a driver does not use.
template <class V>
struct Term {
  V value;
  V grad;
};

// Probabilities are clipped to [epsilon, 1 - epsilon], as numbers of their type.
struct ClipRange {
  template <class T>
  HWY_INLINE T low() const {
    return static_cast<T>(epsilon);
  }
  template <class T>
  HWY_INLINE T high() const {
    return static_cast<T>(1) - low<T>();
  }
  template <class V, class T = hn::TFromV<V>>
  HWY_INLINE V operator()(V p) const {
    return Clip(p, static_cast<double>(low<T>()), static_cast<double>(high<T>()));
  }
  template <class V, class T = hn::TFromV<V>>
  HWY_INLINE auto IsOutside(V p) const {
    return hn::Or(p<static_cast<double>(low<T>()), p> static_cast<double>(high<T>()));
  }

  double epsilon;
};

// For kGrad what a functor returns, else its value alone. One with `kIsLong` takes so many instructions that a call
// costs little beside them: they stand once, not in each loop.
template <bool kGrad, class F, class V>
HWY_NOINLINE Term<V> LongTerm(const F& loss, V y_true, V y_pred) {
  const Term<V> term = loss(y_true, y_pred);
  return {term.value, kGrad ? term.grad : term.value};
}

template <bool kGrad, class F, class V>
HWY_INLINE Term<V> TermOf(const F& loss, V y_true, V y_pred) {
  if constexpr (requires { F::kIsLong; }) {
    return LongTerm<kGrad>(loss, y_true, y_pred);
  } else {
    return loss(y_true, y_pred);
  }
}

// Sum of n elements' values; gradients are multiplied by `factor`.
template <bool kGrad, class F, class T>
HWY_INLINE double RunElements(const F& loss, std::size_t n, const T* y_true, const T* y_pred, T factor, T* grad) {
  return AddUp<1>(Lanes<T>(), n, [&](auto load, auto store, auto add) HWY_ATTR {
    const auto term = TermOf<kGrad>(loss, load(y_true), load(y_pred));
    add(0, term.value);
    if constexpr (kGrad) store(term.grad * factor, grad);
  })[0];
}

// Rows of one column: lanes run over the rows, each with its own coefficient.
template <bool kGrad, class F, class T>
HWY_INLINE void RunColumn(const F& loss, const LossTile<T>& tile) {
  ForLanes(Lanes<T>(), tile.y_pred.rows, [&](auto load, auto store, auto) HWY_ATTR {
    const auto term = TermOf<kGrad>(loss, load(tile.y_true.data), load(tile.y_pred.data));
    store(term.value, tile.values);
    if constexpr (kGrad) store(term.grad * load(tile.coefficients), tile.grad);
  });
}

template <bool kGrad, class F, class T>
void RunElementwiseRows(const F& loss, const LossTile<T>& tile) {
  const std::size_t columns = tile.y_pred.columns;
  if (columns == 1) return RunColumn<kGrad>(loss, tile);
  for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
    const T share = static_cast<T>(1) / static_cast<T>(columns);
    const T factor = kGrad ? share * tile.coefficients[r] : T{0};
    T* grad = kGrad ? tile.grad + r * columns : nullptr;
    const double sum = RunElements<kGrad>(loss, columns, tile.y_true.row(r), tile.y_pred.row(r), factor, grad);
    tile.values[r] = static_cast<T>(sum / static_cast<double>(columns));
  }
}

template <class F, class T>
void ElementwiseRows(ParameterView parameters, const LossTile<T>& tile) {
  const F loss = functor_of<F>(parameters);
  if (tile.grad != nullptr) return RunElementwiseRows<true>(loss, tile);
  RunElementwiseRows<false>(loss, tile);
}

template <class F, class T>
double ElementwiseFlat(ParameterView parameters, std::size_t size, const LossTile<T>& tile) {
  const F loss = functor_of<F>(parameters);
  const T *y_true = tile.y_true.data, *y_pred = tile.y_pred.data;
  return tile.grad != nullptr ? RunElements<true>(loss, size, y_true, y_pred, tile.coefficients[0], tile.grad)
                              : RunElements<false>(loss, size, y_true, y_pred, T{0}, static_cast<T*>(nullptr));
}

template <class F, class T>
void WholeRows(ParameterView parameters, const LossTile<T>& tile) {
  const F loss = functor_of<F>(parameters);
  const std::size_t columns = tile.y_pred.columns;
  for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
    const T *y_true = tile.y_true.row(r), *y_pred = tile.y_pred.row(r);
    if (tile.grad != nullptr) {
      tile.values[r] = loss.template Row<true>(columns, y_true, y_pred, tile.coefficients[r], tile.grad + r * columns);
    } else {
      tile.values[r] = loss.template Row<false, T>(columns, y_true, y_pred, 0, nullptr);
    }
  }
}

// Labels that are all 0 or 1 stand for -1 and 1.
template <class T>
bool AreBinary(Matrix<const T> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels.data[i] != T{0} && labels.data[i] != T{1}) return false;
  }
  return true;
}

template <class F, class T>
void LabelledRows(ParameterView, const LossTile<T>& tile) {
  const F loss(AreBinary(tile.y_true));
  if (tile.grad != nullptr) return RunElementwiseRows<true>(loss, tile);
  RunElementwiseRows<false>(loss, tile);
}

template <class F, class T>
void WholeBatch(ParameterView parameters, const LossTile<T>& tile) {
  const F loss = functor_of<F>(parameters);
  if (tile.grad != nullptr) return loss.template Batch<true>(tile);
  loss.template Batch<false>(tile);
}

// The table's kinds of row.

// F returns value and derivative of an element; a row's value is their mean.
template <class F>
constexpr Entry<LossRun> Elementwise(const char* name) {
  return {name,
          names_of<F>(),
          {{},
           {{ElementwiseRows<F, float>, ElementwiseFlat<F, float>},
            {ElementwiseRows<F, double>, ElementwiseFlat<F, double>}}}};
}

// As above, of labels that are -1 and 1, or 0 and 1 in the whole batch.
template <class F>
constexpr Entry<LossRun> Labelled(const char* name) {
  return {name, names_of<F>(), {{.whole_batch = true}, {{LabelledRows<F, float>}, {LabelledRows<F, double>}}}};
}

// F returns value and gradient of a row.
template <class F>
constexpr Entry<LossRun> Rowwise(const char* name, LossTraits traits = {}) {
  return {name, names_of<F>(), {traits, {{WholeRows<F, float>}, {WholeRows<F, double>}}}};
}

// F returns values and gradients of all rows, which depend on each other.
template <class F>
constexpr Entry<LossRun> Batchwise(const char* name, LossTraits traits) {
  return {name, names_of<F>(), {traits, {{WholeBatch<F, float>}, {WholeBatch<F, double>}}}};
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
