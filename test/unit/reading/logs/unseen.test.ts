// Connections that a log cannot see into: they are reported as not visible, and an audit knows them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import { hasData } from '../../../../src/reading/logs/records.ts';
import {
  classifyUnseen,
  classifyUnseenProtocol,
  type LoggedEnds,
} from '../../../../src/reading/logs/unseen.ts';
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
  hasData: true,
};
const kindsOf = (parts: Partial<LoggedEnds>): string[] =>
  classifyUnseen({ ...ENDS, ...parts }).map(
    ({ kind, hint, isFew }) => `${kind} ${hint}${isFew ? ' few' : ''}`,
  );

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
    expect(classifyUnseenProtocol(protocol, bytes)).toHaveLength(flows);
  });
});

it.each([
  ['Zeek', 12, 60, 120],
  ['Zeek, probes of closed ports', 200, 0, 60],
])('%s: %i small connections of no known protocol', async (_, count, data, bytes) => {
  const rows = Array.from(
    { length: count },
    (_, i) =>
      `1783900800.0\tC${i}\t10.0.0.2\t${5000 + i}\t203.0.113.9\t9000\ttcp\t-\t1.0\t${data}\t${data}\tSF\tShADad\t4\t${4 * bytes}\t2\t${2 * bytes}\n`,
  );
  const path = join(folder, `${count}.log`);
  writeFileSync(path, CONN + rows.join(''));
  const { windows } = await (await openSource([path])).read();
  const parts = windows.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
  // The first five rows are below 4 KiB together.
  expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(data === 0 ? 0 : (count - 5) * 720);
});

it.each<[number, number, string, number | undefined, boolean]>([
  [128, 2, '10.0.0.2', undefined, false],
  [149, 2, '10.0.0.2', undefined, true],
  [120, 2, '10.0.0.2', 0, false],
  [121, 2, '10.0.0.2', 0, true],
  [160, 2, '2001:db8::2', 0, false],
  [60, 0, '10.0.0.2', 0, true],
])(
  '%i bytes of TCP in %i packets of %s with a link header of %s have data: %s',
  (bytes, packets, client, link, has) => {
    expect(hasData(bytes, packets, client, link)).toBe(has);
  },
);

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
    ['of few bytes may be one of many', { bytesUp: 100, bytesDown: 200 }, ['tunnel unknown few']],
    ['of few bytes without data is a probe', { bytesUp: 100, bytesDown: 200, hasData: false }, []],
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

const CONN = `#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n`;
const connOf = (uid: string, port: number): string =>
  `1783900800.0\t${uid}\t10.0.0.2\t${port}\t203.0.113.9\t443\ttcp\tssl\t60.0\t4000\t9000\tSF\tShADad\t8\t4000\t9\t6000\n`;
const SSL = `#separator \\x09\n#path\tssl\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tserver_name\testablished\n`;
const sslOf = (uid: string, port: number, name: string): string =>
  `1783900800.1\t${uid}\t10.0.0.2\t${port}\t203.0.113.9\t443\tTLSv13\t${name}\tT\n`;
const eveFlow = (id: number): string =>
  `{"timestamp":"2026-07-13T00:01:00.000000+0000","flow_id":${id},"event_type":"flow","src_ip":"10.0.0.2","src_port":${50_000 + id},"dest_ip":"203.0.113.9","dest_port":443,"proto":"TCP","app_proto":"tls","flow":{"pkts_toserver":8,"pkts_toclient":9,"bytes_toserver":4000,"bytes_toclient":6000,"start":"2026-07-13T00:00:00.000000+0000","end":"2026-07-13T00:01:00.000000+0000","state":"established"}}\n`;
const eveTls = (id: number, sni: string): string =>
  `{"timestamp":"2026-07-13T00:00:01.000000+0000","flow_id":${id},"event_type":"tls","src_ip":"10.0.0.2","src_port":${50_000 + id},"dest_ip":"203.0.113.9","dest_port":443,"proto":"TCP","tls":{${sni}"version":"TLS 1.3"}}\n`;
