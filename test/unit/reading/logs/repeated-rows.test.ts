// Rows that a collector delivered twice: a second row about the end of a connection to a listed name is a copy, and no
// upload to a suspected relay.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('repeated-rows');
const COUNT = 10;
const nameOf = (i: number): string => (i % 2 === 0 ? 'api.anthropic.com' : `www${i}.example`);
/** A large upload, if the name is listed. */
const sentTo = (i: number): number => (i % 2 === 0 ? 30_000 : 3000);
const time = (second: number): string => `2026-11-20T06:22:${String(second).padStart(2, '0')}.000000+0000`;

const eve = Array.from({ length: COUNT }, (_, i) => i).flatMap((i) => {
  const ends = {
    ...{ flow_id: 1000 + i, src_ip: '10.0.0.5', src_port: 40_000 + i },
    ...{ dest_ip: `203.0.113.${i + 1}`, dest_port: 443, proto: 'TCP' },
  };
  const counts = { pkts_toserver: 30, pkts_toclient: 9, bytes_toserver: sentTo(i), bytes_toclient: 9000 };
  return [
    { timestamp: time(i), event_type: 'tls', ...ends, tls: { sni: nameOf(i), version: 'TLS 1.3' } },
    {
      ...{ timestamp: time(i + 1), event_type: 'flow', ...ends, app_proto: 'tls' },
      flow: { ...counts, start: time(i), end: time(i + 1) },
    },
  ].map((event) => JSON.stringify(event));
});

const zeek = Array.from({ length: COUNT }, (_, i) => i).flatMap((i) => {
  const ends = {
    ...{ ts: 1_795_155_760 + i, uid: `C${i}a`, 'id.orig_h': '10.0.0.5', 'id.orig_p': 40_000 + i },
    ...{ 'id.resp_h': `203.0.113.${i + 1}`, 'id.resp_p': 443 },
  };
  const counts = {
    ...{ orig_bytes: sentTo(i) - 1000, resp_bytes: 8600, orig_pkts: 30, resp_pkts: 9 },
    ...{ orig_ip_bytes: sentTo(i), resp_ip_bytes: 9000, conn_state: 'SF' },
  };
  return [
    { _path: 'ssl', ...ends, version: 'TLSv13', server_name: nameOf(i), established: true },
    { _path: 'conn', ...ends, proto: 'tcp', service: 'ssl', duration: 1, ...counts },
  ].map((row) => JSON.stringify(row));
});

async function analyze(name: string, lines: readonly string[]) {
  const log = join(folder, `${name}.json`);
  writeFileSync(log, `${lines.join('\n')}\n`);
  const { out, err } = await wiretallyHere(['analyze', log, '--format', 'json']);
  const { hosts, notVisible }: ReportDocument = JSON.parse(out);
  const providers = hosts.flatMap((host) =>
    host.providers.map(({ tool, flows, bytesUp }) => [tool, flows, bytesUp]),
  );
  const relays = notVisible.flatMap(({ kind, flows }) => (kind === 'relay' ? [flows] : []));
  return { providers, relays, err };
}

type Repeat = (rows: readonly string[]) => readonly string[];
const orders: readonly (readonly [string, Repeat])[] = [
  ['each twice', (rows) => rows.flatMap((row) => [row, row])],
  ['all twice', (rows) => [...rows, ...rows]],
  ['the end again', (rows) => [...rows, ...rows.slice(-8)]],
];

it.each(
  orders.flatMap(([how, repeat]) => [
    [`Suricata, ${how}`, eve, repeat] as const,
    [`Zeek, ${how}`, zeek, repeat] as const,
  ]),
)('%s', async (name, rows, repeat) => {
  const once = await analyze(`${name} once`, rows);
  expect(once).toMatchObject({ providers: [['anthropic-api', 5, 150_000]], err: '' });
  const repeated = await analyze(name, repeat(rows));
  expect(repeated.providers).toEqual(once.providers);
  expect([once.relays, repeated.relays]).toEqual([[], []]);
  expect(repeated.err).toContain('are there twice and count once');
});
