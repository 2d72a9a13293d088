// Selects the period sums for a span: stored ones of blocks inside it, and temporary ones for the query.

import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { ForeignSensor } from '../../attribution/traffic/host-sensors.ts';
import type { Choice } from '../period-source.ts';
import { type HostSpan, REACH_US, type Span } from '../span.ts';
import type { Dialect, SqlStore } from './dialect.ts';
import {
  column,
  type NumberedPeriod,
  nullable,
  PERIODS,
  type Table,
  TOOL_TABLES,
  toolsIn,
} from './tables.ts';
import type { ZoneSql } from './zone-sql.ts';

/**
 * Sums of a tool exclude periods in which it is only possible, whose traffic is in a provider row. Without a stronger period
 * they include all, as those of providers do. `best` is the strongest of the row.
 */
export const COUNTS = '(grade > 0 OR best = 0 OR is_provider)';

/** Condition without `best`: periods in which a tool is more than possible. */
export const COUNTED = '(grade > 0 OR is_provider)';

/** Prefix of temporary tables of one query; the rest of the name equals that of the stored tables. */
const COMPUTED_PREFIX = 'made_';
/** First number of periods that are computed for a query: above those of stored periods. */
const FIRST_COMPUTED = 2 ** 52;

/** SQL of the rows of a table that belong to the selected periods. */
export type SelectedRows = (table: string, which?: 'all' | 'plain' | 'others') => string;

/**
 * `areComputed`: whether temporary sums exist for the query. `began_us` is the start of the period; `day` is the one day of
 * the zone that contains all its requests, separate from every other period of its block: its sums are those of the
 * day. Null for the few that need a finer split.
 */
export function buildSelectedRows(dialect: Dialect, span: Span, areComputed: boolean): SelectedRows {
  return (table, which = 'all') => {
    const where = { all: '', plain: ' WHERE day IS NOT NULL', others: ' WHERE day IS NULL' }[which];
    return `(SELECT t.*, c.began_us AS began_us, c.day AS day FROM (${selectBoth(dialect, table, span, areComputed)}) AS t
      INNER JOIN (SELECT period, began_us, day FROM chosen${where}) AS c USING (period))`;
  };
}

/** Stored rows and temporary ones, by the names of their columns. */
function selectBoth(dialect: Dialect, name: string, span: Span, areComputed: boolean): string {
  const columns = COLUMNS_OF.get(name) ?? '*';
  const stored = `SELECT ${columns} FROM ${dialect.periods(name, span)}`;
  return areComputed ? `${stored} UNION ALL SELECT ${columns} FROM ${COMPUTED_PREFIX}${name}` : stored;
}

const COLUMNS_OF: ReadonlyMap<string, string> = new Map(
  [PERIODS, ...TOOL_TABLES].map((table) => [table.name, table.columns.map(({ name }) => name).join(', ')]),
);

/** Selects no stored period. */
export async function selectNoPeriods(store: SqlStore): Promise<void> {
  await store.fill(CANDIDATES, []);
}

/** Periods that may be selected; `day` does not consider their requests yet. */
const CANDIDATES: Table<unknown> = {
  name: 'candidates',
  rowsOf: () => [],
  columns: [
    column('period', 'period', () => null),
    column('began_us', 'whole', () => null),
    column('last_us', 'whole', () => null),
    nullable(column('day', 'whole', () => null)),
  ],
};

const FOREIGN_SENSORS: Table<ForeignSensor, ForeignSensor> = {
  name: 'foreign_sensors',
  rowsOf: (foreignSensor) => [foreignSensor],
  columns: [
    column('host', 'text', ({ host }) => host),
    // The name is written as JSON, as in lists of sensors.
    column('sensor', 'text', ({ sensor }) => JSON.stringify(sensor)),
  ],
};

/** Returns the cut blocks: the start of a period depends on the previous one, so a block is used whole or recomputed. */
export async function selectBlocks(store: SqlStore, choice: Choice, zone: ZoneSql): Promise<HostSpan[]> {
  const counted = await store.countedPeriods();
  const pending = await store.pending();
  await selectNoPeriods(store);
  if (pending.length > 0 || choice.foreignSensors.length > 0 || !(await holdsAll(store, choice, counted)))
    return await selectWholeBlocks(store, choice, zone, counted, pending);
  await store.run(
    `INSERT INTO candidates
     SELECT p.period, p.first_us, p.last_us, CASE WHEN (p.host, p.block_seconds) NOT IN (
       SELECT host, block_seconds FROM periods WHERE ${counted} GROUP BY host, block_seconds HAVING count(*) > 1
     ) THEN ${selectDay(zone)} END
     FROM periods AS p WHERE ${counted}`,
  );
  return [];
}

/** True if all periods lie in the quarter hours of the span: then no block is cut, and none has to be looked at. */
async function holdsAll(store: SqlStore, { quarters }: Choice, counted: string): Promise<boolean> {
  const [[periods, first, last] = []] = await store.rows(
    `SELECT count(*), min(first_seconds), max(last_seconds) FROM periods WHERE ${counted}`,
  );
  return Number(periods) > 0 && Number(first) >= quarters.from && Number(last) < quarters.to;
}

