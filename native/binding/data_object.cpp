#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "objects.h"
#include "values.h"

namespace gemsbok::binding {

void ExternalMemory::set(Napi::BasicEnv env, std::size_t bytes) {
  const auto change = static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_);
  if (change != 0) Napi::MemoryManagement::AdjustExternalMemory(env, change);
  bytes_ = bytes;
}

core::Origin to_origin(const Napi::Value& value) {
  if (!value.IsObject()) return {};
  const Napi::Object origin = value.As<Napi::Object>();
  return {get_text(origin, "prefix"), get_size(origin, "firstRow")};
}

Napi::Function DataObject::define(Napi::Env env) {
  return DefineClass(
      env, "Data",
      {InstanceAccessor<&DataObject::rows>("rows"), InstanceAccessor<&DataObject::origin>("origin"),
       InstanceMethod<&DataObject::slice>("slice"), InstanceMethod<&DataObject::read>("read"),
       InstanceMethod<&DataObject::find_non_finite>("findNonFinite"), InstanceMethod<&DataObject::release>("release")});
}

// Made of arrays, or, inside `slice`, of an External that holds a core::Dataset.
DataObject::DataObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    if (info[0].IsExternal()) {
      data_ = *info[0].As<Napi::External<core::Dataset>>().Data();
      return;
    }
    const Napi::Object options = to_object(info[0], "options");
    data_.rows = get_size(options, "rows");
    data_.origin = to_origin(options.Get("origin"));
    std::size_t bytes = 0;
    const auto copy = [&](const char* name, std::vector<core::Column>& columns) {
      const Napi::Array arrays = to_array(get(options, name), name);
      for (std::uint32_t i = 0; i < arrays.Length(); ++i) {
        if (arrays.Get(i).IsNull()) {
          columns.emplace_back();
          continue;
        }
        OwnedColumn owned = to_column(to_object(arrays.Get(i), name), data_.rows, Ownership::kCopy);
        bytes += owned.bytes;
        columns.push_back(owned.column);
        data_.storage.push_back(std::move(owned.storage));
      }
    };
    const auto& data_class = Environment::of(info.Env()).data_class;
    const Napi::Value inputs = get(options, "inputs");
    if (is_a(inputs, data_class)) {
      share_inputs(unwrap<DataObject>(inputs, data_class).data());
    } else if (const auto list = to_array(inputs, "inputs"); list.Length() > 0 && is_a(list.Get(0U), data_class)) {
      for (std::uint32_t i = 0; i < list.Length(); ++i) {
        share_inputs(unwrap<DataObject>(list.Get(i), data_class).data());
      }
    } else {
      copy("inputs", data_.inputs);
    }
    copy("targets", data_.targets);
    copy("weights", data_.weights);
    core::require(!data_.inputs.empty(), core::Code::kInvalidArg, "a data set needs an input");
    memory_.set(info.Env(), bytes);
  });
}

// The same samples with other targets: the storage is that of the other data set.
void DataObject::share_inputs(const core::Dataset& other) {
  core::require(other.rows == data_.rows, core::Code::kShapeMismatch, "shared inputs must have as many rows");
  data_.inputs.insert(data_.inputs.end(), other.inputs.begin(), other.inputs.end());
  data_.storage.insert(data_.storage.end(), other.storage.begin(), other.storage.end());
}

Napi::Value DataObject::rows(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(data_.rows));
}

Napi::Value DataObject::origin(const Napi::CallbackInfo& info) {
  Napi::Object origin = Napi::Object::New(info.Env());
  origin.Set("prefix", data_.origin.prefix);
  origin.Set("firstRow", static_cast<double>(data_.origin.first_row));
  return origin;
}

Napi::Value DataObject::slice(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    core::Dataset part = data_.slice(to_size(info[0], "from"), to_size(info[1], "to"));
    return Environment::of(info.Env()).data_class.New({Napi::External<core::Dataset>::New(info.Env(), &part)});
  });
}

Napi::Value DataObject::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const core::Column& column = data_.column(to_size(info[0], "column"));
    const std::size_t from = to_size(info[1], "from"), to = to_size(info[2], "to");
    core::require(from <= to && to <= data_.rows, core::Code::kOutOfRange, "rows reach beyond the data");
    const std::size_t size = product(to - from, column.columns);
    if (column.bytes) {
      Napi::Uint8Array values = Napi::Uint8Array::New(info.Env(), size);
      std::copy_n(static_cast<const std::uint8_t*>(column.data) + from * column.columns, size, values.Data());
      return values;
    }
    Napi::Float32Array values = Napi::Float32Array::New(info.Env(), size);
    std::copy_n(column.floats(from), size, values.Data());
    return values;
  });
}

// `[column, row, element of the row]` of the first number that is NaN or infinite, or null.
Napi::Value DataObject::find_non_finite(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    for (std::size_t i = 0; i < data_.inputs.size() + 2 * data_.targets.size(); ++i) {
      const core::Column& column = data_.column(i);
      if (column.finite || column.data == nullptr) continue;
      const std::size_t size = product(data_.rows, column.columns);
      const std::size_t at =
          core::find_non_finite(column.floats(0), size, Environment::of(info.Env()).borrow_for(size));
      if (at < size) return from_sizes(info.Env(), {i, at / column.columns, at % column.columns});
    }
    return info.Env().Null();
  });
}

// The memory goes as soon as no job uses it: a stream must not wait for the garbage collector.
Napi::Value DataObject::release(const Napi::CallbackInfo& info) {
  data_ = {};
  memory_.set(info.Env(), 0);
  return info.Env().Undefined();
}

}  // namespace gemsbok::binding
