// A store whose sums another version computed: a query attributes its windows again, unless there are too many of them.

import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { buildAttributor } from '../../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../../src/store/duckdb/duckdb-store.ts';
import { History } from '../../../src/store/history.ts';
import { openZone } from '../../../src/time/zone.ts';
import { temporaryFolder } from '../../temporary.ts';
import { minuteWindow } from './minute-window.ts';

const folder = temporaryFolder('outdated');
const path = join(folder, 'store.duckdb');
const ALL = { from: 0, to: 10_000_000_000 };
const question = { span: ALL, zone: openZone('UTC'), firstSeen: () => null };

beforeAll(async () => {
  const attributor = buildAttributor(await loadCatalogue(), 'an earlier version', null);
  const store = await openDuckdb(path, { mode: 'write', attributor });
  await store.put([minuteWindow(0), minuteWindow(1)]);
  await store.close();
});

const attributor = async () => buildAttributor(await loadCatalogue(), 'this version', null);

describe('outdated sums', () => {
  it('are replaced for a query while its rows fit into memory', async () => {
    const history = new History(await openDuckdbPeriods(path), await attributor());
    expect(await history.isCurrent()).toBe(false);
    expect((await history.part(question)).windows).toBe(2);
    await history.close();
  });

  it('are refused where too many rows would be attributed, with the command that fixes it', async () => {
    const periods = await openDuckdbPeriods(path);
    // As many as took 4.5 GB, where the limit of the heap is 4.3 GB.
    const rows = Math.ceil((817_000 * getHeapStatistics().heap_size_limit) / 4.345e9);
    vi.spyOn(periods, 'usageRows').mockResolvedValue(rows);
    const usage = vi.spyOn(periods, 'usage');
    const history = new History(periods, await attributor());
    await expect(history.part(question)).rejects.toMatchObject({
      code: 'SUMS_OUTDATED',
      where: path,
      next: expect.stringContaining(`wiretally store compact ${path}`),
    });
    await expect(history.firstUses()).rejects.toMatchObject({ code: 'SUMS_OUTDATED' });
    expect(usage).not.toHaveBeenCalled();
    await history.close();
  });
});
