#pragma once

#include "../losses/loss.h"
#include "../registry.h"
#include "../span.h"

namespace gemsbok::core {

template <class T>
struct MetricTile {
  Matrix<const T> y_true;       // [rows, columns], or [rows, 1] class indices
  Matrix<const T> y_pred;       // [rows, columns]
  Matrix<const T> weights;      // [rows, 1] or [rows, columns]; no data where all count alike
  std::size_t rows_per_sample;  // where a mean is taken, a sample's value is the mean over its rows

  double weight(std::size_t row, std::size_t column = 0) const {
    return weights.data == nullptr ? 1 : static_cast<double>(weights.row(row)[weights.columns == 1 ? 0 : column]);
  }
};

// How many columns of y_true a metric reads in each row.
enum class TrueColumns { kAsPredictions, kOne, kAny };

template <class T>
using Accumulate = void (*)(ParameterView parameters, const MetricTile<T>& tile, double* state);

// Every metric keeps sums: states of parts of the data are added to get the state of the whole.
struct MetricRun {
  TrueColumns true_columns;
  std::size_t (*state_size)(ParameterView parameters, std::size_t columns);
  PerType<Accumulate> accumulate;
};

Registry<MetricRun> metrics();

// A metric of the registry, or the mean of a loss.
struct Metric {
  const Entry<MetricRun>* metric = nullptr;
  const Entry<LossRun>* loss = nullptr;
  Parameters parameters;

  bool takes(std::size_t true_columns, std::size_t columns) const;
  std::size_t state_size(std::size_t columns) const;
  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const;
};

}  // namespace gemsbok::core
