#!/bin/sh
# Builds (test/Makefile) and runs one fuzz target with the address and undefined behaviour sanitizers.
# usage: test/fuzz/run.sh TARGET SECONDS [libFuzzer options]     TARGET: capture, frame, …: see fuzz_*.cc
# New inputs go to build/fuzz/TARGET, findings to build/fuzz; seeds in test/fuzz/corpus/TARGET are only read: grow.sh
# takes new ones over.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
target=${1:?target}
seconds=${2:?seconds}
shift 2
out=$root/build/fuzz
mkdir -p "$out/$target"
make -C "$here/.." -j2 --no-print-directory "fuzz_$target" >/dev/null
seeds=$here/corpus/$target
# A line "// captures": it reads whole captures; its seeds are those of decoder, and what seeds.cc makes.
if grep -q '^// captures$' "$here/fuzz_$target.cc"; then
  mkdir -p "$out/made"
  make -C "$here/.." --no-print-directory ../build/fuzz/seeds >/dev/null
  "$out/seeds" "$out/made"
  seeds="$here/corpus/decoder $out/made"
  set -- -dict="$here/decoder.dict" "$@"
fi
# shellcheck disable=SC2086
exec "$out/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
  -artifact_prefix="$out/" "$@" "$out/$target" $seeds
