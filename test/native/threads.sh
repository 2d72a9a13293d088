#!/bin/sh
# Looks for races: the demo capture and hostile traffic through several threads under the thread sanitizer.
# usage: test/native/threads.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
out=$root/build/threads
mkdir -p "$out/captures"
compiler=${CXX:-clang++}
"$compiler" -std=c++20 "$here/../fuzz/seeds.cc" -o "$out/seeds"
"$out/seeds" "$out/captures"
gunzip -c "$root/captures/demo.pcap.gz" >"$out/captures/demo.pcap"
# Everything but what needs Node.
# shellcheck disable=SC2046
"$compiler" -std=c++20 -g -O1 -fsanitize=thread "$here/threads.cc" \
  $(find "$root/native-bindings/src" -name '*.cc' ! -name 'addon*.cc') -lcrypto -ldl -lpthread -o "$out/threads"
# The sanitizer wants addresses where older kernels put them.
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 timeout 60 setarch -R "$out/threads" "$out"/captures/*
