#pragma once

#include "registry.h"
#include "span.h"

namespace gemsbok::core {

struct ConstraintRun {
  // In place.
  void (*f32)(const double* parameters, Matrix<float> w);
  void (*f64)(const double* parameters, Matrix<double> w);

  template <class T>
  void run(const Parameters& parameters, Matrix<T> w) const {
    if constexpr (sizeof(T) == sizeof(float)) {
      f32(parameters.data(), w);
    } else {
      f64(parameters.data(), w);
    }
  }
};

Registry<ConstraintRun> constraints();

}  // namespace gemsbok::core
