// Steps in which a store computes its sums: several days in one, except where they hold much.

import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { buildAttributor } from '../../../src/store/attributor.ts';
import { openForWriting } from '../../../src/store/duckdb/duckdb-file.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { DuckdbPeriodWriter } from '../../../src/store/duckdb/period-writer.ts';
import type { Span } from '../../../src/store/span.ts';
import { makePending } from '../../../src/store/write-periods.ts';
import { temporaryFolder } from '../../temporary.ts';
import { askDuckdb } from './ask-duckdb.ts';
import { minuteWindow, START } from './minute-window.ts';

const DAY_MINUTES = 1440;
const DAYS = 5;

const folder = temporaryFolder('steps');

/** Spans that were read for sums; `times`: the factor by which each window counts. */
async function stepsOf(name: string, times: number): Promise<Span[]> {
  const path = join(folder, name);
  const store = await openDuckdb(path, { mode: 'write' });
  await store.put(Array.from({ length: DAYS }, (_, day) => minuteWindow(day * DAY_MINUTES)));
  await store.close();
  const file = await openForWriting(path);
  const writer = new DuckdbPeriodWriter(file);
  const packedBytes = writer.packedBytes.bind(writer);
  vi.spyOn(writer, 'packedBytes').mockImplementation(async (span) => times * (await packedBytes(span)));
  const usage = vi.spyOn(writer, 'usage');
  try {
    await makePending(writer, buildAttributor(await loadCatalogue(), '0.0.0', null));
    return usage.mock.calls.map(([span]) => span);
  } finally {
    await file.close();
  }
}

describe('sums of a store', () => {
  it('are computed for several days at once where these are small', async () => {
    const steps = await stepsOf('small.duckdb', 1);
    expect(steps).toHaveLength(1);
  });

  it('are computed day by day where a few windows hold much', async () => {
    const steps = await stepsOf('large.duckdb', 1e6);
    expect(steps.map(({ from }) => (from - START) / 86_400)).toEqual([0, 1, 2, 3, 4]);
    for (const { from, to } of steps) expect(to - from).toBeLessThanOrEqual(86_400);
  });

  it('know the bytes that a span is packed in', async () => {
    const path = join(folder, 'bytes.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0), minuteWindow(1), minuteWindow(2)]);
    await store.close();
    const lengths = await askDuckdb(
      path,
      'SELECT octet_length(usage)::INTEGER FROM windows ORDER BY start_seconds',
    );
    const file = await openForWriting(path);
    const writer = new DuckdbPeriodWriter(file);
    const [first, second] = lengths.map(([bytes]) => Number(bytes));
    expect(first).toBeGreaterThan(0);
    expect(await writer.packedBytes({ from: START, to: START + 120 })).toBe((first ?? 0) + (second ?? 0));
    expect(await writer.packedBytes({ from: 0, to: START })).toBe(0);
    await file.close();
  });
});
