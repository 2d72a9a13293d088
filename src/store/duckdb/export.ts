// Answers of a store as Parquet or CSV files. The store that is asked is sealed and writes nothing: another database,
// in memory, takes the answer and writes the file.

import { DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
import { replaceBy } from '../../files/durable-file.ts';

export type ExportFormat = 'parquet' | 'csv';

const OPTIONS: Readonly<Record<ExportFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER',
};

/** Returns the number of rows. Throws STORE_WRITE. */
export async function exportAnswer(
  answer: DuckDBResult,
  file: string,
  format: ExportFormat,
): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    const types = answer.columnTypes();
    const columns = answer
      .deduplicatedColumnNames()
      .map((name, i) => `${quoted(name)} ${types[i]?.toString() ?? ''}`);
    await connection.run(`CREATE TABLE answer (${columns.join(', ')})`);
    const appender = await connection.createAppender('answer');
    let rows = 0;
    for (let chunk = await answer.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
      appender.appendDataChunk(chunk);
      rows += chunk.rowCount;
      chunk = await answer.fetchChunk();
    }
    appender.closeSync();
    await replaceBy(file, async (draft) => {
      await connection.run(`COPY answer TO '${draft.replaceAll("'", "''")}' (${OPTIONS[format]})`);
    });
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
