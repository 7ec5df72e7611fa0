#pragma once

#include <napi.h>

namespace gemsbok::binding {

// The functions of the registries that run on the caller's thread.
void export_kernels(Napi::Env env, Napi::Object exports);

}  // namespace gemsbok::binding
