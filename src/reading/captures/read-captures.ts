// Reads captures with one decoder: opens and orders inputs, polls batches, and collects the summary.

import { setImmediate } from 'node:timers/promises';
import { WiretallyError } from '../../model/errors.ts';
import { sumOf } from '../../model/extremes.ts';
import type { CaptureRecord } from '../../model/flow.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { DEFAULT_FLOW_TABLE, type ReadOptions, type ReadSummary } from '../../model/sensor.ts';
import {
  type DecoderOptions,
  type FinishedBatch,
  loadAddon,
  type NativeAddon,
  type NativeDecoder,
} from '../../native/addon.ts';
import {
  BatchPoller,
  orderRecords,
  type RecordOrder,
  type RecordVisitor,
  readProgress,
  WAITING_IN_PLACE,
} from '../threads/record-order.ts';
import { type CaptureInput, feedInput, openInput } from './capture-input.ts';
import { BATCH_BYTES, type Drain, POLL_MS, PROGRESS_EVERY_MS, readInputs } from './capture-reading.ts';
import { orderByTime } from './first-packet.ts';
import { uptimeMs } from './uptime.ts';

/** Buffers per thread: one being filled, one in transit, the others wait for the order of the capture. */
const BUFFERS_PER_THREAD = WAITING_IN_PLACE + 2;

type OwnOptions = Omit<DecoderOptions, 'flows' | 'filter' | 'exclude' | 'workers'>;

/**
 * Reads all files as one capture. Throws only errors that do not concern a single input: a missing addon, an invalid
 * filter.
 */
export async function readCaptures(
  files: readonly string[],
  options: ReadOptions,
  ownOptions: OwnOptions,
  visitor: RecordVisitor,
): Promise<ReadSummary> {
  const addon = loadAddon();
  const errors: WiretallyError[] = [];
  const inputs = await openInputs(files, options.signal, errors);
  const decoder = createDecoder(addon, options, { ...ownOptions, flows: flowTableFor(inputs, options) });
  try {
    const reading = new CaptureReader(decoder, addon, visitor, options, inputs);
    return await reading.run(files, errors);
  } finally {
    decoder.close();
  }
}

/** Minimum bytes of a packet in a file: the header of its record, and headers of IPv4 and UDP. */
const MIN_PACKET_BYTES = 16 + 20 + 8;

/** Small files cannot fill the default table, not even to the level at which idle flows are evicted. */
function flowTableFor(inputs: readonly CaptureInput[], { flowTable }: ReadOptions): number {
  const bytes = sumOf(inputs, ({ compression, size }) =>
    compression === 'none' ? (size ?? Infinity) : Infinity,
  );
  const packets = Math.ceil(bytes / MIN_PACKET_BYTES);
  return Math.min(flowTable ?? DEFAULT_FLOW_TABLE, 2 * packets + 1024);
}

