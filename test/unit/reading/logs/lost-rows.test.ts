// Rows that are missing in a log: zero bytes after a crash, notices of syslog servers, and packets that a sensor lost.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { LineCounts } from '../../../../src/reading/logs/line-counts.ts';
import { LineSplitter } from '../../../../src/reading/logs/lines.ts';
import { NO_ROW } from '../../../../src/reading/logs/records.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('lost-rows');
const policy = join(folder, 'policy.yaml');
writeFileSync(
  policy,
  'version: 1\nname: t\ntimezone: UTC\nrules:\n  - { id: BAN, title: No Cursor, match: { tools: [cursor] }, action: deny, effective: 2026-01-01 }\n',
);

const ROW = 'row of a log';
const ZEROS = '\0'.repeat(10 * (ROW.length + 1));
/** Counts lines of which only those with the text of a row are rows. */
function count(text: string): LineCounts {
  const counts = new LineCounts();
  const line = (bytes: Buffer, start: number, end: number) => {
    const written = bytes.toString('utf8', start, end);
    if (written === ROW) return null;
    return written.startsWith('#') ? NO_ROW : 'no row of this log';
  };
  const lines = new LineSplitter(counts.visitor({ line }));
  lines.push(Buffer.from(text));
  lines.end();
  return counts;
}

it.each<readonly [string, string, number, number, string | null]>([
  ['rows alone', `${ROW}\n${ROW}\n`, 2, 0, null],
  ['zero bytes at the beginning', `${ZEROS}${ROW}\n${ROW}\n`, 2, 0, null],
  ['zero bytes between rows', `${ROW}\n${ZEROS}${ROW}\n`, 2, 10, 'zero bytes in place of rows'],
  ['one zero byte', `${ROW}\n\0${ROW}\n`, 2, 1, 'zero bytes in place of rows'],
  ['a repetition', `${ROW}\nNov 18 11:06:40 gw p[1]: message repeated 3 times: [ x ]\n`, 1, 0, null],
  ['a repetition of syslogd', `${ROW}\nNov 18 11:06:40 gw last message repeated 3 times\n`, 1, 0, null],
  [
    'messages lost by imuxsock',
    `${ROW}\n<46>Nov 18 11:13:20 gw rsyslogd: imuxsock lost 523 messages from pid 12 due to rate-limiting\n`,
    ...([1, 523, 'a syslog server lost messages'] as const),
  ],
  [
    'messages lost by imjournal',
    `${ROW}\n# imjournal: 52 messages lost due to rate-limiting (20000 allowed within 600 seconds)\n`,
    ...([1, 52, 'a syslog server lost messages'] as const),
  ],
  [
    'messages lost by journald',
    `${ROW}\nNov 18 11:13:20 p systemd-journald[1]: Suppressed 12345 messages from squid.service\n`,
    ...([1, 12_345, 'a syslog server lost messages'] as const),
  ],
  ['another line', `${ROW}\nother\n`, 1, 1, 'no row of this log'],
])('%s', (_, text, rows, ignored, reason) => {
  const counts = count(text);
  expect([counts.rows, counts.ignored, counts.first?.reason ?? null]).toEqual([rows, ignored, reason]);
});

describe('messages lost of', () => {
  const query = (second: number): string =>
    `Nov 20 06:22:${second} gw dnsmasq[12]: query[A] www.example.org from 10.0.0.5`;
  const lost = 'Nov 20 06:23:00 gw systemd-journald[1]: Suppressed 900 messages from';
  const imuxsock = 'Nov 20 06:23:00 gw rsyslogd: imuxsock lost 900 messages from pid';
  const sshd = 'Nov 20 06:23:00 gw sshd[77]: Accepted publickey for x';
  const own = 'Nov 20 06:23:00 gw dnsmasq[12]: started, version 2.90';
  const LOST = ['a syslog server lost messages'];
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['the unit of the rows', [`${lost} dnsmasq.service`], LOST],
    ['the unit of the rows, with other lines of it', [own, `${lost} dnsmasq.service`], LOST],
    ['a unit without a line of its own', [`${lost} dns.service`], LOST],
    ['no unit', ['Nov 20 06:23:00 gw rsyslogd: imjournal: 900 messages lost due to rate-limiting'], LOST],
    ['the process of the rows', [own, sshd, `${imuxsock} 12 due to rate-limiting`], LOST],
    ['a container', ['Nov 20 06:23:00 gw dockerd[9]: x', `${lost} docker.service`], LOST],
    ['another unit', [sshd, `${lost} sshd.service`], []],
    ['another unit, of Debian, before its lines', [`${lost} ssh.service`, sshd], []],
    ['another unit with its slice', [sshd, `${lost} /system.slice/sshd.service`], []],
    ['another process', [sshd, `${imuxsock} 77 due to rate-limiting`], []],
    ['another unit and the unit of the rows', [`${lost} ssh.service`, sshd, `${lost} dnsmasq.service`], LOST],
  ])('%s', async (name, more, reasons) => {
    const lines = [...[41, 42, 43].map(query), ...more, ...[44, 45].map(query)];
    const { inputs, summary } = await analyze(`units ${name}.log`, lines);
    expect(inputs?.flatMap(({ ignored }) => Object.keys(ignored))).toEqual(reasons);
    const isLost = summary?.rules.some((rule) => rule.reasons.some(({ reason }) => reason === 'ignored'));
    expect(isLost).toBe(reasons.length > 0);
    if (name.endsWith('rows') && name.startsWith('another')) expect(inputs?.[0]?.firstIgnored).toBe(6);
  });
});

