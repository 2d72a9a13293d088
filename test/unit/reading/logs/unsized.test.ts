// Bytes that a log does not have are unknown: in verdicts, where an upload to a relay would not show, and in every output.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
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
