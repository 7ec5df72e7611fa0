#pragma once

#include <cstdint>

#include "../registry.h"

namespace gemsbok::core {

constexpr std::size_t kMostSlots = 3;

// A variable's shape as optimizers see it: some matrices [rows, columns]. A vector or a scalar is one row.
struct OptimizerShape {
  std::size_t rank, matrices, rows, columns;

  std::size_t size() const { return matrices * rows * columns; }
};

// What an optimizer keeps of each variable, by Keras' name and in Keras' order.
struct Slot {
  enum class Shape { kVariable, kWithoutColumns, kWithoutRows, kScalar };
  static constexpr int kZero = -1, kCopy = -2;

  const char* name;
  Shape shape = Shape::kVariable;
  int initial = kZero;  // kCopy: it begins as the variable itself; from 0 on the index of the parameter that tells it
};

struct Slots {
  std::size_t count;
  Slot slots[kMostSlots];
};

// Consecutive elements of a variable, or all of it where the optimizer takes whole variables.
template <class T>
struct OptimizerRange {
  std::size_t size;
  T* variable;
  const T* gradient;
  T* slots[kMostSlots];
  // Of whole variables only.
  OptimizerShape shape;
  T* scratch;
};

struct OptimizerStep {
  double learning_rate;
  std::uint64_t iteration;  // finished updates before this one
  double shared;            // what the optimizer keeps besides the slots
};

template <class T>
using OptimizerUpdate = void (*)(ParameterView parameters, const OptimizerStep& step, const OptimizerRange<T>& range);

struct OptimizerRun {
  const Slots& (*slots)(ParameterView parameters, const OptimizerShape& shape);
  PerType<OptimizerUpdate> update;
  // Null where any range will do; otherwise it takes whole variables, with so many elements of scratch.
  std::size_t (*scratch)(const OptimizerShape& shape) = nullptr;
  // Null where nothing is kept besides the slots; otherwise it has a name, begins as 1, and this returns the next
  // one.
  const char* shared_name = nullptr;
  double (*next_shared)(ParameterView parameters, const OptimizerStep& step) = nullptr;
};

Registry<OptimizerRun> optimizers();

}  // namespace gemsbok::core
