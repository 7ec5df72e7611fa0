#pragma once

#include <algorithm>
#include <optional>

#include "environment.h"

namespace gemsbok::binding {

// Whether the JavaScript thread has locked these segments by `atomically`: all of them, or none and no other, as to
// lock some besides others would be out of order.
inline bool holds(Napi::Env env, const core::WeightSegments& segments) {
  const auto& held = Environment::of(env).held;
  if (held.empty()) return false;
  core::require(
      std::all_of(segments.begin(), segments.end(),
                  [&](const auto& segment) { return std::find(held.begin(), held.end(), segment) != held.end(); }),
      core::Code::kModelBusy,
      "Expected one model at a time where weights are read or written at one moment, received another one. "
      "Do it after that.");
  return true;
}

// Locks segments, unless the JavaScript thread has done so.
template <class Lock>
class HeldOr {
 public:
  HeldOr(Napi::Env env, const core::WeightSegments& segments) {
    if (!holds(env, segments)) lock_.emplace(segments);
  }

 private:
  std::optional<Lock> lock_;
};

}  // namespace gemsbok::binding
