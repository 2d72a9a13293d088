#!/bin/sh
# Records MCP of both generations in two network namespaces, with the reference packages of npm. Needs root, ip and tcpdump.
# Usage: record.sh OUT, in a folder with @modelcontextprotocol/{sdk,client,server,node,server-everything} and zod installed.
set -eu
lab=$(dirname "$(realpath "$0")") out=$1 work=$PWD
cp "$lab/server.mjs" "$lab/client.mjs" "$work"
everything=$work/node_modules/@modelcontextprotocol/server-everything/dist/index.js

record() { # NAME CLIENT_ADDRESS GENERATION URL SECRET COMMAND…
  name=$1 address=$2 generation=$3 url=$4 secret=$5
  shift 5
  ip netns add mcp-server
  ip netns add mcp-client
  ip link add mcp-a netns mcp-server type veth peer name mcp-b netns mcp-client
  ip -n mcp-server addr add 10.88.0.13/8 dev mcp-a
  ip -n mcp-client addr add "$address/8" dev mcp-b
  ip -n mcp-server link set mcp-a up
  ip -n mcp-client link set mcp-b up
  ip netns exec mcp-server tcpdump -q -i mcp-a -s 0 -U -w "$out/$name.pcap" tcp 2>/dev/null &
  dump=$!
  ip netns exec mcp-server "$@" >/dev/null 2>&1 &
  server=$!
  sleep 3
  ip netns exec mcp-client node "$work/client.mjs" "$generation" "$url" "$secret"
  sleep 1
  kill "$server" "$dump"
  wait
  ip netns del mcp-client
  ip netns del mcp-server
  gzip -9 -n -f "$out/$name.pcap"
  echo "$name.pcap.gz $secret"
}

secret() { printf 'zq%s' "$(head -c 9 /dev/urandom | od -An -tx1 | tr -d ' \n')"; }

a=$(secret) b=$(secret) c=$(secret) d=$(secret)
record mcp-2025-everything 10.88.0.21 1 http://10.88.0.13:3001/mcp "$a" node "$everything" streamableHttp
record mcp-2025-client-2 10.88.0.22 2 http://10.88.0.13:3001/mcp "$b" node "$everything" streamableHttp
record mcp-2026-exposed 10.89.0.30 2 http://10.88.0.13:9200/ "$c" node "$work/server.mjs" "$c" 9200 reject
record mcp-2026-client-1 10.88.0.21 1 http://10.88.0.13:9200/ "$d" node "$work/server.mjs" "$d" 9200 stateless
