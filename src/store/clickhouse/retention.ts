// Deletes from a ClickHouse store: windows of a time with all dependent rows, and rows that no longer count.

import { findMaximum, findMinimum } from '../../model/extremes.ts';
import type { Attributor } from '../attributor.ts';
import type { PruneProof } from '../deletion-proof.ts';
import type { Span } from '../span.ts';
import { PERIOD_TABLES } from '../sql/tables.ts';
import { sha256OfKeys } from '../usage-file.ts';
import {
  countedCondition,
  HOUR_SECONDS,
  insertSteps,
  listPendingHours,
  NO_MARK,
  readMarks,
  readSteps,
} from './attribution-steps.ts';
import { FACT_NAMES } from './clickhouse-tables.ts';
import { type Connection, type Params, readRows, readValues, runCommand } from './connect.ts';
import { newNumber } from './period-writer.ts';

const ALL_FACTS = ['windows', ...FACT_NAMES];
const IS_OLD = 'start_seconds + length_seconds <= {before: Int64}';
/** Names are sent as Base64, because they may contain any characters, including quotes and backslashes. */
const IS_OF_SENSORS = "has(JSONExtract(base64Decode({sensors: String}), 'Array(String)'), sensor)";
/** Selects whole blocks, because the periods of a block depend on each other. */
const DEPENDS_ON = `(host, block_seconds) IN (
  SELECT host, block_seconds FROM periods WHERE last_seconds >= {from: Int64} AND first_seconds < {to: Int64})`;
/** Tombstone of a deleted period. */
const IS_ORPHAN = 'period NOT IN (SELECT period FROM periods)';
const DEPENDENT_TABLES = [...PERIOD_TABLES.filter((table) => table !== 'periods'), 'period_ends'];

export async function readBytes(connection: Connection): Promise<number> {
  const [row] = await readRows<{ bytes: number }>(
    connection,
    'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()',
  );
  return row?.bytes ?? 0;
}

export async function pruneWindows(
  connection: Connection,
  beforeSeconds: number,
  sensors: readonly string[] | null,
): Promise<PruneProof> {
  const isGoing = sensors === null ? IS_OLD : `${IS_OLD} AND ${IS_OF_SENSORS}`;
  const params: Params = {
    before: beforeSeconds,
    ...(sensors === null ? {} : { sensors: Buffer.from(JSON.stringify(sensors)).toString('base64') }),
  };
  const bytesBefore = await readBytes(connection);
  const old = await readRows<{ sensor: string; startSeconds: number; revision: number }>(
    connection,
    `SELECT sensor, start_seconds AS startSeconds, revision FROM windows FINAL WHERE ${isGoing}`,
    params,
  );
  const starts = old.map(({ startSeconds }) => startSeconds);
  const gone = sensors === null ? { from: 0, to: beforeSeconds } : buildSpan(starts);
  // Repeated after the deletion because of concurrent attribution: the remaining windows of these sums become pending.
  const rested = await findDependents(connection, gone);
  await makePending(connection, rested);
  const going: readonly (readonly [table: string, condition: string])[] = [
    ...ALL_FACTS.map((table) => [table, isGoing] as const),
    ['periods', DEPENDS_ON],
    ...DEPENDENT_TABLES.map((table) => [table, IS_ORPHAN] as const),
    ['damaged_windows', 'window NOT IN (SELECT window FROM windows)'],
  ];
  for (const [table, condition] of going)
    await runCommand(connection, `ALTER TABLE ${table} DELETE WHERE ${condition}`, { ...params, ...gone });
  await makePending(connection, rested);
  let found = 0;
  for (const [table, condition] of going) {
    const sql = `SELECT count() FROM ${table} WHERE ${condition}`;
    const [[left] = [0]] = await readValues<[number]>(connection, sql, { ...params, ...gone });
    found += left;
  }
  const [[windowCount] = [0]] = await readValues<[number]>(connection, 'SELECT count() FROM windows FINAL');
  return {
    beforeSeconds,
    sensors,
    deletedWindows: old.length,
    deletedKeysSha256: sha256OfKeys(old),
    keptWindows: windowCount,
    bytesBefore,
    bytesAfter: await readBytes(connection),
    foundAfterwards: found,
  };
}

const buildSpan = (starts: readonly number[]): Span =>
  starts.length === 0 ? { from: 0, to: 0 } : { from: findMinimum(starts), to: findMaximum(starts) + 1 };

