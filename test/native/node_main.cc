// Lets a test executable run inside Node, whose process brings the OpenSSL symbols that the native core uses: so tests
// need no OpenSSL development package, and try the very library that the addon will meet.
#include <node_api.h>

#include <cstdlib>

int wiretally_test_main();

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env, napi_value) {
  // Without the exit handlers of Node, which expect its event loop to be done.
  std::_Exit(wiretally_test_main());
}
