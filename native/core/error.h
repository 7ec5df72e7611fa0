#pragma once

#include <stdexcept>
#include <string>

namespace gemsbok::core {

// The codes that JavaScript sees as `error.code`; TypeScript has checked arguments before, so that most of these tell
// of a defect on the way, not of a user's mistake.
enum class Code {
  kInvalidArg,
  kOutOfRange,
  kShapeMismatch,
  kNotCompiled,
  kModelBusy,
  kOutOfMemory,
  kClosed,
  kReadOnly
};

constexpr const char* code_name(Code code) {
  switch (code) {
    case Code::kInvalidArg:
      return "ERR_INVALID_ARG";
    case Code::kOutOfRange:
      return "ERR_OUT_OF_RANGE";
    case Code::kShapeMismatch:
      return "ERR_SHAPE_MISMATCH";
    case Code::kNotCompiled:
      return "ERR_NOT_COMPILED";
    case Code::kModelBusy:
      return "ERR_MODEL_BUSY";
    case Code::kOutOfMemory:
      return "ERR_OUT_OF_MEMORY";
    case Code::kClosed:
      return "ERR_CLOSED";
    case Code::kReadOnly:
      return "ERR_READ_ONLY";
  }
  return "ERR_INVALID_ARG";
}

struct Error : std::runtime_error {
  Error(Code code, const std::string& message) : std::runtime_error(message), code(code) {}
  Code code;
};

inline void require(bool condition, Code code, const char* message) {
  if (!condition) throw Error(code, message);
}

}  // namespace gemsbok::core
