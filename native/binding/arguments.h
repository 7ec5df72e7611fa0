#pragma once

#include <napi.h>

#include <optional>

#include "dataset.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/state.h"
#include "registry.h"

namespace gemsbok::binding {

// TypeScript has checked every argument; what is read here is checked again as far as memory depends on it.
Napi::Object to_object(const Napi::Value& value, const char* name);
Napi::Array to_array(const Napi::Value& value, const char* name);
double to_number(const Napi::Value& value, const char* name);
std::size_t to_size(const Napi::Value& value, const char* name);
std::vector<std::size_t> to_sizes(const Napi::Value& value, const char* name);
std::vector<double> to_numbers(const Napi::Value& value, const char* name);

Napi::Value get(const Napi::Object& object, const char* name);
std::size_t get_size(const Napi::Object& object, const char* name);
bool get_flag(const Napi::Object& object, const char* name);
std::string to_text(const Napi::Value& value, const char* name);
std::string get_text(const Napi::Object& object, const char* name);

// A product that must not wrap around.
std::size_t product(std::size_t a, std::size_t b);

// The shape of a call's arrays.
struct Rows {
  std::size_t rows, columns, size;

  explicit Rows(const Napi::Object& call)
      : rows(get_size(call, "rows")), columns(get_size(call, "columns")), size(product(rows, columns)) {}
};

struct Floats {
  void* data = nullptr;
  std::size_t size = 0;
  bool f64 = false;

  template <class T>
  T* as() const {
    core::require(data == nullptr || f64 == (sizeof(T) == sizeof(double)), core::Code::kInvalidArg,
                  "arrays of one call must have one type");
    return static_cast<T*>(data);
  }
};

// A Float32Array or Float64Array of this size.
Floats to_floats(const Napi::Value& value, const char* name, std::size_t size);
Floats get_floats(const Napi::Object& object, const char* name, std::size_t size);
// As above; no data where the value is null.
Floats get_optional_floats(const Napi::Object& object, const char* name, std::size_t size);
// Of any size.
Floats to_any_floats(const Napi::Value& value, const char* name);
Floats get_any_floats(const Napi::Object& object, const char* name);

// A copy of a Float32Array.
std::vector<float> to_vector(const Napi::Value& value, const char* name);
// What JavaScript computed for a layer; none where the value is null or undefined.
std::optional<std::vector<float>> to_output(const Napi::Value& value);

// A new array for `size` results of the type of the call.
Napi::TypedArray new_floats(Napi::Env env, bool f64, std::size_t size, void** data);

// The elements of any TypedArray as a column: bytes and floats stay, the rest is converted to floats.
struct OwnedColumn {
  core::Column column;
  std::shared_ptr<const void> storage;  // null where the array is only borrowed
  std::size_t bytes = 0;
};
enum class Ownership { kCopy, kBorrow };
OwnedColumn to_column(const Napi::Object& column, std::size_t rows, Ownership ownership);

core::Parameters to_parameters(const Napi::Object& spec, const core::ParameterNames& names);

template <class Run>
core::Bound<Run> to_bound(const core::Registry<Run>& registry, const Napi::Value& value) {
  const Napi::Object spec = to_object(value, "spec");
  const core::Entry<Run>& entry = registry.get(get_text(spec, "name"));
  return {&entry, to_parameters(spec, entry.parameters)};
}

// A spec of the registry of optimizers, with its `options`.
core::Optimizer to_optimizer(const Napi::Value& value);
// What an optimizer keeps: an array of { name, variable, shape, initial }.
Napi::Array from_state(Napi::Env env, const std::vector<core::StateEntry>& state);
Napi::Array from_sizes(Napi::Env env, const std::vector<std::size_t>& sizes);

core::Reduction to_reduction(const std::string& name);
// A spec of the registry of metrics, or of that of losses.
core::Metric to_metric(const Napi::Value& value);

}  // namespace gemsbok::binding
