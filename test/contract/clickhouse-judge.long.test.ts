// Aggregation on a server: processes share the hosts, are killed and restarted, and the results equal those of one.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../bench/random.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { type Run, wiretally } from '../cli/run.ts';
import { makeFleet, shuffled } from '../made-fleet.ts';
import { temporaryFolder } from '../temporary.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

const folder = temporaryFolder('judges');
const FILE = join(folder, 'fleet.duckdb');
const fleet = makeFleet({ sensors: 2, days: 5, quarters: 6, hosts: 9, seed: 21 });
const first = fleet.flatMap(({ windows }) => windows);
const late = fleet.flatMap((each) => each.late);
const KILLS = Number(process.env.WIRETALLY_KILLS ?? '4');

const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  front = await ClickhouseFront.start();
  await put(FILE, [...first, ...late]);
});
afterAll(async () => {
  await front.close();
});

async function put(store: string, windows: readonly UsageWindow[]): Promise<void> {
  const opened = await openStore(store, { mode: 'write' });
  await opened.put(windows);
  await opened.close();
}

const QUESTIONS = [
  ['--json', '--by', 'day'],
  ['--json', '--since', '2026-04-02T09:00:00Z', '--until', '2026-04-04', '--by', 'hour'],
  ['--json', '--since', '2026-04-03', '--timezone', 'Asia/Kathmandu', '--by', 'week'],
] as const;

const answersOfFile = new Map<string, Promise<Run>>();

/** Of the file, which stays as it is: asked once. */
function answerOfFile(question: readonly string[]): Promise<Run> {
  const key = question.join(' ');
  const answer = answersOfFile.get(key) ?? wiretally(['analyze', FILE, ...question]);
  answersOfFile.set(key, answer);
  return answer;
}

/** `note`: message on stderr when no sums are used. */
async function expectAsFile(address: string, note: RegExp | null = null): Promise<void> {
  for (const question of QUESTIONS) {
    const server = await wiretally(['analyze', address, ...question]);
    const file = await answerOfFile(question);
    expect(server.out.replaceAll(address, 'STORE')).toBe(file.out.replaceAll(FILE, 'STORE'));
    if (note === null) expect(server.err).toBe('');
    else expect(server.err).toMatch(note);
  }
}

const judge = (address: string, ...more: string[]): Promise<Run> =>
  wiretally(['fleet', 'aggregate', address, ...more]);

async function judgeAndKill(address: string, shard: string, afterMs: number): Promise<void> {
  await wiretally(['fleet', 'aggregate', address, '--shard', shard], {
    meddle: (child) => {
      child.stdin.end();
      setTimeout(() => child.kill('SIGKILL'), afterMs);
    },
  });
}

