// Changes of a DuckDB store in transactions.

import type { DuckDBConnection } from '@duckdb/node-api';
import { writeError } from '../../files/durable-file.ts';

/** All of it or nothing. Throws STORE_WRITE. */
export async function inTransaction<T>(
  path: string,
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // After a failed commit there is no transaction; the first failure is reported.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw writeError(path, error);
  }
}
