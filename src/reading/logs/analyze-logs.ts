// Reads logs of other sensors into windows. All logs of one product are read together, names before bytes.

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { WiretallyError } from '../../model/errors.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { CaptureSummary } from '../../model/report.ts';
import type { AnalyzeOptions, AnalyzeResult } from '../../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../../model/usage.ts';
import { loadAddon } from '../../native/addon.ts';
import { statsOfWindows } from '../../report/document/window-totals.ts';
import { plural } from '../../text/quantity.ts';
import { formatInstant } from '../../time/instant.ts';
import type { TimestampUs } from '../../time/units.ts';
import { aggregatorFor } from '../collector/records-into.ts';
import { buildResult, capRevision, notesWithOverflow } from '../end-of-reading.ts';
import { LogCollector } from './collect.ts';
import { buildCounts, buildFilter, finishWindows, withIgnored } from './finish-windows.ts';
import { ALL_TIME, type CountedLog, hasNoRow, listLogGaps, proveNothing, type Sight } from './gaps.ts';
import { feedLog, type LogInput, type RecognizedLog } from './inputs.ts';
import { isIgnored, LineCounts } from './line-counts.ts';
import { LineSplitter } from './lines.ts';
import type { LogFormat, LogKind, LogReader } from './records.ts';
import { ownLines, ownSample } from './shared-log.ts';

/** Window length for logs. A row is a whole flow and has no information about single minutes. */
export const LOG_WINDOW_SECONDS = 900;

export interface LogAnalyzeOptions extends AnalyzeOptions {
  /** Lines of squid.conf. */
  readonly definitions?: readonly string[];
  /** Returns pseudonyms of users that proxies log; absent: users are dropped. */
  readonly userOf?: ((user: string) => string) | undefined;
}

/** One log in the order of reading. */
interface OpenLog extends RecognizedLog {
  readonly kind: LogKind;
}

type LogResult = Omit<AnalyzeResult, 'counters' | 'captureStart' | 'drops'>;

/** Data that were read from the logs of one product. */
interface ProductRead
  extends Sight,
    Pick<LogResult, 'captures' | 'errors' | 'notes' | 'interrupted' | 'reading'> {
  readonly windows: readonly UsageWindow[];
  /** Lines that were not read, by format and reason. */
  readonly malformed: Readonly<Record<string, number>>;
}

/** Reads logs. The windows have one sensor for each product. */
export async function analyzeLogs(
  logs: readonly RecognizedLog[],
  options: LogAnalyzeOptions,
): Promise<LogResult> {
  const formats = [...new Set(logs.map(({ format }) => format))];
  const products: ProductRead[] = [];
  for (const format of formats) {
    const own = logs.filter((log) => log.format === format);
    const sensor = formats.length === 1 ? options.sensor : options.sensor && `${options.sensor}.${format.id}`;
    products.push(
      await analyzeProduct(format, own, { ...options, ...(sensor === undefined ? {} : { sensor }) }),
    );
  }
  const isLost = proveNothing(products);
  const productWindows = products.flatMap(({ windows }) => windows);
  const windows = (isLost ? withIgnored(productWindows, [ALL_TIME]) : productWindows).sort(
    (a, b) => a.startSeconds - b.startSeconds || (a.sensor < b.sensor ? -1 : 1),
  );
  const malformed = Object.assign({}, ...products.map((product) => product.malformed));
  const read = {
    captures: products.flatMap(({ captures }) => captures),
    stats: { ...statsOfWindows(windows), malformed },
    errors: products.flatMap(({ errors }) => errors),
    notes: products.flatMap(({ notes }) => notes),
    interrupted: products.some(({ interrupted }) => interrupted),
    reading: products.map(({ reading }) => reading).join('+'),
  };
  return buildResult(read, windows, options.timezone);
}

async function analyzeProduct(
  format: LogFormat,
  logs: readonly RecognizedLog[],
  options: LogAnalyzeOptions,
): Promise<ProductRead> {
  const windowSeconds = options.windowSeconds ?? LOG_WINDOW_SECONDS;
  const aggregator = aggregatorFor(options, windowSeconds, loadAddon());
  const collector = new LogCollector({
    aggregator,
    filter: buildFilter(options),
    windowSeconds,
    userOf: options.userOf,
  });
  const reader = format.reader(collector, {
    zone: options.timezone ?? 'UTC',
    definitions: options.definitions ?? [],
    isWhole: true,
  });
  const reading = new ProductReading(format, reader, collector, options);
  await reading.run(orderLogs(reader, logs));
  if (reading.isBare) reading.errors.push(noRowError(format, reading.logs, logs, options));
  const notes = [...reading.notes, ...reader.finish(), ...collector.finish()];
  const { blindness = null } = reader;
  if (blindness !== null) notes.push(`${format.title}: ${blindness}`);
  const malformed = buildCounts(reading.malformed);
  const name = formatReading(format, logs, options);
  const rows = reading.logs.reduce((sum, { span }) => sum + span.rows, 0);
  const windows = finishWindows(aggregator, collector, {
    sensor: options.sensor ?? name,
    revision: capRevision(rows),
    malformed,
    gaps: [...listLogGaps(reading.logs), ...reading.gaps],
    logs: reading.logs,
  });
  const { captures, errors, interrupted } = reading;
  return {
    captures,
    errors,
    interrupted,
    notes: notesWithOverflow(notes, windows),
    windows,
    reading: name,
    malformed,
    isWithoutRow: hasNoRow(reading.logs),
    isBlind: blindness !== null,
  };
}

