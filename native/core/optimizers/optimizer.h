#pragma once

#include <cstdint>

#include "registry.h"

namespace gemsbok::core {

constexpr std::size_t kMostSlots = 3;

// Some consecutive elements of the arena, or of one variable.
template <class T>
struct OptimizerRange {
  std::size_t size;
  T* variable;
  const T* gradient;
  T* slots[kMostSlots];
};

struct OptimizerStep {
  double learning_rate;
  std::uint64_t iteration;  // finished steps before this one
};

struct OptimizerRun {
  // How many values it keeps per element (Keras' slots, in Keras' order), with their initial values.
  std::size_t (*slots)(const double* parameters, double initial[kMostSlots]);
  void (*update_f32)(const double* parameters, const OptimizerStep& step, const OptimizerRange<float>& range);
  void (*update_f64)(const double* parameters, const OptimizerStep& step, const OptimizerRange<double>& range);

  void update(const double* parameters, const OptimizerStep& step, const OptimizerRange<float>& range) const {
    update_f32(parameters, step, range);
  }
  void update(const double* parameters, const OptimizerStep& step, const OptimizerRange<double>& range) const {
    update_f64(parameters, step, range);
  }
};

Registry<OptimizerRun> optimizers();

}  // namespace gemsbok::core
