// Reads captures with one decoder: opens and orders inputs, polls batches, and collects the summary.

import { setImmediate } from 'node:timers/promises';
import { type CaptureInput, feedInput, openInput } from '../capture/file.ts';
import { orderByTime } from '../capture/first-packet.ts';
import { WiretallyError } from '../model/errors.ts';
import type { CaptureRecord } from '../model/flow.ts';
import { DEFAULT_FLOW_TABLE, type ReadOptions, type ReadSummary } from '../model/sensor.ts';
import { type DecoderOptions, loadAddon, type NativeAddon, type NativeDecoder } from '../native/addon.ts';
import { summarize } from './summary.ts';
import { batchClockUs, FlushClock } from './threads/flush-clock.ts';
import { RecordOrder, type RecordVisitor } from './threads/record-order.ts';
import type { WorkerThreads } from './threads/worker-threads.ts';
import { uptimeMs } from './uptime.ts';

/** Measured optimum: fits the second-level cache and holds some thousand records. */
const BATCH_BYTES = 1 << 20;
/** Maximum duration of one poll, so that signals are handled and progress is shown. */
const POLL_MS = 20;
/** With helpers it is shorter: they wait for the batches that this thread reads between its polls. */
const SHARED_POLL_MS = 5;
/** Of each helper: one being filled, one on its way, two waiting for the order of the capture. */
const HELPER_BUFFERS = 4;
const PROGRESS_EVERY_MS = 100;

type OwnOptions = Omit<DecoderOptions, 'flows' | 'filter' | 'exclude' | 'workers'>;

/** Reads all files as one capture. Throws only errors that concern no single input: a missing addon, an invalid filter. */
export async function readCaptures(
  files: readonly string[],
  options: ReadOptions,
  wanted: OwnOptions,
  visitor: RecordVisitor,
): Promise<ReadSummary> {
  const addon = loadAddon();
  const errors: WiretallyError[] = [];
  const inputs = await openInputs(files, options.signal, errors);
  const decoder = createDecoder(addon, options, { ...wanted, flows: flowTableFor(inputs, options) });
  try {
    const reading = new CaptureReader(decoder, addon, visitor, options, wanted.windowSeconds, inputs);
    const summary = await reading.run(files, errors);
    const first = inputs.find(({ captureStart }) => captureStart.digest !== null);
    return { ...summary, captureStart: first?.captureStart.digest ?? null };
  } finally {
    decoder.close();
  }
}

/** Bytes that a packet takes in a file at least: the header of its record, those of IPv4 and UDP. */
const LEAST_PACKET_BYTES = 16 + 20 + 8;