async function openInputs(
  files: readonly string[],
  signal: AbortSignal | undefined,
  errors: WiretallyError[],
): Promise<CaptureInput[]> {
  const inputs: CaptureInput[] = [];
  for (const [fileIndex, file] of files.entries()) {
    try {
      inputs.push(await openInput(file, fileIndex, signal));
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
  }
  return inputs.length > 1 ? orderByTime(inputs) : inputs;
}

function createDecoder(
  addon: NativeAddon,
  options: ReadOptions,
  ownOptions: OwnOptions & { readonly flows: number },
): NativeDecoder {
  try {
    return addon.createDecoder({
      ...ownOptions,
      flushesWindows: true,
      ...omitUndefined({ workers: options.workers, filter: options.filter, exclude: options.exclude }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = options.filter !== undefined && /filter|libpcap/i.test(reason) ? 'FILTER_INVALID' : 'USAGE';
    throw new WiretallyError(code, reason, { cause });
  }
}

class CaptureReader {
  readonly #decoder: NativeDecoder;
  readonly #records: RecordOrder;
  readonly #options: ReadOptions;
  readonly #workers: number;
  readonly #inputs: readonly CaptureInput[];
  readonly #captures: CaptureRecord[] = [];
  readonly #bytesTotal: number | null;
  /** Polls a single worker in this thread. */
  readonly #poller: BatchPoller;
  /** Buffers of several workers. */
  readonly #buffers: readonly Uint8Array<ArrayBuffer>[];
  #threads = 0;
  #current: CaptureInput | null = null;
  #storedBefore = 0;
  #storedOfStream = 0;
  #shownAt = 0;
  #yieldedAt = uptimeMs();

  constructor(
    decoder: NativeDecoder,
    addon: NativeAddon,
    visitor: RecordVisitor,
    options: ReadOptions,
    inputs: readonly CaptureInput[],
  ) {
    this.#decoder = decoder;
    this.#options = options;
    this.#workers = options.workers ?? 1;
    this.#inputs = inputs;
    const count = this.#workers === 1 ? 0 : this.#workers * BUFFERS_PER_THREAD;
    this.#buffers = Array.from({ length: count }, () => Buffer.allocUnsafeSlow(BATCH_BYTES));
    this.#records = orderRecords(this.#workers, addon.counterNames(), {
      ...visitor,
      onCapture: (capture) => this.#captures.push(capture),
    });
    this.#poller = new BatchPoller(this.#records, BATCH_BYTES, (batch) => decoder.poll(batch, POLL_MS));
    const sizes = inputs.map((input) => input.size);
    this.#bytesTotal = sizes.reduce<number | null>(
      (sum, size) => (sum === null || size === null ? null : sum + size),
      0,
    );
  }

  run(files: readonly string[], errors: WiretallyError[]): Promise<ReadSummary> {
    if (this.#workers > 1) this.#startThreads();
    return readInputs(
      {
        inputs: this.#inputs,
        names: files,
        signal: this.#options.signal,
        captures: this.#captures,
        counters: () => this.#records.counters(),
        feed: (input, drain) => this.#feed(input, drain),
        readOnce: () => this.#readOnce(),
        giveWay: () => this.#yieldToSignals(),
        finish: () => {
          this.#poller.finish();
          this.#decoder.finish();
        },
      },
      errors,
    );
  }

  #startThreads(): void {
    try {
      this.#decoder.startThreads(this.#buffers);
      this.#threads = this.#workers;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const next = 'run again with --workers 1';
      throw new WiretallyError('INTERNAL', `a decoding thread cannot be started: ${reason}`, { cause, next });
    }
  }

  async #feed(input: CaptureInput, drain: Drain): Promise<void> {
    this.#current = input;
    this.#storedOfStream = 0;
    const onStored = (bytes: number): void => {
      this.#storedOfStream += bytes;
    };
    try {
      await feedInput(this.#decoder, input, drain, onStored, this.#options.signal);
    } finally {
      this.#storedBefore += input.size ?? this.#storedOfStream;
      this.#current = null;
    }
  }

  /** Yields to signals and timers. */
  async #yieldToSignals(): Promise<void> {
    this.#reportProgress();
    const ready = this.#options.whenReady?.() ?? null;
    if (ready !== null) await ready;
    // Without a signal, the loop need not yield after each batch.
    const isHeard = this.#options.signal !== undefined;
    if (uptimeMs() - this.#yieldedAt < POLL_MS && !isHeard) return;
    await setImmediate();
    this.#yieldedAt = uptimeMs();
  }

  /** Returns false if the decoder has nothing more to do for now. */
  #readOnce(): boolean {
    return this.#workers === 1 ? this.#poller.readOnce() : this.#readFinished();
  }

  /** Reads the results of threads, and waits for the first batch. */
  #readFinished(): boolean {
    let wantsInput = false;
    let batch = this.#decoder.takeBatch(POLL_MS);
    for (let taken = 1; batch !== null; taken++) {
      if (batch.kind === 'wantsInput') wantsInput = true;
      else this.#add(batch);
      batch = taken < this.#buffers.length ? this.#decoder.takeBatch(0) : null;
    }
    return !wantsInput && this.#threads > 0;
  }

  #add(batch: FinishedBatch): void {
    const { worker } = batch;
    switch (batch.kind) {
      case 'records': {
        const { buffer, length } = batch;
        const bytes = this.#buffers[buffer] ?? new Uint8Array(0);
        const release = (): void => this.#decoder.giveBack(buffer);
        this.#records.add(worker, { bytes, length, ...readProgress(bytes), release });
        break;
      }
      case 'progress':
        this.#records.advance(worker, batch);
        break;
      case 'ended':
        this.#threads--;
        this.#records.end(worker);
        break;
      default:
        throw new Error(`a decoding thread ended too early: ${batch.kind}`);
    }
  }

  #reportProgress(): void {
    const { onProgress } = this.#options;
    const input = this.#current;
    const now = uptimeMs();
    if (onProgress === undefined || input === null || now - this.#shownAt < PROGRESS_EVERY_MS) return;
    this.#shownAt = now;
    const isPlainFile = input.stream === null && input.compression === 'none';
    const bytesRead = isPlainFile ? this.#decoder.bytesRead() : this.#storedBefore + this.#storedOfStream;
    onProgress({ bytesRead, bytesTotal: this.#bytesTotal, file: input.name, isLog: false });
  }
}
