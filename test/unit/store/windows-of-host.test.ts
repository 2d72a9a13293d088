// Windows of one host in a DuckDB store: all facts about it, without the windows of other hosts.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { buildAttributor } from '../../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../../src/store/duckdb/duckdb-store.ts';
import { History } from '../../../src/store/history.ts';
import { makeFleet } from '../../made-fleet.ts';
import { temporaryFolder } from '../../temporary.ts';

const ALL = { from: 0, to: 10_000_000_000 };

it('has every row of the host, and no window without one', async () => {
  const path = join(temporaryFolder('windows-of-host'), 'store.duckdb');
  const fleet = makeFleet({ sensors: 2, days: 2, quarters: 8, hosts: 6, seed: 3 });
  const windows = fleet.flatMap((sensor) => sensor.windows);
  const store = await openDuckdb(path, { mode: 'write' });
  await store.put(windows);
  await store.close();
  const source = await openDuckdbPeriods(path);
  const history = new History(source, buildAttributor(await loadCatalogue(), '0.0.0', null));
  for (const host of ['10.0.0.1', '10.1.0.5', "it's none"]) {
    const found = await history.windowsOf(ALL, host);
    const all = await source.usage(ALL, (name) => name === host);
    expect(found).toEqual(all.windows.filter(({ rows }) => rows.length > 0));
    const starts = new Set(
      windows.filter(({ rows }) => rows.some((row) => row.host === host)).map((w) => w.startSeconds),
    );
    expect(new Set(found.map(({ startSeconds }) => startSeconds))).toEqual(starts);
  }
  await history.close();
});