/** Small files cannot fill the table that they would be read with, not even to the part from which it is swept. */
function flowTableFor(inputs: readonly CaptureInput[], { flowTable }: ReadOptions): number {
  const bytes = inputs.reduce(
    (sum, { compression, size }) => sum + (compression === 'none' && size !== null ? size : Infinity),
    0,
  );
  const packets = Math.ceil(bytes / LEAST_PACKET_BYTES);
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
  wanted: OwnOptions & { readonly flows: number },
): NativeDecoder {
  try {
    return addon.createDecoder({
      ...wanted,
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
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
  readonly #flushClock: FlushClock;
  readonly #options: ReadOptions;
  readonly #windowSeconds: number;
  readonly #workers: number;
  readonly #inputs: readonly CaptureInput[];
  readonly #captures: CaptureRecord[] = [];
  readonly #bytesTotal: number | null;
  /** Batches of the main thread that are free to be filled. */
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #helpers: WorkerThreads | null = null;
  #helpersEnded: Promise<unknown> = Promise.resolve();
  /** Of a thread: its part of the packets is missing, and what the others found would wait for it. */
  #failure: unknown = null;
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
    windowSeconds: number,
    inputs: readonly CaptureInput[],
  ) {
    this.#decoder = decoder;
    this.#options = options;
    this.#windowSeconds = windowSeconds;
    this.#workers = options.workers ?? 1;
    this.#inputs = inputs;
    this.#flushClock = new FlushClock(windowSeconds);
    this.#records = new RecordOrder(this.#workers, addon.counterNames(), {
      ...visitor,
      onCapture: (capture) => this.#captures.push(capture),
    });
    const sizes = inputs.map((input) => input.size);
    this.#bytesTotal = sizes.reduce<number | null>(
      (sum, size) => (sum === null || size === null ? null : sum + size),
      0,
    );
  }

  async run(files: readonly string[], errors: WiretallyError[]): Promise<Omit<ReadSummary, 'captureStart'>> {
    await this.#startHelpers();
    try {
      for (const input of this.#inputs) {
        if (this.#isStopped()) break;
        await this.#readInput(input, errors);
      }
      const interrupted = this.#isStopped();
      this.#decoder.finish();
      while (this.#pollOnce()) await this.#giveWay();
      this.#records.end(0);
      await this.#helpersEnded;
      return summarize(this.#captures, {
        nameOf: ({ fileIndex }) => files[fileIndex] ?? '',
        inputOf: ({ fileIndex }) => this.#inputs.find((input) => input.fileIndex === fileIndex) ?? null,
        counters: this.#records.counters(),
        errors,
        interrupted,
      });
    } finally {
      await this.#helpers?.close();
    }
  }

  async #startHelpers(): Promise<void> {
    const { shared } = this.#decoder;
    if (this.#workers === 1 || shared === undefined) return;
    const { WorkerThreads } = await import('./threads/worker-threads.ts');
    const count = this.#workers - 1;
    const buffers = { buffers: HELPER_BUFFERS, bufferBytes: BATCH_BYTES };
    this.#helpers = new WorkerThreads(count, { windowSeconds: this.#windowSeconds, ...buffers });
    const started = Array.from({ length: count }, (_, i) => this.#startHelper(i + 1, shared));
    this.#helpersEnded = Promise.all(started);
    this.#helpersEnded.catch((error: unknown) => {
      this.#failure = error;
    });
  }

  async #startHelper(index: number, shared: number): Promise<void> {
    const thread = this.#helpers?.start(
      { kind: 'share', shared, index },
      {
        onBatch: (batch) => this.#records.add(index, batch),
        onProgress: (progress) => this.#records.advance(index, progress),
      },
    );
    const failure = await thread?.ended;
    if (failure)
      throw new WiretallyError('INTERNAL', `a decoding thread failed: ${failure.message}`, {
        next: 'run again with --workers 1, and without --require or --import in NODE_OPTIONS',
      });
    this.#records.end(index);
  }

  async #readInput(input: CaptureInput, errors: WiretallyError[]): Promise<void> {
    this.#current = input;
    this.#storedOfStream = 0;
    try {
      await feedInput(
        this.#decoder,
        input,
        () => this.#drain(),
        (bytes) => {
          this.#storedOfStream += bytes;
        },
        this.#options.signal,
      );
    } catch (error) {
      if (error === this.#failure || !(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
    this.#storedBefore += input.size ?? this.#storedOfStream;
    this.#current = null;
  }

  async #drain(): Promise<'more' | 'ended' | 'stopped'> {
    const endedBefore = this.#captures.length;
    while (this.#pollOnce()) {
      this.#tellProgress();
      await this.#giveWay();
      if (this.#isStopped()) return 'stopped';
    }
    return this.#captures.length > endedBefore ? 'ended' : 'more';
  }

  /** Yields to signals, timers and messages of worker threads. */
  async #giveWay(): Promise<void> {
    const ready = this.#options.whenReady?.() ?? null;
    if (ready !== null) await ready;
    // An abort() is heard after each batch.
    const isHeard = this.#options.signal !== undefined || this.#helpers !== null;
    if (uptimeMs() - this.#yieldedAt < POLL_MS && !isHeard) return;
    await setImmediate();
    if (this.#failure !== null) throw this.#failure;
    this.#yieldedAt = uptimeMs();
  }

  /** False when the decoder has nothing more to do for now. */
  #pollOnce(): boolean {
    const bytes = this.#free.pop() ?? newBatch();
    const length = this.#decoder.poll(bytes, this.#helpers === null ? POLL_MS : SHARED_POLL_MS);
    const release = (): void => {
      this.#free.push(bytes);
    };
    if (length === 0) {
      release();
      return false;
    }
    if (this.#helpers === null) {
      const settledUs = this.#flushClock.tick(this.#records.read(bytes, length), this.#decoder);
      if (settledUs !== null) this.#records.settle(settledUs);
      release();
    } else {
      const clockUs = batchClockUs(bytes);
      const settledUs = this.#flushClock.tick(clockUs, this.#decoder);
      this.#records.add(0, { bytes, length, clockUs, settledUs, release });
    }
    return true;
  }

  #isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #tellProgress(): void {
    const { onProgress } = this.#options;
    const input = this.#current;
    const now = uptimeMs();
    if (onProgress === undefined || input === null || now - this.#shownAt < PROGRESS_EVERY_MS) return;
    this.#shownAt = now;
    const isPlainFile = input.stream === null && input.compression === 'none';
    const bytesRead = isPlainFile ? this.#decoder.bytesRead() : this.#storedBefore + this.#storedOfStream;
    onProgress({ bytesRead, bytesTotal: this.#bytesTotal, file: input.name });
  }
}

/** Not cleared: a small capture needs little of it. */
const newBatch = (): Uint8Array<ArrayBuffer> => Buffer.allocUnsafeSlow(BATCH_BYTES);
