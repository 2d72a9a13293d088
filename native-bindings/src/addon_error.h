// Errors of the system in the form of Node's own.
#pragma once

#include <napi.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace wiretally {

// Returns the name of an errno value, which errors of Node have in `code`.
inline const char* code_name(int code) {
  static constexpr struct {
    int code;
    const char* name;
  } kNames[] = {{ENOENT, "ENOENT"}, {EACCES, "EACCES"}, {EPERM, "EPERM"},     {EISDIR, "EISDIR"},
                {EMFILE, "EMFILE"}, {EBUSY, "EBUSY"},   {ENOTDIR, "ENOTDIR"}, {ELOOP, "ELOOP"},
                {ENODEV, "ENODEV"}, {ENOMEM, "ENOMEM"}, {EINVAL, "EINVAL"},   {ENOTSUP, "ENOTSUP"}};
  for (const auto& known : kNames) {
    if (known.code == code) return known.name;
  }
  return "EIO";
}

// Throws a JavaScript Error with such a `code`.
inline void throw_system_error(Napi::Env env, int code, const char* what) {
  Napi::Error error = Napi::Error::New(env, std::string(what) + ": " + std::strerror(code));
  error.Set("code", Napi::String::New(env, code_name(code)));
  error.ThrowAsJavaScriptException();
}

}  // namespace wiretally
