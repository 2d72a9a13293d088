#!/bin/bash
# Runs every fuzz target through its corpus and then for some seconds each, two at a time; ends with what was executed.
# FUZZ_SEED=N gives other inputs than the default, which are the same each time, so that a change alone decides.
# usage: test/fuzz/all.sh SECONDS [core]     core: those in C++ alone; the others are among the long tests too
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?seconds}
export FUZZ_SEED=${FUZZ_SEED:-1}
export here seconds

run_target() {
  target=$1
  log=$(mktemp)
  if "$here/run.sh" "$target" "$seconds" -seed="$FUZZ_SEED" >"$log" 2>&1; then
    echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") executions, nothing found"
    rm "$log"
  else
    echo "fuzz $target: FAILED"
    tail -n 60 "$log"
    rm "$log"
    return 1
  fi
}
export -f run_target

failed=0
make -C "$here/.." -j2 --no-print-directory fuzz >/dev/null
for file in "$here"/fuzz_*.cc; do basename "$file" .cc | sed 's/^fuzz_//'; done |
  xargs -P 2 -I '{}' bash -c 'run_target {}' || failed=1
[ "${2:-}" = core ] && exit "$failed"
# Parsers in TypeScript.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if FUZZ_SECONDS=$seconds npx vitest run "$here/parsers" >"$log" 2>&1; then
  sed -n 's/.*\(fuzz [a-z-]*: [0-9]* executions, nothing found\).*/\1/p' "$log"
else
  echo 'fuzz parsers: FAILED'
  tail -n 60 "$log"
  failed=1
fi
exit "$failed"
