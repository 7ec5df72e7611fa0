#pragma once

#include "registry.h"
#include "span.h"

namespace gemsbok::core {

template <class T>
using Constrain = void (*)(ParameterView parameters, Matrix<T> w);

struct ConstraintRun {
  // In place.
  PerType<Constrain> run;
};

Registry<ConstraintRun> constraints();

}  // namespace gemsbok::core
