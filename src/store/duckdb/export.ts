// Answers of a store as Parquet or CSV files. The store that is asked is sealed and writes nothing: another database,
// in memory, takes the answer and writes the file.

import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
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
  return await inMemory(async (connection) => {
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
    await copyTo(connection, 'answer', file, format);
    return rows;
  });
}

/** Of a column whose values come as text. */
export interface TextColumn {
  readonly name: string;
  /** What DuckDB makes of the text. */
  readonly type: string;
}

/** The same of an answer that somebody else gave. */
export async function exportTexts(
  columns: readonly TextColumn[],
  rows: readonly (readonly (string | null)[])[],
  file: string,
  format: ExportFormat,
): Promise<void> {
  await inMemory(async (connection) => {
    await connection.run(`CREATE TABLE texts (${columns.map((_, i) => `c${i} VARCHAR`).join(', ')})`);
    const appender = await connection.createAppender('texts');
    for (const row of rows) {
      for (const cell of row) {
        if (cell === null) appender.appendNull();
        else appender.appendVarchar(cell);
      }
      appender.endRow();
    }
    appender.closeSync();
    const typed = columns.map(({ name, type }, i) => `CAST(c${i} AS ${type}) AS ${quoted(name)}`);
    await copyTo(connection, `(SELECT ${typed.join(', ')} FROM texts)`, file, format);
  });
}

async function inMemory<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function copyTo(
  connection: DuckDBConnection,
  what: string,
  file: string,
  format: ExportFormat,
): Promise<void> {
  await replaceBy(file, async (draft) => {
    await connection.run(`COPY ${what} TO '${draft.replaceAll("'", "''")}' (${OPTIONS[format]})`);
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