describe.skipIf(isWithout)('judging on a server', () => {
  it('is reported in one line, and nothing is left to do', { timeout: 120_000 }, async () => {
    const address = front.newAddress();
    await put(address, [...first, ...late]);
    await expectAsFile(
      address,
      /no sums are made by this catalogue and version.*"wiretally fleet aggregate"/,
    );
    expect(await judge(address)).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+ sums computed\n$/),
      err: '',
    });
    await expectAsFile(address);
    expect((await judge(address, '--shard', '2/3')).out).toBe('all sums are up to date\n');
    const json = await judge(address, '--shard', '2/3', '--json');
    expect(JSON.parse(json.out)).toEqual({
      schema: 1,
      shard: { part: 2, of: 3 },
      pending: false,
      periods: 0,
    });
  });

  it('gives the same when judges are killed at any moment and windows come in between', {
    timeout: 120_000 + KILLS * 20_000,
  }, async () => {
    const address = front.newAddress();
    const random = new Random(4);
    const windows = shuffled([...first, ...late], random);
    const part = Math.ceil(windows.length / 3);
    for (let i = 0; i < 3; i++) {
      await put(address, windows.slice(i * part, (i + 1) * part));
      for (let kill = 0; kill < KILLS; kill++) {
        const of = 2 + random.below(2);
        await judgeAndKill(address, `${1 + random.below(of)}/${of}`, 300 + random.below(1500));
      }
      if (i === 1) await expectAsPartOf(address, windows.slice(0, 2 * part));
    }
    for (const shard of ['1/2', '2/2']) expect((await judge(address, '--shard', shard)).code).toBe(0);
    expect((await judge(address)).out).toBe('all sums are up to date\n');
    await expectAsFile(address);
  });

  it('gives the same when two judge the same hosts at once', { timeout: 120_000 }, async () => {
    const address = front.newAddress();
    await put(address, [...first, ...late]);
    const ended = await Promise.all([judge(address), judge(address), judge(address, '--shard', '1/2')]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect((await judge(address)).out).toBe('all sums are up to date\n');
    await expectAsFile(address);
  });

  it('leaves rows that count no more to "store compact"', { timeout: 120_000 }, async () => {
    const address = front.newAddress();
    const database = new URL(address).pathname.slice(1);
    const count = (sql: string): number => Number(front.ask(`SELECT count() FROM ${database}.${sql}`));
    await put(address, first);
    await judge(address);
    await put(address, late);
    front.failsInsertInto = 'attribution_steps';
    expect(await judge(address)).toMatchObject({ code: 3 });
    await judge(address);
    const ended = count('period_ends');
    expect(ended).toBeGreaterThan(0);
    front.ask(
      `ALTER TABLE ${database}.attribution_steps UPDATE at_ms = 1 WHERE 1 SETTINGS mutations_sync = 2`,
    );
    front.ask(`ALTER TABLE ${database}.periods UPDATE made_ms = 1 WHERE 1 SETTINGS mutations_sync = 2`);
    const before = count('periods');
    expect((await wiretally(['store', 'compact', address])).code).toBe(0);
    expect(count('periods')).toBeLessThan(before - ended / 2);
    expect(count('period_ends')).toBe(0);
    expect(count(`periods WHERE step NOT IN (SELECT step FROM ${database}.attribution_steps)`)).toBe(0);
    expect(count(`period_sums WHERE period NOT IN (SELECT period FROM ${database}.periods)`)).toBe(0);
    await expectAsFile(address);
  });
});

/** Of a file with the same windows. */
async function expectAsPartOf(address: string, windows: readonly UsageWindow[]): Promise<void> {
  const other = join(folder, 'part.duckdb');
  await put(other, windows);
  const [server, file] = [
    await wiretally(['analyze', address, '--json', '--by', 'day', '-q']),
    await wiretally(['analyze', other, '--json', '--by', 'day', '-q']),
  ];
  expect(server.out.replaceAll(address, 'STORE')).toBe(file.out.replaceAll(other, 'STORE'));
}

describe.skipIf(isWithout)('what cannot be aggregated is reported', () => {
  it.each([
    { words: [FILE, '--shard', '1/2'], reason: 'one process at a time writes a DuckDB file' },
    { words: [FILE, '--shard', '3/2'], reason: '--shard must be I/N' },
    { words: [FILE, '--shard', '0/2'], reason: '--shard must be I/N' },
    { words: [FILE, '--shard', '1/257'], reason: '--shard must be I/N' },
    { words: [FILE, '--shard', 'half'], reason: '--shard must be I/N' },
  ])('$reason: $words', async ({ words, reason }) => {
    const { code, out, err } = await wiretally(['fleet', 'aggregate', ...words]);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(reason) });
  });

  it('is a server without a store, which stays empty', async () => {
    const address = front.newAddress();
    expect(await judge(address)).toMatchObject({ code: 3, err: expect.stringContaining('is not a store') });
    expect(front.ask(`SHOW TABLES FROM ${new URL(address).pathname.slice(1)}`)).toBe('');
  });

  it('is a file of windows', async () => {
    const path = join(folder, 'office.usage');
    await put(path, first);
    const { code, err } = await judge(path);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('has no period sums') });
  });

  it('is not a DuckDB file: all that is pending in it is made', async () => {
    const path = join(folder, 'pending.duckdb');
    await put(path, first);
    expect((await judge(path)).out).toMatch(/^\d+ sums computed\n$/);
    expect((await judge(path)).out).toBe('all sums are up to date\n');
  });
});
