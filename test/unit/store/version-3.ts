// A store in the format of version 3: windows as now, and the sums in the tables of that version.

import { DuckDBInstance } from '@duckdb/node-api';
import { PERIOD_TABLES } from '../../../src/store/sql/tables.ts';

const KEY = 'stay BIGINT NOT NULL, host VARCHAR NOT NULL, tool VARCHAR NOT NULL';

/** From a store of the current version. The sums of version 3 are wrong here: the current version must ignore them. */
export async function intoVersion3(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const sql of [
    ...[...PERIOD_TABLES, 'pending'].map((table) => `DROP TABLE ${table}`),
    'CREATE TABLE unjudged (from_seconds BIGINT NOT NULL, to_seconds BIGINT NOT NULL)',
    'CREATE TABLE stays (stay BIGINT NOT NULL, host VARCHAR NOT NULL, block_seconds BIGINT NOT NULL)',
    ...['uses', 'use_quarters', 'use_names', 'use_fingerprints', 'use_evidence'].flatMap((table) => [
      `CREATE TABLE ${table} (${KEY})`,
      `INSERT INTO ${table} VALUES (1, '10.0.0.1', 'claude-code')`,
    ]),
    'ALTER TABLE meta RENAME COLUMN attributed_by TO judged_by',
    'UPDATE meta SET schema_version = 3',
  ])
    await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}
