// Throws system errors with the same `code` property as Node's own errors.
#pragma once

#include <napi.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace wiretally {

// Returns the name of an errno value, as in the `code` of Node's errors.
inline const char* errno_name(int number) {
  static constexpr struct {
    int number;
    const char* name;
  } kNames[] = {{ENOENT, "ENOENT"}, {EACCES, "EACCES"}, {EPERM, "EPERM"},     {EISDIR, "EISDIR"},
                {EMFILE, "EMFILE"}, {EBUSY, "EBUSY"},   {ENOTDIR, "ENOTDIR"}, {ELOOP, "ELOOP"},
                {ENODEV, "ENODEV"}, {ENOMEM, "ENOMEM"}, {EINVAL, "EINVAL"},   {ENOTSUP, "ENOTSUP"}};
  for (const auto& entry : kNames) {
    if (entry.number == number) return entry.name;
  }
  return "EIO";
}

// `subject` begins the message: a path, an interface.
inline void throw_system_error(Napi::Env env, int number, const char* subject) {
  Napi::Error error = Napi::Error::New(env, std::string(subject) + ": " + std::strerror(number));
  error.Set("code", Napi::String::New(env, errno_name(number)));
  error.ThrowAsJavaScriptException();
}

}  // namespace wiretally
