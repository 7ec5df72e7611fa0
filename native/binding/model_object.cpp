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
  double number(const char* name) const override { return to_number(get(options_, name), name); }
  bool flag(const char* name) const override { return get_flag(options_, name); }
  std::vector<double> list(const char* name) const override { return to_numbers(get(options_, name), name); }
  core::Bound<core::ActivationRun> activation(const char* name) const override {
    return to_bound(core::activations(), get(options_, name));
  }

 private:
  Napi::Object options_;
};

std::vector<std::size_t> to_sizes(const Napi::Value& value, const char* name) {
  const Napi::Array list = to_array(value, name);
  std::vector<std::size_t> sizes;
  for (std::uint32_t i = 0; i < list.Length(); ++i) sizes.push_back(to_size(list.Get(i), name));
  return sizes;
}

std::shared_ptr<core::Model> make_model(const Napi::Object& options) {
  std::vector<std::unique_ptr<core::Layer>> layers;
  const Napi::Array specs = to_array(get(options, "layers"), "layers");
  for (std::uint32_t i = 0; i < specs.Length(); ++i) {
    const Napi::Object spec = to_object(specs.Get(i), "layers");
    const auto& entry = core::layers().get(get_text(spec, "type"));
    layers.push_back(entry.run.make(LayerOptions(to_object(get(spec, "parameters"), "parameters"))));
  }
  std::vector<core::Node> nodes;
  const Napi::Array uses = to_array(get(options, "nodes"), "nodes");
  for (std::uint32_t i = 0; i < uses.Length(); ++i) {
    const Napi::Object node = to_object(uses.Get(i), "nodes");
    nodes.push_back({get_size(node, "layer"), to_sizes(get(node, "inputs"), "inputs")});
  }
  return std::make_shared<core::Model>(core::Graph(to_sizes(get(options, "inputSizes"), "inputSizes"),
                                                   std::move(layers), std::move(nodes),
                                                   to_sizes(get(options, "outputs"), "outputs")));
}

core::Reduction to_scalar_reduction(const std::string& name) {
  if (name == "sum_over_batch_size") return core::Reduction::kSumOverBatchSize;
  if (name == "sum") return core::Reduction::kSum;
  require(name == "mean_with_sample_weight", Code::kInvalidArg, "training needs a reduction to one number");
  return core::Reduction::kMeanWithSampleWeight;
}

core::OutputObjective to_output(const Napi::Object& spec) {
  core::OutputObjective output;
  output.trained = get_flag(spec, "trained");
  output.columns = get_size(spec, "columns");
  output.true_columns = get_size(spec, "trueColumns");
  output.reduction = to_scalar_reduction(get_text(spec, "reduction"));
  output.loss_weight = to_number(get(spec, "lossWeight"), "lossWeight");
  output.on_logits = get_flag(spec, "onLogits");
  output.one_value = get_flag(spec, "oneValue");
  if (!get(spec, "mask").IsNull()) output.mask = get_size(spec, "mask");
  if (!get(spec, "loss").IsNull()) output.loss = to_bound(core::losses(), get(spec, "loss"));
  const Napi::Array metrics = to_array(get(spec, "metrics"), "metrics");
  for (std::uint32_t i = 0; i < metrics.Length(); ++i) {
    const Napi::Object metric = to_object(metrics.Get(i), "metrics");
    output.metrics.push_back(
        {to_metric(get(metric, "metric")), get_flag(metric, "weighted"), get_flag(metric, "masked")});
  }
  return output;
}

// A regularizer or constraint of the variable, and the matrix that it takes it for.
template <class Run>
void add_rule(std::vector<core::VariableRule<Run>>& rules, const core::Registry<Run>& registry,
              const Napi::Value& value, std::size_t variable) {
  if (value.IsNull()) return;
  const Napi::Object rule = to_object(value, "rule");
  rules.push_back({to_bound(registry, get(rule, "rule")), variable, get_size(rule, "rows"), get_size(rule, "columns")});
}

