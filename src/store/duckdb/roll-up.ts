// Sums the minutes of a DuckDB store into quarter hours, so that a history of months remains small.

import { DAY_SECONDS, QUARTER_SECONDS } from '../../time/units.ts';
import { rollUpWindows } from '../../window/merge-windows.ts';
import type { Span } from '../span.ts';
import { type Database, inTransaction, readRows } from './duckdb-file.ts';
import { addPending } from './pending.ts';
import { appendWindows, WINDOW_TABLES } from './rows.ts';
import { findStartAtRank, readWindows } from './windows.ts';

export interface RolledUp {
  readonly summed: number;
  readonly into: number;
}

/** Number of windows per step: each step has a fixed cost. */
const STEP_WINDOWS = 1440;

/** Sums the windows that end before a time, day by day. */
export async function rollUp(database: Database, beforeSeconds: number): Promise<RolledUp> {
  const until = Math.floor(beforeSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
  let summed = 0;
  let into = 0;
  for (let from = await findFirstShort(database, until); from !== null; ) {
    const to = Math.min(until, await findStepEnd(database, { from, to: until }));
    const done = await rollUpSpan(database, from, to);
    summed += done.summed;
    into += done.into;
    from = await findFirstShort(database, until);
  }
  return { summed, into };
}

/** Returns the end of a step of whole days: one day, or several with few windows. */
async function findStepEnd({ connection }: Database, span: Span): Promise<number> {
  const isShort = `length_seconds < ${QUARTER_SECONDS}`;
  const many = (await findStartAtRank(connection, span, STEP_WINDOWS, 'ASC', isShort)) ?? span.to;
  return Math.max(Math.floor(span.from / DAY_SECONDS) + 1, Math.floor(many / DAY_SECONDS)) * DAY_SECONDS;
}

/** Finds the first window before a time that is shorter than a quarter hour; returns the start of its quarter hour. */
async function findFirstShort({ connection }: Database, untilSeconds: number): Promise<number | null> {
  const [[first = null] = []] = await readRows(
    connection,
    'SELECT min(start_seconds) FROM windows WHERE length_seconds < $1 AND start_seconds < $2',
    [QUARTER_SECONDS, BigInt(untilSeconds)],
  );
  return first === null ? null : Math.floor(Number(first) / QUARTER_SECONDS) * QUARTER_SECONDS;
}

/** Sums a span of whole quarter hours, and merges late windows into summed ones. */
async function rollUpSpan(database: Database, from: number, to: number): Promise<RolledUp> {
  const { connection } = database;
  const { windows, damage } = await readWindows(database, { from, to });
  const [first] = damage;
  if (first !== undefined) throw first;
  const sums = rollUpWindows(windows, QUARTER_SECONDS);
  const span = [BigInt(from), BigInt(to)];
  const within = 'start_seconds >= $1 AND start_seconds < $2';
  await inTransaction(database, async () => {
    await connection.run(
      `INSERT INTO rolled_up SELECT sensor, start_seconds, revision FROM windows
       WHERE ${within} AND length_seconds < ${QUARTER_SECONDS}`,
      span,
    );
    for (const table of WINDOW_TABLES) await connection.run(`DELETE FROM ${table} WHERE ${within}`, span);
    await appendWindows(connection, sums);
    await addPending(connection, [{ from, to }]);
  });
  const summed = windows.filter((window) => window.lengthSeconds < QUARTER_SECONDS).length;
  return { summed, into: sums.length };
}
