#pragma once

#include <napi.h>

#include <memory>

#include "model.h"

namespace gemsbok::binding {

// A model from what the constructor takes: { inputSizes, layers, nodes, outputs, layerNames, inputNames, places }.
std::shared_ptr<core::Model> make_model(Napi::Env env, const Napi::Object& options);

}  // namespace gemsbok::binding
