// Functions of libraries loaded at run time, which need not be installed.
#pragma once

#include <dlfcn.h>

namespace wiretally {

template <typename Call>
bool find_call(void* library, const char* name, Call* call) {
  *call = reinterpret_cast<Call>(::dlsym(library, name));
  return *call != nullptr;
}

}  // namespace wiretally