const SNI = '"sni":"www.example.org",';
/** The first row is read in JavaScript, later ones in the core. */
const eveWith = (name: string): Record<string, string> => ({
  'eve.json': [
    eveTls(1, SNI),
    eveFlow(1),
    ...[2, 3].flatMap((id) => [eveTls(id, `"sni":"${name}",`), eveFlow(id)]),
  ].join(''),
});
const zeekWith = (name: string): Record<string, string> => {
  const ends = (id: number) =>
    `"ts":1783900800.0,"uid":"C${id}","id.orig_h":"10.0.0.2","id.orig_p":${id},"id.resp_h":"203.0.113.9","id.resp_p":443`;
  const ids = [1, 2, 3];
  return {
    'conn.log': ids
      .map(
        (id) =>
          `{${ends(id)},"proto":"tcp","service":"ssl","duration":60,"conn_state":"SF","orig_ip_bytes":4000,"resp_ip_bytes":6000}\n`,
      )
      .join(''),
    'ssl.log': ids
      .map(
        (id) =>
          `{${ends(id)},"version":"TLSv13","server_name":"${id === 1 ? 'www.example.org' : name}","established":true}\n`,
      )
      .join(''),
  };
};
const squidOf = (status: string, target: string): string =>
  `1783900860.000 60000 10.0.0.2 ${status} 10000 CONNECT ${target} - HIER_DIRECT/203.0.113.9 -\n`;

it.each<[string, Readonly<Record<string, string>>, number]>([
  ['conn.log without ssl.log', { 'conn.log': CONN + connOf('C1', 1) }, 10_000],
  [
    'ssl.log with its name',
    { 'conn.log': CONN + connOf('C1', 1), 'ssl.log': SSL + sslOf('C1', 1, 'www.example.org') },
    0,
  ],
  [
    'ssl.log without its name',
    { 'conn.log': CONN + connOf('C1', 1), 'ssl.log': SSL + sslOf('C1', 1, '-') },
    10_000,
  ],
  [
    'ssl.log of another connection',
    {
      'conn.log': CONN + connOf('C1', 1) + connOf('C2', 2),
      'ssl.log': SSL + sslOf('C1', 1, 'www.example.org'),
    },
    10_000,
  ],
  ['flow events alone', { 'eve.json': eveFlow(1) }, 10_000],
  ['the name before the flow event', { 'eve.json': eveTls(1, SNI) + eveFlow(1) }, 0],
  ['the name behind the flow event', { 'eve.json': eveFlow(1) + eveTls(1, SNI) }, 0],
  [
    'a tls event without a name',
    { 'eve.json': eveTls(1, '') + eveFlow(1) + eveTls(2, SNI) + eveFlow(2) },
    10_000,
  ],
  ...['', '-', '(empty)', '203.0.113.9', '2001:db8::9'].flatMap(
    (name): [string, Record<string, string>, number][] => [
      [`tls events with the name "${name}"`, eveWith(name), 20_000],
      [`JSON of ssl.log with the name "${name}"`, zeekWith(name), 20_000],
    ],
  ),
  ['JSON of ssl.log with names', zeekWith('www.example.com'), 0],
  ['CONNECT to an address', { 'access.log': squidOf('TCP_TUNNEL/200', '203.0.113.9:443') }, 10_000],
  ['CONNECT to an address of IPv6', { 'access.log': squidOf('TCP_TUNNEL/200', '[2001:db8::9]:443') }, 10_000],
  ['CONNECT to a name', { 'access.log': squidOf('TCP_TUNNEL/200', 'www.example.org:443') }, 0],
  ['CONNECT that the proxy refused', { 'access.log': squidOf('TCP_DENIED/403', '203.0.113.9:443') }, 0],
])('TLS is hidden without a name: %s', async (name, logs, bytes) => {
  const inputs = join(folder, encodeURIComponent(name));
  mkdirSync(inputs);
  for (const [file, text] of Object.entries(logs)) writeFileSync(join(inputs, file), text);
  const { windows } = await (await openSource([inputs])).read();
  const hidden = windows.flatMap(({ account }) => [...(account ?? [])].flatMap((one) => one.hidden));
  expect(hidden.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes);
  expect(hidden.every(({ kind }) => kind === 'unnamed')).toBe(true);
});

it.each<[string, readonly [name: string, up: number, down: number][], number]>([
  ['sends a prompt to an unlisted name', [['gate.corp.example', 52_000, 5_000]], 57_000],
  ['sends little there', [['gate.corp.example', 19_999, 5_000]], 0],
  ['sends there as much as it receives', [['gate.corp.example', 52_000, 52_000]], 0],
  [
    'receives more under a listed name',
    [
      ['gate.corp.example', 52_000, 5_000],
      ['api.openai.com', 3_000, 900_000],
    ],
    57_000,
  ],
  [
    'receives more under other unlisted names',
    [
      ['gate.corp.example', 52_000, 5_000],
      ['news.example', 30_000, 900_000],
    ],
    57_000,
  ],
  [
    'sends to it over several connections',
    [
      ['gate.corp.example', 15_000, 3_000],
      ['gate.corp.example', 15_000, 3_000],
    ],
    36_000,
  ],
  ['sends under a listed name alone', [['api.openai.com', 52_000, 5_000]], 0],
])('a log of names: a host that %s has %3$i bytes of a suspected relay', async (title, tunnels, expected) => {
  const rows = tunnels.map(
    ([name, up, down]) =>
      `1783900800.500 400 10.0.0.2:50000 TCP_TUNNEL/200 ${down} ${up} CONNECT ${name}:443 - HIER_DIRECT/203.0.113.9 ${name} - "-"\n`,
  );
  const path = join(folder, title);
  mkdirSync(path);
  writeFileSync(
    join(path, 'squid.conf'),
    'logformat own %ts.%03tu %tr %>a:%>p %Ss/%03>Hs %<st %>st %rm %ru %[un %Sh/%<a %ssl::>sni %ssl::bump_mode "%{User-Agent}>h"\naccess_log stdio:/var/log/squid/access.log own\n',
  );
  writeFileSync(join(path, 'access.log'), rows.join(''));
  const { windows } = await (await openSource([path])).read();
  const parts = windows.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
  expect(parts.filter(({ kind }) => kind === 'relay').reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
    expected,
  );
});

