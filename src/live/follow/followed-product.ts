// FollowedProduct: the followed logs of one product, with their reader, records and windows.

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AnalyzeOptions } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { loadAddon } from '../../native/addon.ts';
import { decompress } from '../../reading/captures/decompress.ts';
import { aggregatorFor } from '../../reading/collector/records-into.ts';
import { LogCollector } from '../../reading/logs/collect.ts';
import { type FileHead, hasHead, headOf } from '../../reading/logs/file-identity.ts';
import { buildCounts, buildFilter, finishWindows, withIgnored } from '../../reading/logs/finish-windows.ts';
import { formatNamed } from '../../reading/logs/formats.ts';
import { ALL_TIME, joinSpans, listLogGaps, newSpan, type WrittenSpan } from '../../reading/logs/gaps.ts';
import type { LogInput } from '../../reading/logs/inputs.ts';
import type { JoinTables } from '../../reading/logs/join-table.ts';
import { LineCounts } from '../../reading/logs/line-counts.ts';
import { LineSplitter, type LineVisitor } from '../../reading/logs/lines.ts';
import type { LineReader, LogFormat, LogReader } from '../../reading/logs/records.ts';
import { ownLines, ownSample } from '../../reading/logs/shared-log.ts';
import { US } from '../../time/units.ts';
import type { FileState } from './file-table.ts';
import { HeldRecords } from './held-records.ts';
import type { JournalStep } from './journal.ts';

/** Time after its start in which the windows of a connection may change: a day, and an hour for its rotation. */
const REVISED_US = 25 * 3600 * US;
/** A row may be slightly ahead of the clock; a damaged row is years ahead. */
const AHEAD_US = 3600 * US;
/** Maximum number of records per line of the journal. */
const MAX_STEP_RECORDS = 10_000;

export interface FollowedProductOptions
  extends Pick<AnalyzeOptions, 'lookup' | 'watchlist' | 'localNets' | 'exclude'> {
  readonly windowSeconds: number;
  readonly zone: string;
  readonly definitions: readonly string[];
}

export interface ReadPart {
  readonly state: FileState;
  /** More is there. */
  readonly isCut: boolean;
  readonly error: unknown;
  /** The first line that could not be read, and how many there were. */
  readonly fault: { readonly line: number; readonly reason: string; readonly count: number } | null;
}

export class FollowedProduct {
  readonly format: LogFormat;
  readonly #options: FollowedProductOptions;
  readonly #held: HeldRecords;
  readonly #reader: LogReader;
  readonly #tables: JoinTables;
  readonly #lines = new Map<number, LineReader>();
  readonly #malformed = new Map<string, number>();
  #newestUs = Number.NEGATIVE_INFINITY;

