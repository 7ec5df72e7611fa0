#pragma once

#include <optional>
#include <vector>

#include "optimizer.h"

namespace gemsbok::core {

// What all optimizers do around their own update. Limits of 0 are none.
struct UpdateOptions {
  double loss_scale_factor = 1;
  std::size_t accumulation_steps = 1;
  double clipnorm = 0, global_clipnorm = 0, clipvalue = 0;
  bool use_ema = false;
  double ema_momentum = 0;
  std::size_t ema_overwrite_frequency = 0;  // 0: never
};

struct Optimizer {
  Bound<OptimizerRun> run;
  UpdateOptions options;
};

// A variable as an optimizer sees it.
struct UpdatedVariable {
  std::vector<std::size_t> shape;
  bool flat;  // treated as a vector, whatever its shape
  double weight_decay;
};

// An array that an optimizer keeps, as Keras lists them.
struct StateEntry {
  const char* name;
  std::optional<std::size_t> variable;
  std::vector<std::size_t> shape;
  double initial;

  std::size_t size() const;
};

OptimizerShape shape_of(const UpdatedVariable& variable);
std::vector<StateEntry> state_of(const Optimizer& optimizer, const std::vector<UpdatedVariable>& variables);

}  // namespace gemsbok::core
