#include "metrics.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gemsbok::core {
namespace {

std::size_t mean_state(const double*, std::size_t) { return 2; }

// state: total, count
template <class T>
void add_row(const MetricTile<T>& tile, std::size_t row, double value, double* state) {
  const double share = 1.0 / static_cast<double>(tile.rows_per_sample);
  const double weight = tile.weights == nullptr ? share : share * static_cast<double>(tile.weights[row]);
  state[0] += value * weight;
  state[1] += weight;
}

template <class F, class T>
void mean_over_rows(const double* parameters, const MetricTile<T>& tile, double* state) {
  for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
    add_row(tile, r, F::value(parameters, tile.y_pred.columns, tile.y_true.row(r), tile.y_pred.row(r)), state);
  }
}

// The first of the largest; NaN is larger than everything.
template <class T>
std::size_t argmax(const T* values, std::size_t count) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}

template <class T>
double mean_of_matches(std::size_t columns, const auto& matches) {
  std::size_t hits = 0;
  for (std::size_t c = 0; c < columns; ++c) hits += matches(c) ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(columns);
}

struct Accuracy {
  template <class T>
  static double value(const double*, std::size_t columns, const T* y_true, const T* y_pred) {
    return mean_of_matches<T>(columns, [&](std::size_t c) { return y_true[c] == y_pred[c]; });
  }
};

// parameters: threshold
struct BinaryAccuracy {
  template <class T>
  static double value(const double* p, std::size_t columns, const T* y_true, const T* y_pred) {
    const T threshold = static_cast<T>(p[0]);
    return mean_of_matches<T>(columns,
                              [&](std::size_t c) { return y_true[c] == (y_pred[c] > threshold ? T{1} : T{0}); });
  }
};

struct CategoricalAccuracy {
  template <class T>
  static double value(const double*, std::size_t columns, const T* y_true, const T* y_pred) {
    return argmax(y_true, columns) == argmax(y_pred, columns) ? 1 : 0;
  }
};

struct SparseCategoricalAccuracy {
  template <class T>
  static double value(const double*, std::size_t columns, const T* y_true, const T* y_pred) {
    return *y_true == static_cast<T>(argmax(y_pred, columns)) ? 1 : 0;
  }
};

template <class F>
constexpr MetricRun mean_of(bool class_indices = false) {
  return {class_indices, mean_state, mean_over_rows<F, float>, mean_over_rows<F, double>};
}

constexpr Entry<MetricRun> kMetrics[] = {
    {"accuracy", {}, mean_of<Accuracy>()},
    {"binary_accuracy", {"threshold"}, mean_of<BinaryAccuracy>()},
    {"categorical_accuracy", {}, mean_of<CategoricalAccuracy>()},
    {"sparse_categorical_accuracy", {}, mean_of<SparseCategoricalAccuracy>(true)},
};

template <class T>
void accumulate_loss(const LossRun& loss, const double* parameters, const MetricTile<T>& tile, double* state) {
  // As in Keras, only weights take ignored labels out of the count; without any they count with the loss 0.
  const bool ignores = loss.ignore_parameter >= 0 && tile.weights != nullptr;
  const double ignored = ignores ? parameters[loss.ignore_parameter] : NAN;
  std::array<T, 64> values;
  for (std::size_t first = 0; first < tile.y_pred.rows; first += values.size()) {
    const std::size_t count = std::min(values.size(), tile.y_pred.rows - first);
    loss.functions<T>().rows(parameters, {tile.y_true.slice(first, count), tile.y_pred.slice(first, count), nullptr,
                                          values.data(), nullptr});
    for (std::size_t r = 0; r < count; ++r) {
      if (static_cast<double>(*tile.y_true.row(first + r)) == ignored) continue;
      add_row(tile, first + r, static_cast<double>(values[r]), state);
    }
  }
}

}  // namespace

Registry<MetricRun> metrics() { return Registry<MetricRun>::of(kMetrics); }

std::size_t Metric::state_size(std::size_t columns) const {
  return metric == nullptr ? 2 : metric->run.state_size(parameters.data(), columns);
}

template <class T>
void Metric::accumulate(const MetricTile<T>& tile, double* state) const {
  if (metric == nullptr) return accumulate_loss(loss->run, parameters.data(), tile, state);
  if constexpr (sizeof(T) == sizeof(float)) {
    metric->run.accumulate_f32(parameters.data(), tile, state);
  } else {
    metric->run.accumulate_f64(parameters.data(), tile, state);
  }
}

template void Metric::accumulate(const MetricTile<float>&, double*) const;
template void Metric::accumulate(const MetricTile<double>&, double*) const;

}  // namespace gemsbok::core
