#pragma once

#include <napi.h>

#include "model.h"

namespace gemsbok::binding {

// What `compile` sets: losses, metrics, the optimizer and what is done with each variable.
core::Objective to_objective(const Napi::Object& spec, const core::Model& model);

}  // namespace gemsbok::binding
