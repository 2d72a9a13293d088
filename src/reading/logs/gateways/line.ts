// Determines the form of a file's lines from its beginning: CEF and LEEF, JSON, pairs, or columns with a header, with
// names from the user, or at the positions of the product.

import type { FieldNames, Fields } from '../fields.ts';
import { OPEN_QUOTE } from '../quoted-lines.ts';
import type { LogSample } from '../records.ts';
import {
  ColumnLine,
  type FieldLine,
  HeaderLine,
  isJson,
  JsonLine,
  mainForm,
  namesIn,
  PairLine,
  parseSeparator,
} from '../split-line.ts';
import type { Row } from './row.ts';
import { F, type GatewayTable } from './table.ts';

/** Minimum columns of a header, which must contain the time. */
const MIN_COLUMNS = 4;
/** Minimum `name=value` pairs of a line without a program name: a cell of a column feed contains fewer. */
const MIN_PAIRS = 8;

/** A line of another log of the product. */
export const OTHER = 'other';
/** A line of no log of the product. */
export const FOREIGN = 'a line of another form';

/** Reads the lines of one file. */
export interface GatewayLine extends FieldLine {
  /** True for a header, whose columns apply from now on, and for a comment. */
  isHeader(bytes: Buffer, start: number, end: number): boolean;
  readonly context: readonly string[];
  /** True if the line is complete. Truncated lines are not read. */
  readonly isWhole: boolean;
}

const noHeader = { isHeader: () => false, context: [], isWhole: false };

const withoutHeader = (line: FieldLine, isWhole: boolean): GatewayLine => ({
  ...noHeader,
  isWhole,
  form: line.form,
  read: (...part) => line.read(...part),
});

export function buildLine(
  table: GatewayTable,
  row: Row,
  { lines }: LogSample,
  definitions: readonly string[],
): GatewayLine {
  const { names, fields } = row;
  const written = lines.filter((line) => !line.startsWith('#'));
  const form = mainForm(written, formOf);
  if (form === 'header') return withoutHeader(new HeaderLine(names, fields), false);
  if (form === 'json') return withoutHeader(new JsonLine(names, fields), true);
  const columns = columnNames(table, definitions);
  if (columns !== null) return namedLine(columns, names, fields, lines);
  const header = lines.map((line) => findHeader(names, line)).find((found) => found !== null) ?? null;
  if (header === null && (table.text === 'pairs' || form === 'pairs')) {
    const first = written.find(isInPairs) ?? written[0] ?? '';
    return withoutHeader(new PairLine(names, fields, first), false);
  }
  if (header === null && table.fixed !== undefined) return fixedLine(table, row);
  return headedLine(header ?? [], names, fields, separatorIn(lines, false));
}

function formOf(line: string): 'header' | 'json' | 'pairs' | 'columns' {
  if (/(?:CEF:\d|LEEF:\d\.\d)\|/.test(line.slice(0, 600))) return 'header';
  return isJson(line) ? 'json' : isInPairs(line) ? 'pairs' : 'columns';
}

/** Reads columns with names from the user. A first line that is not a row is a header with unknown column names. */
function namedLine(
  columns: readonly string[],
  names: FieldNames,
  fields: Fields,
  lines: readonly string[],
): GatewayLine {
  const line = headedLine(columns, names, fields, separatorIn(lines, true));
  const [first = ''] = lines;
  const isFirst = (bytes: Buffer, start: number, end: number): boolean =>
    !/\d/.test(first) && bytes.toString('utf8', start, end) === first;
  return {
    isWhole: false,
    read: (...part) => line.read(...part),
    get form() {
      return line.form;
    },
    get context() {
      return line.context;
    },
    isHeader: (...part) => line.isHeader(...part) || isFirst(...part),
  };
}

