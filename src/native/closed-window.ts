// Reads the image of a closed window: numbers and texts in the order of native-bindings/src/collector/image.cc. Its
// messages have their fields in the order of src/model/usage.ts.

import {
  type Entries,
  type EntrySums,
  emptyValues,
  type Field,
  NO_ENTRIES,
  type Schema,
} from '../model/field.ts';
import type { Mutable } from '../model/immutable.ts';
import {
  type AccountBytes,
  type AccountEntries,
  CLAIM,
  ECH_CONFIG,
  EXCHANGE,
  type ExchangeCell,
  type HelloCounts,
  type HiddenDestination,
  type HostAccount,
  type HostClaim,
  type HostTotals,
  MAC_SEEN,
  type MacSeen,
  type NotVisibleTraffic,
  OUTCOME,
  type OutcomeCell,
  QUERIED_NAME,
  type QueriedName,
  ROW,
  type UsageExchange,
  type UsageRow,
  type WindowStats,
} from '../model/usage.ts';
import { APP_HINTS, NOT_VISIBLE_KINDS } from '../model/window-words.ts';
import { compareText } from '../net/address.ts';
import type { MacSource } from '../net/mac-source.ts';
import { US } from '../time/units.ts';

/** Counters from the collector. Threads report the other counters of a window. */
export type CountedStats = Mutable<WindowStats> & { overflow: Record<string, number> };

/** A host before its lists have their final form. */
export interface OpenHost {
  readonly totals: HostTotals;
  /** MACs in frames of the host; null: all frames have the `mac` of the totals. */
  readonly frames: readonly MacSeen[] | null;
  readonly said: readonly HostClaim[];
}

/** Converts the lists of hosts and rows to the form of windows. */
export interface WindowFinish {
  host(host: OpenHost): HostTotals;
  helloTimes(timesUs: readonly number[]): readonly number[];
  notVisible(raw: readonly NotVisibleTraffic[]): readonly NotVisibleTraffic[];
  destinations(raw: readonly HiddenDestination[]): readonly HiddenDestination[];
  exchanges(
    raw: readonly UsageExchange[],
    cells: readonly ExchangeCell[],
  ): Pick<UsageRow, 'exchanges' | 'cells'>;
}

export interface ClosedWindow {
  readonly startSeconds: number;
  readonly stats: CountedStats;
  /** Start and end of each run of seconds with a frame, relative to the start of the window. */
  readonly heardSeconds: readonly number[];
  /** False: each MAC belongs to one host. */
  readonly mayShareMacs: boolean;
  readonly hosts: Entries<HostTotals>;
  readonly rows: readonly UsageRow[];
  readonly queriedNames: readonly QueriedName[];
  readonly hellos: Entries<HelloCounts>;
  readonly account: AccountEntries;
  readonly outcomes: readonly OutcomeCell[];
}

/** Proofs by number, 0 is none: MacProof of native-bindings/src/collector/host.h. */
const MAC_PROOFS: readonly (MacSource | null)[] = [null, 'frame', 'arp', 'ndp', 'dhcp'];
/** Bits for the proof of a host's MAC: put_host of image.cc. */
const PROOF_BITS = 7;
const IS_ONE_MAC = 8;
/**
 * Numbers of an entry. The last is the position of its lists, after all entries; 0: none. Times are relative to the
 * start of the window.
 */
const HOST_NUMBERS = 10;
const HELLO_NUMBERS = 6;
const ACCOUNT_NUMBERS = 6;
const HEAD_BYTES = 32;
const NUMBER_BYTES = 8;
const MAX_NARROW = 0xffff_ffff;

/** A byte order mark counts as a character. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads all images of one collector in order, because an image contains only texts that are new. */
export class WindowReader {
  readonly #finish: WindowFinish;
  #texts = new ImageTexts();

  constructor(finish: WindowFinish) {
    this.#finish = finish;
  }

