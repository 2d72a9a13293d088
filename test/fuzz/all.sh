#!/bin/sh
# Runs every fuzz target through its corpus and then for some seconds each, one after the other; ends with what was executed.
# usage: test/fuzz/all.sh SECONDS [core]     core: those in C++ alone; the others are among the long tests too
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?seconds}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for file in "$here"/fuzz_*.cc; do
  target=$(basename "$file" .cc | sed 's/^fuzz_//')
  if "$here/run.sh" "$target" "$seconds" >"$log" 2>&1; then
    echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") executions, nothing found"
  else
    echo "fuzz $target: FAILED"
    tail -n 60 "$log"
    failed=1
  fi
done
[ "${2:-}" = core ] && exit "$failed"
# Parsers in TypeScript, the same inputs each time, so that a change alone decides; FUZZ_SEED makes others.
if FUZZ_SECONDS=$seconds FUZZ_SEED=${FUZZ_SEED:-1} npx vitest run "$here/parsers" >"$log" 2>&1; then
  sed -n 's/.*\(fuzz [a-z-]*: [0-9]* executions, nothing found\).*/\1/p' "$log"
else
  echo 'fuzz parsers: FAILED'
  tail -n 60 "$log"
  failed=1
fi
exit "$failed"
