// Logs that are followed under rotation by a sensor that is killed at any moment make the windows of one reading of all.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { packageVersion } from '../../src/files/package-version.ts';
import { formatInstant } from '../../src/time/instant.ts';
import { temporaryFolder } from '../temporary.ts';
import { followRows, followUnderRotation } from './follow-run.ts';
import { wiretally } from './run.ts';

const RUNS = [
  { seed: 1, isJson: false, rotation: 'compress', kills: [9, 23, 40, 61, 90] },
  { seed: 2, isJson: true, rotation: 'rename', kills: [4, 31, 52, 77, 101] },
  { seed: 3, isJson: false, rotation: 'copytruncate', kills: [16, 35, 58, 83, 110] },
  { seed: 4, isJson: true, rotation: 'compress', kills: [12, 28, 49, 70, 97] },
] as const;

/** FOLLOW_MINUTES=10: rotation every 20 s, killed ten times. */
const MINUTES = Number(process.env.FOLLOW_MINUTES ?? 0);
const STEP_MS = 150;

test.runIf(MINUTES > 0)('minutes of rotation', { timeout: (MINUTES + 10) * 60_000 }, async () => {
  const steps = Math.floor((MINUTES * 60_000) / STEP_MS);
  const { followed, analyzed, errors } = await followUnderRotation({
    seed: Number(process.env.FOLLOW_SEED ?? 1),
    isJson: false,
    rotation: 'compress',
    steps,
    stepMs: STEP_MS,
    rotateEvery: Math.floor(20_000 / STEP_MS),
    // At no regular moment of a rotation.
    kills: Array.from({ length: 10 }, (_, i) => Math.floor(steps * ((i + 0.5 + 0.4 * Math.sin(i * 7)) / 10))),
    connections: 20_000,
  });
  expect(analyzed.flatMap(({ rows }) => rows).length).toBeGreaterThan(100);
  expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
  expect(errors).toBe('');
});

test.concurrent.for(RUNS)('$rotation, seed $seed', { timeout: 600_000 }, async (run) => {
  const { followed, analyzed, errors } = await followUnderRotation({
    ...run,
    steps: 130,
    stepMs: 100,
    rotateEvery: 12,
    connections: 1500,
  });
  expect(errors).toBe('');
  expect(analyzed.length).toBeGreaterThan(8);
  expect(analyzed.flatMap(({ rows }) => rows).length).toBeGreaterThan(100);
  expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
});

/** Logs of gateways, and how many of their lines are rows. */
const GATEWAYS = [
  ['fortigate/traffic.log', 6],
  ['sophos/firewall.log', 3],
  ['checkpoint/firewall.log', 4],
  ['paloalto/traffic.log', 3],
  ['zscaler/web.log', 3],
  ['netskope/transactions.log', 3],
  ['umbrella/proxylogs.csv', 3],
  ['cloudflare/http.json', 4],
  ['aws-flow/flow.log', 4],
] as const;

test.each(GATEWAYS)('%s, renamed, by a sensor that is killed', { timeout: 300_000 }, async (file, rows) => {
  const text = readFileSync(join(import.meta.dirname, '../../captures/logs', file), 'utf8');
  const { followed, analyzed, errors } = await followRows(text.trimEnd().split('\n'), rows);
  expect(errors).toBe('');
  expect(analyzed.length).toBeGreaterThan(0);
  expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
});

test.each([
  ['fortigate/traffic.log', 6],
  ['netskope/transactions.log', 3],
  ['zscaler/web.log', 3],
  ['umbrella/proxylogs.csv', 3],
] as const)(
  '%s, copied and truncated, by a sensor that is killed',
  { timeout: 300_000 },
  async (file, rows) => {
    const text = readFileSync(join(import.meta.dirname, '../../captures/logs', file), 'utf8');
    const copyTruncate = (log: string, archive: string): void => {
      copyFileSync(log, archive);
      truncateSync(log);
    };
    const { followed, analyzed, errors } = await followRows(text.trimEnd().split('\n'), rows, copyTruncate);
    expect(errors).toBe('');
    expect(analyzed.length).toBeGreaterThan(0);
    expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
  },
);

test.each([
  ['fortigate/traffic.log', 6],
  ['checkpoint/firewall.log', 4],
  ['paloalto/traffic.log', 3],
] as const)(
  '%s, requests behind their sessions, by a sensor that is killed',
  { timeout: 300_000 },
  async (file, rows) => {
    const text = readFileSync(join(import.meta.dirname, '../../captures/logs', file), 'utf8');
    const { followed, analyzed, errors } = await followRows(text.trimEnd().split('\n').reverse(), rows);
    expect(errors).toBe('');
    expect(analyzed.length).toBeGreaterThan(0);
    expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
  },
);

test('lines of two products in one file, by a sensor that is killed', { timeout: 300_000 }, async () => {
  const [first, second] = ['fortigate/traffic.log', 'sophos/firewall.log'].map((file, net) =>
    readFileSync(join(import.meta.dirname, '../../captures/logs', file), 'utf8')
      .replaceAll('10.77.0.', `10.${net + 1}.0.`)
      .trimEnd()
      .split('\n'),
  );
  // The second product begins behind the first look.
  const lines = (first ?? []).flatMap((line, i) => [line, ...(second?.[i] === undefined ? [] : [second[i]])]);
  const { followed, analyzed, errors, delivered, sensors } = await followRows(lines, 9);
  expect(errors).toBe('');
  expect(delivered).toEqual(followed);
  // The fleet knows both products as one sensor that goes on.
  expect(sensors).toMatchObject([
    { sensor: 'zeek', state: 'delivering', program: packageVersion() },
    { sensor: 'zeek.sophos', state: 'delivering', program: packageVersion() },
  ]);
  expect(new Set(followed.map(({ sensor }) => sensor)).size).toBe(2);
  const rowsIn = (windows: typeof followed): string[] =>
    windows.flatMap(({ rows }) => rows.map((row) => JSON.stringify(row))).sort();
  expect(rowsIn(followed).length).toBeGreaterThan(0);
  expect(rowsIn(followed)).toEqual(rowsIn(analyzed));
});

