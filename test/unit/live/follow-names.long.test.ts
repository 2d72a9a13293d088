// A sensor that follows logs counts connections with and without a name as one reading of all files does, whatever the order
// in which the rows of one connection are written, also over a restart between them.

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { namesToRecord } from '../../../src/catalogue/names-to-record.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { startFollow } from '../../../src/live/follow/follow.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { openSource } from '../../../src/query/source.ts';
import { mergeWindows } from '../../../src/window/merge-windows.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('follow-names');
const START = 1_795_000_000;
const COUNT = 60;
const { lookup, watchlist } = namesToRecord(await loadCatalogue(), {});
const json: (value: unknown) => string = JSON.stringify;

/** Names of connections: listed, unlisted, a row without a name, and no row of a name. */
const NAMES = ['api.anthropic.com', 'www.example.org', '', null] as const;
const nameOf = (i: number): string | null => NAMES[i % NAMES.length] ?? null;
/** Every tenth connection has few bytes of an unknown protocol, which count as hidden from 4 KiB of two hosts on. */
const isUnknown = (i: number): boolean => i % 10 === 5;
const client = (i: number): string => `10.0.0.${5 + (i % 3)}`;
const server = (i: number): string => `192.0.2.${isUnknown(i) ? 9 : 20 + (i % 7)}`;
const startOf = (i: number): number => START + 37 * i;
const bytesOf = (i: number): number => (isUnknown(i) ? 700 : 9000 + 100 * i);

interface Logs {
  /** Rows of bytes and rows of names, by file. */
  readonly bytes: (i: number) => readonly [file: string, line: string];
  readonly name: (i: number) => readonly [file: string, line: string];
}

const zeekEnds = (i: number) => ({
  ...{ uid: `C${i}`, 'id.orig_h': client(i), 'id.orig_p': 40_000 + i },
  ...{ 'id.resp_h': server(i), 'id.resp_p': isUnknown(i) ? 9000 : 443 },
});
const ZEEK: Logs = {
  bytes: (i) => [
    'conn.log',
    json({
      ...{ _path: 'conn', ts: startOf(i), ...zeekEnds(i), proto: 'tcp', duration: 12.5, conn_state: 'SF' },
      ...(isUnknown(i) ? {} : { service: 'ssl' }),
      ...{ orig_bytes: bytesOf(i), resp_bytes: 500, orig_ip_bytes: bytesOf(i) + 400, resp_ip_bytes: 900 },
      ...{ orig_pkts: 10, resp_pkts: 10 },
    }),
  ],
  name: (i) => [
    'ssl.log',
    json({
      ...{ _path: 'ssl', ts: startOf(i) + 0.03, ...zeekEnds(i), established: true },
      ...(nameOf(i) === '' ? {} : { server_name: nameOf(i) }),
    }),
  ],
};

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('Z', '000+0000');
const event = (i: number, event_type: string, more: object): readonly [string, string] => [
  'eve.json',
  json({
    ...{ timestamp: instant(startOf(i) + 13), flow_id: i + 1, event_type, src_ip: client(i) },
    ...{ src_port: 40_000 + i, dest_ip: server(i), dest_port: isUnknown(i) ? 9000 : 443, proto: 'TCP' },
    ...more,
  }),
];
const EVE: Logs = {
  bytes: (i) =>
    event(i, 'flow', {
      app_proto: isUnknown(i) ? 'failed' : 'tls',
      flow: {
        ...{ pkts_toserver: 10, pkts_toclient: 10, bytes_toserver: bytesOf(i) + 600, bytes_toclient: 1100 },
        ...{ start: instant(startOf(i)), end: instant(startOf(i) + 12.5) },
      },
    }),
  name: (i) =>
    event(i, 'tls', { tls: { version: 'TLS 1.3', ...(nameOf(i) === '' ? {} : { sni: nameOf(i) }) } }),
};
/** A direction for each event. */
const netflow = (i: number): readonly (readonly [string, string])[] => {
  const times = { start: instant(startOf(i)), end: instant(startOf(i) + 12.5) };
  const app_proto = isUnknown(i) ? 'failed' : 'tls';
  const [from, to] = [client(i), server(i)];
  const back = { src_ip: to, src_port: isUnknown(i) ? 9000 : 443, dest_ip: from, dest_port: 40_000 + i };
  return [
    event(i, 'netflow', { app_proto, netflow: { pkts: 10, bytes: bytesOf(i) + 600, ...times } }),
    event(i, 'netflow', { app_proto, ...back, netflow: { pkts: 10, bytes: 1100, ...times } }),
  ];
};

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
type Rows = readonly (readonly [file: string, line: string])[];
const namesOf = ({ name }: Logs, from: number, to: number): Rows =>
  numbers(from, to)
    .filter((i) => nameOf(i) !== null && !isUnknown(i))
    .map(name);
const bytesIn = ({ bytes }: Logs, from: number, to: number): Rows => numbers(from, to).map(bytes);

const unrevised = (windows: readonly UsageWindow[]): UsageWindow[] =>
  mergeWindows(windows, []).map((window) => ({ ...window, revision: 0 }));

