// Lines of logs, split into fields in place: JSON, columns with a header, pairs of keys and values, CEF and LEEF. The native core
// reads them; native-bindings/src/logs/field_scanner.h has the sources.

import { loadAddon, type NativeAddon, type NativeFieldScanner } from '../../native/addon.ts';
import type { FieldNames, Fields } from './fields.ts';

const [SPACE, TAB, EQUALS, PIPE, COMMA] = [0x20, 0x09, 0x3d, 0x7c, 0x2c];
const [COLON, SEMICOLON] = [0x3a, 0x3b];

/** Texts of LineFault in native-bindings/src/logs/field_scanner.h, by number. */
const FAULTS = [
  null,
  'no JSON object',
  'cut',
  'nested too deeply',
  'a quote without its end',
  'more columns than the header has',
  'fewer columns than the header has',
  'no pairs of keys and values',
  'neither CEF nor LEEF',
  'a header that is cut',
] as const;

/** Finds the wanted fields of a line. Returns the reason why it is ignored, or null. */
export interface FieldLine {
  read(bytes: Buffer, start: number, end: number): string | null;
}

/** Loaded once: each log is tried as one of many formats. */
let addon: NativeAddon | undefined;

/** Sets the wanted fields of bytes[start, end). */
abstract class ScannedLine implements FieldLine {
  readonly #fields: Fields;
  protected readonly scanner: NativeFieldScanner;

  constructor({ plain, isRanked }: FieldNames, fields: Fields) {
    this.#fields = fields;
    addon ??= loadAddon();
    this.scanner = new addon.NativeFieldScanner(plain, isRanked, fields.starts, fields.ends, fields.written);
  }

  read(bytes: Buffer, start: number, end: number): string | null {
    this.#fields.clear(bytes);
    return FAULTS[this.scan(bytes, start, end)] ?? null;
  }

  protected abstract scan(bytes: Buffer, start: number, end: number): number;
}

/** One JSON object a line. */
export class JsonLine extends ScannedLine {
  protected override scan(bytes: Buffer, start: number, end: number): number {
    return this.scanner.json(bytes, start, end);
  }
}

/** Values in the order of columns, which a header or a configuration names. A quoted value may hold the separator. */
export class ColumnLine extends ScannedLine {
  readonly #separator: number;
  readonly #hasMore: boolean;
  columns = new Int16Array(0);

  /** `hasMore`: versions of the product add columns at the end. */
  constructor(names: FieldNames, fields: Fields, separator: string, hasMore = false) {
    super(names, fields);
    this.#separator = separator.charCodeAt(0);
    this.#hasMore = hasMore;
  }

  protected override scan(bytes: Buffer, start: number, end: number): number {
    return this.scanner.columns(bytes, start, end, this.#separator, this.columns, this.#hasMore);
  }
}

/** How pairs of a line are written. */
interface PairForm {
  readonly separator: number;
  /** Between key and value. */
  readonly mark: number;
}

function parsePairForm(line: string): PairForm {
  if (/\[\w+:{1,2}"/.test(line)) return { separator: SEMICOLON, mark: COLON };
  const counts = [SPACE, COMMA, TAB, PIPE].map((separator) => ({
    separator,
    count: line.split(new RegExp(`[${String.fromCharCode(separator)}] ?"?[\\w-]+=`)).length,
  }));
  const { separator } = counts.reduce((most, candidate) => (candidate.count > most.count ? candidate : most));
  return { separator, mark: EQUALS };
}

/** `key=value key="a value"`, as a first line has them. */
export class PairLine extends ScannedLine {
  readonly #form: PairForm;

  constructor(names: FieldNames, fields: Fields, first: string) {
    super(names, fields);
    this.#form = parsePairForm(first);
  }

  protected override scan(bytes: Buffer, start: number, end: number): number {
    return this.scanner.pairs(bytes, start, end, this.#form.separator, this.#form.mark);
  }
}

/** CEF and LEEF. */
export class HeaderLine extends ScannedLine {
  protected override scan(bytes: Buffer, start: number, end: number): number {
    return this.scanner.header(bytes, start, end);
  }
}

/** Finds the separator of the columns of a header; null for a line with fewer than `atLeast` columns. */
export function parseSeparator(line: string, atLeast: number): string | null {
  return [',', '\t', '|', ';', ' '].find((separator) => line.split(separator).length >= atLeast) ?? null;
}

/** Names in a header, without quotes; "#Fields:" of W3C is no name. */
export const namesIn = (header: string, separator: string): string[] =>
  header
    .replace(/^#fields:\s*/i, '')
    .split(separator)
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
