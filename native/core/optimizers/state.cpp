#include "state.h"

namespace gemsbok::core {
namespace {

std::size_t product_of(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (const std::size_t length : shape) size *= length;
  return size;
}

std::vector<std::size_t> shape_of_slot(Slot::Shape kind, std::vector<std::size_t> shape) {
  if (kind == Slot::Shape::kScalar) return {};
  if (kind == Slot::Shape::kWithoutColumns) shape.pop_back();
  if (kind == Slot::Shape::kWithoutRows) shape.erase(shape.end() - 2);
  return shape;
}

}  // namespace

OptimizerShape shape_of(const UpdatedVariable& variable) {
  const auto& shape = variable.shape;
  const std::size_t rank = variable.flat ? 1 : shape.size(), size = product_of(shape);
  if (rank < 2 || size == 0) return {rank, 1, 1, size};
  const std::size_t columns = shape.back(), rows = shape[shape.size() - 2];
  return {rank, size / columns / rows, rows, columns};
}

std::size_t StateEntry::size() const { return product_of(shape); }

std::vector<StateEntry> state_of(const Optimizer& optimizer, const std::vector<UpdatedVariable>& variables) {
  const auto& [run, options] = optimizer;
  std::vector<StateEntry> state;
  const auto add = [&](const char* name) {
    for (std::size_t v = 0; v < variables.size(); ++v) state.push_back({name, v, variables[v].shape, 0});
  };
  if (options.use_ema) add("average");
  if (options.accumulation_steps > 1) add("gradient_accumulator");
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const Slots& slots = run->slots(run.parameters, shape_of(variables[v]));
    for (std::size_t s = 0; s < slots.count; ++s) {
      const auto& [name, shape, initial] = slots.slots[s];
      const double value = initial < 0 ? 0 : run.parameters[static_cast<std::size_t>(initial)];
      state.push_back({name, v, shape_of_slot(shape, variables[v].shape), value});
    }
  }
  if (run->shared_name != nullptr) state.push_back({run->shared_name, std::nullopt, {}, 1});
  return state;
}

}  // namespace gemsbok::core
