// Lines of RFC 4180, with text that a spreadsheet would run made harmless.

import { visibleText } from '../../text/visible-text.ts';

export type CsvValue = string | number | null;

/** Beginnings that make a spreadsheet take a cell for a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const visible = visibleText(value);
  const harmless = FORMULA.test(visible) ? `'${visible}` : visible;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** One line of fields, ended as RFC 4180 has it. */
export function csvLine(values: readonly (CsvValue | boolean)[]): string {
  return `${values.map((value) => cell(typeof value === 'boolean' ? String(value) : value)).join(',')}\r\n`;
}
