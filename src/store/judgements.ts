// Keeps judgements beside the windows they were made of: which spans are not judged yet, and judging them.

import { createHash } from 'node:crypto';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { STAY_GAP_US } from '../catalogue/channels.ts';
import { type StayTally, tallyStays } from '../catalogue/tally.ts';
import type { UsageWindow } from '../model/usage.ts';
import { JUDGED_TABLES } from './duckdb-schema.ts';
import type { Span, StoredWindows } from './duckdb-windows.ts';
import { appendStays } from './judged-rows.ts';
import { rulesDigest } from './rules-digest.ts';

/** What judges, under a name that is another one whenever it may judge otherwise. */
export interface Judge {
  readonly catalogue: Catalogue;
  readonly key: string;
}

/** Read once, before the process may have given up its rights. */
const RULES = rulesDigest();

/** `program` is the version of the program, whose rules judge as much as the catalogue's. */
export function judgeOf(catalogue: Catalogue, program: string): Judge {
  const digest = createHash('sha256').update(catalogue.text()).digest('hex');
  return { catalogue, key: `${program} ${RULES} ${catalogue.version} ${digest}` };
}

/** Longer than any window: facts of a window lie within so much of its start. */
const LONGEST_WINDOW_SECONDS = 900;
/** What lies this near to a span may be judged otherwise when the span changes. */
export const REACH_US = STAY_GAP_US + LONGEST_WINDOW_SECONDS * 1_000_000;
/** One step of judging: a day of two thousand hosts takes some 0.7 s. */
const STEP_SECONDS = 86_400;
/** Spans that are nearer to each other become one. */
const JOIN_SECONDS = 3600;

export function joinRanges(ranges: readonly Span[]): Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from - last.to <= JOIN_SECONDS) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

export async function unjudgedRanges(connection: DuckDBConnection): Promise<Span[]> {
  const reader = await connection.runAndReadAll('SELECT from_seconds, to_seconds FROM unjudged ORDER BY 1');
  return reader.getRows().map(([from, to]) => ({ from: Number(from), to: Number(to) }));
}

async function keepRanges(connection: DuckDBConnection, ranges: readonly Span[]): Promise<void> {
  await connection.run('DELETE FROM unjudged');
  for (const { from, to } of ranges) {
    await connection.run('INSERT INTO unjudged VALUES ($1, $2)', [BigInt(from), BigInt(to)]);
  }
}

/** Notes that windows that begin in these spans were put, changed or deleted. The caller has a transaction open. */
export async function markUnjudged(connection: DuckDBConnection, ranges: readonly Span[]): Promise<void> {
  if (ranges.length === 0) return;
  await keepRanges(connection, joinRanges([...(await unjudgedRanges(connection)), ...ranges]));
}

export function rangesOf(windows: readonly UsageWindow[]): Span[] {
  return joinRanges(windows.map(({ startSeconds }) => ({ from: startSeconds, to: startSeconds + 1 })));
}

/** Deletes every judgement that rests on a window before a time, and notes that what is left of them is to be judged. */
export async function forgetJudged(connection: DuckDBConnection, beforeSeconds: number): Promise<void> {
  await connection.run('DELETE FROM damaged_windows WHERE start_seconds < $1', [BigInt(beforeSeconds)]);
  const old = 'SELECT host, block_seconds FROM stays WHERE first_seconds < $1';
  const blocks = `SELECT stay, last_seconds FROM stays WHERE (host, block_seconds) IN (${old})`;
  const bound = [BigInt(beforeSeconds)];
  const reader = await connection.runAndReadAll(`SELECT max(last_seconds) FROM (${blocks})`, bound);
  const last = reader.getRows()[0]?.[0] ?? null;
  if (last === null) return;
  const ids = `SELECT stay FROM (${blocks})`;
  for (const table of [...JUDGED_TABLES].reverse()) {
    await connection.run(`DELETE FROM ${table} WHERE stay IN (${ids})`, bound);
  }
  if (Number(last) >= beforeSeconds)
    await markUnjudged(connection, [{ from: beforeSeconds, to: Number(last) + 1 }]);
}

