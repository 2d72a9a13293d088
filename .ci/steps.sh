#!/usr/bin/env bash
# The steps of .ci/run and .ci/full, on a new Debian 12 machine with Node 20, g++, python3 and make: those of every run,
# and those of the slices that are named. A failed step does not stop the next. The last line has the counts of all tests.
# usage: .ci/steps.sh SLICE…     slices: 1 to 6; all six: C++ files that did not change are checked too
set -euo pipefail
cd "$(dirname "$0")/.."

slices=" $* "
in_slice() { [[ $slices == *" $1 "* ]]; }
all=no
if [ "$*" = '1 2 3 4 5 6' ]; then all=yes; fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
steps=''  # a line for each step that ended
failed=() # names
silent=0  # failed steps that count no tests
said=''   # the end of what these printed

# step NAME COMMAND…
step() {
  local name=$1 begin=$SECONDS result=passed before printed
  shift
  printf '\n== %s\n' "$name"
  before=$(wc -l <"$log")
  if ! "$@" 2>&1 | tee -a "$log"; then
    result=FAILED
    failed+=("$name")
    printed=$(tail -n "+$((before + 1))" "$log")
    if ! grep -qE '^[0-9]+ passed, [0-9]+ failed' <<<"$printed"; then
      silent=$((silent + 1))
      said+="$name printed last:"$'\n'$(tail -n 70 <<<"$printed" | cut -c 1-300)$'\n'
    fi
  fi
  local line
  line=$(printf '%-32s %-6s %5d s   load %s' "$name" "$result" $((SECONDS - begin)) "$(cut -d ' ' -f 1-3 /proc/loadavg)")
  steps+="$line"$'\n'
  printf -- '-- %s\n' "$line"
}

# of SLICE NAME COMMAND…
of() { if in_slice "$1"; then step "${@:2}"; fi; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# clang, libclang-rt, doctest-dev: C++ tests and fuzz targets. libssl-dev: the same sources without Node. tcpdump,
# iproute2: baselines and live tests. libpcap0.8: capture filters. bind9, unbound, dnsmasq, nftables, squid: programs that
# must accept what policies export. zstd: compressed captures. openssl: certificates. prometheus: its promtool holds
# metrics and the example alerts. systemd, logrotate, strace: what is in service/. nats-server: what carries windows.
# tmux: the live screen is looked at in it.
packages=(clang clang-format clang-tidy libclang-rt-14-dev doctest-dev libssl-dev tcpdump libpcap0.8 iproute2
  bind9 bind9-utils bind9-dnsutils unbound dnsmasq-base nftables squid iputils-ping tcpreplay jq zstd openssl groff-base
  prometheus systemd logrotate strace nats-server tmux)
# The core for arm64.
if in_slice 2; then packages+=(g++-aarch64-linux-gnu qemu-user); fi
# The core for pages.
if in_slice 3 || in_slice 6; then packages+=(emscripten); fi
# The browser that shows pages and HTML reports.
if in_slice 3; then packages+=(chromium); fi

install_packages() {
  as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

tidy() { if [ $all = yes ]; then npm run check:tidy; else npm run check:tidy -- --changed; fi; }
long_tests() {
  if [ $all = yes ]; then npx vitest run --project long; else npx vitest run --project long --shard="${slices// /}/6"; fi
}
# Larger captures than the tests read.
large_captures() { WIRETALLY_LARGEST_CAPTURE=1500000 build/native/tests --source-file='*/whole_decoder_test.cc'; }

# Without these two, nothing else can pass. "npm ci" builds dist, which all tests use.
step 'packages' install_packages
step 'npm ci' npm ci --no-audit --no-fund
# ClickHouse's engine, half a gigabyte, for the tests of a store on a server. Not `npm ci`: its lockfile names this platform alone.
of 1 'chdb' npm install --no-save --no-audit --no-fund --prefix .ci/chdb

step 'check' npm run check
step 'tidy' tidy
step 'npm test' npm test
step 'sanitizers' npm run test:sanitizers
step 'node versions' npm run test:nodes
if [ $all = yes ]; then step 'unit tests on node versions' npm run test:nodes:unit; fi
if [ $all = no ]; then step 'fuzz' test/fuzz/all.sh 1 core; fi

step 'long tests' long_tests
of 1 'threads' test/native/threads.sh
of 2 'arm64' test/native/arm64.sh
of 4 'captures under the sanitizers' large_captures
of 4 'long fuzz' test/fuzz/all.sh 15 core
of 5 'package' npx vitest run --project package
# In two clones: the same commit gives the same bytes.
of 6 'release twice' npm run release -- --only-here --twice

printf '\n== done after %d s\n%s' "$SECONDS" "$steps"
if [ "${#failed[@]}" -gt 0 ]; then
  # Again, errors that belong to no test and then the names: only the end of a long output may be kept.
  plain=$(sed -E 's/\x1b\[[0-9;]*m//g' "$log")
  grep -E -A 20 'Unhandled |^Vitest caught ' <<<"$plain" | cut -c 1-300 | head -n 60 || true
  grep -E '^ FAIL ' <<<"$plain" | cut -c 1-300 | sort -u | head -n 60 || true
  printf '%s' "$said"
  printf 'failed: %s; see above\n' "$(IFS=, && echo "${failed[*]}")"
fi
sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$log" |
  awk -v silent="$silent" '{ passed += $1; failed += $2; skipped += $3 }
    END { print passed + 0 " passed, " failed + silent " failed, " skipped + 0 " skipped" }'
[ "${#failed[@]}" = 0 ]