async function selectWholeBlocks(
  store: SqlStore,
  { span, quarters, foreignSensors }: Choice,
  zone: ZoneSql,
  counted: string,
  pending: readonly Span[],
): Promise<HostSpan[]> {
  const { dialect } = store;
  const { from, to } = span;
  await store.fill(FOREIGN_SENSORS, foreignSensors);
  const isStrange = `period IN (
    SELECT p.period FROM (SELECT period, host, sensors FROM periods WHERE block_seconds < ${to} AND ${counted}) AS p
    INNER JOIN foreign_sensors AS f USING (host) WHERE ${dialect.contains('p.sensors', 'f.sensor')})`;
  const isNear = joinNearby(pending).map(([begin, end]) => `(ended_us >= ${begin} AND begun_us <= ${end})`);
  const isWhole = [
    'NOT is_strange',
    `first >= ${quarters.from} AND last < ${quarters.to}`,
    ...(isNear.length === 0 ? [] : [`NOT (${isNear.join(' OR ')})`]),
  ];
  await store.keep(
    'blocks',
    `SELECT host, block_seconds, first, last, periods, ${isWhole.join(' AND ')} AS is_whole
     FROM (
       SELECT host, block_seconds, min(first_seconds) AS first, max(last_seconds) AS last, min(first_us) AS begun_us,
         max(last_us) AS ended_us, count(*) AS periods, max(${isStrange}) AS is_strange
       FROM periods WHERE block_seconds < ${to} AND ${counted} GROUP BY host, block_seconds
     ) AS b WHERE last >= ${from} AND first < ${to}`,
  );
  await store.run(
    `INSERT INTO candidates
     SELECT p.period, p.first_us, p.last_us, CASE WHEN b.periods = 1 THEN ${selectDay(zone)} END
     FROM (SELECT * FROM ${dialect.periods('periods', span)} AND ${counted}) AS p
     INNER JOIN (SELECT host, block_seconds, periods FROM blocks WHERE is_whole) AS b USING (host, block_seconds)`,
  );
  const cut = await store.rows(
    `SELECT host, greatest(first, ${from}), least(last + 1, ${to}) FROM blocks WHERE NOT is_whole`,
  );
  return cut.map(([host, first, end]) => ({ host: String(host), from: Number(first), to: Number(end) }));
}

/**
 * Returns times in microseconds near pending spans. Overlapping ones are joined, because each is a condition on every block.
 */
function joinNearby(pending: readonly Span[]): [begin: number, end: number][] {
  const near: [number, number][] = [];
  for (const { from, to } of [...pending].sort((a, b) => a.from - b.from)) {
    const [begin, end] = [from * 1e6 - REACH_US, to * 1e6 + REACH_US];
    const last = near.at(-1);
    if (last !== undefined && begin <= last[1]) last[1] = Math.max(last[1], end);
    else near.push([begin, end]);
  }
  return near;
}

/** Adds periods that were computed for this query only; then all of them are known. */
export async function addComputedPeriods(
  store: SqlStore,
  periods: readonly SummedPeriod[],
  span: Span,
  zone: ZoneSql,
): Promise<SelectedRows> {
  const areComputed = periods.length > 0;
  if (areComputed) await fillComputedPeriods(store, periods, zone);
  await keepLong(store, selectBoth(store.dialect, 'period_sums', span, areComputed), zone);
  const [[far, all] = []] = await store.rows(
    `SELECT coalesce(${store.dialect.number('sum(CASE WHEN is_far THEN 1 ELSE 0 END)')}, 0), count(*) FROM long_periods`,
  );
  // Most queries have no such period.
  const isSplit = Number(far) > 0 ? 'period > 0' : 'period IN (SELECT period FROM long_periods)';
  const day = Number(all) === 0 ? 'day' : `CASE WHEN ${isSplit} THEN NULL ELSE day END`;
  await store.keep('chosen', `SELECT period, began_us, last_us, ${day} AS day FROM candidates`);
  return buildSelectedRows(store.dialect, span, areComputed);
}

async function fillComputedPeriods(
  store: SqlStore,
  periods: readonly SummedPeriod[],
  zone: ZoneSql,
): Promise<void> {
  const numbered = periods.map((period, i): NumberedPeriod => ({ ...period, period: FIRST_COMPUTED + i }));
  const tools = toolsIn(numbered);
  await store.fill({ ...PERIODS, name: COMPUTED_PREFIX + PERIODS.name }, numbered);
  for (const table of TOOL_TABLES) await store.fill({ ...table, name: COMPUTED_PREFIX + table.name }, tools);
  await store.run(
    `INSERT INTO candidates SELECT period, first_us, last_us, CASE WHEN is_alone THEN ${selectDay(zone)} END
     FROM (SELECT *, count(*) OVER (PARTITION BY host, block_seconds) = 1 AS is_alone FROM ${COMPUTED_PREFIX}periods) AS p`,
  );
}

/** SQL of the day that contains period `p`; null if it extends over midnight. */
function selectDay(zone: ZoneSql): string {
  const first = zone.day('p.first_seconds');
  return `CASE WHEN ${first} = ${zone.day('p.last_seconds')} THEN ${first} END`;
}

/**
 * A period whose requests end later than this after it is not used as a whole. Far less than the distance between two
 * blocks.
 */
const OVERRUN_US = 1_800_000_000;

/** Stores periods with requests that extend beyond their day or long after the period: these cannot be used as a whole. */
async function keepLong(store: SqlStore, sums: string, zone: ZoneSql): Promise<void> {
  const isFar = `model_last_us > ended_us + ${OVERRUN_US}`;
  await store.keep(
    'long_periods',
    `SELECT period, ${isFar} AS is_far FROM (
       SELECT s.period AS period, s.model_last_us AS model_last_us, c.last_us AS ended_us, c.day AS day
       FROM (${sums}) AS s INNER JOIN candidates AS c USING (period) WHERE s.model_last_us IS NOT NULL
     ) AS l WHERE ${isFar} OR ${zone.day(store.dialect.divide('model_last_us', 1_000_000))} <> day`,
  );
}
