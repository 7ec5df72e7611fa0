#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "model_spec.h"
#include "objective.h"
#include "objects.h"
#include "segment_locks.h"
#include "shared_models.h"

namespace gemsbok::binding {
namespace {

using core::Code;
using core::require;

const core::Dataset& to_data(Napi::Env env, const Napi::Value& value) {
  return unwrap<DataObject>(value, Environment::of(env).data_class).data();
}

Napi::Object cancellation(Napi::Env env, bool cancelled) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("cancelled", cancelled);
  return result;
}

// Samples are those of a data set as they stand, or arrays.
core::Prediction to_prediction(const Napi::CallbackInfo& info, const core::Model& model, Ownership ownership) {
  core::Prediction prediction;
  prediction.rows = to_size(info[1], "rows");
  const auto& data_class = Environment::of(info.Env()).data_class;
  if (!info[0].IsArray() && is_a(info[0], data_class)) {
    const core::Dataset& data = unwrap<DataObject>(info[0], data_class).data();
    require(data.rows == prediction.rows, Code::kShapeMismatch, "native code expected all rows of the data set");
    prediction.inputs = data.inputs;
    prediction.storage = data.storage;
    prediction.origin = data.origin;
  } else {
    const Napi::Array inputs = to_array(info[0], "inputs");
    for (std::uint32_t i = 0; i < inputs.Length(); ++i) {
      OwnedColumn owned = to_column(to_object(inputs.Get(i), "inputs"), prediction.rows, ownership);
      prediction.inputs.push_back(owned.column);
      prediction.storage.push_back(std::move(owned.storage));
    }
    prediction.origin = to_origin(info[4]);
  }
  const Napi::Array outputs = to_array(info[2], "outputs");
  require(outputs.Length() == model.graph().outputs().size(), Code::kShapeMismatch,
          "there is an array for each output");
  for (std::uint32_t o = 0; o < outputs.Length(); ++o) {
    prediction.outputs.push_back(
        to_floats(outputs.Get(o), "outputs", product(prediction.rows, model.output_size(o))).as<float>());
  }
  return prediction;
}

}  // namespace

Napi::Object logs_of(Napi::Env env, const core::Sums& sums) {
  Napi::Object logs = Napi::Object::New(env);
  logs.Set("loss", sums.mean_loss());
  Napi::Array losses = Napi::Array::New(env, sums.output_losses.size());
  for (std::size_t o = 0; o < sums.output_losses.size(); ++o) {
    losses.Set(static_cast<std::uint32_t>(o), sums.mean_loss(o));
  }
  logs.Set("losses", losses);
  Napi::Array states = Napi::Array::New(env, sums.states.size());
  for (std::size_t s = 0; s < sums.states.size(); ++s) {
    const auto& state = sums.states[s];
    Napi::Float64Array copy = Napi::Float64Array::New(env, state.size());
    std::copy(state.begin(), state.end(), copy.Data());
    states.Set(static_cast<std::uint32_t>(s), copy);
  }
  logs.Set("states", states);
  return logs;
}

Napi::Function ModelObject::define(Napi::Env env) {
  return DefineClass(
      env, "Model",
      {InstanceAccessor<&ModelObject::variables>("variables"),
       InstanceAccessor<&ModelObject::iterations, &ModelObject::set_iterations>("iterations"),
       InstanceAccessor<&ModelObject::state>("slots"), InstanceAccessor<&ModelObject::index_layers>("indexLayers"),
       InstanceMethod<&ModelObject::read_state>("readSlot"), InstanceMethod<&ModelObject::write_state>("writeSlot"),
       InstanceMethod<&ModelObject::atomically>("atomically"),
       InstanceMethod<&ModelObject::finalize_values>("finalize"), InstanceMethod<&ModelObject::compile>("compile"),
       InstanceMethod<&ModelObject::check_indices>("checkIndices"),
       InstanceMethod<&ModelObject::gradients>("gradients"), InstanceMethod<&ModelObject::evaluate>("evaluate"),
       InstanceMethod<&ModelObject::predict>("predict"), InstanceMethod<&ModelObject::predict_sync>("predictSync"),
       InstanceMethod<&ModelObject::predict_now>("predictNow"), InstanceMethod<&ModelObject::share>("share")});
}

ModelObject::ModelObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    model_ = make_model(info.Env(), to_object(info[0], "options"));
    predictor_ = std::make_shared<core::Predictor>(model_);
    memory_.set(info.Env(), model_->bytes());
  });
}

Napi::Value ModelObject::variables(const Napi::CallbackInfo& info) {
  Napi::Array variables = Napi::Array::New(info.Env());
  for (const auto& variable : model_->variables()) {
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("layer", static_cast<double>(variable.layer));
    entry.Set("name", variable.name);
    entry.Set("shape", from_sizes(info.Env(), variable.shape));
    entry.Set("offset", static_cast<double>(variable.offset));
    entry.Set("size", static_cast<double>(variable.size));
    variables.Set(variables.Length(), entry);
  }
  return variables;
}