  read(image: ArrayBuffer): ClosedWindow {
    const [count = 0, textCount = 0, firstText = 1, textBytes = 0] = new Float64Array(image, 0, 4);
    const numbers = new Float64Array(image, HEAD_BYTES, count);
    // Entries that are read later refer to the old list.
    if (firstText !== this.#texts.list.length) this.#texts = new ImageTexts();
    if (textCount > 0) {
      const lengths = new Float64Array(image, HEAD_BYTES + NUMBER_BYTES * count, textCount);
      const textAt = HEAD_BYTES + NUMBER_BYTES * (count + textCount);
      const text = UTF8.decode(new Uint8Array(image, textAt, textBytes));
      this.#texts.add(text, lengths);
    }
    return new ImageReader(numbers, this.#texts, this.#finish).window();
  }
}

type IsWanted = (host: string) => boolean;

const UNDECIDED = 0;
const WANTED = 1;
const NOT_WANTED = 2;

/** Texts of many images by number; 0 is the empty text. */
class ImageTexts {
  readonly list: string[] = [''];
  readonly #answers = new WeakMap<IsWanted, Uint8Array>();
  readonly #numbers = new Map<string, number>();

  add(text: string, lengths: Float64Array): void {
    let at = 0;
    for (const length of lengths) {
      this.list.push(text.slice(at, at + length));
      at += length;
    }
  }

  /** Caches the answer of the function for each text, for all windows. */
  getAnswers(isWanted: IsWanted): Uint8Array {
    const existing = this.#answers.get(isWanted);
    if (existing?.length === this.list.length) return existing;
    const answers = new Uint8Array(this.list.length);
    if (existing !== undefined) answers.set(existing);
    this.#answers.set(isWanted, answers);
    return answers;
  }

  /** Returns the number of a text, or -1 for one that no image contains. */
  findNumber(text: string): number {
    const number = this.#numbers.get(text) ?? this.list.indexOf(text);
    if (number >= 0) this.#numbers.set(text, number);
    return number;
  }
}

/** Long captures have more of these than of any other data, and almost all fit into 32 bits. */
type EntryNumbers = Uint32Array | Float64Array;

interface HostEntry {
  readonly host: string;
}

/** One kind of entries. All have the same number of numbers, and begin with the host. */
interface EntryKind<T extends HostEntry> {
  readonly stride: number;
  read(reader: ImageReader, numbers: EntryNumbers, at: number): T;
  /** Returns a key. Consecutive entries of one host with the same key can be added; null: this entry cannot. */
  getKey(numbers: EntryNumbers, at: number): number | null;
  add(sum: Mutable<T>, numbers: EntryNumbers, at: number, startUs: number): void;
}

const HOSTS: EntryKind<HostTotals> = {
  stride: HOST_NUMBERS,
  read: (reader, numbers, at) => reader.host(numbers, at),
  /** The key is MAC and proof; entries with lists have none. */
  getKey: (numbers, at) =>
    numbers[at + 9] === 0 ? (numbers[at + 1] ?? 0) * 2 * IS_ONE_MAC + (numbers[at + 2] ?? 0) : null,
  add(sum, numbers, at, startUs) {
    sum.flows += numbers[at + 3] ?? 0;
    sum.packets += numbers[at + 4] ?? 0;
    sum.bytesUp += numbers[at + 5] ?? 0;
    sum.bytesDown += numbers[at + 6] ?? 0;
    sum.firstUs = Math.min(sum.firstUs, startUs + (numbers[at + 7] ?? 0));
    sum.lastUs = Math.max(sum.lastUs, startUs + (numbers[at + 8] ?? 0));
  },
};

const HELLOS: EntryKind<HelloCounts> = {
  stride: HELLO_NUMBERS,
  read: (reader, numbers, at) => reader.hellos(numbers, at),
  getKey: (numbers, at) => (numbers[at + 5] === 0 ? 0 : null),
  add(sum, numbers, at) {
    sum.hellos += numbers[at + 1] ?? 0;
    sum.ech += numbers[at + 2] ?? 0;
    sum.hidden += numbers[at + 3] ?? 0;
    sum.unlistedRequests += numbers[at + 4] ?? 0;
  },
};

const ACCOUNTS: EntryKind<HostAccount> = {
  stride: ACCOUNT_NUMBERS,
  read: (reader, numbers, at) => reader.account(numbers, at),
  getKey: (numbers, at) => (numbers[at + 5] === 0 ? 0 : null),
  add(sum, numbers, at) {
    sum.lookedInto += numbers[at + 1] ?? 0;
    sum.harmless += numbers[at + 2] ?? 0;
    sum.inside += numbers[at + 3] ?? 0;
  },
};

/** Open sums by the number of the host: each with the key of entries that may be added to it. */
type OpenSums<T> = ({ readonly sum: Mutable<T>; readonly key: number } | undefined)[];

/** Adds entries in the order of hosts. */
const withOthers = <T extends HostEntry>(entries: readonly T[], others: readonly T[]): readonly T[] =>
  others.length === 0 ? entries : [...entries, ...others].sort((a, b) => compareText(a.host, b.host));

/** Entries that are created at each read of the list, and some that were created before. */
class ImageEntries<T extends HostEntry> implements Entries<T> {
  readonly length: number;
  readonly #kind: EntryKind<T>;
  readonly #numbers: EntryNumbers;
  /** Reads their lists. */
  readonly #reader: ImageReader;
  readonly #others: readonly T[];

  constructor(
    kind: EntryKind<T>,
    numbers: EntryNumbers,
    reader: ImageReader,
    others: readonly T[] = NO_ENTRIES,
  ) {
    this.length = numbers.length / kind.stride + others.length;
    this.#kind = kind;
    this.#numbers = numbers;
    this.#reader = reader;
    this.#others = others;
  }

  /** Returns the positions of the entries for whose hosts the function has this answer. */
  #findPositions(isWanted: IsWanted, answer: typeof WANTED | typeof NOT_WANTED): readonly number[] {
    const numbers = this.#numbers;
    const { texts } = this.#reader;
    const answers = texts.getAnswers(isWanted);
    const positions: number[] = [];
    for (let at = 0; at < numbers.length; at += this.#kind.stride) {
      const text = numbers[at] ?? 0;
      if (answers[text] === UNDECIDED) answers[text] = isWanted(texts.list[text] ?? '') ? WANTED : NOT_WANTED;
      if (answers[text] === answer) positions.push(at);
    }
    return positions;
  }

  ofHosts(isWanted: IsWanted): readonly T[] {
    const entries = this.#findPositions(isWanted, WANTED).map((at) => this.#read(at));
    return withOthers(
      entries,
      this.#others.filter(({ host }) => isWanted(host)),
    );
  }

  replaceHosts(isReplaced: IsWanted, replacements: readonly T[]): Entries<T> {
    const { stride } = this.#kind;
    const left = this.#findPositions(isReplaced, NOT_WANTED);
    const numbers = this.#numbers.slice(0, left.length * stride);
    // Views of a few numbers each would take most of the time.
    let end = 0;
    for (const at of left) for (let i = at; i < at + stride; i++) numbers[end++] = this.#numbers[i] ?? 0;
    const others = this.#others.filter(({ host }) => !isReplaced(host));
    return new ImageEntries(this.#kind, numbers, this.#reader, [...others, ...replacements]);
  }

  beginSums(): EntrySums<T> {
    const sums: OpenSums<T> = new Array(this.#reader.texts.list.length).fill(undefined);
    return {
      add: (list) =>
        list instanceof ImageEntries && list.#reader.texts === this.#reader.texts && list.#kind === this.#kind
          ? (list as ImageEntries<T>).#addTo(sums)
          : null,
      end: () => sums.flatMap((open) => open?.sum ?? []),
    };
  }

  /** Returns sums that end here, and entries that are not added to a sum. */
  #addTo(sums: OpenSums<T>): readonly T[] {
    const numbers = this.#numbers;
    const { startUs, texts } = this.#reader;
    const { stride, getKey, add } = this.#kind;
    const done: T[] = [];
    for (let at = 0; at < numbers.length; at += stride) {
      const host = numbers[at] ?? 0;
      const key = getKey(numbers, at);
      const open = sums[host];
      if (open !== undefined && key === open.key) {
        add(open.sum, numbers, at, startUs);
        continue;
      }
      if (open !== undefined) done.push(open.sum);
      const entry = this.#read(at);
      sums[host] = key === null ? undefined : { sum: entry, key };
      if (key === null) done.push(entry);
    }
    for (const entry of this.#others) {
      const host = texts.findNumber(entry.host);
      const open = sums[host];
      if (open !== undefined) {
        done.push(open.sum);
        sums[host] = undefined;
      }
      done.push(entry);
    }
    return done;
  }

  #read(at: number): T {
    return this.#kind.read(this.#reader, this.#numbers, at);
  }

  #all(): readonly T[] {
    const entries: T[] = [];
    for (let at = 0; at < this.#numbers.length; at += this.#kind.stride) entries.push(this.#read(at));
    return withOthers(entries, this.#others);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#others.length === 0 ? this.#decode() : this.#all()[Symbol.iterator]();
  }

  /** Decodes entries one by one, because the objects of a long list at once would survive a garbage collection. */
  *#decode(): Generator<T> {
    for (let at = 0; at < this.#numbers.length; at += this.#kind.stride) yield this.#read(at);
  }

  filter(isKept: (entry: T) => boolean): readonly T[] {
    const entries: T[] = [];
    for (const entry of this) if (isKept(entry)) entries.push(entry);
    return entries;
  }

  map<U>(transform: (entry: T) => U): readonly U[] {
    return Array.from(this, transform);
  }

  flatMap<U>(transform: (entry: T) => readonly U[]): readonly U[] {
    const parts: U[] = [];
    for (const entry of this) parts.push(...transform(entry));
    return parts;
  }

  some(is: (entry: T) => boolean): boolean {
    for (const entry of this) if (is(entry)) return true;
    return false;
  }

  every(is: (entry: T) => boolean): boolean {
    return !this.some((entry) => !is(entry));
  }

  /** JSON contains a list. */
  toJSON(): readonly T[] {
    return this.#all();
  }
}

class ImageAccounts extends ImageEntries<HostAccount> implements AccountEntries {
  readonly #entries: EntryNumbers;
  readonly #texts: ImageTexts;

  constructor(entries: EntryNumbers, reader: ImageReader) {
    super(ACCOUNTS, entries, reader);
    this.#entries = entries;
    this.#texts = reader.texts;
  }

  *bytes(): Iterable<AccountBytes> {
    const entries = this.#entries;
    for (let at = 0; at < entries.length; at += ACCOUNT_NUMBERS) {
      yield {
        host: this.#texts.list[entries[at] ?? 0] ?? '',
        lookedInto: entries[at + 1] ?? 0,
        harmless: entries[at + 2] ?? 0,
        inside: entries[at + 3] ?? 0,
        hidden: entries[at + 4] ?? 0,
      };
    }
  }
}

/** Copies numbers, as 32 bits where they fit. */
function narrowNumbers(numbers: EntryNumbers): EntryNumbers {
  for (const number of numbers) if (!(number >= 0 && number <= MAX_NARROW)) return numbers.slice();
  return new Uint32Array(numbers);
}

class ImageReader {
  readonly texts: ImageTexts;
  readonly #numbers: EntryNumbers;
  readonly #finish: WindowFinish;
  /** Number of values in entries, which the positions of their lists include. */
  readonly #before: number;
  /** Start of the window. */
  startUs: number;
  #at = 0;

  constructor(numbers: EntryNumbers, texts: ImageTexts, finish: WindowFinish, before = 0, startUs = 0) {
    this.#numbers = numbers;
    this.texts = texts;
    this.#finish = finish;
    this.#before = before;
    this.startUs = startUs;
  }

  window(): ClosedWindow {
    const startSeconds = this.#next();
    this.startUs = startSeconds * US;
    const stats = this.#stats();
    stats.frames = this.#next();
    return {
      startSeconds,
      stats,
      heardSeconds: this.#list(() => this.#next()),
      mayShareMacs: this.#next() === 1,
      hosts: this.#entries(HOSTS, (numbers, reader) => new ImageEntries(HOSTS, numbers, reader)),
      rows: this.#messages(ROW).map((row) => this.#finishRow(row)),
      queriedNames: this.#messages(QUERIED_NAME),
      hellos: this.#entries(HELLOS, (numbers, reader) => new ImageEntries(HELLOS, numbers, reader)),
      account: this.#entries(ACCOUNTS, (numbers, reader) => new ImageAccounts(numbers, reader)),
      outcomes: this.#messages(OUTCOME),
    };
  }

  #next(): number {
    return this.#numbers[this.#at++] ?? 0;
  }

  #text(): string {
    return this.texts.list[this.#next()] ?? '';
  }

  #list<T>(read: () => T): readonly T[] {
    const count = this.#next();
    if (count === 0) return NO_ENTRIES;
    // The list is created as a literal: almost all have one entry, and V8 reserves 17 at the first push.
    const list = [read()];
    for (let i = 1; i < count; i++) list.push(read());
    return list;
  }

