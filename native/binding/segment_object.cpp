#include "arguments.h"
#include "errors.h"
#include "objects.h"
#include "segment_locks.h"
#include "shared_models.h"

namespace gemsbok::binding {

using core::Code;
using core::require;

Napi::Function SegmentObject::define(Napi::Env env) {
  return DefineClass(env, "WeightSegment",
                     {InstanceAccessor<&SegmentObject::offsets>("offsets"),
                      InstanceMethod<&SegmentObject::read>("read"), InstanceMethod<&SegmentObject::write>("write")});
}

SegmentObject::SegmentObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    read_only_ = info[0].IsString();
    if (read_only_) {
      const auto model = core::find_shared(to_text(info[0], "id"));
      const std::size_t index = to_size(info[1], "index");
      require(index < model->segments().size(), Code::kOutOfRange, "a shared model has no such segment");
      segments_ = {model->segments()[index]};
    } else {
      segments_ = {std::make_shared<core::WeightSegment>(to_sizes(info[0], "sizes"))};
      memory_.set(info.Env(), segment()->size() * sizeof(float));
    }
  });
}

Napi::Value SegmentObject::offsets(const Napi::CallbackInfo& info) {
  return from_sizes(info.Env(), segment()->offsets());
}

float* SegmentObject::values_at(const Napi::Value& offset, std::size_t size) const {
  const std::size_t at = to_size(offset, "offset");
  require(at <= segment()->size() && size <= segment()->size() - at, Code::kOutOfRange,
          "a variable lies outside its segment");
  return segment()->values() + at;
}

Napi::Value SegmentObject::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t size = to_size(info[1], "size");
    const float* from = values_at(info[0], size);
    Napi::Float32Array values = Napi::Float32Array::New(info.Env(), size);
    const HeldOr<core::ReadLock> lock(info.Env(), segments_);
    std::copy_n(from, size, values.Data());
    return values;
  });
}

Napi::Value SegmentObject::write(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    require(!read_only_, Code::kReadOnly,
            "Expected weights of this thread, received those of a shared model, which its owner alone changes. "
            "Set them there.");
    const Floats values = to_any_floats(info[1], "values");
    require(!values.f64, Code::kInvalidArg, "the values of a variable are floats");
    float* to = values_at(info[0], values.size);
    const HeldOr<core::WriteLock> lock(info.Env(), segments_);
    segment()->preserve();
    std::copy_n(values.as<float>(), values.size, to);
    return info.Env().Undefined();
  });
}

Napi::Value shared_places(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = core::find_shared(to_text(info[0], "id"));
    const auto& segment_class = Environment::of(info.Env()).segment_class;
    std::vector<Napi::Object> segments;
    for (std::size_t s = 0; s < model->segments().size(); ++s) {
      segments.push_back(segment_class.New({info[0], Napi::Number::New(info.Env(), static_cast<double>(s))}));
    }
    const std::vector<core::Place> places = model->places();
    Napi::Array result = Napi::Array::New(info.Env(), places.size());
    for (std::size_t v = 0; v < places.size(); ++v) {
      const auto found = std::find(model->segments().begin(), model->segments().end(), places[v].segment);
      Napi::Object place = Napi::Object::New(info.Env());
      place.Set("segment", segments[static_cast<std::size_t>(found - model->segments().begin())]);
      place.Set("offset", static_cast<double>(places[v].offset));
      place.Set("size", static_cast<double>(model->variables()[v].size));
      result.Set(static_cast<std::uint32_t>(v), place);
    }
    return result;
  });
}

Napi::Value call_holding(Napi::Env env, const core::WeightSegments& segments, const Napi::Value& work) {
  require(work.IsFunction(), Code::kInvalidArg, "native code expected a function");
  const Napi::Function function = work.As<Napi::Function>();
  if (holds(env, segments)) return function.Call({});
  const core::WriteLock lock(segments);
  struct Mark {
    core::WeightSegments& held;
    ~Mark() { held.clear(); }
  } const mark{Environment::of(env).held};
  mark.held = segments;
  return function.Call({});
}

Napi::Value atomically(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Array given = to_array(info[0], "segments");
    core::WeightSegments segments;
    for (std::uint32_t i = 0; i < given.Length(); ++i) {
      segments.push_back(unwrap<SegmentObject>(given.Get(i), Environment::of(info.Env()).segment_class).segment());
    }
    core::put_in_order(segments);
    return call_holding(info.Env(), segments, info[1]);
  });
}

}  // namespace gemsbok::binding
