#pragma once

#include <napi.h>

#include "process_group.h"

namespace gemsbok::binding {

// The processes that MPI connects: one object a JavaScript environment, all of the one group.
class ProcessesObject : public Napi::ObjectWrap<ProcessesObject> {
 public:
  static Napi::Function define(Napi::Env env);
  // (names of libraries, timeout in milliseconds)
  explicit ProcessesObject(const Napi::CallbackInfo& info);

  mpi::ProcessGroup* group() const { return group_; }

 private:
  Napi::Value facts(const Napi::CallbackInfo& info);
  Napi::Value sum(const Napi::CallbackInfo& info);
  Napi::Value broadcast(const Napi::CallbackInfo& info);
  Napi::Value barrier(const Napi::CallbackInfo& info);
  Napi::Value sum_at_once(const Napi::CallbackInfo& info);
  Napi::Value finalize(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);

  mpi::ProcessGroup* group_ = nullptr;
};

}  // namespace gemsbok::binding
