// Reads lines in the form of Squid's "logformat". A definition is compiled once, and finds the wanted values of a line
// in place.

import type { TimestampUs } from '../../time/units.ts';
import { type LocalTime, localTime } from './dns-row.ts';
import { type Fields, WRITTEN } from './fields.ts';
import { TimeForm } from './strftime.ts';

/** A format code: %["|[|'|#|/][-][0][width][.precision][{argument}]code[{argument}]. */
const CODE =
  /%(?:%|(["['#/])?(-?\d*)(?:\.\d+)?(?:\{([^}]*)\})?((?:ssl::|proxy_protocol::|transport::|request_header::|tls::|icap::|adapt::)?[<>]{0,2}(?:[a-z]+::)?[<>]?[A-Za-z_]+)(?:\{([^}]*)\})?)/g;
/** Codes of two letters before text without a space. The longest known code applies. */
const KNOWN = new Set(
  'ts tu tl tg tr dt >a >A >p >eui >la >lp <a <A <p <la <lp la lp un ul ui us ue >Hs <Hs Hs Ss Sh rm ru rp rv rG >rm >ru >rp >rs >rd >rP >rv <rm <ru <rp <rs <rd <rP <rv <st >st st >sh <sh mt et ea >h <h >ha'.split(
    ' ',
  ),
);
/** The time of Apache's common log format. */
const COMMON_TIME = '%d/%b/%Y:%H:%M:%S %z';
const [SPACE, COLON] = [0x20, 0x3a];

interface Part {
  /** Text before the value. */
  readonly literal: Buffer;
  readonly code: string;
  /** Number of the wanted field; -1: not wanted. */
  readonly field: number;
  readonly isPadded: boolean;
  readonly clock: TimeForm | null;
  /** ":" and a port follow. The last colon ends the value, because IPv6 addresses contain others. */
  readonly isBeforePort: boolean;
}

/** Text before a code, the code with its argument, and its formatting. */
interface WrittenCode {
  readonly literal: string;
  readonly code: string;
  readonly argument: string | null;
  readonly isPadded: boolean;
}

export class LineFormat {
  readonly name: string;
  readonly #parts: readonly Part[];
  readonly #tail: Buffer;
  /** The part with a time of strftime(3). */
  readonly #timed: Part | undefined;

  constructor(name: string, parts: readonly Part[], tail: Buffer) {
    this.name = name;
    this.#parts = parts;
    this.#tail = tail;
    this.#timed = parts.find(({ clock, field }) => clock !== null && field >= 0);
  }

  get codes(): readonly string[] {
    return this.#parts.map(({ code }) => code);
  }

  get hasTime(): boolean {
    return this.#timed !== undefined || this.codes.includes('ts');
  }

  /** Returns false if bytes[start, end) does not match. It visits each byte at most a few times. */
  match(bytes: Buffer, start: number, end: number, fields: Fields): boolean {
    fields.clear(bytes);
    const parts = this.#parts;
    let at = start;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === undefined || !hasText(bytes, at, end, part.literal)) return false;
      at += part.literal.length;
      if (part.isPadded) while (at < end && bytes[at] === SPACE) at++;
      const behind = this.#findEnd(part, i, bytes, at, end);
      if (behind < 0) return false;
      if (part.field >= 0 && !fields.has(part.field)) fields.set(part.field, at, behind, WRITTEN.plain);
      at = behind;
    }
    return at + this.#tail.length === end && hasText(bytes, at, end, this.#tail);
  }

  #findEnd({ clock, isBeforePort }: Part, i: number, bytes: Buffer, from: number, end: number): number {
    if (clock !== null) return clock.endIn(bytes, from, end);
    const next = this.#literalBehind(i);
    if (!isBeforePort) return next.length === 0 ? end : parsePlace(bytes, from, end, next);
    const behindPort = this.#literalBehind(i + 1);
    let at = behindPort.length === 0 ? end : parsePlace(bytes, from, end, behindPort);
    while (at >= from && bytes[at] !== COLON) at--;
    return at >= from ? at : -1;
  }

  #literalBehind(i: number): Buffer {
    return this.#parts[i + 1]?.literal ?? this.#tail;
  }

  /** Returns the time of the current line; NaN if it has none. `seconds` and `milliseconds`: fields of %ts and %tu. */
  timeOf(fields: Fields, seconds: number, milliseconds: number): TimestampUs {
    if (fields.has(seconds)) {
      const whole = fields.end(seconds) - fields.start(seconds);
      const value = whole < 9 || whole > 11 ? null : fields.count(seconds);
      return value === null ? Number.NaN : value * 1_000_000 + (fields.count(milliseconds) ?? 0) * 1000;
    }
    return this.#timed?.clock?.parse(fields.text(this.#timed.field) ?? '') ?? Number.NaN;
  }
}

