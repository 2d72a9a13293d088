// Parses CSV (RFC 4180) that people write: quoted cells may contain separators, doubled quotes and line breaks; a line that
// begins with "#" is a comment. Memory and time are bounded.

export interface CsvRecord {
  /** Number of its first line, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Fault of a record that was cut at the end of its line; null for a complete record. */
  readonly fault: string | null;
}

/** Maximum length of a cell: an unclosed quote would include the rest of the file. */
const MAX_CELL = 8192;
const MAX_CELLS = 100;

/** Spreadsheets write semicolons if the comma is the decimal separator. */
const SEPARATORS = [',', ';', '\t'];

/** Matches the first line of an Excel file, which names the separator and is not a record. */
const NAMED_SEPARATOR = /^\uFEFF?sep=([,;\t])[,;\t]*\r?\n/i;

/** Returns the separator that the file names, else the first one in its header. */
function parseSeparator(text: string): string {
  const named = NAMED_SEPARATOR.exec(text)?.[1];
  if (named !== undefined) return named;
  const header = /^(?!#)[^\n]*[^\s\uFEFF][^\n]*/m.exec(text.slice(0, 4000))?.[0] ?? '';
  return SEPARATORS.find((sign) => header.includes(sign)) ?? ',';
}

/** Yields the records without a byte order mark. Empty lines are records of one empty cell. */
export function* csvRecords(text: string): Iterable<CsvRecord> {
  const separator = parseSeparator(text);
  const quoted = new RegExp(`[ \\t]*"((?:[^"]|""){0,${MAX_CELL}})"[ \\t]*(${separator}|\\r?\\n|$)`, 'y');
  const plain = new RegExp(`([^"${separator}\\n]*)(${separator}|\\n|$)`, 'y');
  const first = NAMED_SEPARATOR.exec(text)?.[0].length ?? 0;
  let at = first === 0 && text.startsWith('\uFEFF') ? 1 : first;
  let line = first === 0 ? 1 : 2;
  while (at < text.length) {
    if (text[at] === '#') {
      at = findLineEnd(text, at);
      line++;
      continue;
    }
    const record = { line, cells: [] as string[], fault: null as string | null };
    for (let isOpen = true; isOpen; ) {
      const cell =
        matchAt(/[" \t]/.test(text[at] ?? '') ? quoted : plain, text, at) ?? matchAt(plain, text, at);
      const fault = findFault(cell, record.cells.length);
      if (cell === null || fault !== null) {
        record.fault = fault;
        at = findLineEnd(text, at);
        line++;
        break;
      }
      const [whole, value = '', end = ''] = cell;
      const isQuoted = whole.trimStart().startsWith('"');
      record.cells.push(isQuoted ? value.replaceAll('""', '"') : value.replace(/\r$/, ''));
      at += whole.length;
      line += whole.split('\n').length - 1;
      isOpen = end === separator;
    }
    yield record;
  }
}

function findFault(cell: RegExpExecArray | null, before: number): string | null {
  if (before === MAX_CELLS) return `has more than ${MAX_CELLS} columns`;
  if (cell === null) return 'a quote is not closed';
  return (cell[1]?.length ?? 0) > MAX_CELL ? `has a cell of more than ${MAX_CELL} characters` : null;
}

function findLineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
