// Sums of hosts by day in a DuckDB store: the same hosts as from its windows, in every zone and span, after each change.

import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { buildAttributor } from '../../../src/store/attributor.ts';
import { openQueries } from '../../../src/store/duckdb/dialect.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import type { Span } from '../../../src/store/span.ts';
import { readHosts } from '../../../src/store/sql/span-facts.ts';
import { openZone } from '../../../src/time/zone.ts';
import { temporaryFolder } from '../../temporary.ts';
import { minuteWindow, START } from './minute-window.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const ALL = { from: START, to: START + 6 * DAY };
const path = join(temporaryFolder('host-days'), 'store.duckdb');

async function write(
  work: (store: Awaited<ReturnType<typeof openDuckdb>>) => Promise<unknown>,
): Promise<void> {
  const attributor = buildAttributor(await loadCatalogue(), '0.0.0', null);
  const store = await openDuckdb(path, { mode: 'write', attributor });
  await work(store);
  await store.close();
}

async function hostsIn({ from, to }: Span, name: string, isFromDays: boolean) {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const all = openQueries(connection);
  const { hostRows: _, ...queries } = all;
  try {
    const hosts = await readHosts(isFromDays ? all : queries, { from, to }, openZone(name));
    const days = (await queries.rows('SELECT DISTINCT day FROM host_days ORDER BY 1')).map(([day]) => day);
    return { hosts, days };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Compares the hosts of whole and cut days, and returns the days with sums, counted from the first. */
async function keptDays(): Promise<number[]> {
  const spans = [
    ALL,
    { from: START + 5 * HOUR, to: START + 3 * DAY - 7 * HOUR },
    { from: START, to: START + DAY },
  ];
  for (const span of spans)
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
      const { hosts } = await hostsIn(span, zone, true);
      expect(hosts).toEqual((await hostsIn(span, zone, false)).hosts);
    }
  const { hosts, days } = await hostsIn(ALL, 'UTC', false);
  expect(hosts.size).toBe(1);
  return days.map((day) => Number(day) - Math.floor(START / DAY));
}

it('gives the same hosts from sums of days as from windows', async () => {
  const hours = Array.from({ length: 5 * 12 }, (_, i) => minuteWindow(i * 120));
  await write((store) => store.put(hours));
  await write((store) => store.compact());
  const last = Math.floor((START + 59 * 2 * HOUR) / DAY) - Math.floor(START / DAY);
  const before = Array.from({ length: last }, (_, day) => day);
  expect(await keptDays()).toEqual(before);
  // A late window takes the sums of its day away until the store is summed again.
  await write((store) => store.put([{ ...minuteWindow(2 * 1440 + 1, 'b'), sensor: 'b' }]));
  await write((store) => store.compact());
  expect(await keptDays()).toEqual(before);
  await write((store) => store.prune(START + DAY + 3 * HOUR, null));
  expect(await keptDays()).toEqual(before.slice(1));
});