function hasText(bytes: Buffer, at: number, end: number, text: Buffer): boolean {
  if (at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Returns the first position of a text; -1: none. It does not use indexOf, which has no end parameter. */
function parsePlace(bytes: Buffer, from: number, end: number, text: Buffer): number {
  const first = text[0];
  for (let at = from; at < end; at++) if (bytes[at] === first && hasText(bytes, at, end, text)) return at;
  return -1;
}

/** Returns the codes of a definition, and the text after the last one. */
function parseCodes(written: string): { readonly codes: readonly WrittenCode[]; readonly tail: string } {
  const codes: WrittenCode[] = [];
  let literal = '';
  let from = 0;
  for (const match of written.matchAll(CODE)) {
    literal += written.slice(from, match.index);
    from = (match.index ?? 0) + match[0].length;
    if (match[0] === '%%') {
      literal += '%';
      continue;
    }
    const [, , width = '', before, whole = '', behind] = match;
    let code = whole;
    if (!whole.includes('::')) while (code.length > 1 && !KNOWN.has(code)) code = code.slice(0, -1);
    if (!whole.includes('::') && KNOWN.has(code))
      from -= whole.length - code.length + (behind === undefined ? 0 : behind.length + 2);
    else code = whole;
    const isPadded = width !== '' && !width.startsWith('0');
    codes.push({ literal, code, argument: before ?? behind ?? null, isPadded });
    literal = '';
  }
  return { codes, tail: literal + written.slice(from) };
}

/**
 * Fields of a format by their codes. Of several codes for one field, the first one in the list that the format has
 * counts.
 */
export type WantedCodes = readonly (readonly string[])[];

/** `at`: converts times in the proxy's zone. Returns null for a line that is not a definition. */
function compile(definition: string, codesToFind: WantedCodes, at: LocalTime): LineFormat | null {
  const head = /^\s*logformat\s+(\S+)\s+(.*\S)\s*$/.exec(definition);
  if (head === null) return null;
  const [, name = '', written = ''] = head;
  const { codes, tail } = parseCodes(written);
  const named = codes.map(({ code, argument }) =>
    code.endsWith('h') && argument !== null ? `${argument.toLowerCase()}${code}` : code,
  );
  const found = codesToFind.map((list) => list.find((code) => named.includes(code)));
  const parts = codes.map(({ literal, code, argument, isPadded }, i): Part => {
    const isTime = code === 'tl' || code === 'tg';
    const clock = isTime
      ? TimeForm.compile(argument ?? COMMON_TIME, code === 'tl' ? at : localTime('UTC'))
      : null;
    return {
      literal: Buffer.from(literal),
      code: named[i] ?? code,
      field: isTime && clock === null ? -1 : found.indexOf(named[i]),
      isPadded,
      clock,
      isBeforePort: codes[i + 1]?.literal === ':' && codes[i + 1]?.code.endsWith('p') === true,
    };
  });
  return new LineFormat(name, parts, Buffer.from(tail));
}

/** Compiles definitions. A line that ends in a backslash continues in the next one (squid.conf.documented). */
export const compileFormats = (
  definitions: readonly string[],
  codesToFind: WantedCodes,
  at: LocalTime,
): LineFormat[] =>
  definitions
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((definition) => compile(definition, codesToFind, at) ?? []);
