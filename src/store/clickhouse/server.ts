// ClickHouse as a store on a server: all that the rest of the program knows of it. Its code loads when a store is opened.

import type { StoreServer } from '../history.ts';
import { clickhouseAddress, isClickhouse, storeSecrets } from './address.ts';

export const CLICKHOUSE: StoreServer = {
  isAddress: isClickhouse,
  placeOf: clickhouseAddress,
  secretFiles: storeSecrets,
  async load() {
    await Promise.all([import('./clickhouse-store.ts'), import('./notes.ts')]);
  },
  open: async (path, options) => (await import('./clickhouse-store.ts')).openClickhouse(path, options),
  openHistory: async (path, attributor) =>
    (await import('./clickhouse-store.ts')).openClickhouseHistory(path, attributor),
  notes: async (path) => (await import('./notes.ts')).clickhouseNotes(path),
  state: clickhouseState,
};

/**
 * Numbers of blocks count what was put, also once it is merged, and versions of data what was deleted. Notes are written
 * with each delivery: of these the names alone matter.
 */
const STATE = `SELECT partition_id AS part, max(max_block_number) AS blocks, max(data_version) AS version
  FROM system.parts WHERE active AND database = currentDatabase() AND table = 'windows'
  GROUP BY partition_id ORDER BY partition_id`;
const NAMES = 'SELECT sensor FROM sensor_notes FINAL ORDER BY sensor';

/**
 * Another text when windows came or went, or a sensor, asked so that the answer costs the server nothing: it looks at its
 * list of parts, and at no window. Throws INPUT_UNREADABLE.
 */
async function clickhouseState(store: string): Promise<string> {
  const { connectTo, rowsOf, serverError } = await import('./connect.ts');
  const connection = connectTo(store);
  try {
    const parts = await rowsOf<{ part: string; blocks: number; version: number }>(connection, STATE);
    const names = await rowsOf<{ sensor: string }>(connection, NAMES);
    return JSON.stringify([
      parts.map(({ part, blocks, version }) => [part, blocks, version]),
      names.map(({ sensor }) => sensor),
    ]);
  } catch (cause) {
    throw serverError('INPUT_UNREADABLE', connection, cause);
  } finally {
    await connection.client.close();
  }
}