/** Appends each step, and lets the sensor read it; a step that is null starts it again. */
async function follow(at: string, steps: readonly (Rows | null)[]): Promise<UsageWindow[]> {
  const logs = join(at, 'logs');
  const windows: UsageWindow[] = [];
  const start = () =>
    startFollow({
      ...{ paths: [logs], sensor: 'a', state: join(at, 'state'), windowSeconds: 900, localNets: [] },
      ...{ exclude: [], lookup, watchlist, zone: 'UTC', print: () => undefined },
      onWindows: (more) => windows.push(...more),
    });
  mkdirSync(logs, { recursive: true });
  mkdirSync(join(at, 'state'), { mode: 0o700 });
  const append = (rows: Rows): void => {
    for (const [file, line] of rows) appendFileSync(join(logs, file), `${line}\n`);
  };
  const [first, ...later] = steps;
  append(first ?? []);
  let watch = await start();
  await setTimeout(7000);
  for (const step of later) {
    if (step === null) {
      await watch.stop();
      watch = await start();
    } else append(step);
    await setTimeout(7000);
  }
  await watch.stop();
  expect(watch.status().logs?.lateRows).toBe(0);
  return unrevised(windows);
}

async function analyze(at: string, steps: readonly (Rows | null)[]): Promise<UsageWindow[]> {
  const whole = join(at, 'whole');
  mkdirSync(whole);
  const rows = steps.flatMap((step) => step ?? []);
  for (const file of new Set(rows.map(([name]) => name)))
    writeFileSync(
      join(whole, file),
      rows.flatMap(([name, line]) => (name === file ? [`${line}\n`] : [])).join(''),
    );
  const { windows } = await (await openSource([whole], { sensor: 'a' })).read();
  return unrevised(windows);
}

const HALF = COUNT / 2;
const ORDERS: readonly (readonly [name: string, steps: (logs: Logs) => readonly (Rows | null)[]])[] = [
  ['files that were complete', (logs) => [[...namesOf(logs, 0, COUNT), ...bytesIn(logs, 0, COUNT)]]],
  [
    'names, a restart, and then bytes',
    (logs) => [namesOf(logs, 0, COUNT), null, bytesIn(logs, 0, HALF), null, bytesIn(logs, HALF, COUNT)],
  ],
  [
    'bytes, a restart, and then names',
    (logs) => [
      bytesIn(logs, 0, HALF),
      null,
      namesOf(logs, 0, HALF),
      bytesIn(logs, HALF, COUNT),
      namesOf(logs, HALF, COUNT),
    ],
  ],
];
const KINDS: readonly (readonly [name: string, logs: Logs])[] = [
  ['Zeek', ZEEK],
  ['EVE', EVE],
];
const CASES = [
  ...KINDS.flatMap(([kind, logs]) =>
    ORDERS.map(([order, steps]) => [`${kind}: ${order}`, steps(logs)] as const),
  ),
  [
    'EVE netflow: half of a connection, a restart, and then the rest',
    [
      numbers(0, HALF).flatMap((i) => netflow(i).slice(0, 1)),
      null,
      numbers(0, HALF).flatMap((i) => netflow(i).slice(1)),
      namesOf(EVE, 0, COUNT),
      numbers(HALF, COUNT).flatMap(netflow),
    ],
  ] as const,
];

describe('a sensor counts the connections with and without a name as one reading', () => {
  it.concurrent.each(CASES)('%s', { timeout: 300_000 }, async (name, steps) => {
    const at = join(folder, name.replace(/\W+/g, '-'));
    const followed = await follow(at, steps);
    const analyzed = await analyze(at, steps);
    const hidden = analyzed.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
    expect(hidden.filter(({ kind }) => kind === 'unnamed').length).toBeGreaterThan(3);
    expect(analyzed.flatMap(({ rows }) => rows).length).toBeGreaterThan(3);
    expect(followed).toEqual(analyzed);
  });

  it.concurrent.each(KINDS)('%s, in windows that become final', { timeout: 300_000 }, async (name, logs) => {
    const at = join(folder, `final-${name}`);
    // A row after which the windows of the others are final.
    const later = 3000;
    const steps = [
      [...bytesIn(logs, 0, COUNT), ...namesOf(logs, 0, COUNT)],
      [logs.bytes(later), logs.name(later)],
      null,
      [logs.bytes(later + 3)],
    ];
    // The span of the last window begins with the first row, because the sensor no longer holds the final ones.
    const spanless = (windows: readonly UsageWindow[]) => windows.map(({ heard: _, ...window }) => window);
    expect(spanless(await follow(at, steps))).toEqual(spanless(await analyze(at, steps)));
    const journal = readFileSync(join(at, 'state', 'follow-a.journal'), 'utf8').split('\n');
    const final = journal.findLast((line) => line.includes('"finalUs"')) ?? '';
    // Rows of names that never came no longer wait.
    expect(final).toMatch(/"waiting":\[\["[^"]+",null\]/);
  });
});
