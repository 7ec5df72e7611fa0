#pragma once

#include <napi.h>

#include <set>

#include "jobs.h"
#include "parallel.h"

namespace gemsbok::binding {

// What one JavaScript environment (the main thread or a worker) owns.
class Environment {
 public:
  explicit Environment(Napi::Env env);
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  // Trainings run long and are few: each has a thread. What is short shares some.
  enum class Lane { kTraining, kInference };
  // Gives { promise, cancel }.
  Napi::Object start(Napi::Env env, Lane lane, std::shared_ptr<Job> job);

  core::TeamPool& teams() const { return *teams_; }

  Napi::FunctionReference data_class, model_class, error_class;

 private:
  static void close(void* self);
  static void settle(Napi::Env env, Job& job);
  void complete(std::shared_ptr<Job> job);

  // Shared by all environments of the process; the last one that goes takes the threads with it.
  std::shared_ptr<core::TeamPool> teams_;
  Napi::ThreadSafeFunction completions_;
  JobThreads training_, inference_;
  std::set<std::shared_ptr<Job>> pending_;
};

// How many threads a run may use; of the whole process.
std::size_t thread_count();
void set_thread_count(std::size_t threads);

}  // namespace gemsbok::binding