test('a proxy whose requests are clear-text HTTP, by a sensor that is killed', {
  timeout: 300_000,
}, async () => {
  const lines = Array.from(
    { length: 24 },
    (_, i) =>
      `${1_795_000_000 + i}.500     50 10.20.1.5 TCP_MISS/200 5321 GET http://www.example.org/ - HIER_DIRECT/198.51.100.20 -`,
  );
  const { followed, analyzed, errors } = await followRows(lines, lines.length);
  expect(errors).toBe('');
  const gaps = followed.flatMap((window) => window.gaps ?? []).map(({ reason }) => reason);
  expect(gaps).toContain('logIgnored');
  expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
});

test('a run that ends before the logs are read says so', { timeout: 300_000 }, async () => {
  const { out, err } = await wiretally([
    ...['watch', '--follow', join(import.meta.dirname, '../../captures/logs/eve8-noflow')],
    ...['--duration', '1'],
  ]);
  expect(out).toContain('Nothing was read');
  expect(err).toContain('stopped before the first read of the logs was complete');
});

test.each([
  ['of a given time reports', ['--duration', '600'], /^HOST .*\n10\.77\.0\.2 /],
  ['until it is stopped does not', [], /^$/],
] as const)('a run that writes records, and is %s', { timeout: 300_000 }, async (_, words, report) => {
  const folder = temporaryFolder('watched');
  cpSync(join(import.meta.dirname, '../../captures/logs/eve8-noflow'), join(folder, 'logs'), {
    recursive: true,
  });
  const child = spawn(process.execPath, [
    ...['dist/cli/main.js', 'watch', '--follow', join(folder, 'logs')],
    ...['--write', join(folder, 'windows/'), ...words],
  ]);
  const printed = text(child.stdout);
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    // A second signal would end it before its report.
    if (!child.killed && /: window /.test(said)) child.kill('SIGINT');
  });
  expect(await printed).toMatch(report);
});

/** A row of Squid, one every four seconds. */
const ROWS_FROM = 1_795_150_800;
const rowAt = (i: number): string =>
  `${ROWS_FROM + i * 4}.000     50 10.77.0.2 TCP_TUNNEL/200 3222 CONNECT api.anthropic.com:443 - HIER_DIRECT/198.51.100.2 -\n`;
const rowsBetween = (from: number, until: number): string =>
  Array.from({ length: until - from }, (_, i) => rowAt(from + i)).join('');

test.concurrent.each([
  ['and is shorter', 700, rowsBetween(750, 755)],
  ['and has grown again', 700, rowsBetween(750, 900)],
  ['is short, and has grown again', 300, rowsBetween(750, 900)],
])('a log that loses rows that were read, %s, has a gap', { timeout: 300_000 }, async (_, rows, later) => {
  const folder = temporaryFolder('lost-rows');
  const log = join(folder, 'access.log');
  const follow = () =>
    wiretally([
      ...['watch', '--follow', log, '--sensor', 'squid', '--duration', '9', '--no-screen'],
      ...['--state', join(folder, 'state'), '--write', join(folder, 'windows/')],
    ]);
  writeFileSync(log, rowsBetween(0, rows));
  const first = await follow();
  truncateSync(log, rowsBetween(0, rows - 100).length);
  appendFileSync(log, later);
  const second = await follow();
  // Each further row shows the end of the gap.
  appendFileSync(log, rowsBetween(901, 902));
  await follow();
  expect(first.err).not.toContain('bytes that were read are gone');
  expect(second.err).toContain('bytes that were read are gone');
  const { out } = await wiretally(['analyze', join(folder, 'windows/'), '--format', 'json', '--quiet']);
  const gaps = JSON.parse(out).coverage.flatMap((day: { readonly gaps: readonly unknown[] }) => day.gaps);
  const from = formatInstant((ROWS_FROM + (rows - 1) * 4) * 1e6);
  expect(gaps).toContainEqual(expect.objectContaining({ from, reason: 'no log of this time was read' }));
});

test.concurrent('a log that was compressed since the last run has lost nothing', {
  timeout: 300_000,
}, async () => {
  const folder = temporaryFolder('compressed-rows');
  const log = join(folder, 'logs', 'access.log');
  mkdirSync(join(folder, 'logs'));
  const follow = () =>
    wiretally([
      ...['watch', '--follow', join(folder, 'logs'), '--sensor', 'squid', '--duration', '9', '--no-screen'],
      ...['--state', join(folder, 'state'), '--write', join(folder, 'windows/')],
    ]);
  writeFileSync(log, rowsBetween(0, 700));
  await follow();
  writeFileSync(`${log}.gz`, gzipSync(readFileSync(log)));
  rmSync(log);
  expect((await follow()).err).not.toContain('bytes that were read are gone');
});