/** True for a line of pairs. Column feeds may also contain lines of pairs without a program name before them. */
const isInPairs = (line: string): boolean =>
  (line.match(/(?:^|[\s,"|])[\w-]+=|[[ ]\w+:{1,2}"/g)?.length ?? 0) >= MIN_PAIRS;

/** Returns the separator of rows: that of their header, or, if the user named the columns, of the rows themselves. */
function separatorIn(lines: readonly string[], isGiven: boolean): string {
  const first =
    (isGiven
      ? lines.find((line) => !line.startsWith('#'))
      : lines.find((line) => /^(?!#[^fF])/.test(line))) ?? '';
  return parseSeparator(first.replace(/^#fields:\s*/i, ''), MIN_COLUMNS) ?? ',';
}

function headedLine(
  header: readonly string[],
  names: FieldNames,
  fields: Fields,
  separator: string,
): GatewayLine {
  const line = new ColumnLine(names, fields, separator);
  let written = '';
  const take = (columns: readonly string[]): void => {
    line.columns = names.inColumns(columns);
  };
  take(header);
  return {
    isWhole: false,
    read: (...part) => line.read(...part),
    get form() {
      return line.form;
    },
    get context() {
      return written === '' ? [] : [written];
    },
    isHeader(bytes, start, end) {
      const byte = bytes[start] ?? 0;
      const isComment = byte === 0x23;
      const second = byte === 0x22 ? (bytes[start + 1] ?? 0) : byte;
      if (!isComment && second >= 0x30 && second <= 0x39) return false;
      const text = bytes.toString('utf8', start, Math.min(end, start + 16_384));
      const found = findHeader(names, text);
      if (found === null) return isComment;
      written = text;
      take(found);
      return true;
    },
  };
}

/** Returns the columns of a header, which contains a time and a client, URL or name; null for another line. */
function findHeader(names: FieldNames, line: string): readonly string[] | null {
  const separator = parseSeparator(line.replace(/^#fields:\s*/i, ''), MIN_COLUMNS);
  if (separator === null || (line.startsWith('#') && !/^#fields:/i.test(line))) return null;
  const columns = namesIn(line, separator);
  const fieldSet = new Set(columns.map((name) => names.find(name)));
  const isRow = [F.client, F.url, F.name, F.question].some((field) => fieldSet.has(field));
  return fieldSet.has(F.time) && isRow ? columns : null;
}

/**
 * Returns the columns that a definition names for a log of the format without a header, by the vendor's names in order.
 */
export function columnNames({ id }: GatewayTable, definitions: readonly string[]): readonly string[] | null {
  for (const line of definitions) {
    const [, format, names = ''] = /^columns\s+([a-z-]+)\s+(.*)$/.exec(line) ?? [];
    if (format === id) return names.trim().split(names.includes(',') ? /\s*,\s*/ : /\s+/);
  }
  return null;
}

function fixedLine({ fixed = [], separator = ',' }: GatewayTable, row: Row): GatewayLine {
  const { names, fields } = row;
  const forms = fixed.map(({ kind, names: places }) => {
    const line = new ColumnLine(names, fields, separator, true);
    const count = Math.max(...Object.keys(places).map(Number)) + 1;
    const columns = Int16Array.from({ length: count }, (_, place) =>
      places[place] === undefined ? -1 : names.find(places[place]),
    );
    line.columns = columns;
    return { kind, line, columns };
  });
  return {
    ...noHeader,
    form: {
      kind: 'columns',
      separator: separator.charCodeAt(0),
      hasMore: true,
      forms: forms.map(({ kind: [place, ...texts] = [0], columns }) => ({ place, texts, columns })),
    },
    read(bytes, start, end) {
      for (const { kind, line } of forms)
        if (kind === undefined || isColumn(bytes, start, end, kind)) return line.read(bytes, start, end);
      // All logs of a product have their time at the same position.
      if (forms[0]?.line.read(bytes, start, end) === OPEN_QUOTE) return OPEN_QUOTE;
      return row.time(F.time) > 0 ? OTHER : FOREIGN;
    },
  };
}

const [QUOTE, COMMA, SPACE] = [0x22, 0x2c, 0x20];

/** True if the column at a position has one of some texts. */
function isColumn(
  bytes: Buffer,
  start: number,
  end: number,
  [place, ...texts]: readonly [place: number, ...texts: readonly string[]],
): boolean {
  let column = 0;
  let isQuoted = false;
  let at = start;
  for (; at < end && column < place; at++) {
    if (bytes[at] === QUOTE) isQuoted = !isQuoted;
    else if (bytes[at] === COMMA && !isQuoted) column++;
  }
  while (bytes[at] === SPACE) at++;
  if (bytes[at] === QUOTE) at++;
  return texts.some((text) => {
    const behind = at + text.length;
    if (column < place || behind > end) return false;
    if (behind < end && bytes[behind] !== COMMA && bytes[behind] !== QUOTE) return false;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  });
}

/** Returns a test for a line that only logs of the product contain. */
export function ownLines({ signs = [], pattern }: GatewayTable): (line: string) => boolean {
  const patterns = signs.map((names) => names.map(namePattern));
  return (written) => {
    // A record of CSV may have several lines.
    const line = written.replaceAll(/[\r\n]/g, ' ');
    return pattern?.test(line) === true || patterns.some((names) => names.every((name) => name.test(line)));
  };
}

/** Matches a name as a column of a header, as a key of JSON, or before "=". */
export const namePattern = (name: string): RegExp =>
  new RegExp(
    `(?:^|[\\s,;|{"'])(?:result[._])?(?:event[._])?${name.replaceAll(/[^A-Za-z0-9]/g, (mark) => (/[./$ _-]/.test(mark) ? '[./$ _-]' : `\\${mark}`))}(?:"?\\s*[,;|:=]|"|\\s|$)`,
    'i',
  );
