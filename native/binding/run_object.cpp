#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "objects.h"

namespace gemsbok::binding {
namespace {

Napi::Object progress_of(Napi::Env env, const core::Progress& progress) {
  Napi::Object result = logs_of(env, progress.sums);
  result.Set("epoch", static_cast<double>(progress.epoch));
  result.Set("step", static_cast<double>(progress.step));
  return result;
}

Napi::Value non_finite_of(Napi::Env env, const std::optional<core::NonFinite>& found) {
  if (!found.has_value()) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("epoch", static_cast<double>(found->epoch));
  result.Set("step", static_cast<double>(found->step));
  result.Set("layer", found->layer.has_value() ? static_cast<double>(*found->layer) : -1.0);
  return result;
}

Napi::Object report_of(Napi::Env env, const core::RunReport& report) {
  Napi::Object result = progress_of(env, report.progress);
  result.Set("steps", static_cast<double>(report.steps));
  result.Set("cancelled", report.cancelled);
  Napi::Array epochs = Napi::Array::New(env);
  for (const auto& sums : report.epochs) epochs.Set(epochs.Length(), logs_of(env, sums));
  result.Set("epochs", epochs);
  result.Set("nonFinite", non_finite_of(env, report.non_finite));
  return result;
}

}  // namespace

Napi::Function RunObject::define(Napi::Env env) {
  return DefineClass(env, "Run",
                     {InstanceAccessor<&RunObject::steps_per_epoch>("stepsPerEpoch"),
                      InstanceMethod<&RunObject::run>("run"), InstanceMethod<&RunObject::progress>("progress")});
}

RunObject::RunObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    const auto& environment = Environment::of(info.Env());
    const auto& model = unwrap<ModelObject>(info[0], environment.model_class).model();
    const auto& data = unwrap<DataObject>(info[1], environment.data_class).data();
    const Napi::Object options = to_object(info[2], "options");
    const core::RunOptions run = {get_size(options, "batchSize"), get_flag(options, "shuffle"),
                                  get_size(options, "seed"), get_size(options, "initialEpoch")};
    run_ = std::make_shared<core::TrainingRun>(model, data, run);
    memory_.set(info.Env(), run_->bytes());
  });
}

Napi::Value RunObject::steps_per_epoch(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(run_->steps_per_epoch()));
}

Napi::Value RunObject::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto& environment = Environment::of(info.Env());
    const Floats rates = to_any_floats(info[1], "learningRates");
    const float* first = rates.as<float>();
    const auto job = std::make_shared<Job>(info.Env());
    const auto report = std::make_shared<core::RunReport>();
    job->work = [run = run_, steps = to_size(info[0], "steps"), rates = std::vector<float>(first, first + rates.size),
                 report, &environment](const std::atomic<bool>& cancelled) {
      *report = run->run(steps, rates, environment.teams().borrow(thread_count()), cancelled);
    };
    job->result = [report](Napi::Env env) { return report_of(env, *report); };
    return environment.start(info.Env(), Environment::Lane::kTraining, job);
  });
}

Napi::Value RunObject::progress(const Napi::CallbackInfo& info) { return progress_of(info.Env(), run_->progress()); }

}  // namespace gemsbok::binding
