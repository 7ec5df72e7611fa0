#pragma once

#include <napi.h>

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

  bool work(const core::Turn& turn) override;
  void finish() override { done(); }

  // On a thread of the scheduler, turn by turn; whether it has ended. Cancelled, it ends at once.
  std::function<bool(const core::Turn& turn)> turns;
  std::function<void()> done;                    // on the same thread, in the end
  std::function<Napi::Value(Napi::Env)> result;  // on the JavaScript thread, after it
  std::vector<Napi::ObjectReference> kept;       // what must not be collected meanwhile
  Napi::Promise::Deferred deferred;
  std::exception_ptr error;
};

}  // namespace gemsbok::binding
