// Whether a ClickHouse store has changed, asked so that the answer costs the server nothing: it looks at its list of parts,
// and at no window.

import { connectTo, rowsOf, serverError } from './connect.ts';

/**
 * Numbers of blocks count what was put, also once it is merged, and versions of data what was deleted. Notes are written
 * with each delivery: of these the names alone matter.
 */
const STATE = `SELECT partition_id AS part, max(max_block_number) AS blocks, max(data_version) AS version
  FROM system.parts WHERE active AND database = currentDatabase() AND table = 'windows'
  GROUP BY partition_id ORDER BY partition_id`;
const NAMES = 'SELECT sensor FROM sensor_notes FINAL ORDER BY sensor';

/** Another text when windows came or went, or a sensor. Throws INPUT_UNREADABLE. */
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
