#pragma once

#include <napi.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "scheduler.h"

namespace gemsbok::binding {

// Work of the scheduler that settles a promise.
class Job final : public core::Task {
 public:
  Job(Napi::Env env, Lane lane) : Task(lane), deferred(Napi::Promise::Deferred::New(env)) {}

  // On a thread of the scheduler, turn by turn; whether it has ended. Cancelled, it ends at once.
  using Turns = std::function<bool(const core::Turn& turn)>;
  // On the JavaScript thread, after it.
  using Result = std::function<Napi::Value(Napi::Env)>;

  bool work(const core::Turn& turn) override;
  void finish() override { done(); }

  std::uint64_t id = 0;  // in its environment
  Turns turns;
  Result result;
  std::function<void()> done;               // on the thread that did the last turn
  std::vector<Napi::ObjectReference> kept;  // what must not be collected meanwhile
  Napi::Promise::Deferred deferred;
  std::exception_ptr error;
};

}  // namespace gemsbok::binding
