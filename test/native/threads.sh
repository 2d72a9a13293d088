#!/bin/sh
# Looks for races: the demo capture and hostile traffic through several threads under the thread sanitizer.
# usage: test/native/threads.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
out=$root/build/threads
mkdir -p "$out/captures"
make -C "$here/.." -j2 --no-print-directory threads >/dev/null
"$out/seeds" "$out/captures"
gunzip -c "$root/captures/demo.pcap.gz" >"$out/captures/demo.pcap"
# The sanitizer wants addresses where older kernels put them.
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 timeout 60 setarch -R "$out/threads" "$out"/captures/*
