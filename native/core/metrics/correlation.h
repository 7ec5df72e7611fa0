#pragma once

#include <cmath>

#include "metric.h"

namespace gemsbok::core {

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