/** Finds the windows whose sums depend on those of a span. */
async function findDependents(connection: Connection, { from, to }: Span): Promise<Span> {
  const [[periods, first, last] = [0, 0, 0]] = await readValues<[number, number, number]>(
    connection,
    `SELECT count(), min(first_seconds), max(last_seconds) FROM periods WHERE ${DEPENDS_ON}`,
    { from, to },
  );
  return periods === 0 ? { from, to } : { from: Math.min(from, first), to: Math.max(to, last + 1) };
}

/** Makes the hours of a span pending: writes steps that have read none of them. */
async function makePending(connection: Connection, { from, to }: Span): Promise<void> {
  const isIn = (hour: number): boolean => (hour + 1) * HOUR_SECONDS > from && hour * HOUR_SECONDS < to;
  const keys = await readValues<[string]>(connection, 'SELECT DISTINCT attributed_by FROM attribution_steps');
  for (const [key] of keys) {
    for (;;) {
      const steps = (await readSteps(connection, key)).groups.flatMap(
        ({ buckets, head, generation, marks }) => {
          const hours = [...marks].filter(([hour, mark]) => isIn(hour) && mark !== NO_MARK);
          if (head === null || hours.length === 0) return [];
          return {
            step: newNumber(),
            parents: [head],
            generation: generation + 1,
            buckets,
            hours: hours.map(([hour]) => hour),
            marks: hours.map(() => NO_MARK),
          };
        },
      );
      if (steps.length === 0) break;
      await insertSteps(connection, key, steps);
    }
  }
}

/** Deletes fact rows of replaced revisions; others may belong to a window that is being inserted. */
export async function deleteReplaced(connection: Connection): Promise<void> {
  for (const table of FACT_NAMES) {
    await runCommand(
      connection,
      `ALTER TABLE ${table} DELETE WHERE (sensor, start_seconds, revision) IN (
         SELECT facts.sensor, facts.start_seconds, facts.revision FROM ${table} AS facts
         INNER JOIN (SELECT sensor, start_seconds, max(revision) AS live FROM windows GROUP BY sensor, start_seconds) AS w
         ON w.sensor = facts.sensor AND w.start_seconds = facts.start_seconds WHERE facts.revision < w.live)`,
    );
  }
}

/** Grace time: running queries and attributions started with the previous set. */
const GRACE_MS = 3_600_000;

/** Deletes replaced periods, those of unfinished steps, and those of replaced attributors. */
export async function deleteEnded(connection: Connection, attributor: Attributor | null): Promise<void> {
  const old = Date.now() - GRACE_MS;
  if (attributor !== null) await forgetOthers(connection, attributor, old);
  const keys = await readValues<[string]>(connection, 'SELECT DISTINCT attributed_by FROM attribution_steps');
  for (const [key] of keys) {
    const counted = await readSteps(connection, key);
    if (counted.steps.length === 0) continue;
    const ends = `${countedCondition(counted)} AND step IN (SELECT step FROM attribution_steps WHERE at_ms < ${old})`;
    const sql = `ALTER TABLE periods DELETE WHERE period IN (SELECT period FROM period_ends WHERE ${ends})`;
    await runCommand(connection, sql);
  }
  await runCommand(
    connection,
    `ALTER TABLE periods DELETE WHERE step NOT IN (SELECT step FROM attribution_steps) AND made_ms < ${old}`,
  );
  for (const table of DEPENDENT_TABLES)
    await runCommand(connection, `ALTER TABLE ${table} DELETE WHERE ${IS_ORPHAN}`);
}

/** Deletes sums of other attributors only if nothing is pending: before, programs of another version may still query them. */
async function forgetOthers(connection: Connection, { key }: Attributor, old: number): Promise<void> {
  const { groups } = await readSteps(connection, key);
  const now = await readMarks(connection);
  if (groups.some((group) => listPendingHours(group, now).length > 0)) return;
  await runCommand(
    connection,
    `ALTER TABLE attribution_steps DELETE WHERE attributed_by != {key: String} AND at_ms < ${old}`,
    { key },
  );
}

/** Merges the parts of each table, and rows that replace each other. */
export async function mergeParts(connection: Connection): Promise<void> {
  for (const table of [...ALL_FACTS, ...PERIOD_TABLES, 'period_ends'])
    await runCommand(connection, `OPTIMIZE TABLE ${table} FINAL`);
}
