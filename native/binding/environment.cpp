#include "environment.h"

#include <algorithm>

#include "errors.h"

namespace gemsbok::binding {
namespace {

constexpr std::size_t kMostTrainings = 256;

std::shared_ptr<core::TeamPool> shared_teams() {
  static std::mutex mutex;
  static std::weak_ptr<core::TeamPool> current;
  const std::lock_guard<std::mutex> lock(mutex);
  std::shared_ptr<core::TeamPool> teams = current.lock();
  if (teams == nullptr) current = teams = std::make_shared<core::TeamPool>();
  return teams;
}

std::atomic<std::size_t>& threads() {
  static std::atomic<std::size_t> count{core::available_threads()};
  return count;
}

}  // namespace

std::size_t thread_count() { return threads().load(); }
void set_thread_count(std::size_t count) { threads().store(count); }

Environment::Environment(Napi::Env env)
    : teams_(shared_teams()),
      completions_(Napi::ThreadSafeFunction::New(env, Napi::Function(), "gemsbok", 0, 1)),
      training_(kMostTrainings, [this](std::shared_ptr<Job> job) { complete(std::move(job)); }),
      inference_(std::max<std::size_t>(2, thread_count()),
                 [this](std::shared_ptr<Job> job) { complete(std::move(job)); }) {
  completions_.Unref(env);
  // Hooks run in reverse order: ours, registered after the one of `completions_`, joins the threads before it closes.
  napi_add_env_cleanup_hook(env, close, this);
}

void Environment::close(void* self) {
  auto& environment = *static_cast<Environment*>(self);
  for (const auto& job : environment.pending_) job->cancelled.store(true);
  environment.training_.stop();
  environment.inference_.stop();
  // Their references go with the environment.
  for (const auto& job : environment.pending_) {
    for (auto& reference : job->kept) reference.SuppressDestruct();
  }
}

Napi::Object Environment::start(Napi::Env env, Lane lane, std::shared_ptr<Job> job) {
  if (pending_.empty()) completions_.Ref(env);
  pending_.insert(job);
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", job->deferred.Promise());
  handle.Set("cancel", Napi::Function::New(env, [job](const Napi::CallbackInfo&) { job->cancelled.store(true); }));
  (lane == Lane::kTraining ? training_ : inference_).submit(std::move(job));
  return handle;
}

// Called on the thread that did the work.
void Environment::complete(std::shared_ptr<Job> job) {
  auto* handed_over = new std::shared_ptr<Job>(std::move(job));
  const napi_status status =
      completions_.BlockingCall(handed_over, [this](Napi::Env env, Napi::Function, std::shared_ptr<Job>* done) {
        const std::unique_ptr<std::shared_ptr<Job>> owned(done);
        if (env == nullptr) return;  // closing
        const Napi::HandleScope scope(env);
        settle(env, **done);
        pending_.erase(*done);
        if (pending_.empty()) completions_.Unref(env);
      });
  if (status != napi_ok) delete handed_over;
}

void Environment::settle(Napi::Env env, Job& job) {
  // A worker that is being terminated refuses every call; there is nobody left to tell.
  try {
    try {
      guarded(env, [&] {
        if (job.error) std::rethrow_exception(job.error);
      });
      job.deferred.Resolve(job.result(env));
    } catch (const Napi::Error& error) {
      job.deferred.Reject(error.Value());
    }
  } catch (const Napi::Error&) {
  }
}

}  // namespace gemsbok::binding
