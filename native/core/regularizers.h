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

template <class T>
using Regularize = double (*)(ParameterView parameters, const RegularizerCall<T>& call);

struct RegularizerRun {
  std::size_t (*scratch)(std::size_t rows, std::size_t columns);
  // Returns the penalty times `scale`.
  PerType<Regularize> run;
};

Registry<RegularizerRun> regularizers();

}  // namespace gemsbok::core
