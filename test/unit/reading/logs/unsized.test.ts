// Bytes that a log does not have are unknown: in verdicts, where an upload to a relay would not show, and in every output.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { addTotals, hostTotals } from '../../../../src/reading/logs/totals.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('unsized');

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const policyWith = (more: string): string =>
  write(`policy${more.length}.yaml`, [
    'version: 1\nname: t\ntimezone: UTC',
    'groups: { all: { cidr: [10.0.0.0/24] } }',
    'rules:',
    '  - { id: NO-CURSOR, rev: 1, title: No Cursor, match: { tools: [cursor] }, scope: { groups: [all] }, action: deny, effective: 2026-01-01, severity: low }',
    more,
  ]);
const [STRICT, WITHOUT_RELAYS] = [policyWith(''), policyWith('attest: { relays: ignored }')];

const NAMES = ['www.example.org', 'api.anthropic.com'];
const fortigate = (bytes: (i: number) => string): string[] =>
  NAMES.map(
    (name, i) =>
      `date=2026-11-20 time=06:22:4${i} devname=FGT devid=F eventtime=179516176${i}000000000 tz="+0000" logid="0000000013" type="traffic" subtype="forward" srcip=10.0.0.5 srcport=400${i} dstip=203.0.113.7 dstport=443 sessionid=7${i} proto=6 service="HTTPS" action="close" hostname="${name}" duration=5 ${bytes(i)}`,
  );
/** Rows of the web filter, which are written before the connection ends. */
const webFilter = NAMES.map(
  (name, i) =>
    `date=2026-11-20 time=06:22:4${i} devname=FGT devid=F eventtime=179516176${i}000000000 tz="+0000" logid="0317013312" type="utm" subtype="webfilter" srcip=10.0.0.5 srcport=400${i} dstip=203.0.113.7 dstport=443 sessionid=7${i} proto=6 service="HTTPS" hostname="${name}" action="passthrough" sentbyte=5000 rcvdbyte=3000`,
);
const zscaler = (names: string, values: string): string[] => [
  `time,cip,sip,eurl,action,respcode${names}`,
  ...NAMES.map((name) => `Fri Nov 20 06:22:42 2026,10.0.0.5,203.0.113.7,${name}/,Allowed,200${values}`),
];
const squid = (name: string, result = 'TCP_TUNNEL/200'): string =>
  `1795161762.000   9000 10.0.0.5 ${result} 9000 CONNECT ${name}:443 - HIER_DIRECT/203.0.113.7 -`;

const LOGS: readonly (readonly [name: string, lines: readonly string[], isSized: boolean])[] = [
  ['FortiGate', fortigate(() => 'sentbyte=3000 rcvdbyte=9000'), true],
  ['FortiGate without sent bytes', fortigate(() => 'rcvdbyte=9000'), false],
  ['FortiGate without received bytes', fortigate(() => 'sentbyte=3000'), false],
  ['FortiGate without bytes', fortigate(() => ''), false],
  [
    'FortiGate, one row without bytes',
    fortigate((i) => (i === 0 ? '' : 'sentbyte=3000 rcvdbyte=9000')),
    false,
  ],
  ['FortiGate, requests alone', webFilter, false],
  [
    'FortiGate, requests and sessions',
    [...webFilter, ...fortigate(() => 'sentbyte=3000 rcvdbyte=9000')],
    true,
  ],
  ['Zscaler', zscaler(',reqsize,respsize', ',3000,9000'), true],
  ['Zscaler without sent bytes', zscaler(',respsize', ',9000'), false],
  ['Zscaler without bytes', zscaler('', ''), false],
  ['Squid', NAMES.map((name) => squid(name)), false],
  ['Squid with listed names alone', [squid('api.anthropic.com')], true],
  [
    'Squid with a refused request',
    [squid('api.anthropic.com'), squid('www.example.org', 'TCP_DENIED/403')],
    true,
  ],
];

