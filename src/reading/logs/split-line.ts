// Splits lines of logs into fields in place: JSON, columns with a header, pairs of keys and values, CEF and LEEF. The
// native core reads them; native-bindings/src/logs/field_scanner.h has the sources.

import { loadAddon, type NativeAddon, type NativeFieldScanner } from '../../native/addon.ts';
import { type FieldNames, FieldPlaces, type Fields } from './fields.ts';
import { OPEN_QUOTE } from './quoted-lines.ts';
import { JSON_LINES, type LineForm } from './summed-form.ts';

const [SPACE, TAB, EQUALS, PIPE, COMMA] = [0x20, 0x09, 0x3d, 0x7c, 0x2c];
const [COLON, SEMICOLON] = [0x3a, 0x3b];

/** Texts of LineFault in native-bindings/src/logs/field_scanner.h, by number. */
const FAULTS = [
  null,
  'no JSON object',
  'cut',
  'nested too deeply',
  OPEN_QUOTE,
  'more columns than the header has',
  'fewer columns than the header has',
  'no pairs of keys and values',
  'neither CEF nor LEEF',
  'a header that is cut',
] as const;

/** Finds the wanted fields of a line. Returns the reason why it is ignored, or null. */
export interface FieldLine {
  /** Form of the lines, for rows that the core sums. */
  readonly form: LineForm;
  read(bytes: Buffer, start: number, end: number): string | null;
}

/** Lines per call, because each call of native code costs as much as some lines. */
const MAX_LINES = 256;
/** Maximum number of lines that are read one by one after lines were read ahead without use. */
const MAX_ALONE = 64;
/** After a call in which more lines than this were used, lines are read ahead again. */
const MAX_GIVEN_IN_VAIN = 4;
/** Values per line: start, end and the reason why it is ignored. */
const LINE_NUMBERS = 3;
const NO_BYTES = Buffer.alloc(0);

/** Loaded once, because each log is tried as one of many formats. */
let addon: NativeAddon | undefined;

/**
 * Sets the wanted fields of bytes[start, end). Following lines in the same buffer, whose bytes must not change, are
 * read in the same call.
 */
abstract class ScannedLine implements FieldLine {
  readonly #fields: Fields;
  readonly #names: FieldNames;
  #places = new FieldPlaces(0);
  #lines = new Int32Array(0);
  #bytes: Buffer = NO_BYTES;
  #count = 0;
  /** Index of the next line to return, and the number of lines. */
  #next = 0;
  #given = 0;
  #most = 1;
  /** Remaining calls that read a single line, and their number after the next unused read-ahead. */
  #alone = 0;
  #nextAlone = 1;
  protected scanner: NativeFieldScanner;

  constructor(names: FieldNames, fields: Fields) {
    this.#fields = fields;
    this.#names = names;
    this.scanner = this.#makeRoom(1);
  }

