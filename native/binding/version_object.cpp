#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "objects.h"
#include "segment_locks.h"

namespace gemsbok::binding {

Napi::Function VersionObject::define(Napi::Env env) {
  return DefineClass(env, "Version", {InstanceMethod<&VersionObject::release>("release")});
}

VersionObject::VersionObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    const auto& object = unwrap<ModelObject>(info[0], Environment::of(info.Env()).model_class);
    std::vector<core::Model::Replacement> replaced;
    const Napi::Array given = to_array(info[1], "replaced");
    for (std::uint32_t i = 0; i < given.Length(); ++i) {
      const Napi::Object one = to_object(given.Get(i), "replaced");
      const Floats values = get_any_floats(one, "values");
      core::require(!values.f64, core::Code::kInvalidArg, "the values of a variable are floats");
      replaced.push_back({get_size(one, "variable"), values.as<float>(), values.size});
    }
    model_ = object.model();
    const HeldOr<core::ReadLock> lock(info.Env(), model_->segments());
    version_ = replaced.empty() ? model_->pin() : model_->version_with(replaced);
  });
}

// Without it a copy of a model would wait for the garbage collector.
Napi::Value VersionObject::release(const Napi::CallbackInfo& info) {
  version_.reset();
  return info.Env().Undefined();
}

std::shared_ptr<const core::Version> to_version(Napi::Env env, const Napi::Value& value, const core::Model& model) {
  if (value.IsUndefined() || value.IsNull()) return nullptr;
  const VersionObject& object = unwrap<VersionObject>(value, Environment::of(env).version_class);
  core::require(object.version() != nullptr && object.model().get() == &model, core::Code::kInvalidArg,
                "native code expected a version of this model");
  return object.version();
}

}  // namespace gemsbok::binding
