// Exports query results as Parquet or CSV files. The queried store is sealed and read-only: a second database, in
// memory, receives the result and writes Parquet.

import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBValue,
} from '@duckdb/node-api';
import { replaceWith } from '../../files/durable-file.ts';
import { type Cell, writeCsvFile } from '../csv-file.ts';

export type ExportFormat = 'parquet' | 'csv';

/** Returns the number of rows. Throws STORE_WRITE, and the error of `asError` for a failing query. */
export async function exportAnswer(
  answer: DuckDBResult,
  file: string,
  format: ExportFormat,
  asError: (cause: unknown) => Error,
): Promise<number> {
  if (format === 'csv') return await writeCsvFile(file, answer.columnNames(), listRows(answer, asError));
  return await withMemoryDatabase(async (connection) => {
    const types = answer.columnTypes();
    const columns = answer
      .deduplicatedColumnNames()
      .map((name, i) => `${quoteName(name)} ${types[i]?.toString() ?? ''}`);
    await connection.run(`CREATE TABLE answer (${columns.join(', ')})`);
    const appender = await connection.createAppender('answer');
    let rows = 0;
    for await (const chunk of listChunks(answer, asError)) {
      appender.appendDataChunk(chunk);
      rows += chunk.rowCount;
    }
    appender.closeSync();
    await writeParquet(connection, file);
    return rows;
  });
}

async function* listRows(
  answer: DuckDBResult,
  asError: (cause: unknown) => Error,
): AsyncIterable<DuckDBValue[][]> {
  for await (const chunk of listChunks(answer, asError)) yield chunk.getRows();
}

/** Yields the chunks. A failure between chunks is an error of the query, and not of the output file. */
async function* listChunks(
  answer: DuckDBResult,
  asError: (cause: unknown) => Error,
): AsyncIterable<DuckDBDataChunk> {
  for (;;) {
    const chunk = await answer.fetchChunk().catch((cause: unknown) => {
      throw asError(cause);
    });
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk;
  }
}

export interface TextColumn {
  readonly name: string;
  /** Type after the cast by DuckDB. */
  readonly type: string;
}

/** Writes a result from another source as Parquet. */
export async function exportTexts(
  columns: readonly TextColumn[],
  rows: readonly (readonly unknown[])[],
  file: string,
): Promise<void> {
  await withMemoryDatabase(async (connection) => {
    await loadTexts(connection, 'answer', columns, rows);
    await writeParquet(connection, file);
  });
}

/** A table for queries that exists while a store is open. */
export interface AddedTable {
  readonly name: string;
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Creates a temporary table. */
export async function loadTexts(
  connection: DuckDBConnection,
  table: string,
  columns: readonly TextColumn[],
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  await connection.run(`CREATE TEMP TABLE texts (${columns.map((_, i) => `c${i} VARCHAR`).join(', ')})`);
  const appender = await connection.createAppender('texts', undefined, 'temp');
  for (const row of rows) {
    for (const cell of row) {
      if (cell === null) appender.appendNull();
      else appender.appendVarchar(String(cell));
    }
    appender.endRow();
  }
  appender.closeSync();
  const typed = columns.map(({ name, type }, i) => `CAST(c${i} AS ${type}) AS ${quoteName(name)}`);
  await connection.run(`CREATE TEMP TABLE ${quoteName(table)} AS SELECT ${typed.join(', ')} FROM texts`);
  await connection.run('DROP TABLE texts');
}

async function withMemoryDatabase<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeParquet(connection: DuckDBConnection, file: string): Promise<void> {
  await replaceWith(file, async (draft) => {
    await connection.run(
      `COPY answer TO '${draft.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
    );
  });
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
