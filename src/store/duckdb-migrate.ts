// The tables of a DuckDB store: made, brought up to date, and changed in transactions.

import type { DuckDBConnection } from '@duckdb/node-api';
import { WiretallyError } from '../model/errors.ts';
import type { DuckdbFile } from './duckdb-file.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './duckdb-schema.ts';
import { writeError } from './durable-file.ts';

/** Brings the tables of a store that is written up to date; refuses what cannot be. */
export async function migrate(path: string, file: DuckdbFile): Promise<void> {
  const { connection } = file;
  const version = await versionOf(path, connection);
  if (version > SCHEMA_VERSION) {
    throw new WiretallyError(
      'STORE_DAMAGED',
      `${path}: was made by a newer version (tables ${version}, this one knows ${SCHEMA_VERSION})`,
      { where: path, next: 'use the newer version' },
    );
  }
  if (version === SCHEMA_VERSION) return;
  if (!file.isWritable) {
    throw new WiretallyError(
      'STORE_DAMAGED',
      `${path}: holds tables of version ${version}, not ${SCHEMA_VERSION}`,
      {
        where: path,
        next:
          version === 0
            ? 'name a store that was written before'
            : 'open it once for writing: it is migrated then',
      },
    );
  }
  await inTransaction(path, connection, async () => {
    for (let step = version + 1; step <= SCHEMA_VERSION; step++) {
      for (const sql of MIGRATIONS[step] ?? []) await connection.run(sql);
    }
    await connection.run('UPDATE meta SET schema_version = $1', [SCHEMA_VERSION]);
  });
}

/** 0 for an empty database. Throws for one that is not ours. */
async function versionOf(path: string, connection: DuckDBConnection): Promise<number> {
  const tables = await connection.runAndReadAll('SELECT table_name FROM information_schema.tables');
  const names = tables.getRows().map(([name]) => String(name));
  if (names.length === 0) return 0;
  if (!names.includes('meta') || !names.includes('windows')) {
    throw new WiretallyError('STORE_DAMAGED', `${path}: is a DuckDB database of something else`, {
      where: path,
    });
  }
  const reader = await connection.runAndReadAll('SELECT schema_version FROM meta');
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

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
    // After a failed commit there is no transaction any more; the first failure is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw writeError(path, error);
  }
}
