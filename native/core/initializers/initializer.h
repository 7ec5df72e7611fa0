#pragma once

#include "../registry.h"
#include "../rng.h"
#include "../span.h"

namespace gemsbok::core {

struct InitializerRun {
  void (*fill)(ParameterView parameters, std::uint64_t seed, Matrix<float> out);
};

Registry<InitializerRun> initializers();

}  // namespace gemsbok::core