async function analyze(name: string, lines: readonly string[]): Promise<ReportDocument> {
  const log = join(folder, name);
  writeFileSync(log, `${lines.join('\n')}\n`);
  return JSON.parse((await wiretallyHere(['analyze', log, '--policy', policy, '--format', 'json'])).out);
}
const reasonsOf = ({ summary }: ReportDocument) =>
  summary?.rules.flatMap(({ reasons }) => reasons.map(({ reason }) => reason));

const time = (second: number): string => `2026-11-20T06:22:${String(second).padStart(2, '0')}.000000+0000`;
const flow = (i: number): string[] => {
  const ends = {
    ...{ flow_id: 1000 + i, src_ip: '10.0.0.5', src_port: 40_000 + i },
    ...{ dest_ip: `203.0.113.${i + 1}`, dest_port: 443, proto: 'TCP', timestamp: time(i) },
  };
  const counts = { pkts_toserver: 9, pkts_toclient: 9, bytes_toserver: 4000, bytes_toclient: 9000 };
  return [
    JSON.stringify({ ...ends, event_type: 'tls', tls: { sni: `www${i}.example`, version: 'TLS 1.3' } }),
    JSON.stringify({
      ...{ ...ends, event_type: 'flow', app_proto: 'tls' },
      flow: { ...counts, start: time(i), end: time(i) },
    }),
  ];
};
const stats = (second: number, uptime: number, capture: object): string =>
  JSON.stringify({ timestamp: time(second), event_type: 'stats', stats: { uptime, capture } });
const FLOWS = Array.from({ length: 20 }, (_, i) => i).flatMap(flow);

it.each<readonly [string, readonly string[], readonly string[]]>([
  ['no loss', [stats(30, 30, { kernel_drops: 0 })], []],
  ['loss since a recent start', [stats(30, 30, { kernel_drops: 900 })], ['loss']],
  ['loss before the log', [stats(30, 900_000, { kernel_drops: 900 })], []],
  [
    'loss between two counts',
    [stats(30, 900_000, { kernel_drops: 900 }), stats(40, 900_010, { kernel_drops: 1800 })],
    ['loss'],
  ],
  ['loss of DPDK', [stats(30, 30, { dpdk: { imissed: 900 } })], ['loss']],
])('Suricata: %s', async (name, more, reasons) => {
  expect(reasonsOf(await analyze(`${name}.json`, [...FLOWS, ...more]))).toEqual(reasons);
});

it('a verdict is not compliant if rows are missing', async () => {
  const damaged = FLOWS.map((row, i) => (i === 20 ? '\0'.repeat(4096) + row : row));
  expect(reasonsOf(await analyze('zeros.json', damaged))).toContain('ignored');
});

it('a repeated question of dnsmasq is read', async () => {
  const report = await analyze('repeated.log', [
    'Nov 20 06:22:42 gw dnsmasq[12]: query[A] www.example.org from 10.0.0.5',
    'Nov 20 06:22:45 gw dnsmasq[12]: message repeated 3 times: [ query[A] api2.cursor.sh from 10.0.0.5]',
  ]);
  expect(report.hosts.flatMap(({ tools }) => tools.map(({ tool }) => tool))).toContain('cursor');
  expect(reasonsOf(report)).not.toContain('ignored');
});

it.each<readonly [string, object, readonly string[]]>([
  ['all packets', {}, []],
  ['one in one', { SAMPLING_INTERVAL: 1 }, []],
  ['one in 100', { SAMPLING_INTERVAL: 100 }, ['sampled']],
  ['one in 100, as nProbe writes numbers', { 34: '100' }, ['sampled']],
])('IPFIX, %s', async (name, more, reasons) => {
  const rows = Array.from({ length: 20 }, (_, i) =>
    JSON.stringify({
      ...{ IPV4_SRC_ADDR: '10.0.0.5', IPV4_DST_ADDR: `203.0.113.${i + 1}`, L4_SRC_PORT: 40_000 + i },
      ...{ L4_DST_PORT: 443, PROTOCOL: 6, IN_BYTES: 3900, OUT_BYTES: 9600, IN_PKTS: 9, OUT_PKTS: 9 },
      ...{ FIRST_SWITCHED: 1_795_155_760 + i, LAST_SWITCHED: 1_795_155_770 + i },
      ...{ TLS_SERVER_NAME: `www${i}.example`, L7_PROTO_NAME: 'TLS', ...more },
    }),
  );
  expect(reasonsOf(await analyze(`ipfix ${name}.json`, rows))).toEqual(reasons);
});
