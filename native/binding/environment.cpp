#include "environment.h"

#include <mutex>
#include <utility>

#include "arguments.h"
#include "errors.h"

namespace gemsbok::binding {
namespace {

// The threads of the process, as long as an environment lives.
struct Process {
  std::mutex mutex;
  std::size_t threads = core::available_threads();
  std::weak_ptr<core::Scheduler> scheduler;
};

Process& process() {
  static Process process;
  return process;
}

std::shared_ptr<core::Scheduler> shared_scheduler() {
  Process& own = process();
  const std::lock_guard<std::mutex> lock(own.mutex);
  std::shared_ptr<core::Scheduler> scheduler = own.scheduler.lock();
  if (scheduler == nullptr) own.scheduler = scheduler = std::make_shared<core::Scheduler>(own.threads);
  return scheduler;
}

}  // namespace

std::size_t thread_count() {
  Process& own = process();
  const std::lock_guard<std::mutex> lock(own.mutex);
  return own.threads;
}

void set_thread_count(std::size_t count) {
  Process& own = process();
  const std::lock_guard<std::mutex> lock(own.mutex);
  own.threads = count;
  if (const auto scheduler = own.scheduler.lock()) scheduler->set_threads(count);
}

void discard(std::shared_ptr<const void> object) {
  if (object == nullptr) return;
  Process& own = process();
  std::unique_lock<std::mutex> lock(own.mutex);
  const auto scheduler = own.scheduler.lock();
  lock.unlock();
  if (scheduler != nullptr) scheduler->discard(std::move(object));
}

Environment::Environment(Napi::Env env)
    : kept([this] {
        completions_.NonBlockingCall([this](Napi::Env env, Napi::Function) {
          if (env != nullptr) kept.release();
        });
      }),
      scheduler_(shared_scheduler()),
      completions_(Napi::ThreadSafeFunction::New(env, Napi::Function(), "gemsbok", 0, 1)) {
  completions_.Unref(env);
  cancel_ = Napi::Persistent(Napi::Function::New(env, [this](const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] { cancel(info.Env(), get_size(to_object(info.This(), "job"), "id")); });
  }));
  // Hooks run in reverse order: ours, registered after the one of `completions_`, ends the jobs before it closes.
  napi_add_env_cleanup_hook(env, close, this);
}

void Environment::end_jobs() {
  for (const auto& [id, job] : pending_) job->cancelled.store(true);
  for (const auto& [id, job] : pending_) scheduler_->leave(*job);
  ends_ = true;
}

void Environment::resume() {
  ends_ = false;
  for (auto& job : std::exchange(held_back_, {})) scheduler_->submit(std::move(job));
}

// Waits for no more than the step that a job is at: those of other environments continue.
void Environment::close(void* self) {
  auto& environment = *static_cast<Environment*>(self);
  for (const auto& [id, job] : environment.pending_) job->cancelled.store(true);
  for (const auto& [id, job] : environment.pending_) {
    environment.scheduler_->join(*job);
    // Their references go with the environment.
    for (auto& reference : job->kept) reference.SuppressDestruct();
  }
  environment.kept.close();
}

Napi::Object Environment::start(Napi::Env env, std::shared_ptr<Job> job) {
  if (pending_.empty()) completions_.Ref(env);
  job->id = ++jobs_;
  pending_.emplace(job->id, job);
  job->done = [this, own = std::weak_ptr<Job>(job)] { complete(own.lock()); };
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", job->deferred.Promise());
  handle.Set("id", static_cast<double>(job->id));
  handle.Set("cancel", cancel_.Value());
  if (ends_) {
    held_back_.push_back(std::move(job));
  } else {
    scheduler_->submit(std::move(job));
  }
  return handle;
}

Napi::Object Environment::start(Napi::Env env, Job::Lane lane, Job::Turns turns, Job::Result result) {
  auto job = std::make_shared<Job>(env, lane);
  job->turns = std::move(turns);
  job->result = std::move(result);
  return start(env, std::move(job));
}

// One that waits for its turn ends here and now; of one that has ended nothing is left.
void Environment::cancel(Napi::Env env, std::uint64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const std::shared_ptr<Job> job = found->second;
  job->cancelled.store(true);
  if (!scheduler_->withdraw(*job)) return;
  job->work(core::Turn({}, *scheduler_, job->cancelled));
  settle(env, job);
}

// Called on the thread that did the work.
void Environment::complete(std::shared_ptr<Job> job) {
  auto* handed_over = new std::shared_ptr<Job>(std::move(job));
  const napi_status status =
      completions_.BlockingCall(handed_over, [this](Napi::Env env, Napi::Function, std::shared_ptr<Job>* done) {
        const std::unique_ptr<std::shared_ptr<Job>> owned(done);
        if (env == nullptr) return;  // closing
        const Napi::HandleScope scope(env);
        settle(env, *done);
      });
  if (status != napi_ok) delete handed_over;
}

void Environment::settle(Napi::Env env, const std::shared_ptr<Job>& job) {
  // A worker that is being terminated refuses every call; nothing is left to tell.
  try {
    try {
      guarded(env, [&] {
        if (job->error) std::rethrow_exception(job->error);
      });
      job->deferred.Resolve(job->result(env));
    } catch (const Napi::Error& error) {
      job->deferred.Reject(error.Value());
    }
  } catch (const Napi::Error&) {
  }
  // Here and now: the last who drops the job may be another thread, or run much later.
  job->kept.clear();
  kept.release();
  job->result = nullptr;
  pending_.erase(job->id);
  if (pending_.empty()) completions_.Unref(env);
}

}  // namespace gemsbok::binding
