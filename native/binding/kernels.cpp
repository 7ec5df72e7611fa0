#include "kernels.h"

#include <algorithm>

#include "activations/activation.h"
#include "arguments.h"
#include "constraints.h"
#include "elements.h"
#include "environment.h"
#include "errors.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/update.h"
#include "regularizers.h"
#include "values.h"
#include "weights.h"

namespace gemsbok::binding {
namespace {

using core::Code;
using core::require;

const std::uint8_t* get_mask(const Napi::Object& call, std::size_t rows) {
  const Napi::Value value = get(call, "mask");
  if (value.IsNull()) return nullptr;
  require(value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array, Code::kInvalidArg,
          "the mask must be a Uint8Array");
  const auto mask = value.As<Napi::Uint8Array>();
  require(mask.ElementLength() == rows, Code::kShapeMismatch, "the mask must have an element a row");
  return mask.Data();
}

template <class T>
core::Weighting<T> get_weighting(const Napi::Object& call, std::size_t rows) {
  return {to_reduction(get_text(call, "reduction")), get_optional_floats(call, "weights", rows).as<T>(),
          get_mask(call, rows), to_number(get(call, "weightRepeat"), "weightRepeat")};
}

template <class T>
void fill_factors(const Napi::Object& call, std::size_t rows, void* factors) {
  // A loss that leaves out no rows itself, whatever the targets.
  static const core::Entry<core::LossRun> entry = {};
  const core::Bound<core::LossRun> loss = {&entry, {}};
  const core::Matrix<const T> targets = {nullptr, rows, 0};
  const auto weighting = get_weighting<T>(call, rows);
  core::loss_coefficients(loss, targets, weighting, core::count_rows(loss, targets, weighting),
                          static_cast<T*>(factors));
}

// What each value is multiplied by in a reduced loss.
Napi::Value reduction_factors(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    const std::size_t rows = get_size(call, "rows");
    const bool f64 = get_flag(call, "float64");
    void* factors = nullptr;
    const Napi::Value result = new_floats(info.Env(), f64, rows, &factors);
    if (f64) {
      fill_factors<double>(call, rows, factors);
    } else {
      fill_factors<float>(call, rows, factors);
    }
    return result;
  });
}

template <class T>
Napi::Value evaluate(Napi::Env env, const Napi::Object& call, const Rows& shape) {
  const auto loss = to_bound(core::losses(), get(call, "loss"));
  const std::size_t true_columns = get_size(call, "trueColumns");
  require(true_columns == loss->true_columns(shape.columns), Code::kShapeMismatch,
          "the targets do not have the columns that the loss takes");
  const auto weighting = get_weighting<T>(call, shape.rows);
  const core::Reduction reduction = weighting.reduction;
  const T* y_true = get_floats(call, "yTrue", product(shape.rows, true_columns)).as<T>();
  const T* y_pred = get_floats(call, "yPred", shape.size).as<T>();
  Napi::Object result = Napi::Object::New(env);
  result.Set("values", env.Null());
  result.Set("gradient", env.Null());
  const bool f64 = sizeof(T) == sizeof(double);
  void *values = nullptr, *grad = nullptr;
  if (reduction == core::Reduction::kNone) result.Set("values", new_floats(env, f64, shape.rows, &values));
  if (get_flag(call, "gradient")) {
    const Napi::Value out = get(call, "out");
    if (out.IsTypedArray()) grad = to_floats(out, "out", shape.size).as<T>();
    result.Set("gradient", grad == nullptr ? new_floats(env, f64, shape.size, &grad) : out);
  }
  const core::LossCall<T> work = {{y_true, shape.rows, true_columns},
                                  {y_pred, shape.rows, shape.columns},
                                  weighting,
                                  static_cast<T*>(values),
                                  static_cast<T*>(grad)};
  const double value = core::evaluate_loss(loss, work, Environment::of(env).borrow_for(shape.size));
  result.Set("value", reduction == core::Reduction::kNone ? NAN : static_cast<double>(static_cast<T>(value)));
  return result;
}

