#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gemsbok::binding {

// Work that runs on a thread of ours and settles a promise.
struct Job {
  explicit Job(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  std::function<void(const std::atomic<bool>& cancelled)> work;  // on the other thread
  std::function<Napi::Value(Napi::Env)> result;                  // on the JavaScript thread, after it
  std::vector<Napi::ObjectReference> kept;                       // what must not be collected meanwhile
  Napi::Promise::Deferred deferred;
  std::exception_ptr error;
  std::atomic<bool> cancelled{false};
};

// Threads that take jobs in order. One is started where all are busy, up to `most`; they live as long as the pool.
class JobThreads {
 public:
  using Done = std::function<void(std::shared_ptr<Job>)>;

  JobThreads(std::size_t most, Done done) : most_(most), done_(std::move(done)) {}
  void submit(std::shared_ptr<Job> job);
  // Drops what has not begun, and joins.
  void stop();

 private:
  void serve();

  std::size_t most_;
  Done done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
};

}  // namespace gemsbok::binding