it.each(LOGS)(
  '%s: a verdict about a program needs the bytes of both directions',
  async (name, lines, isSized) => {
    const log = write(`${name.replaceAll(/\W/g, '-')}.log`, lines);
    const analyzed = async (policy: string): Promise<ReportDocument> =>
      JSON.parse((await wiretallyHere(['analyze', log, '--policy', policy, '--format', 'json'])).out);
    const { summary } = await analyzed(STRICT);
    expect(
      summary?.rules.map(({ verdict, reasons }) => [verdict, ...reasons.map(({ reason }) => reason)]),
    ).toEqual([isSized ? ['compliant'] : ['inconclusive', 'unsized']]);
    const lenient = (await analyzed(WITHOUT_RELAYS)).summary?.rules[0];
    const hasBytes = lenient?.hostsSeen === 1;
    expect(lenient?.verdict).toBe(hasBytes ? 'compliant' : 'inconclusive');
    expect(lenient?.reasons.map(({ reason }) => reason)).toEqual(hasBytes ? [] : ['unsized']);
  },
);

/** Rows of one connection, by the port of its client and a second of the same minute. */
interface Product {
  request(name: string, port: number, second: number): string;
  session(port: number, second: number): string;
}
const two = (second: number): string => String(second).padStart(2, '0');
const panOs = (type: string, port: number, second: number, rest: string): string =>
  `<14>Nov 20 06:22:${two(second)} PA-220 1,2026/11/20 06:22:${two(second)},0128,${type},2561,2026/11/20 06:22:${two(second)},10.0.0.5,203.0.113.7,192.0.2.1,203.0.113.7,rule,,,ssl,vsys1,trust,untrust,e1,e2,fwd,2026/11/20 06:22:${two(second)},${port},1,${port},443,5000,443,0x0,tcp,${rest}`;
const strata = (port: number, second: number, more: object): string =>
  JSON.stringify({
    ...{
      TimeGenerated: `2026-11-20T06:22:${two(second)}.000000Z`,
      SourceAddress: '10.0.0.5',
      SourcePort: port,
    },
    ...{ DestinationAddress: '203.0.113.7', DestinationPort: 443, Protocol: 'tcp', Application: 'ssl' },
    ...{ SessionID: port, Action: 'allow', ...more },
  });
const sophos = (port: number, second: number, rest: string): string =>
  `<30>device="SFW" date=2026-11-20 time=06:22:${two(second)} timezone="UTC" device_name="XG" log_subtype="Allowed" src_ip=10.0.0.5 dst_ip=203.0.113.7 protocol="TCP" src_port=${port} dst_port=443 ${rest}`;
const checkPoint = (port: number, second: number, more: object): string =>
  JSON.stringify({
    ...{
      action: 'Accept',
      origin: '192.0.2.1',
      time: `${1_795_155_700 + second}`,
      src: '10.0.0.5',
      proto: '6',
    },
    ...{ dst: '203.0.113.7', s_port: `${port}`, service: '443', loguid: `{${port}}`, ...more },
  });