// The first element that may not be, or -1.
Napi::Value find_outside(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    require(info[0].IsTypedArray(), Code::kInvalidArg, "native code expected a TypedArray");
    const Napi::Object options = to_object(info[1], "allowed");
    const auto number = [&](const char* name) { return to_number(get(options, name), name); };
    const core::Allowed allowed = {number("low"), number("high"), get_flag(options, "whole"), number("except")};
    napi_typedarray_type type = napi_int8_array;
    std::size_t size = 0;
    void* data = nullptr;
    napi_get_typedarray_info(info.Env(), info[0], &type, &size, &data, nullptr, nullptr);
    const std::size_t found = visit_elements(type, data, [&](const auto* values) {
      return core::find_outside(values, size, allowed, Environment::of(info.Env()).borrow_for(size));
    });
    return Napi::Number::New(info.Env(), found == size ? -1 : static_cast<double>(found));
  });
}

Napi::Value loss_evaluate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    const Rows shape(call);
    return get_any_floats(call, "yPred").f64 ? evaluate<double>(info.Env(), call, shape)
                                             : evaluate<float>(info.Env(), call, shape);
  });
}

template <class T>
Napi::Value run_activation(Napi::Env env, const Napi::Object& call, bool backward) {
  const Rows shape(call);
  const auto activation = to_bound(core::activations(), get(call, "activation"));
  require(shape.columns % activation->narrowing == 0, Code::kShapeMismatch, "the rows cannot be halved");
  const std::size_t outputs = shape.size / activation->narrowing;
  const core::ParameterView parameters = activation.parameters;
  const auto& functions = activation->functions.of<T>();
  const core::Buffer<T> z(shape.size);
  std::copy_n(get_floats(call, "x", shape.size).as<T>(), shape.size, z.data());
  void* out = nullptr;
  const Napi::TypedArray result = new_floats(env, sizeof(T) == sizeof(double), backward ? shape.size : outputs, &out);
  if (!backward) {
    functions.forward(parameters, shape.rows, shape.columns, z.data(), static_cast<T*>(out));
    return result;
  }
  const T* upstream = get_floats(call, "upstream", outputs).as<T>();
  const core::Buffer<T> y(outputs);
  functions.forward(parameters, shape.rows, shape.columns, z.data(), y.data());
  functions.backward(parameters, shape.rows, shape.columns, z.data(), y.data(), upstream, static_cast<T*>(out));
  return result;
}

template <bool kBackward>
Napi::Value activation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    return get_any_floats(call, "x").f64 ? run_activation<double>(info.Env(), call, kBackward)
                                         : run_activation<float>(info.Env(), call, kBackward);
  });
}

Napi::Value metric_state_size(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const core::Metric metric = to_metric(info[0]);
    return Napi::Number::New(info.Env(), static_cast<double>(metric.state_size(to_size(info[1], "columns"))));
  });
}

template <class T>
void update_metric(const Napi::Object& call) {
  const Rows shape(call);
  const core::Metric metric = to_metric(get(call, "metric"));
  const std::size_t true_columns = get_size(call, "trueColumns");
  require(metric.takes(true_columns, shape.columns), Code::kShapeMismatch,
          "the targets do not have the columns that the metric takes");
  const std::size_t weight_columns = get_size(call, "weightColumns");
  require(weight_columns == 1 || weight_columns == shape.columns, Code::kShapeMismatch,
          "the weights must have one column, or one for each of the predictions");
  const Floats state = get_floats(call, "state", metric.state_size(shape.columns));
  const core::MetricTile<T> tile = {
      {get_floats(call, "yTrue", product(shape.rows, true_columns)).as<T>(), shape.rows, true_columns},
      {get_floats(call, "yPred", shape.size).as<T>(), shape.rows, shape.columns},
      {get_optional_floats(call, "weights", product(shape.rows, weight_columns)).as<T>(), shape.rows, weight_columns},
      std::max<std::size_t>(1, get_size(call, "rowsPerSample"))};
  metric.accumulate(tile, state.as<double>());
}

Napi::Value metric_update(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    if (get_any_floats(call, "yPred").f64) {
      update_metric<double>(call);
    } else {
      update_metric<float>(call);
    }
    return info.Env().Undefined();
  });
}

std::vector<core::UpdatedVariable> to_updated(const Napi::Array& variables) {
  std::vector<core::UpdatedVariable> updated;
  for (std::uint32_t v = 0; v < variables.Length(); ++v) {
    const Napi::Object variable = to_object(variables.Get(v), "variables");
    const Napi::Array shape = to_array(get(variable, "shape"), "shape");
    updated.push_back({{}, get_flag(variable, "flat"), to_number(get(variable, "weightDecay"), "weightDecay")});
    for (std::uint32_t i = 0; i < shape.Length(); ++i) updated[v].shape.push_back(to_size(shape.Get(i), "shape"));
  }
  return updated;
}

