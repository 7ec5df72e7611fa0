#include "weights.h"

#include <algorithm>

#include "arguments.h"
#include "buffer.h"
#include "constraints.h"
#include "errors.h"
#include "initializers/initializer.h"
#include "regularizers.h"

namespace gemsbok::binding {
namespace {

Napi::Value initialize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    const Rows shape(call);
    const auto initializer = to_bound(core::initializers(), get(call, "initializer"));
    float* out = get_floats(call, "out", shape.size).as<float>();
    initializer->fill(initializer.parameters, get_size(call, "seed"), {out, shape.rows, shape.columns});
    return info.Env().Undefined();
  });
}

template <class T>
Napi::Value run_regularizer(Napi::Env env, const Napi::Object& call) {
  const Rows shape(call);
  const auto regularizer = to_bound(core::regularizers(), get(call, "regularizer"));
  const T* x = get_floats(call, "x", shape.size).as<T>();
  const core::Buffer<double> scratch(regularizer->scratch(shape.rows, shape.columns));
  Napi::Object result = Napi::Object::New(env);
  void* grad = nullptr;
  result.Set("gradient",
             get_flag(call, "gradient") ? new_floats(env, sizeof(T) == sizeof(double), shape.size, &grad) : env.Null());
  const core::RegularizerCall<T> work = {{x, shape.rows, shape.columns}, 1, static_cast<T*>(grad), scratch.data()};
  result.Set("value", static_cast<double>(static_cast<T>(regularizer->run.of<T>()(regularizer.parameters, work))));
  return result;
}

Napi::Value regularize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    return get_any_floats(call, "x").f64 ? run_regularizer<double>(info.Env(), call)
                                         : run_regularizer<float>(info.Env(), call);
  });
}

Napi::Value constrain(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object call = to_object(info[0], "call");
    const Rows shape(call);
    const auto constraint = to_bound(core::constraints(), get(call, "constraint"));
    const Floats w = get_floats(call, "w", shape.size);
    if (w.f64) {
      constraint->run.f64(constraint.parameters, {w.as<double>(), shape.rows, shape.columns});
    } else {
      constraint->run.f32(constraint.parameters, {w.as<float>(), shape.rows, shape.columns});
    }
    return info.Env().Undefined();
  });
}

}  // namespace

void export_weight_kernels(Napi::Env env, Napi::Object exports) {
  exports.Set("initialize", Napi::Function::New<initialize>(env));
  exports.Set("regularize", Napi::Function::New<regularize>(env));
  exports.Set("constrain", Napi::Function::New<constrain>(env));
}

}  // namespace gemsbok::binding
