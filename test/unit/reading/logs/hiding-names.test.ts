// Names of relays that hide the real destination: a connection to one is hidden in logs too, as in packets.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { hiddenBehind } from '../../../../src/reading/collector/not-visible.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('hiding-names');
const policy = join(folder, 'policy.yaml');
writeFileSync(
  policy,
  'version: 1\nname: t\ntimezone: UTC\nrules:\n  - { id: BAN, title: No Cursor, match: { tools: [cursor] }, action: deny, effective: 2026-01-01 }\n',
);

it.each([
  ['cloudflare-ech.com', 'unnamed'],
  ['www.cloudflare-ech.com', null],
  ['dns.google', 'dns'],
  ['mask.icloud.com', 'tunnel'],
  ['icloud.com', null],
  ['nordvpn.com', 'tunnel'],
  ['us8312.nordvpn.com', 'tunnel'],
  ['notnordvpn.com', null],
  ['tunnel.us.ngrok.com', 'tunnel'],
  ['ngrok.com', null],
])('a connection to %s hides %s', (name, kind) => {
  expect(hiddenBehind(name)).toBe(kind);
});

const COUNT = 20;
type Write = (names: (i: number) => string) => readonly string[];

const eveEnds = (i: number) => ({
  ...{ flow_id: 1000 + i, src_ip: '10.0.0.5', src_port: 40_000 + i },
  ...{ dest_ip: `203.0.113.${i + 1}`, dest_port: 443, proto: 'TCP' },
});
const eveTime = (i: number): string => `2026-11-20T06:22:${String(i).padStart(2, '0')}.000000+0000`;
const eve: Write = (names) =>
  Array.from({ length: COUNT }, (_, i) => i).flatMap((i) => [
    JSON.stringify({
      ...{ timestamp: eveTime(i), event_type: 'tls', ...eveEnds(i) },
      tls: { sni: names(i), version: 'TLS 1.3' },
    }),
    JSON.stringify({
      ...{ timestamp: eveTime(i), event_type: 'flow', ...eveEnds(i), app_proto: 'tls' },
      flow: {
        ...{ pkts_toserver: 9, pkts_toclient: 9, bytes_toserver: 4000, bytes_toclient: 9000 },
        ...{ start: eveTime(i), end: eveTime(i) },
      },
    }),
  ]);

const zeekTable = (path: string, fields: string, rows: readonly (readonly string[])[]): string[] => [
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-',
  `#path\t${path}\n#fields\t${fields.split(' ').join('\t')}`,
  ...rows.map((row) => row.join('\t')),
];
const zeekEnds = (i: number): string[] => [
  ...[`1795155${String(760 + i)}.0`, `C${i}`, '10.0.0.5', String(40_000 + i), `203.0.113.${i + 1}`, '443'],
];
const ENDS = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p';
const rowsOf = (values: (i: number) => string[]) =>
  Array.from({ length: COUNT }, (_, i) => [...zeekEnds(i), ...values(i)]);
const zeek: Write = (names) => [
  ...zeekTable(
    'ssl',
    `${ENDS} version server_name established`,
    rowsOf((i) => ['TLSv13', names(i), 'T']),
  ),
  ...zeekTable(
    'conn',
    `${ENDS} proto service duration orig_bytes resp_bytes conn_state orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes`,
    rowsOf(() => ['tcp', 'ssl', '1.0', '3600', '8600', 'SF', '9', '4000', '9', '9000']),
  ),
];

const squidRow = (i: number, name: string, result: string): string =>
  `1795155${760 + i}.000   9000 10.0.0.5 ${result} 13000 CONNECT ${name}:443 - HIER_DIRECT/203.0.113.${i + 1} -`;
const squid: Write = (names) =>
  Array.from({ length: COUNT }, (_, i) => squidRow(i, names(i), 'TCP_TUNNEL/200'));
const refused: Write = (names) =>
  Array.from({ length: COUNT }, (_, i) => {
    const isPlain = names(i).endsWith('.example');
    return squidRow(i, names(i), isPlain ? 'TCP_TUNNEL/200' : 'TCP_DENIED/403');
  });

async function analyze(name: string, lines: readonly string[]): Promise<ReportDocument> {
  const log = join(folder, `${name.replaceAll(/\W/g, '-')}.log`);
  writeFileSync(log, `${lines.join('\n')}\n`);
  return JSON.parse((await wiretallyHere(['analyze', log, '--policy', policy, '--format', 'json'])).out);
}

const hiddenIn = ({ notVisible }: ReportDocument) =>
  notVisible.filter(({ kind }) => kind !== 'unsized').map(({ kind, bytes, flows }) => [kind, bytes, flows]);
const reasonsOf = ({ summary }: ReportDocument) =>
  summary?.rules.flatMap(({ reasons }) => reasons.map(({ reason }) => reason));

const PLAIN = (i: number): string => `www${i}.example`;
const half = (name: string) => (i: number) => (i % 2 === 0 ? name : PLAIN(i));

describe.each<readonly [string, Write]>([
  ['Suricata', eve],
  ['Zeek', zeek],
  ['Squid', squid],
])('%s', (product, write) => {
  it('other names hide nothing', async () => {
    const report = await analyze(`${product} plain`, write(PLAIN));
    expect([hiddenIn(report), reasonsOf(report)?.includes('hidden')]).toEqual([[], false]);
  });

  it.each([
    ['cloudflare-ech.com', 'unnamed'],
    ['Gateway.ZScaler.net', 'tunnel'],
    ['cloudflare-dns.com', 'dns'],
  ])('a connection to %s is hidden traffic, and the verdict is not compliant', async (name, kind) => {
    const report = await analyze(`${product} ${name}`, write(half(name)));
    expect(hiddenIn(report)).toEqual([[kind, 130_000, 10]]);
    expect(reasonsOf(report)).toContain('hidden');
    expect(report.hosts.flatMap(({ tools, providers }) => [...tools, ...providers])).toEqual([]);
  });
});

it('a refused connection to a relay hides nothing', async () => {
  expect(hiddenIn(await analyze('refused', refused(half('mask.icloud.com'))))).toEqual([]);
});

it('a question for a relay is no evidence of a connection', async () => {
  const question = JSON.stringify({
    ...{ timestamp: eveTime(30), event_type: 'dns', ...eveEnds(30), dest_port: 53, proto: 'UDP' },
    dns: { type: 'query', rrname: 'cloudflare-dns.com', rrtype: 'A' },
  });
  const report = await analyze('question', [...eve(PLAIN), question]);
  expect([hiddenIn(report), reasonsOf(report)]).toEqual([[], []]);
});