it.each([
  ['the address of the server', '203.0.113.9', 54_000],
  ['an IPv6 address', '2001:db8::9', 54_000],
  ['nothing', '-', 54_000],
  ['a name', 'gate.corp.example', 0],
])('a tunnel to an address with %s as SNI has %3$i bytes without a name', async (title, sni, expected) => {
  // RFC 6066 §3: literal IPv4 and IPv6 addresses are not permitted in "HostName".
  const path = join(folder, `sni ${title}`);
  mkdirSync(path);
  writeFileSync(
    join(path, 'squid.conf'),
    'logformat own %ts.%03tu %tr %>a:%>p %Ss/%03>Hs %<st %>st %rm %ru %[un %Sh/%<a %ssl::>sni %ssl::bump_mode "%{User-Agent}>h"\naccess_log stdio:/var/log/squid/access.log own\n',
  );
  writeFileSync(
    join(path, 'access.log'),
    `1783900800.500 400 10.0.0.2:50000 TCP_TUNNEL/200 50000 4000 CONNECT 203.0.113.9:443 - HIER_DIRECT/203.0.113.9 ${sni} - "-"\n`,
  );
  const { windows } = await (await openSource([path])).read();
  const parts = windows.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
  expect(parts.reduce((sum, { kind, bytes }) => sum + (kind === 'unnamed' ? bytes : 0), 0)).toBe(expected);
  expect(JSON.stringify(windows.map(({ rows }) => rows))).not.toMatch(/203\.0\.113\.9|2001:db8::9/);
});

it.each<[string, Partial<LoggedEnds>, string[]]>([
  ['TLS', { service: 'ssl' }, ['relay unknown']],
  ['clear text', { service: 'http', isNamed: false }, ['relay unknown']],
  ['TLS without a name', { service: 'ssl', isNamed: false }, ['unnamed unknown']],
  ['mail', { service: 'smtp' }, []],
  ['TLS with less', { service: 'tls', bytesUp: 19_999 }, []],
  ['TLS that receives more', { service: 'tls', bytesDown: 10_001 }, []],
])('an upload in %s is %j', (_, ends, expected) => {
  expect(kindsOf({ isNamed: true, bytesUp: 30_000, bytesDown: 10_000, ...ends })).toEqual(expected);
});

it.each<[string, string, number]>([
  ['a local host', '10.0.0.2\t50000\t203.0.113.9\t443', 33_000],
  ['an outer host to a local one', '203.0.113.9\t50000\t10.0.0.2\t443', 0],
])(
  'the upload of %s, %s, next to other traffic: %i bytes of a suspected relay',
  async (_, ends, expected) => {
    const path = join(folder, `relay-${expected}`);
    mkdirSync(path);
    const row = (id: number, up: number, down: number): string =>
      `1783900800.0\tC${id}\t${ends.replace('50000', String(50_000 + id))}\ttcp\tssl\t1.0\t${up}\t${down}\tSF\tShADad\t40\t${up}\t40\t${down}\n`;
    writeFileSync(join(path, 'conn.log'), `${CONN}${row(1, 30_000, 3_000)}${row(2, 30_000, 900_000)}`);
    writeFileSync(
      join(path, 'ssl.log'),
      `#separator \\x09\n#path\tssl\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tserver_name\n${[1, 2].map((id) => `1783900800.1\tC${id}\t${ends.replace('50000', String(50_000 + id))}\tgate.corp.example\n`).join('')}`,
    );
    const { windows } = await (await openSource([path])).read();
    const parts = windows.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
    expect(parts.reduce((sum, { kind, bytes }) => sum + (kind === 'relay' ? bytes : 0), 0)).toBe(expected);
    expect(JSON.stringify(windows)).not.toContain('203.0.113.9');
  },
);
