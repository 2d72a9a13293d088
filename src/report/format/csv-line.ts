// Writes lines of RFC 4180 and escapes texts that a spreadsheet would run as a formula.

import { visibleText } from '../../text/visible-text.ts';
import { snakeCase } from '../../text/word-lists.ts';

export type CsvValue = string | number | null;

/** Characters at the start of a cell that a spreadsheet reads as a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

function formatCell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const visible = visibleText(value);
  const harmless = FORMULA.test(visible) ? `'${visible}` : visible;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Writes one line of fields with the line end of RFC 4180. */
export function csvLine(values: readonly (CsvValue | boolean)[]): string {
  return `${values.map((value) => formatCell(typeof value === 'boolean' ? String(value) : value)).join(',')}\r\n`;
}

/** Columns of a table, each with its head. */
export type CsvColumns<Row> = readonly (readonly [head: string, value: (row: Row) => CsvValue | boolean])[];

/** Makes columns of fields, with heads in snake case. */
export const fieldColumns = <Name extends string>(
  ...names: readonly Name[]
): CsvColumns<Readonly<Record<Name, CsvValue | boolean>>> =>
  names.map((name) => [snakeCase(name), (row) => row[name]]);

export function* csvTable<Row>(columns: CsvColumns<Row>, rows: Iterable<Row>): Iterable<string> {
  yield csvLine(columns.map(([head]) => head));
  for (const row of rows) yield csvLine(columns.map(([, value]) => value(row)));
}
