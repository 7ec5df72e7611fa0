#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "objects.h"

namespace gemsbok::binding {
namespace {

Napi::Array arrays_of(Napi::Env env, const std::vector<std::vector<float>>& arrays) {
  Napi::Array list = Napi::Array::New(env);
  for (const auto& values : arrays) list.Set(list.Length(), array_of(env, values));
  return list;
}

}  // namespace

Napi::Value array_of(Napi::Env env, const std::vector<float>& values) {
  Napi::Float32Array array = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

Napi::Value custom_of(Napi::Env env, const std::optional<core::CustomNode>& custom) {
  if (!custom.has_value()) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("node", static_cast<double>(custom->node));
  result.Set("samples", static_cast<double>(custom->samples));
  result.Set("x", arrays_of(env, custom->x));
  result.Set("weights", arrays_of(env, custom->variables));
  result.Set("gradient", custom->grad.has_value() ? array_of(env, *custom->grad) : env.Null());
  return result;
}

Napi::Function PredictionObject::define(Napi::Env env) {
  return DefineClass(env, "Prediction",
                     {InstanceMethod<&PredictionObject::advance>("advance"),
                      InstanceMethod<&PredictionObject::advance_sync>("advanceSync"),
                      InstanceMethod<&PredictionObject::output>("output")});
}

PredictionObject::PredictionObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    const auto& environment = Environment::of(info.Env());
    const auto& model = unwrap<ModelObject>(info[0], environment.model_class).model();
    const auto& data = unwrap<DataObject>(info[1], environment.data_class).data();
    prediction_ = std::make_shared<core::StepwisePrediction>(model, data, to_version(info.Env(), info[2], *model));
  });
}

Napi::Value PredictionObject::advance(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    struct State {
      bool cancelled = false;
      std::optional<core::CustomNode> custom;
    };
    const auto state = std::make_shared<State>();
    const auto turns = [prediction = prediction_, output = to_output(info[0]), state](const core::Turn& turn) {
      state->cancelled = turn.is_cancelled();
      if (!state->cancelled) state->custom = prediction->advance(output.has_value() ? &*output : nullptr, turn.team());
      return true;
    };
    const auto result = [state](Napi::Env env) {
      Napi::Object result = Napi::Object::New(env);
      result.Set("cancelled", state->cancelled);
      result.Set("custom", custom_of(env, state->custom));
      return result;
    };
    return Environment::of(info.Env()).start(info.Env(), Job::Lane::kInference, turns, result);
  });
}

Napi::Value PredictionObject::advance_sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto output = to_output(info[0]);
    const auto custom =
        prediction_->advance(output.has_value() ? &*output : nullptr, Environment::of(info.Env()).borrow());
    return custom_of(info.Env(), custom);
  });
}

Napi::Value PredictionObject::output(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return array_of(info.Env(), prediction_->output(to_size(info[0], "output"))); });
}

}  // namespace gemsbok::binding