  /**
   * Reads traffic that was not visible, and its destinations. Logs without names have a million of them, and a literal
   * takes a fraction of the time of a loop.
   */
  #parts(): readonly NotVisibleTraffic[] {
    return this.#list(() => ({
      kind: NOT_VISIBLE_KINDS[this.#next()] ?? 'unknown',
      hint: APP_HINTS[this.#next()] ?? 'unknown',
      flows: this.#next(),
      bytes: this.#next(),
      firstUs: this.startUs + this.#next(),
      lastUs: this.startUs + this.#next(),
    }));
  }

  #destinations(): readonly HiddenDestination[] {
    return this.#list(() => ({
      kind: NOT_VISIBLE_KINDS[this.#next()] ?? 'unknown',
      address: this.#text(),
      name: this.#text(),
      bytes: this.#next(),
    }));
  }

  /** Copies entries and their lists, because the next image overwrites this one. */
  #entries<T extends HostEntry>(
    { stride }: EntryKind<T>,
    create: (numbers: EntryNumbers, reader: ImageReader) => Entries<T>,
  ): Entries<T> {
    const end = this.#next();
    const isNarrow = this.#next() === 1;
    const count = this.#next();
    if (count === 0) return NO_ENTRIES;
    const [from, before] = [this.#at, count * stride];
    this.#at += end;
    const entries = this.#numbers.subarray(from, from + before);
    const lists = narrowNumbers(this.#numbers.subarray(from + before, this.#at));
    const reader = new ImageReader(lists, this.texts, this.#finish, before, this.startUs);
    return create(isNarrow ? new Uint32Array(entries) : entries.slice(), reader);
  }

  #stats(): CountedStats {
    const stats: CountedStats = {
      packets: this.#next(),
      bytes: this.#next(),
      flows: this.#next(),
      hellosComplete: this.#next(),
      hellosIncomplete: 0,
      snaplenCut: 0,
      evictedFlows: this.#next(),
      kernelDrops: 0,
      malformed: {},
      undecoded: 0,
      frames: 0,
      overflow: {},
    };
    for (let left = this.#next(); left > 0; left--) stats.overflow[this.#text()] = this.#next();
    return stats;
  }

  host(numbers: EntryNumbers, at: number): HostTotals {
    // Access by index is a quarter faster than in sequence, and windows have many hosts.
    const mac = numbers[at + 1] ?? 0;
    const bits = numbers[at + 2] ?? 0;
    const totals = {
      host: this.texts.list[numbers[at] ?? 0] ?? '',
      mac: mac === 0 ? null : (this.texts.list[mac] ?? null),
      macFrom: MAC_PROOFS[bits & PROOF_BITS] ?? null,
      names: NO_ENTRIES as readonly string[],
      vlans: NO_ENTRIES as readonly number[],
      flows: numbers[at + 3] ?? 0,
      packets: numbers[at + 4] ?? 0,
      bytesUp: numbers[at + 5] ?? 0,
      bytesDown: numbers[at + 6] ?? 0,
      firstUs: this.startUs + (numbers[at + 7] ?? 0),
      lastUs: this.startUs + (numbers[at + 8] ?? 0),
      notVisible: NO_ENTRIES as readonly NotVisibleTraffic[],
    };
    const listsAt = numbers[at + 9] ?? 0;
    // Almost all hosts have no lists.
    if (listsAt === 0) return totals;
    this.#at = listsAt - this.#before;
    totals.names = this.#list(() => this.#text());
    totals.vlans = this.#list(() => this.#next());
    totals.notVisible = this.#parts();
    const frames = this.#messages(MAC_SEEN);
    const claims = this.#messages(CLAIM);
    const isOneMac = (bits & IS_ONE_MAC) !== 0;
    if (claims.length === 0 && totals.notVisible.length < 2 && (isOneMac || frames.length === 0))
      return totals;
    return this.#finish.host({ totals, frames: isOneMac ? null : frames, said: claims });
  }

  hellos(numbers: EntryNumbers, at: number): HelloCounts {
    const listsAt = numbers[at + 5] ?? 0;
    this.#at = listsAt - this.#before;
    return {
      host: this.texts.list[numbers[at] ?? 0] ?? '',
      hellos: numbers[at + 1] ?? 0,
      ech: numbers[at + 2] ?? 0,
      hidden: numbers[at + 3] ?? 0,
      unlistedRequests: numbers[at + 4] ?? 0,
      echConfigs: listsAt === 0 ? NO_ENTRIES : this.#messages(ECH_CONFIG),
    };
  }

  account(numbers: EntryNumbers, at: number): HostAccount {
    const listsAt = numbers[at + 5] ?? 0;
    this.#at = listsAt - this.#before;
    return {
      host: this.texts.list[numbers[at] ?? 0] ?? '',
      lookedInto: numbers[at + 1] ?? 0,
      harmless: numbers[at + 2] ?? 0,
      inside: numbers[at + 3] ?? 0,
      hidden: listsAt === 0 ? NO_ENTRIES : this.#finish.notVisible(this.#parts()),
      destinations: listsAt === 0 ? NO_ENTRIES : this.#finish.destinations(this.#destinations()),
    };
  }

  #finishRow(row: Mutable<UsageRow>): UsageRow {
    row.helloTimesUs = this.#finish.helloTimes(row.helloTimesUs);
    return Object.assign(row, this.#finish.exchanges(row.exchanges, row.cells));
  }

  /**
   * Reads an exchange field by field. Most messages of captures with many requests are exchanges, and a literal takes a
   * fraction of the time of a loop.
   */
  #exchange(): UsageExchange {
    return {
      startMs: this.#next(),
      bytesUp: this.#next(),
      bytesDown: this.#next(),
      recordsUp: this.#next(),
      recordsDown: this.#next(),
      largestUp: this.#next(),
      largestDown: this.#next(),
      firstDown: this.#next(),
      waitMs: this.#next(),
      answerMs: this.#next(),
      largestGapMs: this.#next(),
      uploadMs: this.#next(),
      messagesUp: this.#next(),
      flags: this.#next(),
      flow: this.#next(),
    };
  }

  #messages<T>(schema: Schema<T>): readonly T[] {
    return this.#list(() => this.#message(schema) as T);
  }

  #message(schema: Schema): unknown {
    const values = emptyValues(schema);
    for (const field of schema) {
      const value = this.#value(field);
      if (value !== NO_ENTRIES) values[field.name] = value;
    }
    return values;
  }

  #value({ kind, schema = [], words = [], otherWord }: Field): unknown {
    switch (kind) {
      case 'bool':
        return this.#next() === 1;
      case 'text':
        return this.#text();
      case 'textOrNull':
        return this.#text() || null;
      case 'word': {
        // A negative number is the number of its text.
        const number = this.#next();
        const word = number < 0 ? this.texts.list[-number] : words[number];
        return word !== undefined && words.includes(word) ? word : (otherWord ?? words[0]);
      }
      case 'wordOrNull':
        return words[this.#next() - 1] ?? null;
      case 'texts':
        return this.#list(() => this.#text());
      case 'numbers':
      case 'times':
        return this.#list(() => this.#next());
      case 'message':
        return this.#next() === 0 ? null : this.#message(schema);
      case 'messages':
        return schema === EXCHANGE ? this.#list(() => this.#exchange()) : this.#messages(schema);
      default:
        return this.#next();
    }
  }
}
