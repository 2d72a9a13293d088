// Detects changes of a ClickHouse store at no cost for the server: reads its list of parts
// and no windows.

import { connectTo, rowsOf, serverError } from './connect.ts';

/**
 * Block numbers count inserts, also after merges, and data versions count deletions. Notes are written
 * with each delivery: of these only the names are compared.
 */
const STATE = `SELECT partition_id AS part, max(max_block_number) AS blocks, max(data_version) AS version
  FROM system.parts WHERE active AND database = currentDatabase() AND table = 'windows'
  GROUP BY partition_id ORDER BY partition_id`;
const NAMES = 'SELECT sensor FROM sensor_notes FINAL ORDER BY sensor';

/** Changes when windows or sensors are added or removed. Throws INPUT_UNREADABLE. */
export async function clickhouseState(store: string): Promise<string> {
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