const PRODUCTS: Readonly<Record<string, Product>> = {
  FortiGate: {
    request: (name, port, second) =>
      `date=2026-11-20 time=06:22:${two(second)} devid=F tz="+0000" logid="0317013312" type="utm" subtype="webfilter" srcip=10.0.0.5 srcport=${port} dstip=203.0.113.7 dstport=443 sessionid=${port} proto=6 service="HTTPS" hostname="${name}" action="passthrough" sentbyte=250000 rcvdbyte=3000`,
    session: (port, second) =>
      `date=2026-11-20 time=06:22:${two(second)} devid=F tz="+0000" logid="0000000013" type="traffic" subtype="forward" srcip=10.0.0.5 srcport=${port} dstip=203.0.113.7 dstport=443 sessionid=${port} proto=6 service="HTTPS" action="close" duration=5 sentbyte=3000 rcvdbyte=9000`,
  },
  'Palo Alto': {
    request: (name, port, second) =>
      panOs('THREAT,url', port, second, `alert,"${name}/",(9999),any,informational`),
    session: (port, second) =>
      panOs(
        'TRAFFIC,end',
        port,
        second,
        'allow,12000,3000,9000,20,2026/11/20 06:22:01,1,any,0,1,0x0,a,b,0,10,10,x',
      ),
  },
  Strata: {
    request: (name, port, second) =>
      strata(port, second, { LogType: 'THREAT', Subtype: 'url', URL: `${name}/` }),
    session: (port, second) =>
      strata(port, second, {
        ...{ LogType: 'TRAFFIC', Subtype: 'end', BytesSent: 3000, BytesReceived: 9000 },
        ...{ PacketsSent: 10, PacketsReceived: 10 },
      }),
  },
  Sophos: {
    request: (name, port, second) =>
      sophos(
        port,
        second,
        `log_type="Content Filtering" log_component="HTTP" url="https://${name}/" domain=${name}`,
      ),
    session: (port, second) =>
      sophos(
        port,
        second,
        'log_type="Firewall" log_component="Firewall Rule" connevent="Stop" sent_bytes=3000 recv_bytes=9000 sent_pkts=10 recv_pkts=10',
      ),
  },
  Cloudflare: {
    request: (name, port, second) =>
      JSON.stringify({
        ...{
          Action: 'none',
          Datetime: `2026-11-20T06:22:${two(second)}Z`,
          SourceIP: '10.0.0.5',
          DeviceID: 'd',
        },
        ...{ DestinationIP: '203.0.113.7', DestinationPort: 443, SourcePort: port, HTTPHost: name },
      }),
    session: (port, second) =>
      JSON.stringify({
        ...{ SessionEndTime: `2026-11-20T06:22:${two(second)}Z`, SessionStartTime: '2026-11-20T06:22:00Z' },
        ...{
          SourceIP: '10.0.0.5',
          SourcePort: port,
          OriginIP: '203.0.113.7',
          OriginPort: 443,
          Protocol: 'tcp',
        },
        ...{ BytesSent: 3000, BytesReceived: 9000, ConnectionCloseReason: 'CLIENT_CLOSED' },
      }),
  },
  'Check Point': {
    request: (name, port, second) => checkPoint(port, second, { resource: `https://${name}/` }),
    session: (port, second) =>
      checkPoint(port, second, {
        ...{ client_inbound_bytes: '3000', client_outbound_bytes: '9000' },
        ...{ client_inbound_packets: '10', client_outbound_packets: '10' },
      }),
  },
};
const PORTS = Array.from({ length: 20 }, (_, i) => 4000 + i);
/** Lines of whole connections, without the session of one of them. */
function connections(
  { request, session }: Product,
  { lacks, name }: { lacks?: number; name?: string },
): string[] {
  return PORTS.flatMap((port, i) => [
    request(port === lacks && name !== undefined ? name : 'www.example.org', port, 2 * i),
    ...(port === lacks ? [] : [session(port, 2 * i + 1)]),
  ]);
}

async function verdictsOf(input: string): Promise<unknown> {
  const { out } = await wiretallyHere(['analyze', input, '--policy', STRICT, '--format', 'json']);
  const { summary }: ReportDocument = JSON.parse(out);
  return summary?.rules.map(({ verdict, reasons }) => [verdict, ...reasons.map(({ reason }) => reason)]);
}
const SIZED_REQUESTS = [['compliant']];
const UNSIZED_REQUESTS = [['inconclusive', 'unsized']];

it.each(Object.entries(PRODUCTS))('%s: a request without its session is unsized', async (product, rows) => {
  const log = (lines: readonly string[]): string => write(`${product}.log`, lines);
  expect(await verdictsOf(log(connections(rows, {})))).toEqual(SIZED_REQUESTS);
  expect(await verdictsOf(log(connections(rows, {}).toReversed()))).toEqual(SIZED_REQUESTS);
  const incomplete = connections(rows, { lacks: 4007 });
  expect(await verdictsOf(log(incomplete))).toEqual(UNSIZED_REQUESTS);
});

describe.each(['FortiGate', 'Check Point'])('%s: a request without its session', (product) => {
  const rows = PRODUCTS[product] as Product;
  it.each<[string, string[]]>([
    ['newest first', connections(rows, { lacks: 4007 }).toReversed()],
    ['at an address', connections(rows, { lacks: 4007, name: '203.0.113.7' })],
    ['of a listed name', connections(rows, { lacks: 4007, name: 'api.anthropic.com' })],
    ['at the end', connections(rows, { lacks: 4019 })],
  ])('%s', async (name, lines) => {
    expect(await verdictsOf(write(`${product} ${name}.log`, lines))).toEqual(UNSIZED_REQUESTS);
  });

  it('in another log than the sessions', async () => {
    const requests = PORTS.map((port, i) => rows.request('www.example.org', port, 2 * i));
    const sessions = PORTS.map((port, i) => rows.session(port, 2 * i + 1));
    for (const some of [sessions, sessions.slice(1)]) {
      const place = temporaryFolder('two');
      writeFileSync(join(place, 'a.log'), `${requests.join('\n')}\n`);
      writeFileSync(join(place, 'b.log'), `${some.join('\n')}\n`);
      expect(await verdictsOf(place)).toEqual(some === sessions ? SIZED_REQUESTS : UNSIZED_REQUESTS);
    }
  });
});