Napi::Value ModelObject::iterations(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(model_->iterations()));
}

void ModelObject::set_iterations(const Napi::CallbackInfo& info, const Napi::Value& value) {
  guarded(info.Env(), [&] { model_->set_iterations(to_size(value, "iterations")); });
}

Napi::Value ModelObject::state(const Napi::CallbackInfo& info) { return from_state(info.Env(), model_->state()); }

Napi::Value ModelObject::read_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t index = to_size(info[0], "index");
    const float* from = model_->state_values(index);
    Napi::Float32Array values = Napi::Float32Array::New(info.Env(), model_->state()[index].size());
    const HeldOr<core::ReadLock> lock(info.Env(), model_->segments());
    std::copy_n(from, values.ElementLength(), values.Data());
    return values;
  });
}

Napi::Value ModelObject::write_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t index = to_size(info[0], "index");
    float* to = model_->state_values(index);
    const Floats values = to_floats(info[1], "values", model_->state()[index].size());
    const HeldOr<core::WriteLock> lock(info.Env(), model_->segments());
    std::copy_n(values.as<float>(), values.size, to);
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::atomically(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return call_holding(info.Env(), model_->segments(), info[0]); });
}

Napi::Value ModelObject::finalize_values(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const HeldOr<core::WriteLock> lock(info.Env(), model_->segments());
    model_->finalize();
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::compile(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    core::Objective objective = to_objective(to_object(info[0], "spec"), *model_);
    const HeldOr<core::WriteLock> lock(info.Env(), model_->segments());
    model_->compile(std::move(objective));
    memory_.set(info.Env(), model_->bytes());
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::index_layers(const Napi::CallbackInfo& info) {
  Napi::Array result = Napi::Array::New(info.Env());
  for (const auto layer : core::index_layers(model_->graph())) {
    result.Set(result.Length(), layer.has_value() ? static_cast<double>(*layer) : -1.0);
  }
  return result;
}

Napi::Value ModelObject::check_indices(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const core::Dataset& data = to_data(info.Env(), info[0]);
    core::check_inputs(*model_, data.inputs);
    const auto check = std::make_shared<core::IndexCheck>(model_, data);
    return Environment::of(info.Env())
        .start(
            info.Env(), Job::Lane::kInference, [check](const core::Turn& turn) { return check->work(turn); },
            [check](Napi::Env env) { return cancellation(env, check->is_cancelled()); });
  });
}

Napi::Value ModelObject::gradients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const core::Dataset& data = to_data(info.Env(), info[0]);
    Napi::Float32Array gradient = Napi::Float32Array::New(info.Env(), model_->arena_size());
    const double loss = core::batch_gradients(*model_, data, to_size(info[1], "seed"), gradient.Data(),
                                              Environment::of(info.Env()).borrow());
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("loss", loss);
    result.Set("gradient", gradient);
    return result;
  });
}

Napi::Value ModelObject::evaluate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto evaluation = std::make_shared<core::Evaluation>(
        *model_, to_data(info.Env(), info[0]), to_size(info[1], "batchSize"), to_version(info.Env(), info[2], *model_));
    const auto turns = [model = model_, evaluation](const core::Turn& turn) { return evaluation->work(turn); };
    const auto result = [evaluation](Napi::Env env) {
      Napi::Object logs = logs_of(env, evaluation->sums());
      logs.Set("cancelled", evaluation->is_cancelled());
      return logs;
    };
    return Environment::of(info.Env()).start(info.Env(), Job::Lane::kInference, turns, result);
  });
}

Napi::Value ModelObject::predict(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto job = std::make_shared<Job>(info.Env(), Job::Lane::kInference);
    const auto prediction = std::make_shared<core::Prediction>(to_prediction(info, *model_, Ownership::kCopy));
    prediction->reading = core::Reading(to_version(info.Env(), info[3], *model_));
    job->turns = [predictor = predictor_, prediction](const core::Turn& turn) {
      return predictor->work(*prediction, turn);
    };
    job->kept.push_back(Napi::Persistent(info[2].As<Napi::Object>()));
    job->result = [prediction](Napi::Env env) { return cancellation(env, prediction->cancelled); };
    return Environment::of(info.Env()).start(info.Env(), job);
  });
}

Napi::Value ModelObject::predict_sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    require(Environment::of(info.Env()).held.empty(), Code::kModelBusy,
            "Expected no prediction while weights are read or written, received one. Predict before or after that.");
    core::Prediction prediction = to_prediction(info, *model_, Ownership::kBorrow);
    predictor_->work(prediction, core::Turn());
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::predict_now(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    core::Prediction prediction = to_prediction(info, *model_, Ownership::kBorrow);
    return Napi::Boolean::New(info.Env(), predictor_->try_now(prediction));
  });
}

Napi::Value ModelObject::share(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::String::New(info.Env(), core::share(model_)); });
}

}  // namespace gemsbok::binding
