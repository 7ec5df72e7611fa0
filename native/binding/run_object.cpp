#include <algorithm>
#include <optional>

#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "objects.h"
#include "processes_object.h"

namespace gemsbok::binding {
namespace {

Napi::Object progress_of(Napi::Env env, const core::Progress& progress) {
  Napi::Object result = logs_of(env, progress.sums);
  result.Set("epoch", static_cast<double>(progress.epoch));
  result.Set("step", static_cast<double>(progress.step));
  result.Set("lossSum", progress.sums.loss);
  Napi::Array losses = Napi::Array::New(env);
  for (const double loss : progress.sums.output_losses) losses.Set(losses.Length(), loss);
  result.Set("lossSums", losses);
  result.Set("samples", static_cast<double>(progress.sums.samples));
  return result;
}

// The reverse.
core::Progress to_progress(const Napi::Object& given) {
  core::Progress progress = {get_size(given, "epoch"), get_size(given, "step"), {}};
  progress.sums.loss = to_number(get(given, "lossSum"), "lossSum");
  progress.sums.samples = get_size(given, "samples");
  progress.sums.output_losses = to_numbers(get(given, "lossSums"), "lossSums");
  const Napi::Array states = to_array(get(given, "states"), "states");
  for (std::uint32_t i = 0; i < states.Length(); ++i) {
    const Floats state = to_any_floats(states.Get(i), "states");
    const double* first = state.as<double>();
    progress.sums.states.emplace_back(first, first + state.size);
  }
  return progress;
}

Napi::Value non_finite_of(Napi::Env env, const std::optional<core::NonFinite>& found) {
  if (!found.has_value()) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("epoch", static_cast<double>(found->epoch));
  result.Set("step", static_cast<double>(found->step));
  result.Set("node", found->node.has_value() ? static_cast<double>(*found->node) : -1.0);
  return result;
}

Napi::Value report_of(Napi::Env env, const core::RunReport& report) {
  Napi::Object result = progress_of(env, report.progress);
  result.Set("steps", static_cast<double>(report.steps));
  result.Set("cancelled", report.cancelled);
  Napi::Float64Array epochs = Napi::Float64Array::New(env, report.epochs.size());
  std::copy(report.epochs.begin(), report.epochs.end(), epochs.Data());
  result.Set("epochs", epochs);
  result.Set("nonFinite", non_finite_of(env, report.non_finite));
  result.Set("custom", custom_of(env, report.custom));
  if (report.gradients.has_value()) {
    result.Set("wholeLoss", report.loss);
    result.Set("gradient", array_of(env, *report.gradients));
  }
  return result;
}

Napi::Value outputs_of(Napi::Env env, const core::BatchOutputs& batch) {
  Napi::Array outputs = Napi::Array::New(env);
  for (const auto& output : batch.outputs) {
    Napi::Object own = Napi::Object::New(env);
    own.Set("outputs", array_of(env, output.outputs));
    own.Set("targets", array_of(env, output.targets));
    own.Set("weights", output.weights.empty() ? env.Null() : array_of(env, output.weights));
    own.Set("mask", output.mask.empty() ? env.Null() : array_of(env, output.mask));
    outputs.Set(outputs.Length(), own);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("samples", static_cast<double>(batch.samples));
  result.Set("outputs", outputs);
  result.Set("custom", custom_of(env, batch.custom));
  return result;
}

std::vector<double> to_losses(const Napi::Value& value) {
  const Napi::Array given = to_array(value, "losses");
  std::vector<double> losses;
  for (std::uint32_t i = 0; i < given.Length(); ++i) losses.push_back(to_number(given.Get(i), "losses"));
  return losses;
}

std::vector<std::vector<float>> to_gradients(const Napi::Value& value) {
  const Napi::Array given = to_array(value, "gradients");
  std::vector<std::vector<float>> gradients;
  for (std::uint32_t i = 0; i < given.Length(); ++i) gradients.push_back(to_vector(given.Get(i), "gradients"));
  return gradients;
}

// (losses, gradients, learningRate, penalty): no gradients where the run does not train, no rate where JavaScript
// updates.
core::CallersPart to_part(const Napi::CallbackInfo& info) {
  core::CallersPart part = {to_losses(info[0]), {}, to_number(info[3], "penalty"), {}};
  if (!info[1].IsNull()) part.grad_outputs = to_gradients(info[1]);
  if (!info[2].IsNull()) part.learning_rate = to_number(info[2], "learningRate");
  return part;
}

// (inputs, variables)
core::CustomGradients to_custom_gradients(const Napi::CallbackInfo& info) {
  return {to_gradients(info[0]), to_gradients(info[1])};
}

core::Communicator* to_communicator(Napi::Env env, const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) return nullptr;
  return unwrap<ProcessesObject>(value, Environment::of(env).processes_class).group();
}

// A piece of a step, whose result is null where it was cancelled before it began.
template <class Result, class Work, class Convert>
Napi::Value start_piece(Napi::Env env, core::Task::Lane lane, Work work, Convert convert) {
  const auto found = std::make_shared<std::optional<Result>>();
  const auto turns = [work = std::move(work), found](const core::Turn& turn) {
    if (!turn.is_cancelled()) *found = work(turn.team());
    return true;
  };
  return Environment::of(env).start(env, lane, turns, [found, convert](Napi::Env own) -> Napi::Value {
    return found->has_value() ? convert(own, **found) : own.Null();
  });
}

}  // namespace

Napi::Function RunObject::define(Napi::Env env) {
  return DefineClass(
      env, "Run",
      {InstanceMethod<&RunObject::steps_in>("stepsIn"), InstanceMethod<&RunObject::run>("run"),
       InstanceMethod<&RunObject::forward>("forward"), InstanceMethod<&RunObject::forward_sync>("forwardSync"),
       InstanceMethod<&RunObject::finish>("finish"), InstanceMethod<&RunObject::finish_sync>("finishSync"),
       InstanceMethod<&RunObject::resume>("resume"), InstanceMethod<&RunObject::resume_sync>("resumeSync"),
       InstanceMethod<&RunObject::end>("end"), InstanceMethod<&RunObject::feed>("feed"),
       InstanceMethod<&RunObject::place>("place"), InstanceMethod<&RunObject::end_epoch>("endEpoch"),
       InstanceMethod<&RunObject::progress>("progress"), InstanceMethod<&RunObject::seek>("seek"),
       InstanceMethod<&RunObject::stop>("stop"), InstanceAccessor<&RunObject::shares_batches>("sharesBatches")});
}

RunObject::RunObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    const auto& environment = Environment::of(info.Env());
    const auto& model = unwrap<ModelObject>(info[0], environment.model_class).model();
    const auto& data = unwrap<DataObject>(info[1], environment.data_class).data();
    const Napi::Object options = to_object(info[2], "options");
    const core::RunOptions run = {get_size(options, "batchSize"),
                                  get_flag(options, "shuffle"),
                                  get_size(options, "seed"),
                                  get_size(options, "initialEpoch"),
                                  get_size(options, "stepsPerEpoch"),
                                  get_flag(options, "trains"),
                                  get_flag(options, "scalesLoss"),
                                  get_flag(options, "explains"),
                                  to_communicator(info.Env(), options.Get("processes"))};
    run_ = std::make_shared<core::TrainingRun>(model, data, run, to_version(info.Env(), info[3], *model));
    memory_.set(info.Env(), run_->bytes());
  });
}

