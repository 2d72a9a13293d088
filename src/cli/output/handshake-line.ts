// One ClientHello as the NDJSON line of `wiretally handshakes`.

import type { HelloRecord } from '../../model/flow.ts';
import { jsonText } from '../../text/json-text.ts';
import { instantFormatter } from '../../time/instant.ts';

const formatInstant = instantFormatter();

export function handshakeLine(file: string, hello: HelloRecord): string {
  const { form } = hello;
  return jsonText({
    file,
    ts: formatInstant(hello.tsUs),
    src_ip: hello.source,
    src_port: hello.sourcePort,
    dst_ip: hello.destination,
    dst_port: hello.destinationPort,
    transport: form.transport,
    sni: hello.sni,
    alpn: form.alpn,
    legacy_version: hello.legacyVersion,
    supported_versions: hello.supportedVersions,
    ja3: hello.ja3Text,
    ja3_hash: form.ja3,
    ja4: form.ja4,
    ech: form.ech === 'none' ? 'none' : 'present',
    hello_bytes: hello.helloBytes,
    segments: hello.segments,
    vlan: hello.vlans,
    tunnel: hello.tunnel,
    retry: hello.isRetry,
  });
}
