#pragma once

#include <napi.h>

namespace gemsbok::binding {

// What fills, penalizes or constrains one array of weights, on the caller's thread.
void export_weight_kernels(Napi::Env env, Napi::Object exports);

}  // namespace gemsbok::binding
