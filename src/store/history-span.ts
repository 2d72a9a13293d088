// Which judgements answer for a span: those that are kept and lie in it whole, and what must be judged for it alone.

import type { DuckDBConnection } from '@duckdb/node-api';
import { tallyStays } from '../catalogue/tally.ts';
import type { WiretallyError } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { JUDGED_TABLES } from './duckdb-schema.ts';
import { readUsage, type Span } from './duckdb-windows.ts';
import { appendStays, LIVE } from './judged-rows.ts';
import { isJudgedBy, type Judge, joinRanges, REACH_US, unjudgedRanges } from './judgements.ts';
import type { ZoneSql } from './zone-sql.ts';

/** Of one row: host, tool, and whether it is a provider's. */
export const useKey = (host: unknown, tool: unknown, isProvider: unknown): string =>
  `${isProvider === true ? 1 : 0} ${String(tool)} ${String(host)}`;

/**
 * Sums of a tool leave weaker stays out: their traffic is in a provider's row. Where there is none stronger, they take
 * all, as a provider's do. `best` is the strongest of the row.
 */
export const COUNTS = '(grade > 0 OR best = 0 OR is_provider)';

/**
 * Rows of a table of judgements that answer for the span chosen last. `stay_us` is when the stay began; `day` is the one
 * day of the zone that it lies in with all its requests, apart from every other stay: its sums are those of the day.
 * Null for the few that take more care.
 */
export function chosenRows(
  table: (typeof JUDGED_TABLES)[number],
  which: 'all' | 'plain' | 'others' = 'all',
): string {
  const where = { all: '', plain: ' WHERE day IS NOT NULL', others: ' WHERE day IS NULL' }[which];
  const chosen = `(FROM chosen${where})`;
  return `(SELECT t.*, c.stay_us, c.day FROM (FROM ${table} UNION ALL FROM ${LIVE}${table}) t JOIN ${chosen} c USING (stay))`;
}

/** Fills the temporary tables that `chosenRows` reads. Returns what could not be read on the way. */
export async function chooseStays(
  path: string,
  connection: DuckDBConnection,
  judge: Judge,
  span: Span,
  zone: ZoneSql,
): Promise<WiretallyError[]> {
  for (const table of JUDGED_TABLES)
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${LIVE}${table} AS FROM ${table} LIMIT 0`);
  const wanted = await chooseKept(connection, judge, span, zone);
  const ranges = joinRanges([...wanted.all, ...[...wanted.byHost.values()].flat()]);
  const windows: UsageWindow[] = [];
  const damage: WiretallyError[] = [];
  for (const range of ranges) {
    const read = await readUsage(path, connection, range, (host, start) => isWanted(wanted, host, start));
    windows.push(...read.windows);
    damage.push(...read.damage);
  }
  const stays = tallyStays(windows, judge.catalogue).map((tally, i) => ({ stay: -1 - i, tally }));
  await appendStays(connection, stays, 'temp');
  await connection.run(
    `INSERT INTO chosen SELECT stay, first_us, last_us, CASE WHEN alone THEN ${oneDay(zone)} END
     FROM (SELECT *, count(*) OVER (PARTITION BY host, block_seconds) = 1 AS alone FROM ${LIVE}stays) s`,
  );
  await leaveOutLong(connection, zone);
  return damage;
}

const CHOSEN = 'stay BIGINT, stay_us BIGINT, last_us BIGINT, day BIGINT';

/** The day that a stay `s` lies in; null when it reaches over midnight. */
function oneDay(zone: ZoneSql): string {
  const first = zone.day('s.first_seconds');
  return `CASE WHEN ${first} = ${zone.day('s.last_seconds')} THEN ${first} END`;
}

/** Far less than lies between two blocks. */
const OVERRUN_US = 1_800_000_000;

/** Requests that go on after their stay's day, or long after the stay: then nothing of it can be taken as a whole. */
async function leaveOutLong(connection: DuckDBConnection, zone: ZoneSql): Promise<void> {
  const long = await connection.runAndReadAll(
    `SELECT stay, model_last_us > last_us_of_stay + ${OVERRUN_US} FROM (
       SELECT u.stay, u.model_last_us, c.last_us AS last_us_of_stay, c.day
       FROM (SELECT stay, model_last_us FROM uses UNION ALL SELECT stay, model_last_us FROM ${LIVE}uses) u
       JOIN chosen c USING (stay)
     ) WHERE model_last_us > last_us_of_stay + ${OVERRUN_US} OR ${zone.day('(model_last_us // 1000000)')} <> day`,
  );
  const rows = long.getRows();
  if (rows.length === 0) return;
  const reachesFar = rows.some(([, isFar]) => isFar === true);
  const which = reachesFar ? '' : ` WHERE stay IN (${rows.map(([stay]) => String(stay)).join(', ')})`;
  await connection.run(`UPDATE chosen SET day = NULL${which}`);
}

/** Spans to judge now: of all hosts, and of some. */
interface Wanted {
  readonly all: readonly Span[];
  readonly byHost: ReadonlyMap<string, readonly Span[]>;
}

function isWanted({ all, byHost }: Wanted, host: string, startSeconds: number): boolean {
  const isIn = ({ from, to }: Span): boolean => startSeconds >= from && startSeconds < to;
  return all.some(isIn) || byHost.get(host)?.some(isIn) === true;
}

async function chooseKept(
  connection: DuckDBConnection,
  judge: Judge,
  { from, to }: Span,
  zone: ZoneSql,
): Promise<Wanted> {
  if (!(await isJudgedBy(connection, judge))) {
    await connection.run(`CREATE OR REPLACE TEMP TABLE chosen (${CHOSEN})`);
    return { all: [{ from, to }], byHost: new Map() };
  }
  // A block is whole or it is judged anew: its stays begin where they do because of those before them.
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE blocks AS
     SELECT *, first_seconds >= ${from} AND last_seconds < ${to} AND NOT EXISTS (
       SELECT 1 FROM unjudged u
       WHERE b.last_us >= u.from_seconds * 1000000 - ${REACH_US} AND b.first_us <= u.to_seconds * 1000000 + ${REACH_US}
     ) AS is_whole
     FROM (
       SELECT host, block_seconds, min(first_seconds) AS first_seconds, max(last_seconds) AS last_seconds,
         min(first_us) AS first_us, max(last_us) AS last_us, count(*) AS stays
       FROM stays GROUP BY host, block_seconds
     ) b WHERE last_seconds >= ${from} AND first_seconds < ${to}`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE chosen AS
     SELECT s.stay, s.first_us AS stay_us, s.last_us, CASE WHEN b.stays = 1 THEN ${oneDay(zone)} END AS day
     FROM stays s JOIN blocks b USING (host, block_seconds) WHERE b.is_whole`,
  );
  const cut = await connection.runAndReadAll(
    `SELECT host, greatest(first_seconds, ${from}), least(last_seconds + 1, ${to}) FROM blocks WHERE NOT is_whole`,
  );
  const byHost = new Map<string, Span[]>();
  for (const [host, first, last] of cut.getRows()) {
    const list = byHost.get(String(host)) ?? [];
    list.push({ from: Number(first), to: Number(last) });
    byHost.set(String(host), list);
  }
  const unjudged = await unjudgedRanges(connection);
  const all = unjudged.map((range) => ({ from: Math.max(from, range.from), to: Math.min(to, range.to) }));
  return { all: all.filter((range) => range.from < range.to), byHost };
}