Napi::Value optimizer_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto updated = to_updated(to_array(info[1], "variables"));
    return from_state(info.Env(), core::state_of(to_optimizer(info[0]), updated));
  });
}

template <class T>
void apply_optimizer(Napi::Env env, const Napi::Object& call) {
  const core::Optimizer optimizer = to_optimizer(get(call, "optimizer"));
  const Napi::Array variables = to_array(get(call, "variables"), "variables");
  const Napi::Array state = to_array(get(call, "state"), "state");
  const auto updated = to_updated(variables);
  core::UpdateMemory<T> memory;
  // Copies, as an update changes them.
  std::vector<core::Buffer<T>> gradients;
  std::size_t elements = 0;
  for (std::uint32_t v = 0; v < variables.Length(); ++v) {
    std::size_t size = 1;
    for (const std::size_t length : updated[v].shape) size = product(size, length);
    const Napi::Object variable = variables.Get(v).As<Napi::Object>();
    memory.values.push_back(get_floats(variable, "value", size).as<T>());
    const T* gradient = get_optional_floats(variable, "gradient", size).as<T>();
    const bool given = !get(variable, "gradient").IsNull();
    gradients.emplace_back(given ? size : 0);
    if (given) std::copy_n(gradient, size, gradients.back().data());
    memory.gradients.push_back(given ? gradients.back().data() : nullptr);
    elements += size;
  }
  const auto entries = core::state_of(optimizer, updated);
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    memory.state.push_back(to_floats(state.Get(i), "state", entries[i].size()).as<T>());
  }
  core::Update<T>(optimizer, updated, memory)
      .run(to_number(get(call, "learningRate"), "learningRate"), get_size(call, "calls"),
           Environment::of(env).borrow_for(elements));
}

Napi::Value optimizer_apply(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    if (get_flag(call, "float64")) {
      apply_optimizer<double>(info.Env(), call);
    } else {
      apply_optimizer<float>(info.Env(), call);
    }
    return info.Env().Undefined();
  });
}

template <class Run>
Napi::Object names_of(Napi::Env env, const core::Registry<Run>& registry) {
  Napi::Object names = Napi::Object::New(env);
  for (const auto& entry : registry) {
    Napi::Array parameters = Napi::Array::New(env);
    for (const char* parameter : entry.parameters) parameters.Set(parameters.Length(), parameter);
    names.Set(entry.name, parameters);
  }
  return names;
}

// Made when it is first read: a table of kernels is that of the instruction set in use, which is decided after the
// addon has loaded.
Napi::Value registries(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object registries = Napi::Object::New(env);
  registries.Set("losses", names_of(env, core::losses()));
  registries.Set("activations", names_of(env, core::activations()));
  registries.Set("optimizers", names_of(env, core::optimizers()));
  registries.Set("metrics", names_of(env, core::metrics()));
  registries.Set("initializers", names_of(env, core::initializers()));
  registries.Set("regularizers", names_of(env, core::regularizers()));
  registries.Set("constraints", names_of(env, core::constraints()));
  registries.Set("layers", names_of(env, core::layers()));
  info.This().As<Napi::Object>().DefineProperty(
      Napi::PropertyDescriptor::Value("registries", registries, napi_enumerable));
  return registries;
}

}  // namespace

void export_kernels(Napi::Env env, Napi::Object exports) {
  exports.DefineProperty(Napi::PropertyDescriptor::Accessor<registries>(
      "registries", static_cast<napi_property_attributes>(napi_enumerable | napi_configurable)));
  exports.Set("findOutside", Napi::Function::New<find_outside>(env));
  exports.Set("lossEvaluate", Napi::Function::New<loss_evaluate>(env));
  exports.Set("activationForward", Napi::Function::New<activation<false>>(env));
  exports.Set("activationBackward", Napi::Function::New<activation<true>>(env));
  exports.Set("metricStateSize", Napi::Function::New<metric_state_size>(env));
  exports.Set("metricUpdate", Napi::Function::New<metric_update>(env));
  exports.Set("reductionFactors", Napi::Function::New<reduction_factors>(env));
  exports.Set("optimizerSlots", Napi::Function::New<optimizer_state>(env));
  exports.Set("optimizerApply", Napi::Function::New<optimizer_apply>(env));
  export_weight_kernels(env, exports);
}

}  // namespace gemsbok::binding
