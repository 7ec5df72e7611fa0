#include <shared_mutex>

#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "objects.h"

namespace gemsbok::binding {
namespace {

using core::Code;
using core::require;

class LayerOptions final : public core::LayerParameters {
 public:
  explicit LayerOptions(Napi::Object options) : options_(options) {}
  std::size_t size(const char* name) const override { return get_size(options_, name); }
  bool flag(const char* name) const override { return get_flag(options_, name); }

 private:
  Napi::Object options_;
};

std::shared_ptr<core::Model> make_model(const Napi::Object& options) {
  std::vector<std::unique_ptr<core::Layer>> layers;
  const Napi::Array specs = to_array(get(options, "layers"), "layers");
  for (std::uint32_t i = 0; i < specs.Length(); ++i) {
    const Napi::Object spec = to_object(specs.Get(i), "layers");
    const auto& entry = core::layers().get(get_text(spec, "type"));
    layers.push_back(entry.run.make(LayerOptions(to_object(get(spec, "parameters"), "parameters")),
                                    to_bound(core::activations(), get(spec, "activation"))));
  }
  return std::make_shared<core::Model>(get_size(options, "inputSize"), std::move(layers));
}

core::Reduction to_scalar_reduction(const std::string& name) {
  if (name == "sum_over_batch_size") return core::Reduction::kSumOverBatchSize;
  if (name == "sum") return core::Reduction::kSum;
  require(name == "mean_with_sample_weight", Code::kInvalidArg, "training needs a reduction to one number");
  return core::Reduction::kMeanWithSampleWeight;
}

std::vector<core::UpdatedVariable> to_updated(const Napi::Array& options, const core::Model& model) {
  require(options.Length() == model.variables().size(), Code::kInvalidArg, "an optimizer knows all variables");
  std::vector<core::UpdatedVariable> updated;
  for (std::uint32_t v = 0; v < options.Length(); ++v) {
    const Napi::Object variable = to_object(options.Get(v), "variables");
    updated.push_back({model.variables()[v].shape, get_flag(variable, "flat"),
                       to_number(get(variable, "weightDecay"), "weightDecay")});
  }
  return updated;
}

core::Objective to_objective(const Napi::Object& spec, const core::Model& model) {
  core::Objective objective;
  if (!get(spec, "loss").IsNull()) objective.loss = to_bound(core::losses(), get(spec, "loss"));
  objective.reduction = to_scalar_reduction(get_text(spec, "reduction"));
  objective.on_logits = get_flag(spec, "onLogits");
  objective.one_value = get_flag(spec, "oneValue");
  objective.true_columns = get_size(spec, "trueColumns");
  objective.loss_weight = to_number(get(spec, "lossWeight"), "lossWeight");
  objective.optimizer = to_optimizer(get(spec, "optimizer"));
  objective.updated = to_updated(to_array(get(spec, "variables"), "variables"), model);
  const Napi::Array metrics = to_array(get(spec, "metrics"), "metrics");
  for (std::uint32_t i = 0; i < metrics.Length(); ++i) {
    const Napi::Object metric = to_object(metrics.Get(i), "metrics");
    objective.metrics.push_back({to_metric(get(metric, "metric")), get_flag(metric, "weighted")});
  }
  return objective;
}

const core::Dataset& to_data(Napi::Env env, const Napi::Value& value) {
  return unwrap<DataObject>(value, Environment::of(env).data_class).data();
}

struct Samples {
  core::Column column;
  std::vector<std::shared_ptr<const void>> storage;
};

// Those of a data set as they stand, or an array.
Samples samples_of(Napi::Env env, const Napi::Value& value, std::size_t rows, Ownership ownership) {
  const auto& data_class = Environment::of(env).data_class;
  if (!is_a(value, data_class)) {
    OwnedColumn owned = to_column(to_object(value, "x"), rows, ownership);
    return {owned.column, {std::move(owned.storage)}};
  }
  const core::Dataset& data = unwrap<DataObject>(value, data_class).data();
  core::require(data.rows == rows, Code::kShapeMismatch, "native code expected all rows of the data set");
  return {data.inputs.at(0), data.storage};
}

}  // namespace

Napi::Object logs_of(Napi::Env env, const core::Sums& sums) {
  Napi::Object logs = Napi::Object::New(env);
  logs.Set("loss", sums.mean_loss());
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
       InstanceAccessor<&ModelObject::state>("state"), InstanceMethod<&ModelObject::read>("read"),
       InstanceMethod<&ModelObject::write>("write"), InstanceMethod<&ModelObject::read_state>("readState"),
       InstanceMethod<&ModelObject::write_state>("writeState"),
       InstanceMethod<&ModelObject::finalize_values>("finalize"), InstanceMethod<&ModelObject::compile>("compile"),
       InstanceMethod<&ModelObject::gradients>("gradients"), InstanceMethod<&ModelObject::evaluate>("evaluate"),
       InstanceMethod<&ModelObject::predict>("predict"), InstanceMethod<&ModelObject::predict_sync>("predictSync")});
}