it.each(['terminal', 'md', 'html', 'csv', 'ndjson', 'eve', 'ecs', 'zeek'])(
  '%s has no zero for them',
  async (format) => {
    const log = write(
      'no-bytes.log',
      fortigate(() => ''),
    );
    const { out } = await wiretallyHere(['analyze', log, '--format', format]);
    expect(out).toContain('10.0.0.5');
    expect(out).not.toMatch(/\b0 B\b|"(?:bytes|bytes_to\w+|payload_\w+)":0\b/);
    if (format === 'csv') expect(out).not.toMatch(/,0,/);
  },
);

it.each(['en', 'de', 'zh'])('explain in %s has no zero for them', async (language) => {
  const log = write(
    'explained.log',
    fortigate(() => ''),
  );
  const { out } = await wiretallyHere(['explain', log, '--host', '10.0.0.5', '--language', language]);
  expect(out).toContain('api.anthropic.com');
  expect(out).not.toMatch(/\b0 B\b/);
});

const SIZED = 'sentbyte=3000 rcvdbyte=9000';
it.each([
  ['a whole log', fortigate(() => SIZED), /^ok(?!.*missing)/],
  [
    'no client',
    fortigate(() => SIZED).map((line) => line.replace('srcip=10.0.0.5 ', '')),
    /^BAD.*no row is read \(no client address\).*addresses of clients: no row is read next: add srcip/,
  ],
  [
    'no sent bytes',
    fortigate(() => 'rcvdbyte=9000'),
    /^ok.*bytes sent: uploads are unknown, and verdicts about programs are inconclusive next: add sentbyte/,
  ],
  [
    'no received bytes',
    fortigate(() => 'sentbyte=3000'),
    /^ok.*bytes received: answers are unknown.*add rcvdbyte/,
  ],
  [
    'no action',
    fortigate(() => SIZED).map((line) => line.replace('action="close" ', '')),
    /^BAD.*no row is read \(no action\)/,
  ],
  [
    'no decision',
    zscaler(',reqsize,respsize', ',3000,9000').map((line) => line.replace(/,action|,Allowed/, '')),
    /^ok.*decisions of the gateway: refused requests count as use next: add action/,
  ],
])('doctor names what %s lacks, and what it costs', async (name, lines, expected) => {
  const { out } = await wiretallyHere(['doctor', write(`${name.replaceAll(' ', '-')}.log`, lines)]);
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(expected);
});

describe('sums of totals', () => {
  it('have the rows of all in which bytes are absent, also behind a row with bytes', () => {
    const at = { host: '10.0.0.5', firstUs: 1, lastUs: 2, flows: 1 };
    const sum = { ...hostTotals({ ...at, bytesUp: 3, bytesDown: 4 }) };
    addTotals(sum, hostTotals({ ...at, bytesUp: null, bytesDown: 5 }));
    addTotals(sum, hostTotals({ ...at, bytesUp: null, bytesDown: null }));
    expect(sum).toMatchObject({ flows: 3, bytesUp: 3, bytesDown: 9, unsizedFlows: 2 });
  });
});

it('has no payload in findings of a log without byte counts', async () => {
  const log = write('findings.log', [squid('api.anthropic.com'), squid('platform.claude.com')]);
  const policy = write('ban.yaml', [
    'version: 1\nname: t\ntimezone: UTC',
    'rules: [{ id: NO, title: No, match: { vendors: [Anthropic] }, action: deny, effective: 2026-01-01 }]',
  ]);
  const analyze = ['analyze', log, '--policy', policy, '--quiet', '--format'];
  const document = JSON.parse((await wiretallyHere([...analyze, 'json'])).out) as ReportDocument;
  const findings = document.findings ?? [];
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.map(({ payloadUp }) => payloadUp)).toEqual(findings.map(() => null));
  for (const format of ['terminal', 'markdown', 'sarif'])
    expect((await wiretallyHere([...analyze, format])).out).not.toMatch(/ 0 B\b|\b0 bytes of payload/);
});
