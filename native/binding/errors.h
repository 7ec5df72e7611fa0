#pragma once

#include <napi.h>

#include <new>

#include "error.h"

namespace gemsbok::binding {

// The JavaScript error for a code: TypeError, RangeError or the library's own class, with the code as a property.
Napi::Error make_error(Napi::Env env, core::Code code, const std::string& message);

// Runs `work`, and throws whatever it throws as a JavaScript error.
template <class Work>
auto guarded(Napi::Env env, const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const core::Error& error) {
    throw make_error(env, error.code, error.what());
  } catch (const std::bad_alloc&) {
    throw make_error(env, core::Code::kOutOfMemory, "there is not enough memory for this call");
  }
}

}  // namespace gemsbok::binding
