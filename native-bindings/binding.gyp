{
  "variables": {
    # In CI a warning is an error; at a user's install, with a compiler nobody has met yet, it is not.
    "werror%": "<!(node -p \"process.env.CI === 'true' ? '-Werror' : '-Wno-error'\")"
  },
  "targets": [
    {
      "target_name": "wiretally",
      "sources": [ "<!@(node list-sources.mjs)" ],
      # A thread that is being ended takes no exception; without the last of these that ends the process.
      "defines": [
        "NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "WIRETALLY_BORDER=<!(node border-digest.mjs)"
      ],
      "cflags_cc!": [ "-std=gnu++17", "-std=gnu++20" ],
      "cflags_cc": [
        "-std=c++20", "-O3", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden",
        "-isystem<!(node -p \"require('path').dirname(require.resolve('node-addon-api'))\")",
        "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wno-subobject-linkage", "<(werror)"
      ],
      "cflags!": [ "-g" ],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "MACOSX_DEPLOYMENT_TARGET": "12.0"
      }
    }
  ]
}