  #makeRoom(lines: number): NativeFieldScanner {
    const { plain, isRanked, count } = this.#names;
    const places = new FieldPlaces(count * lines);
    this.#places = places;
    this.#lines = new Int32Array(LINE_NUMBERS * lines);
    addon ??= loadAddon();
    return new addon.NativeFieldScanner(
      plain,
      isRanked,
      places.starts,
      places.ends,
      places.written,
      this.#lines,
    );
  }

  read(bytes: Buffer, start: number, end: number): string | null {
    if (!this.#isRead(bytes, start, end)) this.#readLines(bytes, start, end);
    const line = this.#next++;
    this.#given++;
    this.#fields.show(bytes, this.#places, line);
    return FAULTS[this.#lines[LINE_NUMBERS * line + 2] ?? 0] ?? null;
  }

  #isRead(bytes: Buffer, start: number, end: number): boolean {
    if (bytes !== this.#bytes) return false;
    const lines = this.#lines;
    while (this.#next < this.#count && (lines[LINE_NUMBERS * this.#next] ?? 0) < start) this.#next++;
    const at = LINE_NUMBERS * this.#next;
    return this.#next < this.#count && lines[at] === start && lines[at + 1] === end;
  }

  /**
   * Reads lines ahead. Lines of other forms, and lines that the core sums, are between those of this form and are read
   * without use: at most a few for each used line, and almost none if this continues.
   */
  #readLines(bytes: Buffer, start: number, end: number): void {
    const isVain = this.#given * 4 < this.#count;
    if (isVain) {
      this.#alone = this.#nextAlone;
      this.#nextAlone = Math.min(2 * this.#nextAlone, MAX_ALONE);
    } else if (this.#alone > 0) this.#alone--;
    else if (this.#given > MAX_GIVEN_IN_VAIN) this.#nextAlone = 1;
    const mayGrow = bytes.length > end && this.#alone === 0;
    this.#most = mayGrow ? Math.min(2 * this.#most, MAX_LINES) : 1;
    if (this.#most > 1 && this.#lines.length === LINE_NUMBERS) this.scanner = this.#makeRoom(MAX_LINES);
    this.#count = this.scan(bytes, start, end, this.#most);
    this.#bytes = bytes;
    this.#next = 0;
    this.#given = 0;
  }

  /** Drops the lines that were read ahead, because the form of lines changes. */
  forget(): void {
    this.#bytes = NO_BYTES;
  }

  abstract readonly form: LineForm;
  protected abstract scan(bytes: Buffer, start: number, end: number, most: number): number;
}

/**
 * Returns the form of most of the text at the beginning of a log. The first line may be the end of a line of a file that
 * was split, and programs write other lines between.
 */
export function mainForm<T>(lines: readonly string[], formOf: (line: string) => T): T {
  const sizes = new Map<T, number>();
  for (const line of lines) {
    const form = formOf(line);
    sizes.set(form, (sizes.get(form) ?? 0) + line.length);
  }
  return [...sizes].reduce((main, other) => (other[1] > main[1] ? other : main), [formOf(''), 0] as const)[0];
}

export const isJson = (line: string): boolean => line.startsWith('{');

/** Reads one JSON object per line. */
export class JsonLine extends ScannedLine {
  override readonly form = JSON_LINES;

  protected override scan(bytes: Buffer, start: number, end: number, most: number): number {
    return this.scanner.json(bytes, start, end, most);
  }
}

const NO_COLUMNS = new Int16Array(0);

/**
 * Reads values in the order of columns, which a header or a configuration names. A quoted value may contain the
 * separator.
 */
export class ColumnLine extends ScannedLine {
  readonly #separator: number;
  readonly #hasMore: boolean;
  #columns = NO_COLUMNS;
  #form: LineForm | null = null;

  /** `hasMore`: versions of the product add columns at the end. */
  constructor(names: FieldNames, fields: Fields, separator: string, hasMore = false) {
    super(names, fields);
    this.#separator = separator.charCodeAt(0);
    this.#hasMore = hasMore;
  }

  set columns(columns: Int16Array<ArrayBuffer>) {
    this.#columns = columns;
    this.#form = null;
    this.forget();
  }

  override get form(): LineForm {
    this.#form ??= {
      kind: 'columns',
      separator: this.#separator,
      hasMore: this.#hasMore,
      forms: [{ place: 0, texts: [], columns: this.#columns }],
    };
    return this.#form;
  }

  protected override scan(bytes: Buffer, start: number, end: number, most: number): number {
    return this.scanner.columns(bytes, start, end, most, this.#separator, this.#columns, this.#hasMore);
  }
}

/** Reads text logs of Zeek: cells without quotes. A cell with one of the marks is absent. */
export class CellLine extends ScannedLine {
  columns = NO_COLUMNS;
  /** One character. With other texts, cells are not separated. */
  separator = '\t';
  unset = Buffer.from('-');
  empty = Buffer.from('(empty)');

  override get form(): LineForm {
    const { byte, columns, unset, empty } = this;
    return { kind: 'cells', separator: byte, columns, unset, empty };
  }

  /** Returns the byte that separates cells, or -1. */
  get byte(): number {
    const separator = this.separator.charCodeAt(0);
    return separator <= 0xff ? separator : -1;
  }

  protected override scan(bytes: Buffer, start: number, end: number, most: number): number {
    return this.scanner.cells(bytes, start, end, most, this.byte, this.columns, this.unset, this.empty);
  }
}

/** Form of the pairs of a line. */
type PairForm = Extract<LineForm, { readonly kind: 'pairs' }>;

function parsePairForm(line: string): PairForm {
  if (/\[\w+:{1,2}"/.test(line)) return { kind: 'pairs', separator: SEMICOLON, mark: COLON };
  const counts = [SPACE, COMMA, TAB, PIPE].map((separator) => ({
    separator,
    count: line.split(new RegExp(`[${String.fromCharCode(separator)}] ?"?[\\w-]+=`)).length,
  }));
  const { separator } = counts.reduce((most, candidate) => (candidate.count > most.count ? candidate : most));
  return { kind: 'pairs', separator, mark: EQUALS };
}

/** Reads `key=value key="a value"` in the form of a first line. */
export class PairLine extends ScannedLine {
  override readonly form: PairForm;

  constructor(names: FieldNames, fields: Fields, first: string) {
    super(names, fields);
    this.form = parsePairForm(first);
  }

  protected override scan(bytes: Buffer, start: number, end: number, most: number): number {
    return this.scanner.pairs(bytes, start, end, most, this.form.separator, this.form.mark);
  }
}

/** Reads CEF and LEEF. */
export class HeaderLine extends ScannedLine {
  override readonly form: LineForm = { kind: 'header' };

  protected override scan(bytes: Buffer, start: number, end: number, most: number): number {
    return this.scanner.header(bytes, start, end, most);
  }
}

/** Finds the separator of the columns of a header; null for a line with fewer than `atLeast` columns. */
export function parseSeparator(line: string, atLeast: number): string | null {
  return [',', '\t', '|', ';', ' '].find((separator) => line.split(separator).length >= atLeast) ?? null;
}

/** Returns the names in a header, without "#Fields:" of W3C. */
export const namesIn = (header: string, separator: string): string[] =>
  header
    .replace(/^#fields:\s*/i, '')
    .split(separator)
    .map(columnName);

/** Removes quotes, and the marks of a format as products configure it: "%s{time}" of Zscaler, "${srcaddr}" of AWS. */
export const columnName = (written: string): string =>
  written
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/^(?:\$|%\d{0,2}[a-z]{1,2})\{([\w-]+)\}$/, '$1');
