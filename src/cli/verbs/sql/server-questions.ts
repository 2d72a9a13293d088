// Questions of `sql` to a ClickHouse store. DuckDB writes its answer as Parquet, as it does that of a DuckDB store.

import { askServer, bareType } from '../../../store/clickhouse/questions.ts';
import { writeCsvFile } from '../../../store/csv-file.ts';
import { loadEngine } from '../../../store/open.ts';
import type { Ask } from './questions.ts';

export const askOfServer: Ask = async (path, question, { mostSeconds, file, limit }) => {
  // Before the connection: where files may be opened no more later.
  if (file?.format === 'parquet') await loadEngine();
  limit('');
  const { columns, types, rows } = await askServer(path, question, mostSeconds);
  if (file === null) return { columns, rows };
  if (file.format === 'csv') {
    await writeCsvFile(file.path, columns, [rows]);
    return null;
  }
  const { exportTexts } = await import('../../../store/duckdb/export.ts');
  await exportTexts(
    columns.map((name, i) => ({ name, type: typeIn(types[i] ?? '') })),
    rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
    file.path,
  );
  return null;
};

/** DuckDB's names of what the server calls otherwise. */
const TYPES: readonly (readonly [server: RegExp, type: string])[] = [
  [/^Int(8|16|32|64)$/, 'BIGINT'],
  [/^UInt(8|16|32)$/, 'BIGINT'],
  [/^UInt64$/, 'UBIGINT'],
  [/^Int(128|256)$/, 'HUGEINT'],
  [/^UInt(128|256)$/, 'UHUGEINT'],
  [/^B?Float/, 'DOUBLE'],
  [/^Bool$/, 'BOOLEAN'],
  [/^Date(32)?$/, 'DATE'],
  [/^DateTime/, 'TIMESTAMP'],
];

const typeIn = (type: string): string =>
  TYPES.find(([server]) => server.test(bareType(type)))?.[1] ?? 'VARCHAR';
