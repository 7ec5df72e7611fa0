#pragma once

#include <algorithm>
#include <cmath>

#include "argmax.h"
#include "metric.h"

namespace gemsbok::core {

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

// Fewer than k scores are larger than the label's: ties are hits. A label that is not a class is a miss.
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

}  // namespace gemsbok::core
