#!/bin/sh
# Builds and runs one fuzz target with the address and undefined behaviour sanitizers.
# usage: test/fuzz/run.sh TARGET SECONDS [libFuzzer options]     TARGET: capture, frame, …: see fuzz_*.cc
# New inputs go to build/fuzz/TARGET, findings to build/fuzz; seeds in test/fuzz/corpus/TARGET are only read: grow.sh
# takes new ones over.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
target=${1:?target}
seconds=${2:?seconds}
shift 2
file=$here/fuzz_$target.cc
out=$root/build/fuzz
mkdir -p "$out/$target"
# The first line names the sources under native-bindings/src; a line "// libs: …" what else to link.
# "all": everything but what needs Node. A line "// captures": it reads whole captures; its seeds are those of decoder,
# and what seeds.cc makes.
sources=$(sed -n '1s|^// sources: ||p' "$file" | tr ' ' '\n' | sed "s|^|$root/native-bindings/src/|")
case $sources in */src/all) sources=$(find "$root/native-bindings/src" -name '*.cc' ! -name 'addon*.cc') ;; esac
libs=$(sed -n 's|^// libs: ||p' "$file")
seeds=$here/corpus/$target
if grep -q '^// captures$' "$file"; then
  mkdir -p "$out/made"
  "${CXX:-clang++}" -std=c++20 "$here/seeds.cc" -o "$out/seeds"
  "$out/seeds" "$out/made"
  seeds="$here/corpus/decoder $out/made"
  set -- -dict="$here/decoder.dict" "$@"
fi
# shellcheck disable=SC2086
# trace-pc and --wrap: the steps that ../cost.h counts and bounds; what counts them must not be counted.
# -O2: at -O1 this compiler leaves blocks that no release has, and one kind of hostile traffic takes half as much again.
"${CXX:-clang++}" -std=c++20 -O1 -c "$here/../cost.cc" -o "$out/cost.o"
"${CXX:-clang++}" -std=c++20 -g -O2 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
  -fsanitize-coverage=trace-pc -Wl,--wrap=__sanitizer_cov_trace_pc \
  "$file" "$out/cost.o" $sources $libs -o "$out/fuzz_$target"
# shellcheck disable=SC2086
exec "$out/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
  -artifact_prefix="$out/" "$@" "$out/$target" $seeds
