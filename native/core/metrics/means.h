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

}  // namespace gemsbok::core
