// The line of `dump hellos` as a second reading: from the record that the library gives, by JSON.stringify.

import type { HelloLine } from '../../src/model/sensor.ts';
import { jsonText } from '../../src/text/json-text.ts';
import { formatInstant } from '../../src/time/instant.ts';

export function helloLine({ file, hello }: HelloLine): string {
  const { fingerprint } = hello;
  const line = jsonText({
    ts: formatInstant(hello.tsUs),
    src_ip: hello.source,
    src_port: hello.sourcePort,
    dst_ip: hello.destination,
    dst_port: hello.destinationPort,
    transport: fingerprint.transport,
    sni: hello.sni,
    alpn: fingerprint.alpn,
    legacy_version: hello.legacyVersion,
    supported_versions: hello.supportedVersions,
    ja3: hello.ja3Text,
    ja3_hash: fingerprint.ja3,
    ja4: fingerprint.ja4,
    family: hello.family,
    ech: fingerprint.ech === 'none' ? 'none' : 'present',
    hello_bytes: hello.helloBytes,
    segments: hello.segments,
    vlan: hello.vlans,
    tunnel: hello.tunnel,
    retry: hello.isRetry,
  });
  return `${jsonText({ file }).slice(0, -1)},${escapeBeyondAscii(line.slice(1))}`;
}

/** The name of a file is as it is; texts from the wire are ASCII in these lines. */
function escapeBeyondAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