/** Creates the error for logs of one product without any row. */
function noRowError(
  { title, review }: LogFormat,
  counted: readonly CountedLog[],
  logs: readonly RecognizedLog[],
  { definitions = [] }: LogAnalyzeOptions,
): WiretallyError {
  const [first] = logs;
  const file = first?.input.name ?? '';
  const lines = counted.reduce((sum, { counts }) => sum + counts.lines, 0);
  const others = logs.length === 1 ? '' : ` and ${plural(logs.length - 1, 'other log')}`;
  const [missing] = review(
    logs.map(({ input }) => input.sample),
    definitions,
  ).missing;
  return new WiretallyError(
    'INPUT_DAMAGED',
    `${file}${others}: ${title}: no row: none of ${plural(lines, 'line')} contains a connection or a DNS query`,
    { where: file, next: missing?.next ?? 'enable the log of queries or connections, and pass this log' },
  );
}

/**
 * Orders logs: names before bytes, then by the first row. The order of file names says nothing, because rotation counts
 * up or down.
 */
function orderLogs(reader: LogReader, logs: readonly RecognizedLog[]): OpenLog[] {
  return logs
    .map((log) => ({ ...withOwnSample(log), kind: reader.describe(withOwnSample(log).input.sample) }))
    .sort(
      (a, b) =>
        a.kind.rank - b.kind.rank ||
        (a.kind.firstUs ?? 0) - (b.kind.firstUs ?? 0) ||
        a.input.fileIndex - b.input.fileIndex,
    );
}

const withOwnSample = (log: RecognizedLog): RecognizedLog => ({
  ...log,
  input: { ...log.input, sample: ownSample(log, log.input.sample) },
});

/** True for a row. A header has no time and is identical in the exports of all sensors of a product. */
const isRow = (line: string): boolean => !line.startsWith('#') && /\d{4}|\d\d:\d\d/.test(line);

/** Returns a name that is identical for the same logs, and for a longer read of them. */
function formatReading(
  format: LogFormat,
  logs: readonly RecognizedLog[],
  { exclude }: LogAnalyzeOptions,
): string {
  const firsts = logs.map(({ input }) => input.sample.lines.find(isRow) ?? '').sort();
  const facts = [format.id, firsts[0] ?? '', [...(exclude ?? [])].sort()];
  return `log-${createHash('sha1').update(JSON.stringify(facts)).digest('hex').slice(0, 16)}`;
}

/** A log after reading. `content`: kind of its rows. */
interface ReadLog extends CountedLog {
  readonly content: string;
  readonly counts: LineCounts;
}

/** Compared bytes at the beginning of two logs. */
const HEAD_BYTES = 64 << 10;

/**
 * Finds logs that begin with the same rows as another one, for example a compressed copy, whose rows would count twice. A
 * copy may be older than the log, so the longest one is read. Returns it for each of the others.
 */
async function findCopies(logs: readonly OpenLog[]): Promise<ReadonlyMap<OpenLog, OpenLog>> {
  const headOf = ({ input }: OpenLog): string =>
    createHash('sha1').update(input.head.subarray(0, HEAD_BYTES)).digest('hex');
  const copies = new Map<OpenLog, OpenLog>();
  for (const alike of groupBy(
    logs.filter(({ input }) => input.head.length > 0),
    headOf,
  ).values()) {
    if (alike.length < 2) continue;
    let [longest] = alike;
    let most = -1;
    for (const log of alike) {
      const length = await contentLength(log.input);
      if (length > most) [longest, most] = [log, length];
    }
    for (const log of alike) if (longest !== undefined && log !== longest) copies.set(log, longest);
  }
  return copies;
}

/** Returns the decompressed bytes of a log. Those of a stream are not known before it is read. */
async function contentLength(input: LogInput): Promise<number> {
  if (input.stream !== null) return Number.POSITIVE_INFINITY;
  if (input.compression === 'none') return input.size ?? 0;
  let length = 0;
  const count = (chunk: Buffer): void => {
    length += chunk.length;
  };
  // Its reader reports damage.
  await feedLog(input, count, () => undefined).catch(() => undefined);
  return length;
}

