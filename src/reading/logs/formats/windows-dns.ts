// Reads the debug log of the DNS server of Windows: packets from clients, with local times in the machine's date
// format. Server 2003 writes dates without separators and packets without an identifier. A date such as 11/12/2026 has two
// readings: another date of the file decides, or the user does.

import { addDnsRow, type LocalTime, lineFormat, localTime, parseRcode } from '../dns-row.ts';
import {
  type LateFault,
  type LineReader,
  type LineResult,
  type LogFormat,
  type LogReader,
  NO_ROW,
  OF_QUESTIONS,
} from '../records.ts';

const DATE =
  /^(?:(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{1,4})\.?|(\d{4})(\d\d)(\d\d))[T ](?:(오전|上午|午前)|(오후|下午|午後))? ?(\d{1,2})[:.](\d\d)[:.](\d\d)(?: (?:([Aa])|([Pp]))\.?[Mm]\.?)? /;
const ROW =
  /^.{8,40}? [0-9A-Fa-f]{3,4} PACKET +(?:[0-9A-F]{8,16} )?(?:UDP|TCP) (Rcv|Snd) ([0-9a-fA-F.:]+) +[0-9a-f]{4} (R| ) ([QNU?]) \[([0-9a-f]{4}) [^\]]*?([A-Z]+)\] (\S+) +(.+)$/;
/**
 * Matches a packet in any line, so that one in an unknown form counts as ignored and not as a detail of another packet.
 */
