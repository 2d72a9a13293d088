// Questions of `sql` to a store on a server. DuckDB writes the answer as Parquet, as it does that of a DuckDB store.

import { writeCsvFile } from '../../../store/csv-file.ts';
import { loadEngine } from '../../../store/open.ts';
import { serverOf } from '../../../store/servers.ts';
import type { Ask } from './questions.ts';

export const askOfServer: Ask = async (path, question, { mostSeconds, file, limit }) => {
  // Before the connection: where files may be opened no more later.
  if (file?.format === 'parquet') await loadEngine();
  limit('');
  const answer = await serverOf(path)?.ask(path, question, mostSeconds);
  if (answer === undefined) return null;
  const { columns, types, rows } = answer;
  if (file === null) return { columns, rows };
  if (file.format === 'csv') {
    await writeCsvFile(file.path, columns, [rows]);
    return null;
  }
  const { exportTexts } = await import('../../../store/duckdb/export.ts');
  await exportTexts(
    columns.map((name, i) => ({ name, type: types[i] ?? 'VARCHAR' })),
    rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
    file.path,
  );
  return null;
};
