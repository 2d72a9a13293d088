// Queries stored periods for the writers of all engines.

import type { RunKey } from '../../attribution/sums/attribute-periods.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { PeriodWriter, StoredPeriod } from '../write-periods.ts';
import type { SqlRow, SqlStore } from './dialect.ts';

type PeriodQueries = Pick<SqlStore, 'rows'>;

/** Names and conditions by which an engine identifies periods. */
interface PeriodKey {
  /** Condition for periods that count. */
  readonly live: string;
  /** Columns that identify a period. */
  readonly columns: string;
  numberOf(values: SqlRow): number;
}

export async function readBlocksNear(
  { rows }: PeriodQueries,
  { live, columns, numberOf }: PeriodKey,
  lastFromUs: TimestampUs,
  firstToUs: TimestampUs,
): Promise<StoredPeriod[][]> {
  const found = await rows(
    `SELECT host, block_seconds, first_seconds, last_seconds, last_us, ${columns} FROM periods
     WHERE ${live} AND (host, block_seconds) IN (
       SELECT host, block_seconds FROM periods WHERE ${live} AND last_us >= ${lastFromUs} AND first_us <= ${firstToUs})
     ORDER BY host, block_seconds, first_us`,
  );
  const periods = found.map(
    ([host, block, first, last, lastUs, ...number]): StoredPeriod => ({
      period: numberOf(number),
      host: String(host),
      blockSeconds: Number(block),
      firstSeconds: Number(first),
      lastSeconds: Number(last),
      lastUs: Number(lastUs),
    }),
  );
  return [...groupBy(periods, ({ blockSeconds, host }) => `${blockSeconds} ${host}`).values()];
}

/** Implements lastRequests of PeriodWriter. `periods`: numbers of periods in the store. */
export async function readLastRequests(
  { rows }: PeriodQueries,
  periods: readonly (number | string)[],
): ReturnType<PeriodWriter['lastRequests']> {
  if (periods.length === 0) return () => null;
  const found = await rows(
    `SELECT host, tool, is_provider, is_provider OR grade > 0 AS is_strong, max(model_last_us)
     FROM period_sums WHERE period IN (${periods.join(', ')}) AND model_last_us IS NOT NULL
     GROUP BY host, tool, is_provider, is_strong`,
  );
  const last = new Map(
    found.map(([host, tool, isProvider, isStrong, us]) => [
      getKey({
        host: String(host),
        tool: String(tool),
        isProvider: Number(isProvider) === 1,
        isStrong: Number(isStrong) === 1,
      }),
      Number(us),
    ]),
  );
  return (run) => last.get(getKey(run)) ?? null;
}

const getKey = ({ host, tool, isProvider, isStrong }: RunKey): string =>
  `${isProvider} ${isStrong} ${tool} ${host}`;
