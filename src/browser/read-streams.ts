// Reads captures from streams of bytes as one capture, one after the other, with the WebAssembly core.

import { errorAt, type WiretallyError } from '../model/errors.ts';
import type { CaptureRecord } from '../model/flow.ts';
import type { ReadProgress, ReadSummary } from '../model/sensor.ts';
import type { DecoderOptions } from '../native/addon.ts';
import { listLeftOutNotes } from '../query/inputs/left-out.ts';
import {
  BATCH_BYTES,
  type Drain,
  feedPieces,
  POLL_MS,
  PROGRESS_EVERY_MS,
  type ReadableInput,
  readInputs,
} from '../reading/captures/capture-reading.ts';
import { headCompression } from '../reading/captures/compression.ts';
import { CaptureStart, findFirstPacket, HEAD_BYTES, orderByTime } from '../reading/captures/first-packet.ts';
import { damagedPacking, unreadable } from '../reading/captures/input-error.ts';
import { isCaptureHead } from '../reading/captures/recognize-capture.ts';
import { PackingError } from '../reading/captures/unpack-stream.ts';
import {
  BatchPoller,
  orderRecords,
  type RecordOrder,
  type RecordVisitor,
} from '../reading/threads/record-order.ts';
import { buildByteReader } from './byte-reader.ts';
import type { BrowserCore, BrowserDecoder } from './core.ts';
import { unpack } from './unpack.ts';

/** A capture: pcap or pcapng, plain, gzip or zstd. A File of a page has these fields. */
export interface CaptureBytes {
  /** Name in the report. */
  readonly name: string;
  /** Size as stored, in bytes. */
  readonly size: number;
  /** Each call opens the stream from its beginning. */
  stream(): ReadableStream<Uint8Array>;
  /**
   * True for a file of a folder without the name of a capture: if it is none, it is skipped with a note. By default it is an
   * error.
   */
  readonly isOptional?: boolean;
}

export interface LeftOut {
  /** Names of skipped files that are not captures. */
  readonly leftOutNames: readonly string[];
}

export interface BrowserReadOptions {
  readonly signal?: AbortSignal;
  /** Called about ten times per second at most. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

interface Input extends ReadableInput {
  readonly capture: CaptureBytes;
  readonly firstPacketUs: number | null;
}

export async function readCaptures(
  core: BrowserCore,
  captures: readonly CaptureBytes[],
  options: BrowserReadOptions,
  decoderOptions: DecoderOptions & { readonly windowSeconds: number },
  visitor: RecordVisitor,
): Promise<ReadSummary & LeftOut> {
  const errors: WiretallyError[] = [];
  const leftOut: string[] = [];
  const inputs = await openInputs(core, captures, options, errors, leftOut);
  const decoder = core.createDecoder({ ...decoderOptions, flushesWindows: true });
  try {
    const reading = new Reading(core, decoder, inputs, options, visitor);
    const summary = await reading.run(captures, errors);
    return {
      ...summary,
      leftOutNames: leftOut,
      notes: [...listLeftOutNotes(leftOut, 'capture'), ...summary.notes],
    };
  } finally {
    decoder.close();
  }
}

async function openInputs(
  core: BrowserCore,
  captures: readonly CaptureBytes[],
  { signal, onProgress }: BrowserReadOptions,
  errors: WiretallyError[],
  leftOut: string[],
): Promise<Input[]> {
  const inputs: Input[] = [];
  const bytesTotal = captures.reduce((sum, { size }) => sum + size, 0);
  let shownAt = performance.now();
  for (const [fileIndex, capture] of captures.entries()) {
    if (signal?.aborted === true) break;
    if (performance.now() - shownAt >= PROGRESS_EVERY_MS) {
      onProgress?.({ bytesRead: 0, bytesTotal, file: capture.name, isLog: false });
      shownAt = performance.now();
    }
    try {
      const magic = await readMagic(capture);
      const compression = headCompression(magic);
      if (capture.isOptional === true && compression === 'none' && !isCaptureHead(magic)) {
        leftOut.push(capture.name); // a folder may have thousands of files, so none is opened twice
        continue;
      }
      const inside = unpack(capture.stream(), compression, core);
      // The actual reading reports damage.
      const head = await readHead(inside, HEAD_BYTES).catch(() => null);
      if (capture.isOptional === true && head !== null && !isCaptureHead(head)) {
        leftOut.push(capture.name);
        continue;
      }
      const firstPacketUs = head === null ? null : (findFirstPacket(head)?.us ?? null);
      const captureStart = new CaptureStart(core.sha1);
      inputs.push({ capture, fileIndex, compression, firstPacketUs, captureStart });
    } catch (error) {
      errors.push(notReadable(capture.name, error));
    }
  }
  return orderByTime(inputs);
}

/**
 * Explains a read error: browsers give no reason if a file was replaced after it was chosen. Chromium reports "network
 * error".
 */
export function notReadable(name: string, error: unknown): WiretallyError {
  const isLost =
    error instanceof Error && (error.name === 'NotReadableError' || error.message === 'network error');
  if (!isLost) return unreadable(name, error);
  return errorAt(
    'INPUT_UNREADABLE',
    name,
    'can no longer be read: it was changed or removed after it was chosen',
    { cause: error, next: 'choose the file again' },
  );
}

async function readMagic(capture: CaptureBytes): Promise<Uint8Array> {
  const reader = buildByteReader(capture.stream());
  try {
    return await reader.fill(new ArrayBuffer(4));
  } finally {
    await reader.cancel();
  }
}

async function readHead(stream: AsyncIterable<Uint8Array>, enough: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= enough) break;
  }
  const head = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    head.set(chunk, at);
    at += chunk.length;
  }
  return head.subarray(0, enough);
}

