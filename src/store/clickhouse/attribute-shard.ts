// Computes the period sums of a ClickHouse store, of all hosts or of a shard. A killed process leaves rows that do
// not count; the next run computes the pending ones.

import { DAY_SECONDS } from '../../time/units.ts';
import type { Attributor } from '../attributor.ts';
import type { Span } from '../span.ts';
import type { MadeSums, Shard } from '../store.ts';
import { makePending } from '../write-periods.ts';
import { type CountedSteps, type Marks, pendingOf, readMarks, readSteps } from './attribution-steps.ts';
import { bucketsOfShard } from './buckets.ts';
import { type Connection, valuesOf } from './connect.ts';
import { type BucketsTogether, ClickhousePeriodWriter, OvertakenError } from './period-writer.ts';

/** Maximum packed size of one attribution step; in memory it takes about thirty times as much. */
const STEP_BYTES = 16 << 20;

/** Ends when everything that was pending at the start is done. Any number of processes may run concurrently, also for the same hosts. */
export async function attributeShard(
  connection: Connection,
  attributor: Attributor,
  shard: Shard,
): Promise<MadeSums> {
  const { key } = attributor;
  const mine = new Set(bucketsOfShard(shard));
  let [periods, wasPending] = [0, false];
  for (;;) {
    const counted = await readSteps(connection, key);
    const plan = togetherOf(counted, await readMarks(connection), mine);
    if (plan.length === 0) return { periods, wasPending };
    wasPending = true;
    try {
      for (const together of plan) {
        for (const slice of await slicesOf(connection, together)) {
          const writer = new ClickhousePeriodWriter(connection, key, counted, slice);
          periods += await makePending(writer, attributor);
        }
      }
      return { periods, wasPending };
    } catch (error) {
      // Another process was faster and computed a part of it.
      if (!(error instanceof OvertakenError)) throw error;
    }
  }
}

/** Buckets of a shard of which the same is pending. */
function togetherOf(counted: CountedSteps, now: Marks, mine: ReadonlySet<number>): BucketsTogether[] {
  const byPending = new Map<string, BucketsTogether & { buckets: number[]; heads: string[] }>();
  for (const group of counted.groups) {
    const buckets = group.buckets.filter((bucket) => mine.has(bucket));
    const pending = pendingOf(group, now);
    if (buckets.length === 0 || pending.length === 0) continue;
    const key = JSON.stringify(pending);
    const known = byPending.get(key);
    const heads = group.head === null ? [] : [group.head];
    byPending.set(key, {
      buckets: [...(known?.buckets ?? []), ...buckets],
      heads: [...(known?.heads ?? []), ...heads],
      generation: Math.max(known?.generation ?? 0, group.generation),
      pending,
    });
  }
  return [...byPending.values()];
}

/** The part of the buckets that fits in memory. */
async function slicesOf(connection: Connection, together: BucketsTogether): Promise<BucketsTogether[]> {
  const { pending, buckets } = together;
  const span: Span = { from: pending[0]?.from ?? 0, to: pending.at(-1)?.to ?? 0 };
  const rows = await valuesOf<[number, number]>(
    connection,
    `SELECT bucket, sum(length(usage)) FROM window_usage
     WHERE bucket IN (${buckets.join(', ')}) AND start_seconds >= ${span.from} AND start_seconds < ${span.to}
     GROUP BY bucket`,
  );
  const bytesOf = new Map(rows);
  const days = Math.max(1, (span.to - span.from) / DAY_SECONDS);
  const slices: number[][] = [[]];
  let room = STEP_BYTES;
  for (const bucket of buckets) {
    const bytes = (bytesOf.get(bucket) ?? 0) / days;
    if (bytes > room && (slices.at(-1)?.length ?? 0) > 0) {
      slices.push([]);
      room = STEP_BYTES;
    }
    slices.at(-1)?.push(bucket);
    room -= bytes;
  }
  return slices.map((some) => ({ ...together, buckets: some }));
}
