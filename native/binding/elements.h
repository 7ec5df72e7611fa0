#pragma once

#include <napi.h>

#include <cstdint>

#include "error.h"

namespace gemsbok::binding {

// Calls `work` with the elements of a TypedArray as a pointer of their own type.
template <class Work>
auto visit_elements(napi_typedarray_type type, const void* data, const Work& work) {
  switch (type) {
    case napi_int8_array:
      return work(static_cast<const std::int8_t*>(data));
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return work(static_cast<const std::uint8_t*>(data));
    case napi_int16_array:
      return work(static_cast<const std::int16_t*>(data));
    case napi_uint16_array:
      return work(static_cast<const std::uint16_t*>(data));
    case napi_int32_array:
      return work(static_cast<const std::int32_t*>(data));
    case napi_uint32_array:
      return work(static_cast<const std::uint32_t*>(data));
    case napi_float32_array:
      return work(static_cast<const float*>(data));
    case napi_float64_array:
      return work(static_cast<const double*>(data));
    case napi_bigint64_array:
      return work(static_cast<const std::int64_t*>(data));
    case napi_biguint64_array:
      return work(static_cast<const std::uint64_t*>(data));
    default:
      throw core::Error(core::Code::kInvalidArg, "native code expected a TypedArray of numbers");
  }
}

}  // namespace gemsbok::binding