Napi::Value RunObject::steps_in(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t first = to_size(info[0], "epoch"), count = info[1].IsUndefined() ? 1 : to_size(info[1], "count");
    double steps = 0;
    for (std::size_t e = 0; e < count; ++e) steps += static_cast<double>(run_->steps_in(first + e));
    return Napi::Number::New(info.Env(), steps);
  });
}

Napi::Value RunObject::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto report = std::make_shared<core::RunReport>();
    const auto turns = [run = run_, steps = to_size(info[0], "steps"), rates = to_vector(info[1], "learningRates"),
                        report](const core::Turn& turn) { return run->run(*report, steps, rates, turn); };
    return Environment::of(info.Env()).start(info.Env(), Job::Lane::kTraining, turns, [report](Napi::Env env) {
      return report_of(env, *report);
    });
  });
}

Napi::Value RunObject::feed(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    run_->feed(unwrap<DataObject>(info[0], Environment::of(info.Env()).data_class).data());
    return info.Env().Undefined();
  });
}

Napi::Value RunObject::place(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    run_->place({to_size(info[0], "first"), to_size(info[1], "samples")});
    return info.Env().Undefined();
  });
}

Napi::Value RunObject::end_epoch(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    run_->end_epoch();
    return info.Env().Undefined();
  });
}

Napi::Value RunObject::forward(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [run = run_, output = to_output(info[0])](const core::TeamPool::Lease& team) {
      return run->forward(team, output.has_value() ? &*output : nullptr);
    };
    return start_piece<core::BatchOutputs>(info.Env(), run_->lane(), work, outputs_of);
  });
}

Napi::Value RunObject::forward_sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto output = to_output(info[0]);
    const auto team = Environment::of(info.Env()).borrow();
    return outputs_of(info.Env(), run_->forward(team, output.has_value() ? &*output : nullptr));
  });
}

Napi::Value RunObject::finish(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [run = run_, part = to_part(info)](const core::TeamPool::Lease& team) {
      return run->finish(part, team);
    };
    return start_piece<core::RunReport>(info.Env(), run_->lane(), work, report_of);
  });
}

Napi::Value RunObject::finish_sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return report_of(info.Env(), run_->finish(to_part(info), Environment::of(info.Env()).borrow()));
  });
}

Napi::Value RunObject::resume(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [run = run_, gradients = to_custom_gradients(info)](const core::TeamPool::Lease& team) {
      return run->resume(gradients, team);
    };
    return start_piece<core::RunReport>(info.Env(), run_->lane(), work, report_of);
  });
}

Napi::Value RunObject::resume_sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return report_of(info.Env(), run_->resume(to_custom_gradients(info), Environment::of(info.Env()).borrow()));
  });
}

// In `atomically` of the model.
Napi::Value RunObject::end(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return report_of(info.Env(), run_->end()); });
}

Napi::Value RunObject::progress(const Napi::CallbackInfo& info) { return progress_of(info.Env(), run_->progress()); }

Napi::Value RunObject::stop(const Napi::CallbackInfo& info) {
  run_->ask_to_stop();
  return info.Env().Undefined();
}

Napi::Value RunObject::shares_batches(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), run_->shares_batches());
}

Napi::Value RunObject::seek(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    run_->seek(to_progress(to_object(info[0], "position")), to_size(info[1], "seed"));
    return info.Env().Undefined();
  });
}

}  // namespace gemsbok::binding