core::Objective to_objective(const Napi::Object& spec, const core::Model& model) {
  core::Objective objective;
  const Napi::Array outputs = to_array(get(spec, "outputs"), "outputs");
  for (std::uint32_t i = 0; i < outputs.Length(); ++i) {
    objective.outputs.push_back(to_output(to_object(outputs.Get(i), "outputs")));
  }
  objective.optimizer = to_optimizer(get(spec, "optimizer"));
  const Napi::Array variables = to_array(get(spec, "variables"), "variables");
  require(variables.Length() == model.variables().size(), Code::kInvalidArg, "an optimizer is told of all variables");
  for (std::uint32_t v = 0; v < variables.Length(); ++v) {
    const Napi::Object variable = to_object(variables.Get(v), "variables");
    add_rule(objective.regularizers, core::regularizers(), get(variable, "regularizer"), v);
    if (get(variable, "update").IsNull()) continue;
    const Napi::Object update = to_object(get(variable, "update"), "update");
    objective.updated.push_back(v);
    objective.variables.push_back(
        {model.variables()[v].shape, get_flag(update, "flat"), to_number(get(update, "weightDecay"), "weightDecay")});
    add_rule(objective.constraints, core::constraints(), get(variable, "constraint"), v);
  }
  const Napi::Array frozen = to_array(get(spec, "frozen"), "frozen");
  for (std::uint32_t l = 0; l < frozen.Length(); ++l) {
    objective.frozen.push_back(frozen.Get(l).ToBoolean().Value());
  }
  return objective;
}

const core::Dataset& to_data(Napi::Env env, const Napi::Value& value) {
  return unwrap<DataObject>(value, Environment::of(env).data_class).data();
}

// Samples, and where their outputs go.
struct Prediction {
  std::vector<core::Column> inputs;
  std::vector<std::shared_ptr<const void>> storage;
  std::vector<float*> outputs;
  std::size_t rows;
};

// Samples are those of a data set as they stand, or arrays.
Prediction to_prediction(const Napi::CallbackInfo& info, const core::Model& model, Ownership ownership) {
  Prediction prediction{{}, {}, {}, to_size(info[1], "rows")};
  const auto& data_class = Environment::of(info.Env()).data_class;
  if (!info[0].IsArray() && is_a(info[0], data_class)) {
    const core::Dataset& data = unwrap<DataObject>(info[0], data_class).data();
    require(data.rows == prediction.rows, Code::kShapeMismatch, "native code expected all rows of the data set");
    prediction.inputs = data.inputs;
    prediction.storage = data.storage;
  } else {
    const Napi::Array inputs = to_array(info[0], "inputs");
    for (std::uint32_t i = 0; i < inputs.Length(); ++i) {
      OwnedColumn owned = to_column(to_object(inputs.Get(i), "inputs"), prediction.rows, ownership);
      prediction.inputs.push_back(owned.column);
      prediction.storage.push_back(std::move(owned.storage));
    }
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
    const double mean = sums.samples == 0 ? 0 : sums.output_losses[o] / static_cast<double>(sums.samples);
    losses.Set(static_cast<std::uint32_t>(o), mean);
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
    const double loss = core::batch_gradients(*model_, data, to_size(info[1], "seed"), gradient.Data(),
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
    const auto job = std::make_shared<Job>(info.Env());
    const auto finished = std::make_shared<bool>(false);
    job->work = [predictor = predictor_, given = to_prediction(info, *model_, Ownership::kCopy), finished,
                 &environment](const std::atomic<bool>& cancelled) {
      *finished = predictor->predict(given.inputs, given.rows, given.outputs,
                                     environment.teams().borrow(thread_count()), cancelled);
    };
    job->kept.push_back(Napi::Persistent(info[2].As<Napi::Object>()));
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
    const Prediction given = to_prediction(info, *model_, Ownership::kBorrow);
    predictor_->predict(given.inputs, given.rows, given.outputs, {}, false);
    return info.Env().Undefined();
  });
}

}  // namespace gemsbok::binding