/** Where a store is read from and changed, and by whom it is judged. */
export interface JudgingDesk {
  readonly connection: DuckDBConnection;
  /** Windows with their usage alone, and of hosts what goes on from other captures. */
  usageOf(range: Span): Promise<StoredWindows>;
  inTransaction<T>(work: () => Promise<T>): Promise<T>;
}

/** Judges all that is not judged, step by step; each step is whole or was never made. */
export async function judgeRest(desk: JudgingDesk, judge: Judge): Promise<void> {
  await desk.inTransaction(() => startAnew(desk.connection, judge));
  for (let ranges = await unjudgedRanges(desk.connection); ranges.length > 0; ) {
    const [first, ...rest] = ranges;
    if (first === undefined) return;
    const step = { from: first.from, to: Math.min(first.to, first.from + STEP_SECONDS) };
    ranges = step.to < first.to ? [{ from: step.to, to: first.to }, ...rest] : rest;
    await desk.inTransaction(async () => {
      await judgeRange(desk, judge, step);
      await keepRanges(desk.connection, ranges);
    });
  }
}

export async function isJudgedBy(connection: DuckDBConnection, { key }: Judge): Promise<boolean> {
  const reader = await connection.runAndReadAll('SELECT judged_by FROM meta');
  return reader.getRows()[0]?.[0] === key;
}

/** True when to go on means to judge all of a history that others have judged. */
export async function isJudgedByOthers(connection: DuckDBConnection, judge: Judge): Promise<boolean> {
  const reader = await connection.runAndReadAll('SELECT judged_by FROM meta WHERE judged_by IS NOT NULL');
  return reader.getRows().length > 0 && !(await isJudgedBy(connection, judge));
}

/** What another catalogue judged is worth nothing to this one. */
async function startAnew(connection: DuckDBConnection, judge: Judge): Promise<void> {
  if (await isJudgedBy(connection, judge)) return;
  for (const table of [...JUDGED_TABLES, 'damaged_windows']) await connection.run(`DELETE FROM ${table}`);
  await connection.run('UPDATE meta SET judged_by = $1', [judge.key]);
  const span = await connection.runAndReadAll('SELECT min(start_seconds), max(start_seconds) FROM windows');
  const [from, last] = span.getRows()[0] ?? [null, null];
  await keepRanges(
    connection,
    from === null || last === null ? [] : [{ from: Number(from), to: Number(last) + 1 }],
  );
}

/** What is judged anew of one host, and the block that goes on in it. */
interface Reopened {
  range: Span;
  /** Of the first stay, where it was not the first of its block. */
  readonly blockSeconds: number | null;
}

async function judgeRange(desk: JudgingDesk, judge: Judge, range: Span): Promise<void> {
  const reopened = new Map<string, Reopened>();
  const stale: number[] = [];
  for (const stays of await touchedBlocks(desk.connection, range)) reopen(stays, range, reopened, stale);
  const froms = [range.from, ...[...reopened.values()].map((one) => one.range.from)];
  const tos = [range.to, ...[...reopened.values()].map((one) => one.range.to)];
  const read = { from: minimum(froms), to: -minimum(tos.map((to) => -to)) };
  const usage = await desk.usageOf(read);
  await noteDamage(desk.connection, read, usage);
  const wanted = usage.windows.map((window) => {
    const isWanted = ({ host }: { host: string }): boolean => {
      const { from, to } = reopened.get(host)?.range ?? range;
      return window.startSeconds >= from && window.startSeconds < to;
    };
    return {
      ...window,
      hosts: window.hosts.filter(isWanted),
      rows: window.rows.filter(isWanted),
      asked: window.asked.filter(isWanted),
    };
  });
  const tallies = withBlocks(tallyStays(wanted, judge.catalogue), reopened);
  await deleteStays(desk.connection, stale);
  const reader = await desk.connection.runAndReadAll('SELECT coalesce(max(stay), 0) FROM stays');
  const last = Number(reader.getRows()[0]?.[0] ?? 0);
  await appendStays(
    desk.connection,
    tallies.map((tally, i) => ({ stay: last + 1 + i, tally })),
    'kept',
  );
}

