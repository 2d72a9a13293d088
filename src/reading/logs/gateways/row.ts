// Reads the values of one row by the type of each field.

import { ByteCache } from '../../../native/byte-cache.ts';
import { type LocalTime, localTime, syslogLine } from '../dns-row.ts';
import { type FieldNames, Fields } from '../fields.ts';
import { AddressCache, decodeBytes, decodeText, parseCount, parseTime } from '../values.ts';
import {
  F,
  type FieldNumber,
  GATEWAY_FIELDS,
  type GatewayRow,
  type GatewayTable,
  namesOfFields,
} from './table.ts';
import { leadingTime, writtenTime, zoneIn } from './written-time.ts';

const DOT = 0x2e;
/** Maximum length of a syslog header up to its time. */
const MAX_HEADER = 64;

const ABSENT: ReadonlySet<string> = new Set(['', '-', 'N/A', 'n/a', 'NA', 'None', 'none', 'null', 'Unknown']);

/** Thrown for a value that does not have the type of its field. */
export class WrongType extends Error {}

export class Row implements GatewayRow {
  readonly names: FieldNames;
  readonly fields: Fields;
  readonly #at: LocalTime;
  readonly #words = new ByteCache((bytes, start, end) => decodeBytes(bytes, start, end).toLowerCase());
  readonly #addresses = new AddressCache();
  readonly #times = new ByteCache((bytes, start, end) =>
    writtenTime(decodeBytes(bytes, start, end), this.#at),
  );
  readonly #utcTimes = new ByteCache((bytes, start, end) =>
    writtenTime(decodeBytes(bytes, start, end), localTime('UTC')),
  );

  /** Times by their bytes, from the date to the time of day after it. */
  readonly #clocks = new ByteCache(() => this.#timeOfClock());

  /** True after a time without a known zone. */
  isLocal = false;

  constructor({ fields, isUtc }: GatewayTable, at: LocalTime) {
    this.#at = (...parts) => {
      this.isLocal = isUtc !== true;
      return at(...parts);
    };
    this.names = namesOfFields(fields);
    this.fields = new Fields(this.names.count);
  }

  is(field: FieldNumber, text: string): boolean {
    return this.fields.is(field, text);
  }

  has(field: FieldNumber): boolean {
    return this.fields.has(field);
  }

  word(field: FieldNumber): string {
    return this.has(field) ? this.cached(this.#words, field) : '';
  }

  text(field: FieldNumber): string | null {
    const text = this.fields.text(field);
    return text === null || ABSENT.has(text) ? null : text;
  }

  /** The row must have the field. */
  cached<T>(cache: Pick<ByteCache<T>, 'get'>, field: FieldNumber): T {
    const { fields } = this;
    return cache.get(fields.bytes, fields.start(field), fields.end(field));
  }

  /** Returns "" for an absent field. Throws WrongType. */
  address(field: FieldNumber): string {
    if (!this.has(field)) return '';
    const address = this.cached(this.#addresses, field);
    if (address === '' && this.text(field) !== null)
      throw new WrongType(`no address: ${GATEWAY_FIELDS[field]}`);
    return address;
  }

  /** Throws WrongType. */
  count(field: FieldNumber): number | null {
    if (!this.has(field)) return null;
    const { bytes } = this.fields;
    const start = this.fields.start(field);
    const end = this.fields.end(field);
    const value = parseCount(bytes, start, end);
    // In German number formatting, "1.100" is not a fraction.
    const isGrouped = bytes[end - 4] === DOT && end - start > 4 && field !== F.seconds;
    if (!Number.isNaN(value) && !isGrouped) return value;
    if (this.text(field) === null) return null;
    throw new WrongType(`no number: ${GATEWAY_FIELDS[field]}`);
  }

  port(field: FieldNumber): number {
    const port = this.count(field) ?? 0;
    if (port > 0xffff) throw new WrongType(`no port: ${GATEWAY_FIELDS[field]}`);
    return port;
  }

  /** Returns the time of the row, or of the syslog header before it. NaN for an unreadable one. */
  timeOf(bytes: Buffer, start: number, end: number, modifiedUs: number): number {
    if (this.has(F.time)) return this.time(F.time);
    const text = decodeText(bytes, start, Math.min(end, start + MAX_HEADER)).replace(/^<\d{1,3}>(?:1 )?/, '');
    const us = leadingTime(text, this.#at);
    return us > 0 ? us : (syslogLine(text, this.#at, modifiedUs)?.us ?? Number.NaN);
  }

  /** Returns NaN for an absent or unreadable time. */
  time(field: FieldNumber): number {
    if (!this.has(field)) return Number.NaN;
    const { bytes } = this.fields;
    const start = this.fields.start(field);
    const end = this.fields.end(field);
    if (isNumber(bytes, start, end)) return parseTime(bytes, start, end);
    if (field === F.time && this.has(F.clock)) {
      const clockEnd = this.fields.end(F.clock);
      const isAhead = this.fields.start(F.clock) >= end && !this.has(F.zone);
      return isAhead ? this.#clocks.get(bytes, start, clockEnd) : this.#timeOfClock();
    }
    if (!this.has(F.zone)) return this.cached(this.#times, field);
    const zone = zoneIn(this.text(F.zone) ?? '');
    if (zone === 'UTC') return this.cached(this.#utcTimes, field);
    // A time with its own offset would have two and is then unreadable.
    const zoned = zone === '' ? Number.NaN : writtenTime(`${this.text(field)}${zone}`, this.#at);
    return Number.isNaN(zoned) ? this.cached(this.#times, field) : zoned;
  }

  /** Reads date and time of day from two fields. */
  #timeOfClock(): number {
    return writtenTime(
      `${this.text(F.time)} ${this.text(F.clock)}${zoneIn(this.text(F.zone) ?? '')}`,
      this.#at,
    );
  }
}

function isNumber(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if ((byte < 0x30 || byte > 0x39) && byte !== 0x2e) return false;
  }
  return end > start;
}
