// Reading captures with one decoder: inputs opened and ordered, batches polled and visited, and what to say of it all.

import { setImmediate } from 'node:timers/promises';
import { type CaptureInput, feedInput, openInput, orderByTime } from '../capture/file.ts';
import { captureError } from '../capture/input-error.ts';
import { WiretallyError } from '../model/errors.ts';
import type { CaptureRecord, Counters } from '../model/flow.ts';
import type { ReadOptions, ReadSummary } from '../model/sensor.ts';
import { type DecoderOptions, loadAddon, type NativeAddon, type NativeDecoder } from '../native/addon.ts';
import { BatchReader, type BatchVisitor } from '../native/event-batch.ts';
import { summarize } from './summary.ts';

/** A good size by the measurements of design.md: fits the second-level cache and holds some thousand records. */
const BATCH_BYTES = 1 << 20;
/** One poll lasts about this long at most, so that a signal is heard and progress is told. */
const POLL_MS = 20;
const PROGRESS_EVERY_MS = 100;

/** Takes the records; `advance` follows each batch with the capture's clock: all records up to that time were given. */
export interface RecordVisitor extends BatchVisitor {
  advance?(clockUs: number): void;
}

type OwnOptions = Omit<DecoderOptions, 'flows' | 'filter' | 'exclude' | 'workers'>;

/** Reads all files as one capture. Throws only what no input is to blame for: a missing addon, a bad filter. */
export async function readCaptures(
  files: readonly string[],
  options: ReadOptions,
  wanted: OwnOptions,
  visitor: RecordVisitor,
): Promise<ReadSummary> {
  const addon = loadAddon();
  const errors: WiretallyError[] = [];
  const inputs = await openInputs(files, errors);
  const decoder = createDecoder(addon, options, wanted);
  try {
    const reading = new Reading(decoder, addon.counterNames(), visitor, options, inputs);
    return await reading.run(files, errors);
  } finally {
    decoder.close();
  }
}

async function openInputs(files: readonly string[], errors: WiretallyError[]): Promise<CaptureInput[]> {
  const inputs: CaptureInput[] = [];
  for (const [fileIndex, file] of files.entries()) {
    try {
      inputs.push(await openInput(file, fileIndex));
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
  }
  return inputs.length > 1 ? orderByTime(inputs) : inputs;
}

function createDecoder(addon: NativeAddon, options: ReadOptions, wanted: OwnOptions): NativeDecoder {
  try {
    return addon.createDecoder({
      ...wanted,
      ...(options.flowTable === undefined ? {} : { flows: options.flowTable }),
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = options.filter !== undefined && /filter|libpcap/i.test(reason) ? 'FILTER_INVALID' : 'USAGE';
    throw new WiretallyError(code, reason, { cause });
  }
}

class Reading {
  readonly #decoder: NativeDecoder;
  readonly #reader: BatchReader;
  readonly #visitor: RecordVisitor;
  readonly #options: ReadOptions;
  readonly #inputs: readonly CaptureInput[];
  readonly #batch = new Uint8Array(BATCH_BYTES);
  readonly #captures: CaptureRecord[] = [];
  readonly #bytesTotal: number | null;
  #counters: Counters | null = null;
  #current: CaptureInput | null = null;
  #storedBefore = 0;
  #storedOfStream = 0;
  #toldAt = 0;
  #yieldedAt = performance.now();

  constructor(
    decoder: NativeDecoder,
    counterNames: readonly string[],
    visitor: RecordVisitor,
    options: ReadOptions,
    inputs: readonly CaptureInput[],
  ) {
    this.#decoder = decoder;
    this.#reader = new BatchReader(counterNames);
    this.#options = options;
    this.#inputs = inputs;
    this.#visitor = {
      ...bound(visitor),
      onCapture: (capture) => this.#captures.push(capture),
      onCounters: (counters) => {
        this.#counters = counters;
      },
    };
    const sizes = inputs.map((input) => input.size);
    this.#bytesTotal = sizes.reduce<number | null>(
      (sum, size) => (sum === null || size === null ? null : sum + size),
      0,
    );
  }

  async run(files: readonly string[], errors: WiretallyError[]): Promise<ReadSummary> {
    for (const input of this.#inputs) {
      if (this.#isStopped()) break;
      await this.#readInput(input, errors);
    }
    const interrupted = this.#isStopped();
    this.#decoder.finish();
    while (this.#pollOnce());
    for (const capture of this.#captures) {
      const error = captureError(files[capture.fileIndex] ?? '', capture);
      if (error !== null) errors.push(error);
    }
    return summarize(files, this.#captures, this.#counters, errors, interrupted);
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
      );
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
    this.#storedBefore += input.size ?? this.#storedOfStream;
    this.#current = null;
  }

  async #drain(): Promise<'more' | 'ended' | 'stopped'> {
    const endedBefore = this.#captures.length;
    while (this.#pollOnce()) {
      this.#tellProgress();
      if (performance.now() - this.#yieldedAt >= POLL_MS) {
        await setImmediate();
        this.#yieldedAt = performance.now();
      }
      if (this.#isStopped()) return 'stopped';
    }
    return this.#captures.length > endedBefore ? 'ended' : 'more';
  }

  /** False when the decoder has nothing more to do for now. */
  #pollOnce(): boolean {
    const length = this.#decoder.poll(this.#batch, POLL_MS);
    if (length === 0) return false;
    const clockUs = this.#reader.read(this.#batch, length, this.#visitor);
    this.#visitor.advance?.(clockUs);
    return true;
  }

  #isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #tellProgress(): void {
    const { onProgress } = this.#options;
    const input = this.#current;
    const now = performance.now();
    if (onProgress === undefined || input === null || now - this.#toldAt < PROGRESS_EVERY_MS) return;
    this.#toldAt = now;
    const isPlainFile = input.stream === null && input.compression === 'none';
    const bytesRead = isPlainFile ? this.#decoder.bytesRead() : this.#storedBefore + this.#storedOfStream;
    onProgress({ bytesRead, bytesTotal: this.#bytesTotal, file: input.name });
  }
}

/** Only the methods that exist, so that records which nobody wants are not decoded. */
function bound(visitor: RecordVisitor): RecordVisitor {
  return {
    ...(visitor.onFlow && { onFlow: visitor.onFlow.bind(visitor) }),
    ...(visitor.onHello && { onHello: visitor.onHello.bind(visitor) }),
    ...(visitor.onDns && { onDns: visitor.onDns.bind(visitor) }),
    ...(visitor.onSighting && { onSighting: visitor.onSighting.bind(visitor) }),
    ...(visitor.onExchange && { onExchange: visitor.onExchange.bind(visitor) }),
    ...(visitor.advance && { advance: visitor.advance.bind(visitor) }),
  };
}
