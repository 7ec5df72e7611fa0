#pragma once

#include <napi.h>

#include "dataset.h"
#include "environment.h"
#include "model.h"
#include "stepwise_prediction.h"
#include "trainer.h"

namespace gemsbok::binding {

// Tells the garbage collector how much native memory an object holds.
class ExternalMemory {
 public:
  void set(Napi::BasicEnv env, std::size_t bytes);

 private:
  std::size_t bytes_ = 0;
};

class DataObject : public Napi::ObjectWrap<DataObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DataObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override {
    memory_.set(env, 0);
    discard(std::make_shared<core::Dataset>(std::move(data_)));
  }

  const core::Dataset& data() const { return data_; }

 private:
  Napi::Value rows(const Napi::CallbackInfo& info);
  Napi::Value origin(const Napi::CallbackInfo& info);
  Napi::Value slice(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value find_non_finite(const Napi::CallbackInfo& info);
  Napi::Value release(const Napi::CallbackInfo& info);
  void share_inputs(const core::Dataset& other);

  core::Dataset data_;
  ExternalMemory memory_;
};

// The values of variables, which models point into.
class SegmentObject : public Napi::ObjectWrap<SegmentObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SegmentObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override {
    memory_.set(env, 0);
    for (auto& segment : segments_) discard(std::move(segment));
  }

  const std::shared_ptr<core::WeightSegment>& segment() const { return segments_.front(); }
  // Whether it belongs to a model of another owner.
  bool is_read_only() const { return read_only_; }

 private:
  Napi::Value offsets(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  float* values_at(const Napi::Value& offset, std::size_t size) const;

  core::WeightSegments segments_;  // itself alone
  bool read_only_ = false;
  ExternalMemory memory_;
};

class ModelObject : public Napi::ObjectWrap<ModelObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ModelObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override {
    memory_.set(env, 0);
    discard(std::move(predictor_));
    discard(std::move(model_));
  }

  const std::shared_ptr<core::Model>& model() const { return model_; }

 private:
  Napi::Value variables(const Napi::CallbackInfo& info);
  Napi::Value iterations(const Napi::CallbackInfo& info);
  void set_iterations(const Napi::CallbackInfo& info, const Napi::Value& value);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value read_state(const Napi::CallbackInfo& info);
  Napi::Value write_state(const Napi::CallbackInfo& info);
  Napi::Value atomically(const Napi::CallbackInfo& info);
  Napi::Value finalize_values(const Napi::CallbackInfo& info);
  Napi::Value compile(const Napi::CallbackInfo& info);
  Napi::Value index_layers(const Napi::CallbackInfo& info);
  Napi::Value check_indices(const Napi::CallbackInfo& info);
  Napi::Value gradients(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value predict_sync(const Napi::CallbackInfo& info);
  Napi::Value predict_now(const Napi::CallbackInfo& info);
  Napi::Value share(const Napi::CallbackInfo& info);

  std::shared_ptr<core::Model> model_;
  std::shared_ptr<core::Predictor> predictor_;
  ExternalMemory memory_;
};

// The parameters of a model as they were at some moment.
class VersionObject : public Napi::ObjectWrap<VersionObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit VersionObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv) override {
    discard(std::move(version_));
    discard(std::move(model_));
  }

  const std::shared_ptr<const core::Model>& model() const { return model_; }
  const std::shared_ptr<const core::Version>& version() const { return version_; }

 private:
  Napi::Value release(const Napi::CallbackInfo& info);

  std::shared_ptr<const core::Model> model_;
  std::shared_ptr<const core::Version> version_;
};

class RunObject : public Napi::ObjectWrap<RunObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit RunObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override {
    memory_.set(env, 0);
    discard(std::move(run_));
  }

 private:
  Napi::Value steps_in(const Napi::CallbackInfo& info);
  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value forward(const Napi::CallbackInfo& info);
  Napi::Value forward_sync(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);
  Napi::Value finish_sync(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value resume_sync(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);
  Napi::Value feed(const Napi::CallbackInfo& info);
  Napi::Value place(const Napi::CallbackInfo& info);
  Napi::Value end_epoch(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  Napi::Value seek(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);
  Napi::Value shares_batches(const Napi::CallbackInfo& info);

  std::shared_ptr<core::TrainingRun> run_;
  ExternalMemory memory_;
};

// Calls a function that reads and writes variables of some segments: nothing else does so meanwhile.
Napi::Value call_holding(Napi::Env env, const core::WeightSegments& segments, const Napi::Value& work);
// The same for JavaScript: the segments, and the function.
Napi::Value atomically(const Napi::CallbackInfo& info);

// Where the variables of a model are that another thread may have shared, by its id.
Napi::Value shared_places(const Napi::CallbackInfo& info);

// A batch through a model of which JavaScript computes layers.
class PredictionObject : public Napi::ObjectWrap<PredictionObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit PredictionObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv) override { discard(std::move(prediction_)); }

 private:
  Napi::Value advance(const Napi::CallbackInfo& info);
  Napi::Value advance_sync(const Napi::CallbackInfo& info);
  Napi::Value output(const Napi::CallbackInfo& info);

  std::shared_ptr<core::StepwisePrediction> prediction_;
};

Napi::Value array_of(Napi::Env env, const std::vector<float>& values);

// { node, samples, x, weights, gradient }, or null
Napi::Value custom_of(Napi::Env env, const std::optional<core::CustomNode>& custom);

// What an optional argument pins of this model; null where there is none.
std::shared_ptr<const core::Version> to_version(Napi::Env env, const Napi::Value& value, const core::Model& model);

// { prefix, firstRow } of the samples, where it is given.
core::Origin to_origin(const Napi::Value& value);

// { loss, losses, states }
Napi::Object logs_of(Napi::Env env, const core::Sums& sums);

inline bool is_a(const Napi::Value& value, const Napi::FunctionReference& type) {
  return value.IsObject() && value.As<Napi::Object>().InstanceOf(type.Value());
}

// The wrapped object of one of our classes; JavaScript may pass anything.
template <class Wrapped>
const Wrapped& unwrap(const Napi::Value& value, const Napi::FunctionReference& type) {
  core::require(is_a(value, type), core::Code::kInvalidArg, "native code expected one of its own objects");
  return *Wrapped::Unwrap(value.As<Napi::Object>());
}

}  // namespace gemsbok::binding
