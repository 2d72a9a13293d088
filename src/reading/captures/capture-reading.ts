// Reads several inputs as one capture: feeds them to one decoder, puts its batches into the order of records, and
// builds the summary.

import { WiretallyError } from '../../model/errors.ts';
import type { CaptureRecord, Counters } from '../../model/flow.ts';
import type { ReadSummary } from '../../model/sensor.ts';
import { summarize } from './capture-summary.ts';
import type { Compression } from './compression.ts';
import type { CaptureStart } from './first-packet.ts';

/** Maximum duration of one poll, so that signals and messages are processed and progress is shown. */
export const POLL_MS = 20;
export const PROGRESS_EVERY_MS = 100;
/** Measured optimum: fits the second-level cache and holds some thousand records. */
export const BATCH_BYTES = 1 << 20;

/** One input, opened and ready to be read once. */
export interface ReadableInput {
  /** Index of the input in the list of the caller; records refer to it as fileIndex. */
  readonly fileIndex: number;
  /** Derived from the magic bytes. */
  readonly compression: Compression;
  /** The first packet. For streams and compressed files it is known only after reading. */
  readonly captureStart: CaptureStart;
}

/**
 * Drains the decoder. 'more': the input may continue; 'ended': the decoder reached the end of the input or damage that it
 * cannot skip; 'stopped': the caller aborted the read.
 */
export type Drain = () => Promise<'more' | 'ended' | 'stopped'>;

export interface CaptureReading<I extends ReadableInput> {
  readonly inputs: readonly I[];
  readonly names: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Captures that records have reported so far. */
  readonly captures: readonly CaptureRecord[];
  readonly counters: () => Counters | null;
  /** Throws WiretallyError for failures below the capture format; records before the failure remain valid. */
  readonly feed: (input: I, drain: Drain) => Promise<void>;
  /** Reads records. Returns false if the decoder has no more for now. */
  readonly readOnce: () => boolean;
  /** Runs after each batch: yields to other tasks, and shows progress. */
  readonly giveWay: () => Promise<void>;
  /** Runs after the last input. */
  readonly finish: () => void;
}

/** `errors`: errors of inputs that could not be opened. Errors of the read are added. */
export async function readInputs<I extends ReadableInput>(
  reading: CaptureReading<I>,
  errors: WiretallyError[],
): Promise<ReadSummary> {
  const { inputs, names, signal, captures, readOnce, giveWay } = reading;
  const isStopped = (): boolean => signal?.aborted === true;
  const drain: Drain = async () => {
    const endedBefore = captures.length;
    while (readOnce()) {
      await giveWay();
      if (isStopped()) return 'stopped';
    }
    return captures.length > endedBefore ? 'ended' : 'more';
  };
  for (const input of inputs) {
    if (isStopped()) break;
    try {
      await reading.feed(input, drain);
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
  }
  const interrupted = isStopped();
  reading.finish();
  while (readOnce()) await giveWay();
  const first = inputs.find(({ captureStart }) => captureStart.digest !== null);
  const summary = summarize(captures, {
    nameOf: ({ fileIndex }) => names[fileIndex] ?? '',
    inputOf: ({ fileIndex }) => inputs.find((input) => input.fileIndex === fileIndex) ?? null,
    counters: reading.counters(),
    errors,
    interrupted,
  });
  return { ...summary, captureStart: first?.captureStart.digest ?? null };
}

/**
 * Feeds the bytes of one input in pieces. Returns the error that ended the pieces too early, null without one. `push`:
 * returns false if the decoder has already rejected the input; its CaptureRecord contains the reason. `captureStart`:
 * null if it already has the first packet.
 */
export async function feedPieces(
  pieces: AsyncIterable<Uint8Array>,
  captureStart: CaptureStart | null,
  push: (piece: Uint8Array, isEnd: boolean) => boolean,
  drain: Drain,
): Promise<{ readonly error: unknown } | null> {
  let state: Awaited<ReturnType<Drain>> = 'more';
  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const piece of pieces) {
      captureStart?.add(piece);
      if (!push(piece, false)) break;
      state = await drain();
      if (state !== 'more') break;
    }
  } catch (error) {
    failure = { error };
  }
  if (state !== 'ended' && push(new Uint8Array(0), true)) await drain();
  return failure;
}
