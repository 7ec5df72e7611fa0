#include <napi.h>

#include "arguments.h"
#include "blas.h"
#include "buffer.h"
#include "communicator.h"
#include "environment.h"
#include "errors.h"
#include "kernels.h"
#include "objects.h"
#include "processes_object.h"
#include "simd.h"

namespace gemsbok::binding {
namespace {

Napi::Value info(const Napi::CallbackInfo& call) {
  Napi::Object result = Napi::Object::New(call.Env());
  result.Set("blas", core::blas::version());
  result.Set("core", core::blas::core_name());
  result.Set("simd", core::simd_name());
  const auto& names = core::simd_names();
  Napi::Array simds = Napi::Array::New(call.Env(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) simds.Set(static_cast<std::uint32_t>(i), names[i]);
  result.Set("simds", simds);
  result.Set("memory", static_cast<double>(core::buffer_bytes.load()));
  return result;
}

Napi::Value use_simd(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&] { return Napi::String::New(call.Env(), core::use_simd(call[0].ToString())); });
}

Napi::Value set_threads(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&] {
    set_thread_count(std::max<std::size_t>(1, to_size(call[0], "threads")));
    return call.Env().Undefined();
  });
}

Napi::Value get_threads(const Napi::CallbackInfo& call) {
  return Napi::Number::New(call.Env(), static_cast<double>(thread_count()));
}

void end_jobs(const Napi::CallbackInfo& call) { Environment::of(call.Env()).end_jobs(); }

void resume(const Napi::CallbackInfo& call) { Environment::of(call.Env()).resume(); }

Napi::Value set_error_class(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&] {
    core::require(call[0].IsFunction(), core::Code::kInvalidArg, "an error class is a function");
    Environment::of(call.Env()).error_class = Napi::Persistent(call[0].As<Napi::Function>());
    return call.Env().Undefined();
  });
}

Napi::Function kept(Napi::FunctionReference& reference, Napi::Function type) {
  reference = Napi::Persistent(type);
  return type;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  core::blas::use_one_thread();
  auto* environment = new Environment(env);
  env.SetInstanceData<Environment>(environment);
  exports.Set("info", Napi::Function::New<info>(env));
  exports.Set("useSimd", Napi::Function::New<use_simd>(env));
  exports.Set("setThreads", Napi::Function::New<set_threads>(env));
  exports.Set("getThreads", Napi::Function::New<get_threads>(env));
  exports.Set("endJobs", Napi::Function::New<end_jobs>(env));
  exports.Set("resume", Napi::Function::New<resume>(env));
  exports.Set("setErrorClass", Napi::Function::New<set_error_class>(env));
  export_kernels(env, exports);
  exports.Set("Data", kept(environment->data_class, DataObject::define(env)));
  exports.Set("WeightSegment", kept(environment->segment_class, SegmentObject::define(env)));
  exports.Set("atomically", Napi::Function::New<atomically>(env));
  exports.Set("sharedPlaces", Napi::Function::New<shared_places>(env));
  exports.Set("Model", kept(environment->model_class, ModelObject::define(env)));
  exports.Set("Version", kept(environment->version_class, VersionObject::define(env)));
  exports.Set("Processes", kept(environment->processes_class, ProcessesObject::define(env)));
  exports.Set("failedElsewhere", core::kFailedElsewhere);
  exports.Set("Run", RunObject::define(env));
  exports.Set("Prediction", PredictionObject::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(gemsbok, initialize)

}  // namespace gemsbok::binding
