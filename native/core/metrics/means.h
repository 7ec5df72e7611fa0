#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "metric.h"

// Metrics that are the mean over samples of a value per row.
namespace gemsbok::core {

inline std::size_t mean_state(ParameterView, std::size_t) { return 2; }

// state: total, count
template <class T>
void add_row(const MetricTile<T>& tile, std::size_t row, double value, double* state) {
  const double weight = tile.weight(row) / static_cast<double>(tile.rows_per_sample);
  state[0] += value * weight;
  state[1] += weight;
}

template <class F, class T>
void mean_over_rows(ParameterView parameters, const MetricTile<T>& tile, double* state) {
  const F metric = functor_of<F>(parameters);
  for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
    add_row(tile, r, metric.value(tile.y_pred.columns, tile.y_true.row(r), tile.y_pred.row(r)), state);
  }
}

template <class T>
void mean_of_loss(const LossRun& loss, const Parameters& parameters, const MetricTile<T>& tile, double* state) {
  // As in Keras, only weights take ignored labels out of the count; without any they count with the loss 0.
  const bool ignores = loss.ignore_parameter >= 0 && tile.weights.data != nullptr;
  const double ignored = ignores ? parameters[static_cast<std::size_t>(loss.ignore_parameter)] : NAN;
  std::array<T, 64> room;
  // A batch that must not be cut may need more room than the stack has.
  std::vector<T> whole(loss.whole_batch ? tile.y_pred.rows : 0);
  T* values = loss.whole_batch ? whole.data() : room.data();
  const std::size_t most = loss.whole_batch ? whole.size() : room.size();
  for (std::size_t first = 0; first < tile.y_pred.rows; first += most) {
    const std::size_t count = std::min(most, tile.y_pred.rows - first);
    loss.functions.of<T>().rows(
        parameters, {tile.y_true.slice(first, count), tile.y_pred.slice(first, count), nullptr, values, nullptr});
    for (std::size_t r = 0; r < count; ++r) {
      if (static_cast<double>(*tile.y_true.row(first + r)) == ignored) continue;
      add_row(tile, first + r, static_cast<double>(values[r]), state);
    }
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

double mean_of_matches(std::size_t columns, const auto& matches) {
  std::size_t hits = 0;
  for (std::size_t c = 0; c < columns; ++c) hits += matches(c) ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(columns);
}

struct Accuracy {
  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    return mean_of_matches(columns, [&](std::size_t c) { return y_true[c] == y_pred[c]; });
  }
};

struct BinaryAccuracy {
  static constexpr ParameterNames kParameters = {"threshold"};
  explicit BinaryAccuracy(ParametersOf<BinaryAccuracy> p) : threshold(p["threshold"]) {}

  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    const T least = static_cast<T>(threshold);
    return mean_of_matches(columns, [&](std::size_t c) { return y_true[c] == (y_pred[c] > least ? T{1} : T{0}); });
  }

  double threshold;
};

struct CategoricalAccuracy {
  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    return argmax(y_true, columns) == argmax(y_pred, columns) ? 1 : 0;
  }
};

struct SparseCategoricalAccuracy {
  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    return *y_true == static_cast<T>(argmax(y_pred, columns)) ? 1 : 0;
  }
};

// Fewer than k scores are larger than the label's: ties are hits. A label that is no class is a miss.
template <class T>
double in_top_k(double k, std::size_t columns, const T* scores, T label) {
  if (!(label >= 0 && label < static_cast<T>(columns) && std::floor(label) == label)) return 0;
  const T own = scores[static_cast<std::size_t>(label)];
  const auto larger = std::count_if(scores, scores + columns, [&](T score) { return score > own; });
  return !std::isnan(own) && static_cast<double>(larger) < k ? 1 : 0;
}

struct TopKCategoricalAccuracy {
  static constexpr ParameterNames kParameters = {"k"};
  explicit TopKCategoricalAccuracy(ParametersOf<TopKCategoricalAccuracy> p) : k(p["k"]) {}

  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    return in_top_k(k, columns, y_pred, static_cast<T>(argmax(y_true, columns)));
  }

  double k;
};

struct SparseTopKCategoricalAccuracy {
  static constexpr ParameterNames kParameters = {"k", "from_sorted_ids"};
  explicit SparseTopKCategoricalAccuracy(ParametersOf<SparseTopKCategoricalAccuracy> p)
      : k(p["k"]), from_sorted_ids(p.flag("from_sorted_ids")) {}

  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    if (!from_sorted_ids) return in_top_k(k, columns, y_pred, *y_true);
    const T* end = y_pred + (k < static_cast<double>(columns) ? static_cast<std::size_t>(k) : columns);
    return std::find(y_pred, end, *y_true) != end ? 1 : 0;
  }

  double k;
  bool from_sorted_ids;
};

// Of one row's targets and predictions, biased.
struct Moments {
  double mean_true = 0, mean_pred = 0, variance_true = 0, variance_pred = 0, covariance = 0;

  template <class T>
  Moments(std::size_t columns, const T* y_true, const T* y_pred) {
    const double share = 1 / static_cast<double>(columns);
    for (std::size_t c = 0; c < columns; ++c) {
      mean_true += share * static_cast<double>(y_true[c]);
      mean_pred += share * static_cast<double>(y_pred[c]);
    }
    for (std::size_t c = 0; c < columns; ++c) {
      const double t = static_cast<double>(y_true[c]) - mean_true, p = static_cast<double>(y_pred[c]) - mean_pred;
      variance_true += share * t * t;
      variance_pred += share * p * p;
      covariance += share * t * p;
    }
  }
};

struct PearsonCorrelation {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit PearsonCorrelation(ParametersOf<PearsonCorrelation> p) : epsilon(p["epsilon"]) {}

  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    const Moments m(columns, y_true, y_pred);
    // No deviation at all returns 0 instead of 0 / 0.
    const double least = epsilon * epsilon / static_cast<double>(columns);
    return m.covariance / std::sqrt(std::fmax(m.variance_true, least) * std::fmax(m.variance_pred, least));
  }

  double epsilon;
};

struct ConcordanceCorrelation {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit ConcordanceCorrelation(ParametersOf<ConcordanceCorrelation> p) : epsilon(p["epsilon"]) {}

  template <class T>
  double value(std::size_t columns, const T* y_true, const T* y_pred) const {
    const Moments m(columns, y_true, y_pred);
    const double bias = m.mean_true - m.mean_pred;
    return 2 * m.covariance / (m.variance_true + m.variance_pred + bias * bias + epsilon);
  }

  double epsilon;
};

}  // namespace gemsbok::core
