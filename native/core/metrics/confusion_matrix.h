#pragma once

#include <algorithm>
#include <cmath>

#include "argmax.h"
#include "metric.h"

namespace gemsbok::core {

// state: [num_classes, num_classes], a row for each label, a column for each prediction
struct ConfusionMatrix {
  static constexpr ParameterNames kParameters = {"num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred",
                                                 "threshold"};
  explicit ConfusionMatrix(ParametersOf<ConfusionMatrix> p)
      : classes(p["num_classes"]),
        ignored(p["ignore_class"]),
        sparse_true(p.flag("sparse_y_true")),
        sparse_pred(p.flag("sparse_y_pred")),
        threshold(p["threshold"]) {}

  std::size_t state_size(std::size_t) const { return static_cast<std::size_t>(classes * classes); }

  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const {
    const std::size_t pairs = sparse_true && sparse_pred ? std::min(tile.y_true.columns, tile.y_pred.columns) : 1;
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      const T *y_true = tile.y_true.row(r), *y_pred = tile.y_pred.row(r);
      for (std::size_t c = 0; c < pairs; ++c) {
        const T label = sparse_true ? y_true[c] : static_cast<T>(argmax(y_true, tile.y_true.columns));
        const T prediction = sparse_pred ? y_pred[c] : static_cast<T>(argmax(y_pred, tile.y_pred.columns));
        add(label, prediction, tile.weight(r, c), state);
      }
    }
  }

  template <class T>
  void add(T label, T prediction, double weight, double* state) const {
    if (static_cast<double>(label) == ignored) return;
    if (!std::isnan(threshold)) prediction = prediction >= static_cast<T>(threshold) ? T{1} : T{0};
    // Truncated towards 0; pairs outside of the matrix, and NaN, do not count.
    const double row = std::trunc(static_cast<double>(label)), column = std::trunc(static_cast<double>(prediction));
    if (row >= 0 && row < classes && column >= 0 && column < classes) {
      state[static_cast<std::size_t>(row * classes + column)] += weight;
    }
  }

  double classes, ignored;  // NaN: none is ignored
  bool sparse_true, sparse_pred;
  double threshold;  // NaN: none
};

}  // namespace gemsbok::core
