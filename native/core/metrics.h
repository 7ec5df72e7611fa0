#pragma once

#include "losses/loss.h"
#include "registry.h"
#include "span.h"

namespace gemsbok::core {

template <class T>
struct MetricTile {
  Matrix<const T> y_true;       // [rows, columns], or [rows, 1] class indices
  Matrix<const T> y_pred;       // [rows, columns]
  const T* weights;             // [rows], or null
  std::size_t rows_per_sample;  // a sample's value is the mean over its rows
};

// Every metric keeps sums: states of parts of the data are added to get the state of the whole.
struct MetricRun {
  bool class_indices;  // y_true holds one class index a row
  std::size_t (*state_size)(const double* parameters, std::size_t columns);
  void (*accumulate_f32)(const double* parameters, const MetricTile<float>& tile, double* state);
  void (*accumulate_f64)(const double* parameters, const MetricTile<double>& tile, double* state);
};

Registry<MetricRun> metrics();

// A metric of the registry, or the mean of a loss.
struct Metric {
  const Entry<MetricRun>* metric = nullptr;
  const Entry<LossRun>* loss = nullptr;
  Parameters parameters;

  bool class_indices() const { return metric == nullptr ? loss->run.class_indices : metric->run.class_indices; }
  std::size_t state_size(std::size_t columns) const;
  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const;
};

}  // namespace gemsbok::core
