// Connections that a log cannot see into: they are reported as not visible, and an audit knows them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import { type LoggedEnds, unseenIn, unseenOfProtocol } from '../../../../src/reading/logs/unseen.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('unseen');

const ENDS: LoggedEnds = {
  serverPort: 9000,
  service: null,
  isNamed: false,
  isMidFlow: false,
  isUdp: false,
  bytesUp: 40_000,
  bytesDown: 60_000,
};
const kindsOf = (parts: Partial<LoggedEnds>): string[] =>
  unseenIn({ ...ENDS, ...parts }).map(({ kind, hint }) => `${kind} ${hint}`);

describe('a row of another protocol than TCP and UDP', () => {
  it.each<[string, number, number]>([
    ['ESP', 1000, 1],
    ['050', 1000, 1],
    ['47', 1000, 1],
    ['SCTP', 1000, 1],
    ['ESP', 0, 0],
    ['ICMP', 1000, 0],
    ['IPv6-ICMP', 1000, 0],
    ['002', 1000, 0],
  ])('of %s with %i bytes hides %i flow', (protocol, bytes, flows) => {
    expect(unseenOfProtocol(protocol, bytes)).toHaveLength(flows);
  });
});

describe('a connection without a listed name', () => {
  it.each<[string, Partial<LoggedEnds>, string[]]>([
    ['of no known protocol is a possible tunnel', {}, ['tunnel unknown']],
    ['joined in its middle has no name', { isMidFlow: true }, ['midFlow unknown']],
    ['of SSH carries others', { service: 'ssh' }, ['tunnel ssh']],
    ['of WireGuard carries others', { service: 'spicy_wireguard' }, ['tunnel wireguard']],
    ['of IKE carries others', { service: 'ikev2' }, ['tunnel ipsec']],
    ['to DNS over TLS hides questions', { serverPort: 853, service: 'ssl' }, ['dns unknown']],
    ['of no known protocol on its port is a possible tunnel', { serverPort: 853 }, ['tunnel unknown']],
    ['of SSH on its port carries others', { serverPort: 853, service: 'ssh' }, ['tunnel ssh']],
    ['of a known protocol is seen', { service: 'http' }, []],
    ['of TLS without a name may have any', { service: 'ssl,http' }, ['unnamed unknown']],
    ['of QUIC without a name may have any', { service: 'quic', isUdp: true }, ['unnamed unknown']],
    ['of TLS with another name is seen', { service: 'tls', isNamed: true }, []],
    ['of TLS without bytes hides nothing', { service: 'tls', bytesUp: 0, bytesDown: 0 }, []],
    ['in one direction has no name either', { bytesDown: 0 }, ['tunnel unknown']],
    ['without an answer carries no work', { bytesUp: 400, bytesDown: 0 }, []],
    ['of few bytes carries no work', { bytesUp: 100, bytesDown: 200 }, []],
    ['on the port of clocks is of no known protocol', { isUdp: true, serverPort: 123 }, ['tunnel unknown']],
    ['in one direction is of no known protocol', { isUdp: true, bytesDown: 0 }, ['tunnel unknown']],
  ])('%s', (_, parts, kinds) => {
    expect(kindsOf(parts)).toEqual(kinds);
  });
});

it.each<[string, string, string, string]>([
  [
    'Zeek',
    'conn.log',
    `#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n`,
    `1783900800.0\tC1\t10.0.0.2\t50000\t203.0.113.9\t51820\tudp\t-\t60.0\t400000\t900000\tSF\tDd\t800\t422400\t900\t925200\n`,
  ],
  [
    'Suricata',
    'eve.json',
    '',
    '{"timestamp":"2026-07-13T00:01:00.000000+0000","flow_id":1,"event_type":"flow","src_ip":"10.0.0.2","src_port":50000,"dest_ip":"203.0.113.9","dest_port":51820,"proto":"UDP","app_proto":"failed","flow":{"pkts_toserver":800,"pkts_toclient":900,"bytes_toserver":422400,"bytes_toclient":925200,"start":"2026-07-13T00:00:00.000000+0000","end":"2026-07-13T00:01:00.000000+0000","state":"established"}}\n',
  ],
])('%s: a tunnel of no known protocol is not visible', async (_, file, head, row) => {
  const path = join(folder, file);
  writeFileSync(path, head + row);
  const { windows } = await (await openSource([path])).read();
  const parts = windows.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
  expect(parts.map(({ kind, hint, flows }) => ({ kind, hint, flows }))).toEqual([
    { kind: 'tunnel', hint: 'unknown', flows: 1 },
  ]);
});
