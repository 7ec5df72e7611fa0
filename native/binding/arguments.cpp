#include "arguments.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cmath>
#include <cstring>
#include <memory>

#include "elements.h"
#include "environment.h"
#include "values.h"

namespace gemsbok::binding {
namespace {

using core::Code;

[[noreturn]] void refuse(const char* name, const char* expected) {
  throw core::Error(Code::kInvalidArg, std::string("native code expected ") + expected + " for `" + name + "`");
}

// Memory for a copy, of large pages where the system has them: to fill it takes less time than to get it in small ones.
template <class T>
std::shared_ptr<core::Buffer<T>> make_buffer(std::size_t size) {
  auto buffer = std::make_shared<core::Buffer<T>>(size);
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kPage = std::size_t{1} << 21;
  void* first = buffer->data();
  std::size_t bytes = size * sizeof(T);
  if (std::align(kPage, kPage, first, bytes) != nullptr) madvise(first, bytes / kPage * kPage, MADV_HUGEPAGE);
#endif
  return buffer;
}

template <class T>
OwnedColumn owned_by(std::shared_ptr<core::Buffer<T>> buffer) {
  OwnedColumn owned;
  owned.column.data = buffer->data();
  owned.bytes = buffer->size() * sizeof(T);
  owned.storage = std::move(buffer);
  return owned;
}

OwnedColumn copy_of_floats(Napi::Env env, napi_typedarray_type type, const void* data, std::size_t size) {
  auto buffer = make_buffer<float>(size);
  const bool finite = visit_elements(type, data, [&](const auto* from) {
    return core::copy_as_floats(from, size, buffer->data(), Environment::of(env).borrow_for(size));
  });
  OwnedColumn owned = owned_by(std::move(buffer));
  owned.column.finite = finite;
  return owned;
}

OwnedColumn copy_of_bytes(const void* data, std::size_t size) {
  auto buffer = make_buffer<std::uint8_t>(size);
  if (size > 0) std::memcpy(buffer->data(), data, size);
  return owned_by(std::move(buffer));
}

}  // namespace

Napi::Object to_object(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) refuse(name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array to_array(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) refuse(name, "an array");
  return value.As<Napi::Array>();
}

double to_number(const Napi::Value& value, const char* name) {
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value() ? 1 : 0;
  if (!value.IsNumber()) refuse(name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

std::size_t to_size(const Napi::Value& value, const char* name) {
  const double number = to_number(value, name);
  if (!(number >= 0 && number <= 9007199254740991.0 && std::floor(number) == number)) refuse(name, "an integer from 0");
  return static_cast<std::size_t>(number);
}

std::vector<double> to_numbers(const Napi::Value& value, const char* name) {
  const Napi::Array list = to_array(value, name);
  std::vector<double> numbers;
  for (std::uint32_t i = 0; i < list.Length(); ++i) numbers.push_back(to_number(list.Get(i), name));
  return numbers;
}

Napi::Value get(const Napi::Object& object, const char* name) { return object.Get(name); }

std::size_t get_size(const Napi::Object& object, const char* name) { return to_size(get(object, name), name); }

bool get_flag(const Napi::Object& object, const char* name) { return to_number(get(object, name), name) != 0; }

std::string to_text(const Napi::Value& value, const char* name) {
  if (!value.IsString()) refuse(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::string get_text(const Napi::Object& object, const char* name) { return to_text(get(object, name), name); }

std::size_t product(std::size_t a, std::size_t b) {
  core::require(b == 0 || a <= SIZE_MAX / b, Code::kOutOfMemory, core::kTooLargeArray);
  return a * b;
}

Floats to_any_floats(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray()) refuse(name, "a Float32Array or a Float64Array");
  napi_typedarray_type type = napi_int8_array;
  Floats floats;
  napi_get_typedarray_info(value.Env(), value, &type, &floats.size, &floats.data, nullptr, nullptr);
  if (type != napi_float32_array && type != napi_float64_array) refuse(name, "a Float32Array or a Float64Array");
  floats.f64 = type == napi_float64_array;
  return floats;
}

Floats to_floats(const Napi::Value& value, const char* name, std::size_t size) {
  const Floats floats = to_any_floats(value, name);
  if (floats.size != size) {
    throw core::Error(Code::kShapeMismatch, std::string("native code expected ") + std::to_string(size) +
                                                " elements for `" + name + "`, received " +
                                                std::to_string(floats.size));
  }
  return floats;
}

Floats get_floats(const Napi::Object& object, const char* name, std::size_t size) {
  return to_floats(get(object, name), name, size);
}

Floats get_optional_floats(const Napi::Object& object, const char* name, std::size_t size) {
  return get(object, name).IsNull() ? Floats{} : get_floats(object, name, size);
}

Floats get_any_floats(const Napi::Object& object, const char* name) { return to_any_floats(get(object, name), name); }

std::vector<float> to_vector(const Napi::Value& value, const char* name) {
  const Floats floats = to_any_floats(value, name);
  const float* first = floats.as<float>();
  return {first, first + floats.size};
}

std::optional<std::vector<float>> to_output(const Napi::Value& value) {
  if (value.IsNull() || value.IsUndefined()) return {};
  return to_vector(value, "output");
}

Napi::TypedArray new_floats(Napi::Env env, bool f64, std::size_t size, void** data) {
  if (f64) {
    Napi::Float64Array array = Napi::Float64Array::New(env, size);
    *data = array.Data();
    return array;
  }
  Napi::Float32Array array = Napi::Float32Array::New(env, size);
  *data = array.Data();
  return array;
}

OwnedColumn to_column(const Napi::Object& column, std::size_t rows, Ownership ownership) {
  const std::size_t columns = get_size(column, "columns");
  const Napi::Value value = get(column, "data");
  if (!value.IsTypedArray()) refuse("data", "a TypedArray");
  napi_typedarray_type type = napi_int8_array;
  std::size_t size = 0;
  void* data = nullptr;
  napi_get_typedarray_info(value.Env(), value, &type, &size, &data, nullptr, nullptr);
  core::require(size == product(rows, columns), Code::kShapeMismatch, "native code expected rows * columns elements");
  const bool bytes = type == napi_uint8_array || type == napi_uint8_clamped_array;
  OwnedColumn owned;
  const bool as_it_is = bytes || type == napi_float32_array;
  if (ownership == Ownership::kBorrow && as_it_is) {
    owned.column.data = data;
  } else if (as_it_is && get(column, "inPlace").ToBoolean()) {
    owned.column.data = data;
    owned.storage = Environment::of(value.Env()).kept.keep(value.As<Napi::Object>());
  } else {
    owned = bytes ? copy_of_bytes(data, size) : copy_of_floats(value.Env(), type, data, size);
  }
  owned.column.bytes = bytes;
  if (bytes) owned.column.finite = true;
  owned.column.columns = columns;
  return owned;
}

core::Parameters to_parameters(const Napi::Object& spec, const core::ParameterNames& names) {
  const Napi::Object given = to_object(get(spec, "parameters"), "parameters");
  core::Parameters parameters;
  for (const char* const& name : names) {
    const Napi::Value value = get(given, name);
    if (!value.IsArray()) {
      parameters.push_back(to_number(value, name));
      continue;
    }
    // A functor reads as many values as there are names, and knows how many the last one adds.
    const bool last = &name + 1 == names.end();
    const Napi::Array list = value.As<Napi::Array>();
    if (!last || list.Length() == 0) refuse(name, "a number");
    for (std::uint32_t k = 0; k < list.Length(); ++k) parameters.push_back(to_number(list.Get(k), name));
  }
  return parameters;
}

core::Optimizer to_optimizer(const Napi::Value& value) {
  core::Optimizer optimizer;
  optimizer.run = to_bound(core::optimizers(), value);
  const Napi::Object options = to_object(get(to_object(value, "optimizer"), "options"), "options");
  optimizer.options.loss_scale_factor = to_number(get(options, "lossScaleFactor"), "lossScaleFactor");
  optimizer.options.accumulation_steps = get_size(options, "accumulationSteps");
  optimizer.options.clipnorm = to_number(get(options, "clipnorm"), "clipnorm");
  optimizer.options.global_clipnorm = to_number(get(options, "globalClipnorm"), "globalClipnorm");
  optimizer.options.clipvalue = to_number(get(options, "clipvalue"), "clipvalue");
  optimizer.options.use_ema = get_flag(options, "useEma");
  optimizer.options.ema_momentum = to_number(get(options, "emaMomentum"), "emaMomentum");
  optimizer.options.ema_overwrite_frequency = get_size(options, "emaOverwriteFrequency");
  return optimizer;
}

Napi::Array from_sizes(Napi::Env env, const std::vector<std::size_t>& sizes) {
  Napi::Array array = Napi::Array::New(env, sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    array.Set(static_cast<std::uint32_t>(i), static_cast<double>(sizes[i]));
  }
  return array;
}

Napi::Array from_state(Napi::Env env, const std::vector<core::StateEntry>& state) {
  Napi::Array array = Napi::Array::New(env, state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", state[i].name);
    entry.Set("variable", state[i].variable.has_value() ? static_cast<double>(*state[i].variable) : -1.0);
    entry.Set("shape", from_sizes(env, state[i].shape));
    entry.Set("initial", state[i].initial);
    array.Set(static_cast<std::uint32_t>(i), entry);
  }
  return array;
}

core::Reduction to_reduction(const std::string& name) {
  if (name == "sum_over_batch_size") return core::Reduction::kSumOverBatchSize;
  if (name == "sum") return core::Reduction::kSum;
  if (name == "mean_with_sample_weight") return core::Reduction::kMeanWithSampleWeight;
  require(name == "none", Code::kInvalidArg, "unknown reduction");
  return core::Reduction::kNone;
}

core::Metric to_metric(const Napi::Value& value) {
  const Napi::Object spec = to_object(value, "metric");
  core::Metric metric;
  if (core::metrics().find(get_text(spec, "name")) != nullptr) {
    auto bound = to_bound(core::metrics(), spec);
    metric.metric = bound.entry;
    metric.parameters = std::move(bound.parameters);
  } else {
    auto bound = to_bound(core::losses(), spec);
    metric.loss = bound.entry;
    metric.parameters = std::move(bound.parameters);
  }
  return metric;
}

std::vector<std::size_t> to_sizes(const Napi::Value& value, const char* name) {
  const Napi::Array list = to_array(value, name);
  std::vector<std::size_t> sizes;
  for (std::uint32_t i = 0; i < list.Length(); ++i) sizes.push_back(to_size(list.Get(i), name));
  return sizes;
}

}  // namespace gemsbok::binding