class ProductReading {
  readonly #format: LogFormat;
  readonly #reader: LogReader;
  readonly #collector: LogCollector;
  readonly #options: LogAnalyzeOptions;
  readonly summaries: Omit<CaptureSummary, 'log'>[] = [];
  readonly errors: WiretallyError[] = [];
  readonly notes: string[] = [];
  readonly malformed = new Map<string, number>();
  readonly logs: ReadLog[] = [];
  readonly gaps: CaptureGap[] = [];
  interrupted = false;
  #storedBefore = 0;

  constructor(format: LogFormat, reader: LogReader, collector: LogCollector, options: LogAnalyzeOptions) {
    this.#format = format;
    this.#reader = reader;
    this.#collector = collector;
    this.#options = options;
  }

  async run(logs: readonly OpenLog[]): Promise<void> {
    const copies = await findCopies(logs);
    for (const log of logs) {
      if (this.#options.signal?.aborted === true) {
        this.interrupted = true;
        return;
      }
      const whole = copies.get(log);
      if (whole !== undefined) {
        this.notes.push(
          `${log.input.name}: begins with the same rows as ${whole.input.name}, which is as long or longer; it is left out`,
        );
        continue;
      }
      await this.#read(log);
      await setImmediate();
    }
  }

  async #read(log: OpenLog): Promise<void> {
    const { input, kind } = log;
    const collector = this.#collector;
    const span = collector.startFile();
    const reader = ownLines(log, this.#reader.open(input.sample));
    const [packetsBefore, bytesBefore] = [collector.packets, collector.bytes];
    const counts = new LineCounts();
    const splitter = new LineSplitter(counts.visitor(reader), { ending: reader.ending });
    let isCut = false;
    let stored = 0;
    try {
      await feedLog(
        input,
        (chunk) => splitter.push(chunk),
        (bytes) => {
          stored += bytes;
          this.#options.onProgress?.({
            bytesRead: this.#storedBefore + stored,
            bytesTotal: null,
            file: input.name,
            isLog: true,
          });
        },
        this.#options.signal,
      );
      splitter.end();
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      this.errors.push(error);
      isCut = true;
    }
    for (const result of reader.end?.() ?? []) counts.add(result);
    const late = reader.late?.() ?? null;
    if (late !== null) counts.addLate(late);
    if (this.#options.signal?.aborted === true) this.interrupted = true;
    this.#storedBefore += stored;
    this.#note(input, counts);
    this.logs.push({ file: input.name, content: kind.kind, span, counts });
    if (isCut && span.rows > 0) this.gaps.push({ fromUs: span.lastUs, toUs: span.lastUs, reason: 'cut' });
    this.summaries.push({
      file: input.name,
      packets: collector.packets - packetsBefore,
      bytes: collector.bytes - bytesBefore,
      firstPacket: instant(span.firstUs),
      lastPacket: instant(span.lastUs),
      linkTypes: [],
      truncated: isCut,
    });
  }

  #note({ name: file }: LogInput, { first, ignored, reasons }: LineCounts): void {
    for (const [reason, count] of reasons) {
      const key = `${this.#format.id}.${reason.replace(/[^A-Za-z0-9]+/g, '_')}`;
      this.malformed.set(key, (this.malformed.get(key) ?? 0) + count);
    }
    if (first === null) return;
    const message = `${file}:${first.line}: ${first.reason}; ${plural(ignored, 'line')} ${ignored === 1 ? 'was' : 'were'} ignored`;
    this.errors.push(new WiretallyError('INPUT_DAMAGED', message, { where: file }));
  }

  get captures(): CaptureSummary[] {
    const { isBare } = this;
    return this.summaries.map((summary, i) => {
      const log = this.logs[i];
      if (log === undefined) throw new TypeError('a log without its counts');
      const { content, counts } = log;
      return {
        ...summary,
        log: {
          kind: this.#format.id,
          content,
          lines: counts.lines,
          read: counts.lines - counts.ignored,
          rows: counts.rows,
          ignored: buildCounts(counts.reasons),
          firstIgnored: counts.first?.line ?? null,
          unread: isIgnored(counts) ? 'ignored' : isBare ? 'noRow' : null,
        },
      };
    });
  }

  /** True if none of the product's logs has a connection or a query, and none of their lines was ignored. */
  get isBare(): boolean {
    return !this.interrupted && hasNoRow(this.logs) && this.logs.every(({ counts }) => counts.ignored === 0);
  }
}

const instant = (us: TimestampUs): string | null => (Number.isFinite(us) ? formatInstant(us) : null);
