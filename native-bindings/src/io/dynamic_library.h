// Calls of libraries that are found at run time, so that nothing needs them to be installed.
#pragma once

#include <dlfcn.h>

namespace wiretally {

template <typename Call>
bool find_call(void* library, const char* name, Call* call) {
  *call = reinterpret_cast<Call>(::dlsym(library, name));
  return *call != nullptr;
}

}  // namespace wiretally
