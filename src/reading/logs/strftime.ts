// Reads times in a form of strftime(3) from a configuration.

import type { TimestampUs } from '../../time/units.ts';
import { calendarTime, type LocalTime, parseMonth } from './dns-row.ts';

/** Regular expressions of conversions. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d\\d',
  m: '\\d\\d',
  d: '\\d\\d',
  e: '[ \\d]?\\d',
  b: '[A-Z][a-z]{2}',
  h: '[A-Z][a-z]{2}',
  H: '\\d\\d',
  I: '\\d\\d',
  p: '[AaPp][Mm]',
  M: '\\d\\d',
  S: '\\d\\d',
  z: '[+-]\\d\\d:?\\d\\d',
  s: '\\d{9,11}',
  a: '[A-Z][a-z]{2}',
  A: '[A-Z][a-z]{5,8}',
  j: '\\d{3}',
  Z: '[A-Z]{1,5}|[+-]\\d{2,4}',
};
/** Conversions that stand for several. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  c: '%a %b %e %H:%M:%S %Y',
  r: '%I:%M:%S %p',
};
/** Maximum length of a time: names of months and days, and words between them. */
const MAX_TIME = 128;

export class TimeForm {
  readonly #pattern: RegExp;
  /** Conversion letters of the groups. */
  readonly #letters: string;
  /** Consecutive rows often have the same second. */
  #lastText = '';
  #lastUs = Number.NaN;

  readonly #at: LocalTime;

  private constructor(pattern: string, letters: string, at: LocalTime) {
    this.#pattern = new RegExp(pattern, 'y');
    this.#letters = letters;
    this.#at = at;
  }

  /**
   * `at`: converts times without an offset. Returns null for a form without a year, a day or an hour, or with an unknown
   * conversion.
   */
  static compile(written: string, at: LocalTime): TimeForm | null {
    const form = written.replace(/%([FTRDcr])/g, (_, letter: string) => SHORTHANDS[letter] ?? '');
    let letters = '';
    let isKnown = true;
    const pattern = form.replace(/%(.?)|[\\^$.*+?()[\]{}|]/g, (text, letter: string | undefined) => {
      if (letter === undefined) return `\\${text}`;
      if (letter === '%') return '%';
      isKnown &&= CONVERSIONS[letter] !== undefined;
      letters += letter;
      return `(${CONVERSIONS[letter]})`;
    });
    const hasDay = letters.includes('j') || (/[mbh]/.test(letters) && /[de]/.test(letters));
    const hasTime = letters.includes('s') || (/[Yy]/.test(letters) && hasDay && /[HI]/.test(letters));
    return isKnown && hasTime ? new TimeForm(pattern, letters, at) : null;
  }

  /** Returns the end of the time that begins at `start`; -1 without one. */
  endIn(bytes: Buffer, start: number, end: number): number {
    const text = bytes.toString('latin1', start, Math.min(end, start + MAX_TIME));
    this.#pattern.lastIndex = 0;
    return this.#pattern.test(text) ? start + this.#pattern.lastIndex : -1;
  }

  /** Returns NaN for other text. */
  parse(text: string): TimestampUs {
    if (text !== this.#lastText) {
      this.#lastUs = this.#parse(text);
      this.#lastText = text;
    }
    return this.#lastUs;
  }

  #parse(text: string): TimestampUs {
    this.#pattern.lastIndex = 0;
    const parts = this.#pattern.exec(text);
    if (parts === null) return Number.NaN;
    const part = (...kinds: readonly string[]): string => {
      const place = [...this.#letters].findIndex((letter) => kinds.includes(letter));
      return place < 0 ? '' : (parts[place + 1] ?? '');
    };
    const seconds = part('s');
    if (seconds !== '') return Number(seconds) * 1_000_000;
    const named = part('b', 'h');
    const year = part('Y') === '' ? 2000 + Number(part('y')) : Number(part('Y'));
    // Without a month, the day is the day of the year.
    const ofYear = part('j') === '' ? null : new Date(Date.UTC(year, 0, Number(part('j'))));
    const [month, day] =
      ofYear === null
        ? [named === '' ? Number(part('m')) : parseMonth(named), Number(part('d', 'e'))]
        : [ofYear.getUTCMonth() + 1, ofYear.getUTCDate()];
    const half = /p/i.test(part('p')) ? 12 : 0;
    const hour = part('H') === '' ? (Number(part('I')) % 12) + half : Number(part('H'));
    const clock = [hour, Number(part('M')), Number(part('S'))] as const;
    const zone = part('z');
    return calendarTime([year, month, day], clock, zone === '' ? undefined : zone, this.#at);
  }
}