  constructor(format: LogFormat, options: FollowedProductOptions) {
    this.format = format;
    this.#options = options;
    this.#held = new HeldRecords(buildFilter(options), options.windowSeconds);
    const { zone, definitions } = options;
    this.#reader = format.reader(this.#held, { zone, definitions });
    this.#tables = { ...this.#reader.tables, fewBytes: this.#held.pairs };
    // Later calls report only the changes since now.
    for (const table of Object.values(this.#tables)) table.takeChanges();
  }

  /** Time of the newest row; null before the first. */
  get newestUs(): number | null {
    return Number.isFinite(this.#newestUs) ? this.#newestUs : null;
  }

  get malformed(): Readonly<Record<string, number>> {
    return buildCounts(this.#malformed);
  }

  /** Number of rows that arrived after their windows became final. */
  get late(): number {
    return this.#held.late;
  }

  /** The reason why no row so far can show a tool; null: some can. */
  get blindness(): string | null {
    return this.#reader.blindness ?? null;
  }

  /** Records were added since the last windows were made. */
  get hasChanged(): boolean {
    return this.#held.hasChanged;
  }

  /** Returns the initial state of a file with these heads; null for a file that does not grow by lines. */
  stateOf(
    id: number,
    input: LogInput,
    heads: readonly FileHead[],
    products: readonly LogFormat[],
  ): FileState | null {
    const [head, firstRow] = [heads[0], heads.at(-1)];
    const sample = ownSample({ format: this.format, products }, input.sample);
    const lines = this.#reader.open(sample);
    if (head === undefined || firstRow === undefined || lines.end !== undefined) return null;
    const { kind, rank, firstUs = null } = this.#reader.describe(sample);
    const facts = { id, product: this.format.id, head, firstRow, path: input.name, kind, rank, firstUs };
    const shared = products.length < 2 ? {} : { products: products.map((product) => product.id) };
    return { ...facts, ...shared, position: 0, lines: 0, rows: 0, ignored: 0, span: null, context: [] };
  }

  /** Null: the path now names another file. "changed": bytes that were read are no longer in the file. */
  async read(
    state: FileState,
    input: LogInput,
    untilBytes: number,
    nowMs: number,
  ): Promise<ReadPart | 'changed' | null> {
    const lines = this.#linesOf(state, input);
    const own = newSpan();
    this.#held.span = own;
    const counts = new LineCounts(state);
    const visitor = counts.visitor(lines);
    const part = await readPart(input, state, untilBytes, { visitor, ending: lines.ending });
    if (part === null || part === 'changed') return part;
    const span = joinSpans(state.span ?? newSpan(), own);
    for (const [reason, count] of counts.reasons) {
      const key = `${this.format.id}.${reason.replace(/[^A-Za-z0-9]+/g, '_')}`;
      this.#malformed.set(key, (this.#malformed.get(key) ?? 0) + count);
    }
    this.#note(span, nowMs);
    const { position, isCut, error, tail } = part;
    const { lostSinceUs, lost = [] } = state;
    const isKnown = lostSinceUs !== undefined && own.rows > 0;
    const untilUs = Math.max(own.firstUs, lostSinceUs ?? 0);
    const losses = isKnown
      ? { lostSinceUs: undefined, lost: [...lost, { fromUs: lostSinceUs, untilUs }] }
      : {};
    const { first, rows, ignored } = counts;
    const numbers = { position, tail: tail ?? state.tail, lines: counts.lines, rows, ignored };
    const read = { ...state, ...numbers, ...losses, context: lines.context ?? [] };
    const fault = first === null ? null : { ...first, count: ignored - state.ignored };
    return { state: { ...read, span: span.rows === 0 ? null : span }, isCut, error, fault };
  }

  #linesOf(state: FileState, input: LogInput): LineReader {
    const existing = this.#lines.get(state.id);
    if (existing !== undefined) return existing;
    const products = state.products?.flatMap((product) => formatNamed(product) ?? []) ?? [];
    const shared = { format: this.format, products };
    const lines = ownLines(shared, this.#reader.open(ownSample(shared, input.sample)));
    for (const line of state.position === 0 ? [] : state.context) {
      const bytes = Buffer.from(line);
      lines.line(bytes, 0, bytes.length);
    }
    this.#lines.set(state.id, lines);
    return lines;
  }

  #note({ lastUs }: WrittenSpan, nowMs: number): void {
    this.#newestUs = Math.max(this.#newestUs, Math.min(lastUs, nowMs * 1000 + AHEAD_US));
  }

  /** Returns the changes since the last step. */
  takeStep(): JournalStep {
    const tables: Record<string, (readonly [string, unknown])[]> = {};
    for (const [name, table] of Object.entries(this.#tables)) {
      const changes = table.takeChanges();
      if (changes.length > 0) tables[name] = changes;
    }
    return { product: this.format.id, tables, records: this.#held.takeBatch(), malformed: this.malformed };
  }

  /** Applies a step of an earlier run. */
  restore({ tables, records, malformed, finalUs, files }: JournalStep, nowMs: number): void {
    for (const [name, changes] of Object.entries(tables ?? {})) this.#tables[name]?.apply(changes);
    if (records !== undefined) this.#held.restore(records);
    if (malformed !== undefined) {
      this.#malformed.clear();
      for (const [reason, count] of Object.entries(malformed)) this.#malformed.set(reason, count);
    }
    for (const { span } of files ?? []) if (span !== null) this.#note(span, nowMs);
    if (finalUs !== undefined) this.#held.finalize(finalUs);
  }

  /** Returns the complete state as steps of a new journal. */
  *steps(files: readonly FileState[]): Iterable<JournalStep> {
    const product = this.format.id;
    const { finalUs } = this.#held;
    yield { product, files, malformed: this.malformed };
    for (const [name, table] of Object.entries(this.#tables))
      for (const changes of listParts([...table])) yield { product, tables: { [name]: changes } };
    const { flows, totals, dns, observations, losses } = this.#held.all;
    const nothing = { flows: [], totals: [], dns: [], observations: [], losses: [] };
    for (const part of listParts(flows)) yield { product, records: { ...nothing, flows: part } };
    for (const part of listParts(totals)) yield { product, records: { ...nothing, totals: part } };
    for (const part of listParts(dns)) yield { product, records: { ...nothing, dns: part } };
    yield { product, records: { ...nothing, observations, losses } };
    if (Number.isFinite(finalUs)) yield { product, finalUs };
  }

  /** Makes the windows of all rows so far that may still change. */
  windows(sensor: string, revision: number, files: readonly FileState[], isLost: boolean): UsageWindow[] {
    const { windowSeconds } = this.#options;
    const aggregator = aggregatorFor(this.#options, windowSeconds, loadAddon());
    const filter = buildFilter(this.#options);
    const collector = new LogCollector({ aggregator, filter, windowSeconds });
    this.#held.addTo(collector, this.#reader);
    this.#held.hasChanged = false;
    collector.finish();
    const logs = files.map(({ path, span, ...counts }) => ({ file: path, span: span ?? newSpan(), counts }));
    const lost = files.flatMap((file) => file.lost ?? []);
    const gaps = [
      ...listLogGaps(logs),
      ...lost.map(({ fromUs, untilUs }) => ({ fromUs, toUs: untilUs, reason: 'logMissing' as const })),
    ];
    const finishing = { sensor, revision, malformed: this.malformed, gaps, logs };
    const finished = finishWindows(aggregator, collector, finishing);
    return (isLost ? withIgnored(finished, [ALL_TIME]) : finished).filter(
      ({ startSeconds }) => startSeconds * US >= this.#held.finalUs,
    );
  }

  /** Makes old windows final. Returns the time before which windows are final; null if none became final. */
  finalize(): number | null {
    const windowUs = this.#options.windowSeconds * US;
    const untilUs = Math.floor((this.#newestUs - REVISED_US) / windowUs) * windowUs;
    const { finalUs } = this.#held;
    // Each step iterates over all records, so it runs at most once per hour of records.
    if (!(untilUs >= (Number.isFinite(finalUs) ? finalUs + 3600 * US : untilUs))) return null;
    this.#reader.settle?.(untilUs);
    this.#held.finalize(untilUs);
    return untilUs;
  }

  forget(id: number): void {
    this.#lines.delete(id);
  }
}

function* listParts<T>(list: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < list.length; at += MAX_STEP_RECORDS) yield list.slice(at, at + MAX_STEP_RECORDS);
}

const CHUNK_BYTES = 1 << 20;
/** Maximum bytes per step: the next step follows when these lines are on disk. */
const MAX_PART_BYTES = 8 << 20;

interface Part {
  readonly position: number;
  /** More is there. */
  readonly isCut: boolean;
  /** The reason why the reading ended early; the rows before it count. */
  readonly error: unknown;
  /** The last bytes before `position`. */
  readonly tail?: FileHead | undefined;
}

interface PartLines {
  readonly visitor: LineVisitor;
  readonly ending: number | undefined;
}

const buildSplitter = ({ visitor, ending }: PartLines, position: number): LineSplitter =>
  new LineSplitter(visitor, { isFirst: position === 0, ending });

/**
 * Reads at most some megabytes. `untilBytes`: end of the readable part of an uncompressed file. A last line without its end
 * waits, unless the file is compressed and so will not grow. Null: the path now names another file.
 */
async function readPart(
  input: LogInput,
  state: FileState,
  untilBytes: number,
  lines: PartLines,
): Promise<Part | 'changed' | null> {
  return input.compression === 'none'
    ? readPlain(input.name, state, untilBytes, lines)
    : readPacked(input, state.position, lines);
}

async function readPlain(
  name: string,
  { head, position, tail }: FileState,
  untilBytes: number,
  lines: PartLines,
): Promise<Part | 'changed' | null> {
  const handle = await open(name, 'r').catch(() => null);
  if (handle === null) return null; // renamed or deleted
  try {
    // The path may now name another file.
    if (!(await startsWithHead(handle, head))) return null;
    if (tail !== undefined && (await readTail(handle, position)).sha1 !== tail.sha1)
      return (await startsWithHead(handle, head)) ? 'changed' : null;
    const splitter = buildSplitter(lines, position);
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let at = position;
    let error: unknown = null;
    while (at < untilBytes && at - position - splitter.unfinished < MAX_PART_BYTES) {
      const length = Math.min(CHUNK_BYTES, untilBytes - at);
      const read = await handle.read(buffer, 0, length, at).catch((cause: unknown) => {
        error = cause;
        return { bytesRead: 0 };
      });
      // The file may have been truncated and restarted meanwhile, so these bytes belong to its next content.
      if (read.bytesRead === 0 || !(await startsWithHead(handle, head))) break;
      at += read.bytesRead;
      splitter.push(buffer.subarray(0, read.bytesRead));
    }
    const end = at - splitter.unfinished;
    const isCut = at < untilBytes && end > position;
    return { position: end, isCut, error, tail: await readTail(handle, end) };
  } finally {
    await handle.close();
  }
}

const TAIL_BYTES = 256;

/** Returns the last bytes before a position. */
async function readTail(handle: FileHandle, position: number): Promise<FileHead> {
  const buffer = Buffer.alloc(Math.min(TAIL_BYTES, position));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, position - buffer.length);
  return headOf(buffer.subarray(0, bytesRead));
}

async function startsWithHead(handle: FileHandle, head: FileHead): Promise<boolean> {
  const first = Buffer.alloc(head.bytes);
  const { bytesRead } = await handle.read(first, 0, head.bytes, 0);
  return hasHead(first.subarray(0, bytesRead), head);
}

async function readPacked(input: LogInput, position: number, lines: PartLines): Promise<Part> {
  const stored = createReadStream(input.name, { highWaterMark: CHUNK_BYTES });
  const inside = decompress(stored, input.compression);
  const splitter = buildSplitter(lines, position);
  let at = 0;
  let error: unknown = null;
  try {
    for await (const chunk of inside) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives no bytes');
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const skipped = Math.min(bytes.length, Math.max(0, position - at));
      at += bytes.length;
      if (skipped < bytes.length) splitter.push(bytes.subarray(skipped));
    }
  } catch (cause) {
    error = cause; // the file may still be being written
  } finally {
    stored.destroy();
    inside.destroy();
  }
  if (error === null) splitter.end();
  const unfinished = error === null ? 0 : splitter.unfinished;
  return { position: Math.max(at - unfinished, position), isCut: false, error };
}
