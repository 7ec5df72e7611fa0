#include "errors.h"

#include "environment.h"

namespace gemsbok::binding {

Napi::Error make_error(Napi::Env env, core::Code code, const std::string& message) {
  if (code == core::Code::kInvalidArg || code == core::Code::kOutOfRange) {
    Napi::Error error = code == core::Code::kInvalidArg ? static_cast<Napi::Error>(Napi::TypeError::New(env, message))
                                                        : static_cast<Napi::Error>(Napi::RangeError::New(env, message));
    error.Set("code", core::code_name(code));
    return error;
  }
  const Napi::FunctionReference& error_class = Environment::of(env).error_class;
  if (error_class.IsEmpty()) return Napi::Error::New(env, message);
  const Napi::Object error =
      error_class.New({Napi::String::New(env, core::code_name(code)), Napi::String::New(env, message)});
  return Napi::Error(env, error);
}

}  // namespace gemsbok::binding