ModelObject::ModelObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    model_ = make_model(to_object(info[0], "options"));
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

Napi::Value ModelObject::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t offset = to_size(info[0], "offset"), size = to_size(info[1], "size");
    require(offset <= model_->arena_size() && size <= model_->arena_size() - offset, Code::kOutOfRange,
            "a variable lies outside the arena");
    Napi::Float32Array values = Napi::Float32Array::New(info.Env(), size);
    const std::shared_lock lock(model_->mutex());
    std::copy_n(model_->parameters() + offset, size, values.Data());
    return values;
  });
}

Napi::Value ModelObject::write(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t offset = to_size(info[0], "offset");
    const Floats values = to_any_floats(info[1], "values");
    require(offset <= model_->arena_size() && values.size <= model_->arena_size() - offset, Code::kOutOfRange,
            "a variable lies outside the arena");
    const std::lock_guard lock(model_->mutex());
    std::copy_n(values.as<float>(), values.size, model_->parameters() + offset);
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::read_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t index = to_size(info[0], "index");
    const float* from = model_->state_values(index);
    Napi::Float32Array values = Napi::Float32Array::New(info.Env(), model_->state()[index].size());
    const std::shared_lock lock(model_->mutex());
    std::copy_n(from, values.ElementLength(), values.Data());
    return values;
  });
}

Napi::Value ModelObject::write_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t index = to_size(info[0], "index");
    float* to = model_->state_values(index);
    const Floats values = to_floats(info[1], "values", model_->state()[index].size());
    const std::lock_guard lock(model_->mutex());
    std::copy_n(values.as<float>(), values.size, to);
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::finalize_values(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::lock_guard lock(model_->mutex());
    model_->finalize();
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::compile(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    core::Objective objective = to_objective(to_object(info[0], "spec"), *model_);
    const std::lock_guard lock(model_->mutex());
    model_->compile(std::move(objective));
    memory_.set(info.Env(), model_->bytes());
    return info.Env().Undefined();
  });
}

Napi::Value ModelObject::gradients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const core::Dataset& data = to_data(info.Env(), info[0]);
    Napi::Float32Array gradient = Napi::Float32Array::New(info.Env(), model_->arena_size());
    const double loss = core::batch_gradients(*model_, data, gradient.Data(),
                                              Environment::of(info.Env()).teams().borrow(thread_count()));
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("loss", loss);
    result.Set("gradient", gradient);
    return result;
  });
}

Napi::Value ModelObject::evaluate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto& environment = Environment::of(info.Env());
    const auto job = std::make_shared<Job>(info.Env());
    const auto found = std::make_shared<core::Evaluation>();
    job->work = [model = model_, data = to_data(info.Env(), info[0]), batch_size = to_size(info[1], "batchSize"), found,
                 &environment](const std::atomic<bool>& cancelled) {
      *found = core::evaluate(*model, data, batch_size, environment.teams().borrow(thread_count()), cancelled);
    };
    job->result = [found](Napi::Env env) {
      Napi::Object logs = logs_of(env, found->sums);
      logs.Set("cancelled", found->cancelled);
      return logs;
    };
    return environment.start(info.Env(), Environment::Lane::kInference, job);
  });
}

Napi::Value ModelObject::predict(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto& environment = Environment::of(info.Env());
    const std::size_t rows = to_size(info[1], "rows");
    const auto [x, kept] = samples_of(info.Env(), info[0], rows, Ownership::kCopy);
    float* out = to_floats(info[2], "out", product(rows, model_->output_size())).as<float>();
    const auto job = std::make_shared<Job>(info.Env());
    job->kept.push_back(Napi::Persistent(info[2].As<Napi::Object>()));
    const auto finished = std::make_shared<bool>(false);
    job->work = [model = model_, x = x, kept = kept, rows, out, finished,
                 &environment](const std::atomic<bool>& cancelled) {
      *finished = core::predict(*model, x, rows, out, environment.teams().borrow(thread_count()), cancelled);
    };
    job->result = [finished](Napi::Env env) {
      Napi::Object result = Napi::Object::New(env);
      result.Set("cancelled", !*finished);
      return result;
    };
    return environment.start(info.Env(), Environment::Lane::kInference, job);
  });
}

Napi::Value ModelObject::predict_sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t rows = to_size(info[1], "rows");
    const Samples samples = samples_of(info.Env(), info[0], rows, Ownership::kBorrow);
    float* out = to_floats(info[2], "out", product(rows, model_->output_size())).as<float>();
    core::predict(*model_, samples.column, rows, out, {}, false);
    return info.Env().Undefined();
  });
}

}  // namespace gemsbok::binding
