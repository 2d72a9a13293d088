// Columns of a DuckDB store: rows are appended by name, and a writer adds columns that a store lacks.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { attributorOf } from '../../../src/store/attributor.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { catalogue, recorded, recordings } from '../../property/judged-recordings.ts';
import { askDuckdb } from './ask-duckdb.ts';

const attributor = attributorOf(catalogue, 'test');
const folder = mkdtempSync(join(tmpdir(), 'wiretally-columns-'));
afterAll(() => rmSync(folder, { recursive: true }));

let windows: readonly UsageWindow[];
beforeAll(async () => {
  const [first] = recordings;
  windows = first === undefined ? [] : await recorded(first);
});

/** A store without windows, changed by SQL, then filled. */
async function filled(name: string, changes: readonly string[] = []): Promise<string> {
  const path = join(folder, `${name}.duckdb`);
  await (await openDuckdb(path, { mode: 'write', attributor })).close();
  for (const sql of changes) await askDuckdb(path, sql);
  const store = await openDuckdb(path, { mode: 'write', attributor });
  await store.put(windows);
  await store.close();
  return path;
}

/** Pairs of columns of one type in each table that has rows per window or per period. */
const PAIRS = [
  ['windows', 'packets', 'flows'],
  ['windows', 'malformed', 'gaps'],
  ['host_totals', 'bytes_up', 'bytes_down'],
  ['host_identities', 'host', 'names'],
  ['usage_rows', 'ja4', 'ja3'],
  ['usage_rows', 'packets_up', 'payload_down'],
  ['names_asked', 'host', 'name'],
  ['periods', 'first_us', 'last_us'],
  ['period_sums', 'bytes_up', 'requests_max'],
  ['period_sums', 'is_cut', 'is_telemetry_by_name'],
  ['period_quarters', 'start_seconds', 'minutes_of'],
  ['period_names', 'name', 'role'],
  ['period_fingerprints', 'ja4', 'ja3'],
  ['period_evidence', 'kind', 'rule'],
] as const;

/** The same table with two columns in each other's place. */
const swapped = ([table, a, b]: (typeof PAIRS)[number]): string[] => [
  `ALTER TABLE ${table} RENAME COLUMN ${a} TO moved`,
  `ALTER TABLE ${table} RENAME COLUMN ${b} TO ${a}`,
  `ALTER TABLE ${table} RENAME COLUMN moved TO ${b}`,
];

const TABLES = [...new Set(PAIRS.map(([table]) => table))];

async function contentOf(path: string): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for (const table of TABLES) {
    const names = await askDuckdb(
      path,
      `SELECT column_name FROM duckdb_columns() WHERE table_name = '${table}' ORDER BY 1`,
    );
    const columns = names.map(([name]) => String(name)).join(', ');
    content[table] = await askDuckdb(path, `SELECT ${columns} FROM ${table} ORDER BY ALL`);
  }
  return content;
}

describe('a store with columns in another order', () => {
  it('gets each value in the column of its name', async () => {
    const plain = await contentOf(await filled('plain'));
    for (const table of TABLES) expect(plain[table], table).not.toEqual([]);
    expect(await contentOf(await filled('swapped', PAIRS.flatMap(swapped)))).toEqual(plain);
  });
});

describe('a store that lacks columns', () => {
  it('is refused for reading, and its next writer adds them and recomputes the sums', async () => {
    const path = await filled('lacking');
    const before = await contentOf(path);
    await askDuckdb(path, 'ALTER TABLE usage_rows DROP COLUMN payload_down');
    await askDuckdb(path, 'ALTER TABLE period_sums DROP COLUMN sessions');
    await expect(openDuckdb(path, { mode: 'read' })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('lacks usage_rows.payload_down, period_sums.sessions'),
      next: expect.stringContaining('open it once for writing'),
    });
    await (await openDuckdb(path, { mode: 'write' })).close();
    expect(await askDuckdb(path, 'SELECT attributed_by FROM meta')).toEqual([[null]]);
    expect(await askDuckdb(path, 'SELECT DISTINCT payload_down FROM usage_rows')).toEqual([[0n]]);
    const store = await openDuckdb(path, { mode: 'write', attributor });
    await store.attribute?.(attributor, { part: 1, of: 1 });
    await store.close();
    expect((await contentOf(path)).period_sums).toEqual(before.period_sums);
  });
});

describe('a store with columns of a later version', () => {
  it('gets their defaults', async () => {
    const path = await filled('later', ['ALTER TABLE usage_rows ADD COLUMN later BIGINT DEFAULT 7']);
    expect(await askDuckdb(path, 'SELECT DISTINCT later FROM usage_rows')).toEqual([[7n]]);
  });
});
