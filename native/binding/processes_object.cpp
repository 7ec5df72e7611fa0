#include "processes_object.h"

#include <cstring>

#include "arguments.h"
#include "environment.h"
#include "errors.h"

namespace gemsbok::binding {
namespace {

Napi::Uint8Array bytes_of(const Napi::Object& array) {
  const auto typed = array.As<Napi::TypedArray>();
  return Napi::Uint8Array::New(array.Env(), typed.ByteLength(), typed.ArrayBuffer(), typed.ByteOffset());
}

// Works on a copy of the array, which JavaScript may meanwhile transfer, then writes the results into it.
template <class Work>
Napi::Value start_in_place(Napi::Env env, const Napi::Value& array, Work work) {
  core::require(array.IsTypedArray(), core::Code::kInvalidArg, "processes exchange typed arrays");
  const Napi::Uint8Array given = bytes_of(array.As<Napi::Object>());
  const auto copy = std::make_shared<std::vector<double>>((given.ByteLength() + sizeof(double) - 1) / sizeof(double));
  const std::size_t size = given.ByteLength();
  if (size > 0) std::memcpy(copy->data(), given.Data(), size);
  const auto job = std::make_shared<Job>(env, Job::Lane::kInference);
  job->kept.push_back(Napi::Persistent(array.As<Napi::Object>()));
  job->turns = [copy, size, work](const core::Turn&) {
    work(copy->data(), size);
    return true;
  };
  job->result = [copy, size, job = job.get()](Napi::Env own) -> Napi::Value {
    Napi::Uint8Array to = bytes_of(job->kept.front().Value());
    if (size > 0 && to.ByteLength() == size) std::memcpy(to.Data(), copy->data(), size);
    return own.Undefined();
  };
  return Environment::of(env).start(env, job);
}

}  // namespace

Napi::Function ProcessesObject::define(Napi::Env env) {
  return DefineClass(
      env, "Processes",
      {InstanceMethod<&ProcessesObject::facts>("facts"), InstanceMethod<&ProcessesObject::sum>("sum"),
       InstanceMethod<&ProcessesObject::broadcast>("broadcast"), InstanceMethod<&ProcessesObject::barrier>("barrier"),
       InstanceMethod<&ProcessesObject::sum_at_once>("sumAtOnce"),
       InstanceMethod<&ProcessesObject::finalize>("finalize"), InstanceMethod<&ProcessesObject::end>("end")});
}

ProcessesObject::ProcessesObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    const Napi::Array given = to_array(info[0], "libraries");
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < given.Length(); ++i) names.push_back(to_text(given.Get(i), "libraries"));
    const auto timeout = static_cast<std::int64_t>(to_size(info[1], "timeout"));
    try {
      group_ = &mpi::ProcessGroup::connect(mpi::open_library(names), std::chrono::milliseconds(timeout));
    } catch (const mpi::Unavailable& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
  });
}

Napi::Value ProcessesObject::facts(const Napi::CallbackInfo& info) {
  Napi::Object facts = Napi::Object::New(info.Env());
  facts.Set("rank", static_cast<double>(group_->rank()));
  facts.Set("size", static_cast<double>(group_->size()));
  facts.Set("localRank", static_cast<double>(group_->local_rank()));
  facts.Set("localSize", static_cast<double>(group_->local_size()));
  facts.Set("host", group_->host());
  facts.Set("backend", group_->library().backend());
  facts.Set("libraryVersion", group_->library().version());
  return facts;
}

Napi::Value ProcessesObject::sum(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const bool f64 = to_any_floats(info[0], "array").f64;
    return start_in_place(info.Env(), info[0], [group = group_, f64](double* values, std::size_t size) {
      if (f64) {
        group->allreduce(values, size / sizeof(double));
      } else {
        group->allreduce(reinterpret_cast<float*>(values), size / sizeof(float));
      }
    });
  });
}

Napi::Value ProcessesObject::broadcast(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t root = to_size(info[1], "root");
    core::require(root < group_->size(), core::Code::kOutOfRange, "there is no such process");
    return start_in_place(info.Env(), info[0], [group = group_, root](double* bytes, std::size_t size) {
      group->broadcast(static_cast<void*>(bytes), size, root);
    });
  });
}

Napi::Value ProcessesObject::barrier(const Napi::CallbackInfo& info) {
  const auto turns = [group = group_](const core::Turn&) {
    group->barrier();
    return true;
  };
  return Environment::of(info.Env()).start(info.Env(), Job::Lane::kInference, turns, [](Napi::Env env) -> Napi::Value {
    return env.Undefined();
  });
}

// For the end of the process, as what follows.
Napi::Value ProcessesObject::sum_at_once(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Float64Array array = info[0].As<Napi::Float64Array>();
    group_->allreduce(array.Data(), array.ElementLength());
    return info.Env().Undefined();
  });
}

Napi::Value ProcessesObject::finalize(const Napi::CallbackInfo& info) {
  group_->finalize();
  return info.Env().Undefined();
}

Napi::Value ProcessesObject::end(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { group_->end(static_cast<int>(to_size(info[0], "code"))); });
}

}  // namespace gemsbok::binding