async function noteDamage(
  connection: DuckDBConnection,
  { from, to }: Span,
  { damage, damagedAt }: StoredWindows,
): Promise<void> {
  const span = [BigInt(from), BigInt(to)];
  await connection.run('DELETE FROM damaged_windows WHERE start_seconds >= $1 AND start_seconds < $2', span);
  for (const [i, { message }] of damage.entries()) {
    const row = [BigInt(damagedAt[i] ?? from), message];
    await connection.run('INSERT INTO damaged_windows VALUES ($1, $2)', row);
  }
}

const minimum = (numbers: readonly number[]): number =>
  numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);

interface KeptStay {
  readonly stay: number;
  readonly host: string;
  readonly blockSeconds: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly lastUs: number;
}

/** The stays of every block that the span may change, block by block. */
async function touchedBlocks(connection: DuckDBConnection, range: Span): Promise<KeptStay[][]> {
  const reader = await connection.runAndReadAll(
    `SELECT stay, host, block_seconds, first_seconds, last_seconds, last_us FROM stays
     WHERE (host, block_seconds) IN
       (SELECT host, block_seconds FROM stays WHERE last_us >= $1 AND first_us <= $2)
     ORDER BY host, block_seconds, first_us`,
    [BigInt(range.from * 1_000_000 - REACH_US), BigInt(range.to * 1_000_000 + REACH_US)],
  );
  const blocks = new Map<string, KeptStay[]>();
  for (const row of reader.getRows()) {
    const stay = keptStay(row);
    const key = `${stay.blockSeconds} ${stay.host}`;
    const block = blocks.get(key);
    if (block === undefined) blocks.set(key, [stay]);
    else block.push(stay);
  }
  return [...blocks.values()];
}

function keptStay([stay, host, block, first, last, lastUs]: readonly DuckDBValue[]): KeptStay {
  return {
    stay: Number(stay),
    host: String(host),
    blockSeconds: Number(block),
    firstSeconds: Number(first),
    lastSeconds: Number(last),
    lastUs: Number(lastUs),
  };
}

/**
 * Where stays end depends on what was before them alone, so those that end well before the span stay as they are: a host
 * that never rests would be judged from its first day on each time. Two stays that share a window go together.
 */
function reopen(
  stays: readonly KeptStay[],
  range: Span,
  reopened: Map<string, Reopened>,
  stale: number[],
): void {
  let first = stays.findIndex(({ lastUs }) => lastUs >= range.from * 1_000_000 - REACH_US);
  if (first < 0) return;
  while (first > 0 && (stays[first - 1]?.lastSeconds ?? 0) >= (stays[first]?.firstSeconds ?? 0)) first--;
  const open = stays.slice(first);
  const host = open[0]?.host ?? '';
  stale.push(...open.map(({ stay }) => stay));
  const known = reopened.get(host)?.range ?? range;
  const from = minimum([known.from, ...open.map(({ firstSeconds }) => firstSeconds)]);
  const to = Math.max(known.to, ...open.map(({ lastSeconds }) => lastSeconds + 1));
  const goesOn = first > 0 && from === open[0]?.firstSeconds;
  const blockSeconds = goesOn ? (open[0]?.blockSeconds ?? null) : (reopened.get(host)?.blockSeconds ?? null);
  reopened.set(host, { range: { from, to }, blockSeconds });
}

/** The first block of a host may go on from stays that were left as they were. */
function withBlocks(
  tallies: readonly StayTally[],
  reopened: ReadonlyMap<string, Reopened>,
): readonly StayTally[] {
  const firsts = new Map<string, number>();
  return tallies.map((tally) => {
    const known = reopened.get(tally.host)?.blockSeconds ?? null;
    const first = firsts.get(tally.host) ?? tally.blockSeconds;
    firsts.set(tally.host, first);
    return known === null || tally.blockSeconds !== first ? tally : { ...tally, blockSeconds: known };
  });
}

async function deleteStays(connection: DuckDBConnection, stays: readonly number[]): Promise<void> {
  if (stays.length === 0) return;
  await connection.run('CREATE OR REPLACE TEMP TABLE stale (stay BIGINT)');
  const appender = await connection.createAppender('stale', 'main', 'temp');
  for (const stay of stays) {
    appender.appendBigInt(BigInt(stay));
    appender.endRow();
  }
  appender.closeSync();
  for (const table of JUDGED_TABLES)
    await connection.run(`DELETE FROM ${table} WHERE stay IN (SELECT stay FROM stale)`);
}
