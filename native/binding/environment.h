#pragma once

#include <napi.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "jobs.h"
#include "kept_objects.h"
#include "weight_segment.h"

namespace gemsbok::binding {

// What one JavaScript environment (the main thread or a worker) owns.
class Environment {
 public:
  explicit Environment(Napi::Env env);
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  // Returns { promise, id, cancel }.
  Napi::Object start(Napi::Env env, std::shared_ptr<Job> job);
  Napi::Object start(Napi::Env env, Job::Lane lane, Job::Turns turns, Job::Result result);
  // Where the process ends: libraries take away what a thread that computes would read. Later jobs wait for `resume`.
  void end_jobs();
  void resume();
  // Threads that help with work on the JavaScript thread.
  core::TeamPool::Lease borrow() { return scheduler_->borrow(); }
  // None where handing on work with so few elements costs more than it saves.
  core::TeamPool::Lease borrow_for(std::size_t elements) {
    return elements < kTeamElements ? core::TeamPool::Lease() : borrow();
  }

  Napi::FunctionReference data_class, segment_class, model_class, version_class, processes_class, error_class;
  // Segments that the JavaScript thread has locked to read and write.
  core::WeightSegments held;
  KeptObjects kept;

 private:
  static constexpr std::size_t kTeamElements = std::size_t{1} << 18;

  static void close(void* self);
  void settle(Napi::Env env, const std::shared_ptr<Job>& job);
  void complete(std::shared_ptr<Job> job);
  void cancel(Napi::Env env, std::uint64_t id);

  // Shared by all environments of the process; the last one that goes takes the threads with it.
  std::shared_ptr<core::Scheduler> scheduler_;
  Napi::ThreadSafeFunction completions_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Job>> pending_;
  std::uint64_t jobs_ = 0;
  bool ends_ = false;
  std::vector<std::shared_ptr<Job>> held_back_;
  // One for all jobs: V8 keeps a new function, and what describes it, until it collects all of its heap.
  Napi::FunctionReference cancel_;
};

// How many threads compute, in the whole process.
std::size_t thread_count();
void set_thread_count(std::size_t threads);

// Destroys on one of these threads what JavaScript has dropped.
void discard(std::shared_ptr<const void> object);

}  // namespace gemsbok::binding
