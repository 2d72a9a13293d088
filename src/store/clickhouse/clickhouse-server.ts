// Registers ClickHouse as a store on a server. Other modules use only this file; further code loads when a store is opened.

import type { StoreServer } from '../period-source.ts';
import { CLICKHOUSE_ADDRESS, listSecretFiles, parseClickhouseAddress } from './clickhouse-address.ts';

export const CLICKHOUSE: StoreServer = {
  ...CLICKHOUSE_ADDRESS,
  placeOf: parseClickhouseAddress,
  secretFiles: listSecretFiles,
  async load() {
    await Promise.all([import('./clickhouse-store.ts'), import('./notes.ts')]);
  },
  open: async (path, options) => (await import('./clickhouse-store.ts')).openClickhouse(path, options),
  openPeriods: async (path, attributor) =>
    (await import('./clickhouse-store.ts')).openClickhousePeriods(path, attributor),
  notes: async (path) => (await import('./notes.ts')).clickhouseNotes(path),
  state: clickhouseState,
  ask: async (path, sql, maxSeconds) =>
    (await import('./server-queries.ts')).runServerQuery(path, sql, maxSeconds),
};

/**
 * Block numbers count inserts, also after merges, and data versions count deletions. Sensor notes are written with each
 * delivery, so only their names are compared.
 */
const STATE = `SELECT partition_id AS part, max(max_block_number) AS blocks, max(data_version) AS version
  FROM system.parts WHERE active AND database = currentDatabase() AND table = 'windows'
  GROUP BY partition_id ORDER BY partition_id`;
const NAMES = 'SELECT sensor FROM sensor_notes FINAL ORDER BY sensor';

/**
 * Changes when windows or sensors are added or removed, at no cost for the server: reads its list of parts and no windows.
 * Throws INPUT_UNREADABLE.
 */
async function clickhouseState(store: string): Promise<string> {
  const { readRows, withServer } = await import('./connect.ts');
  return await withServer(store, 'INPUT_UNREADABLE', async (connection) => {
    const parts = await readRows<{ part: string; blocks: number; version: number }>(connection, STATE);
    const names = await readRows<{ sensor: string }>(connection, NAMES);
    return JSON.stringify([
      parts.map(({ part, blocks, version }) => [part, blocks, version]),
      names.map(({ sensor }) => sensor),
    ]);
  });
}
