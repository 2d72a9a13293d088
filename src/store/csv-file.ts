// Writes results of SQL queries as CSV: the same lines in a file as on the terminal, so that no text of a store is run as a
// formula by a spreadsheet, and no control character reaches a screen.

import { type FileHandle, open } from 'node:fs/promises';
import { replaceWith } from '../files/durable-file.ts';
import { csvLine } from '../report/format/csv-line.ts';

export type Cell = string | number | boolean | null;

/** Writes rows in parts that fit in memory. Returns the number of rows. Throws STORE_WRITE. */
export async function writeCsvFile(
  file: string,
  columns: readonly string[],
  parts: AsyncIterable<readonly (readonly unknown[])[]> | Iterable<readonly (readonly unknown[])[]>,
): Promise<number> {
  let rows = 0;
  const write = async (handle: FileHandle): Promise<void> => {
    await handle.writeFile(csvLine(columns));
    for await (const part of parts) {
      await handle.writeFile(part.map((row) => csvLine(row.map(toPlainCell))).join(''));
      rows += part.length;
    }
  };
  await replaceWith(file, async (draft) => {
    const handle = await open(draft, 'r+');
    await write(handle).finally(() => handle.close());
  });
  return rows;
}

/**
 * Converts values to plain JSON: whole numbers that fit a double to numbers, bytes to their count, all others as DuckDB
 * writes them.
 */
export function toPlainCell(value: unknown): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint')
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : String(value);
  if (isBlob(value)) return `<${value.bytes.byteLength} bytes>`;
  return String(value);
}

/** True for bytes, such as packed windows. The class of DuckDB is not loaded for a store on a server. */
const isBlob = (value: unknown): value is { readonly bytes: Uint8Array } =>
  typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array;
