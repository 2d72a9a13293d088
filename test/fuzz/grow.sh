#!/bin/sh
# Takes what fuzzing found over into the corpus: of the inputs in build/fuzz/TARGET those that reach what the named seeds
# do not (by edges, not by how often), the smallest first, up to KIB kibibytes for each target. Named files stay as they are; those that are called by
# their sum are recreated.
# usage: test/fuzz/grow.sh TARGET…     after test/fuzz/run.sh TARGET SECONDS, or all.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
found=$here/../../build/fuzz
limit=$((${KIB:-64} * 1024))
by_sum='^[0-9a-f]\{40\}$'
for target; do
  corpus=$here/corpus/$target
  merged=$(mktemp -d)
  mkdir -p "$corpus"
  for file in "$corpus"/*; do
    [ -f "$file" ] || continue
    basename "$file" | grep -q "$by_sum" || cp "$file" "$merged"
  done
  "$found/fuzz_$target" -merge=1 -use_counters=0 -max_len="${LENGTH:-4096}" "$merged" "$corpus" "$found/$target" 2>/dev/null
  for file in "$corpus"/*; do
    [ ! -f "$file" ] || ! basename "$file" | grep -q "$by_sum" || rm "$file"
  done
  # Smallest first: a corpus is run through by every build.
  total=0
  for name in $(ls -rS "$merged" | grep "$by_sum"); do
    total=$((total + $(wc -c <"$merged/$name")))
    [ "$total" -le "$limit" ] || break
    cp "$merged/$name" "$corpus"
  done
  rm -r "$merged"
  echo "$target: $(ls "$corpus" | wc -l) inputs, $(du -sk --apparent-size "$corpus" | cut -f1) KiB"
done