class Reading {
  readonly #core: BrowserCore;
  readonly #decoder: BrowserDecoder;
  readonly #inputs: readonly Input[];
  readonly #options: BrowserReadOptions;
  readonly #records: RecordOrder;
  readonly #captures: CaptureRecord[] = [];
  readonly #poller: BatchPoller;
  readonly #bytesTotal: number;
  #bytesBefore = 0;
  #bytesOfInput = 0;
  #file = '';
  #pausedAt = 0;
  #shownAt = 0;

  constructor(
    core: BrowserCore,
    decoder: BrowserDecoder,
    inputs: readonly Input[],
    options: BrowserReadOptions,
    visitor: RecordVisitor,
  ) {
    this.#core = core;
    this.#decoder = decoder;
    this.#inputs = inputs;
    this.#options = options;
    this.#records = orderRecords(1, core.counterNames(), {
      ...visitor,
      onCapture: (capture) => this.#captures.push(capture),
    });
    this.#poller = new BatchPoller(this.#records, BATCH_BYTES, (batch) => decoder.poll(batch, POLL_MS));
    this.#bytesTotal = inputs.reduce((sum, { capture }) => sum + capture.size, 0);
  }

  run(captures: readonly CaptureBytes[], errors: WiretallyError[]): Promise<ReadSummary> {
    return readInputs(
      {
        inputs: this.#inputs,
        names: captures.map(({ name }) => name),
        signal: this.#options.signal,
        captures: this.#captures,
        counters: () => this.#records.counters(),
        feed: (input, drain) => this.#feed(input, drain),
        readOnce: () => this.#poller.readOnce(),
        giveWay: () => this.#pause(),
        finish: () => {
          this.#poller.finish();
          this.#decoder.finish();
        },
      },
      errors,
    );
  }

  async #feed(input: Input, drain: Drain): Promise<void> {
    const { capture, compression, fileIndex } = input;
    this.#bytesOfInput = 0;
    this.#file = capture.name;
    this.#decoder.openStream(fileIndex);
    const stream = unpack(capture.stream(), compression, this.#core, (bytes) => {
      this.#bytesOfInput += bytes;
    });
    const failure = await feedPieces(
      stream,
      input.captureStart,
      (piece, isEnd) => this.#decoder.push(piece, isEnd),
      drain,
    );
    this.#bytesBefore += capture.size;
    if (failure === null) return;
    const { error } = failure;
    throw error instanceof PackingError
      ? damagedPacking(capture.name, compression, error)
      : notReadable(capture.name, error);
  }

  /** Yields between two batches, so that messages of the page, such as a cancellation, are received. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#pausedAt < POLL_MS) return;
    this.#reportProgress();
    await waitForTurn();
    this.#pausedAt = performance.now();
  }

  #reportProgress(): void {
    const { onProgress } = this.#options;
    const now = performance.now();
    if (onProgress === undefined || now - this.#shownAt < PROGRESS_EVERY_MS) return;
    this.#shownAt = now;
    onProgress({
      bytesRead: this.#bytesBefore + this.#bytesOfInput,
      bytesTotal: this.#bytesTotal,
      file: this.#file,
      isLog: false,
    });
  }
}

/** Waits for one turn of the event loop. Browsers delay nested timers by 4 ms. */
const waitForTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const end = (): void => {
      port1.close();
      resolve();
    };
    port1.addEventListener('message', end, { once: true });
    port1.start();
    port2.postMessage(null);
  });
