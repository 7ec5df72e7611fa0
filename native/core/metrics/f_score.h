#pragma once

#include <cmath>

#include "argmax.h"
#include "metric.h"

namespace gemsbok::core {

// state: for each column true positives, false positives, false negatives, weight of the targets
struct FScore {
  static constexpr ParameterNames kParameters = {"threshold"};
  explicit FScore(ParametersOf<FScore> p) : threshold(p["threshold"]) {}

  static std::size_t state_size(std::size_t columns) { return 4 * columns; }

  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const {
    const std::size_t columns = tile.y_pred.columns;
    const bool largest = std::isnan(threshold);
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      const T* scores = tile.y_pred.row(r);
      const T best = largest ? scores[argmax(scores, columns)] : static_cast<T>(threshold);
      for (std::size_t c = 0; c < columns; ++c) {
        const bool predicted =
            largest ? scores[c] >= best && std::abs(scores[c]) > static_cast<T>(1e-9) : scores[c] > best;
        const double t = static_cast<double>(tile.y_true.row(r)[c]), weight = tile.weight(r, c);
        double* sums = state + 4 * c;
        sums[0] += predicted ? weight * t : 0;
        sums[1] += predicted ? weight * (1 - t) : 0;
        sums[2] += predicted ? 0 : weight * t;
        sums[3] += weight * t;
      }
    }
  }

  double threshold;  // NaN: the largest of the row are predicted, unless they are 0
};

}  // namespace gemsbok::core