const PACKET = /\bPACKET +(?:[0-9A-F]{8,16} |UDP |TCP )/;
/** Lines of the server about the file have their time at the end. */
const CREATION = /^(?:DNS Server log file creation|Log file wrap) at /;
const LABEL = /\((\d+)\)([^(]*)/g;

const [YMD, DMY, MDY] = ['year,month,day', 'day,month,year', 'month,day,year'] as const;
type Order = typeof YMD | typeof DMY | typeof MDY;
const ORDERS: readonly Order[] = [YMD, DMY, MDY];
const MAX_DAY = 31;
const MAX_MONTH = 12;
/** Maximum rows that wait for a date that decides. */
const MAX_WAITING = 131_072;
const TWO_READINGS =
  'a date with two readings, day or month first (pass --log-columns FILE with "columns windows-dns day,month,year" or "month,day,year")';

type DateParts = readonly [year: number, month: number, day: number];

/** Returns the date of a line by each order that it may have. */
function datesOf(line: string, parts: RegExpExecArray): ReadonlyMap<Order, DateParts> {
  const [a = 0, b = 0, c = 0] = parts
    .slice(1, 7)
    .filter((part) => part !== undefined)
    .map(Number);
  const isDotted = line[parts[1]?.length ?? 0] === '.';
  const readings: readonly (readonly [Order, boolean, DateParts])[] = [
    [YMD, a > MAX_DAY, [a, b, c]],
    [DMY, a <= MAX_DAY, [c, b, a]],
    [MDY, a <= MAX_DAY && !isDotted, [c, a, b]],
  ];
  const possible = readings.flatMap(([order, isIt, [year, month, day]]) =>
    isIt && month <= MAX_MONTH && day <= MAX_DAY
      ? [[order, [year < 100 ? 2000 + year : year, month, day]] as const]
      : [],
  );
  return new Map(possible);
}

/** Returns NaN for a line without a time. `orders`: those that the file may have. Null: they give several dates. */
function parseTime(line: string, orders: readonly Order[], at: LocalTime): number | null {
  const parts = DATE.exec(line);
  if (parts === null) return Number.NaN;
  const [hour = 0, minute = 0, second = 0] = parts.slice(9, 12).map(Number);
  const isMorning = (parts[7] ?? parts[12]) !== undefined;
  const isEvening = (parts[8] ?? parts[13]) !== undefined;
  const hours = isMorning || isEvening ? (hour % 12) + (isEvening ? 12 : 0) : hour;
  const times = new Set(
    [...datesOf(line, parts)]
      .filter(([order]) => orders.includes(order))
      .map(([, [year, month, day]]) => at(year, month, day, hours, minute, second)),
  );
  const [first = Number.NaN] = times;
  return times.size > 1 ? null : first;
}

/** Returns the orders that remain after the date of a line. */
function narrow(orders: readonly Order[], line: string): readonly Order[] {
  const parts = DATE.exec(`${line} `);
  if (parts === null || orders.length === 1) return orders;
  const dates = datesOf(line, parts);
  const left = orders.filter((order) => dates.has(order));
  return left.length === 0 ? orders : left;
}

/** Returns the order that the user named. */
const namedOrders = (definitions: readonly string[]): readonly Order[] => {
  const names = definitions.flatMap((line) => /^columns\s+windows-dns\s+(.*)$/.exec(line)?.[1] ?? []);
  const named = ORDERS.filter((order) => names.some((name) => name.replaceAll(/[\s,]+/g, ',') === order));
  return named.length === 0 ? ORDERS : named;
};

/** Reads a line but its time: a row if it has one, or its result. */
type ReadLine = (line: string) => ((us: number) => LineResult) | string | typeof NO_ROW;

/** Holds rows until a date of the file decides about theirs. */
class DatedRows {
  readonly #read: ReadLine;
  readonly #at: LocalTime;
  readonly #isWhole: boolean;
  #orders: readonly Order[];
  #waiting: {
    readonly line: string;
    readonly number: number;
    readonly row: (us: number) => LineResult;
  }[] = [];
  #lines = 0;
  #late: LateFault | null = null;

  constructor(
    read: ReadLine,
    at: LocalTime,
    { orders, isWhole }: { readonly orders: readonly Order[]; readonly isWhole: boolean },
  ) {
    this.#read = read;
    this.#at = at;
    this.#orders = orders;
    this.#isWhole = isWhole;
  }

  line(line: string): LineResult {
    this.#lines++;
    const before = this.#orders;
    this.#orders = narrow(before, line.replace(CREATION, ''));
    if (this.#orders.length < before.length) this.#settle();
    const row = this.#read(line);
    if (typeof row !== 'function') return row;
    const us = parseTime(line, this.#orders, this.#at);
    if (us !== null) return us > 0 ? row(us) : 'no time';
    if (!this.#isWhole || this.#waiting.length >= MAX_WAITING) return TWO_READINGS;
    this.#waiting.push({ line, number: this.#lines, row });
    return null;
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const held of waiting) {
      const us = parseTime(held.line, this.#orders, this.#at);
      if (us === null) this.#waiting.push(held);
      else this.#addLate(us > 0 ? held.row(us) : 'no time', held.number);
    }
  }

  #addLate(result: LineResult, line: number): void {
    if (result === null || result === NO_ROW) return;
    const { count, ...first } = this.#late ?? { reason: result, line, count: 0 };
    this.#late = { ...first, count: count + 1 };
  }

  late(): LateFault | null {
    for (const { number } of this.#waiting) this.#addLate(TWO_READINGS, number);
    this.#waiting = [];
    return this.#late;
  }
}

/** Parses a name such as "(3)api(7)example(3)com(0)". */
const parseName = (written: string): string =>
  [...written.matchAll(LABEL)]
    .map(([, , label]) => (label ?? '').trim())
    .filter((label) => label !== '')
    .join('.');

export const WINDOWS_DNS: LogFormat = {
  id: 'windows-dns',
  title: 'Windows DNS debug log',
  recognizes: ({ lines }) =>
    lines.some((line) => line.startsWith('DNS Server log file creation') || ROW.test(line)),
  reader: (records, { zone, definitions, isWhole = false }) => {
    const at = localTime(zone);
    const orders = namedOrders(definitions);
    const read: ReadLine = (line) => {
      const row = ROW.exec(line);
      if (row === null) return PACKET.test(line) ? 'packet in an unknown form' : NO_ROW;
      const [, direction, client = '', response, opcode, , code = '', type = '', written = ''] = row;
      if (opcode !== 'Q') return NO_ROW;
      const query = { client, name: parseName(written), type };
      if (direction === 'Rcv' && response === ' ')
        return (us) => addDnsRow(records, { ...query, us, answer: null });
      if (direction !== 'Snd' || response !== 'R') return NO_ROW; // queries of the server to other servers, and their answers
      const answer = { addresses: [], rcode: parseRcode(code) };
      return (us) => addDnsRow(records, { ...query, us, answer }, false);
    };
    const reader = (rows: DatedRows): LogReader =>
      lineFormat(
        'packets',
        (line, sample) => parseTime(line, sample.lines.reduce(narrow, orders), at) ?? Number.NaN,
        () => (line) => rows.line(line),
      );
    const newRows = (): DatedRows => new DatedRows(read, at, { orders, isWhole });
    return {
      ...reader(newRows()),
      open(sample): LineReader {
        const rows = newRows();
        return { ...reader(rows).open(sample), late: () => rows.late() };
      },
    };
  },
  countKnown: (columns) => (ORDERS.some((order) => order === columns.join(',')) ? columns.length : 0),
  ...OF_QUESTIONS,
};
