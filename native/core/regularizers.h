#pragma once

#include "registry.h"
#include "span.h"

namespace gemsbok::core {

template <class T>
struct RegularizerCall {
  Matrix<const T> x;
  double scale;     // of the penalty and its gradient
  T* grad;          // [rows, columns], added to; or null
  double* scratch;  // as many as the entry says
};

struct RegularizerRun {
  std::size_t (*scratch)(std::size_t rows, std::size_t columns);
  // The penalty times `scale`.
  double (*f32)(const double* parameters, const RegularizerCall<float>& call);
  double (*f64)(const double* parameters, const RegularizerCall<double>& call);

  template <class T>
  double run(const Parameters& parameters, const RegularizerCall<T>& call) const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return f32(parameters.data(), call);
    } else {
      return f64(parameters.data(), call);
    }
  }
};

Registry<RegularizerRun> regularizers();

}  // namespace gemsbok::core
