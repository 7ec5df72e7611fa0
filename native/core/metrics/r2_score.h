#pragma once

#include "metric.h"

namespace gemsbok::core {

// state: rows, and for each column sum and sum of squares of the targets, sum of squared errors, sum of weights
struct R2Score {
  static std::size_t state_size(std::size_t columns) { return 1 + 4 * columns; }

  template <class T>
  static void accumulate(const MetricTile<T>& tile, double* state) {
    state[0] += static_cast<double>(tile.y_pred.rows);
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      for (std::size_t c = 0; c < tile.y_pred.columns; ++c) {
        const double t = static_cast<double>(tile.y_true.row(r)[c]), weight = tile.weight(r, c);
        const double error = t - static_cast<double>(tile.y_pred.row(r)[c]);
        double* sums = state + 1 + 4 * c;
        sums[0] += weight * t;
        sums[1] += weight * t * t;
        sums[2] += weight * error * error;
        sums[3] += weight;
      }
    }
  }
};

}  // namespace gemsbok::core
