// Reads captures into windows of facts for `analyze`, and handshakes and flows for `dump`.

import type { FlowRecord, HelloRecord } from '../../model/flow.ts';
import type {
  AnalyzeOptions,
  AnalyzeResult,
  FlowLine,
  HelloLine,
  ReadOptions,
  ReadSummary,
} from '../../model/sensor.ts';
import { type DecoderOptions, loadAddon } from '../../native/addon.ts';
import { jsonString } from '../../text/json-text.ts';
import { plural } from '../../text/quantity.ts';
import { aggregatorFor, recordsInto } from '../collector/records-into.ts';
import { buildAnalysis, buildDecoderOptions, DEFAULT_WINDOW_SECONDS } from './analysis.ts';
import { sha1 } from './capture-input.ts';
import {
  type EmitRecords,
  FLOW_LINES,
  flowClock,
  HELLO_LINES,
  helloClock,
  LineSorter,
  recordEmitter,
} from './line-sorter.ts';
import { readCaptures } from './read-captures.ts';

/** Reads files ("-" is standard input), which together are one capture, into windows. */
export async function analyze(files: readonly string[], options: AnalyzeOptions): Promise<AnalyzeResult> {
  const windowSeconds = options.windowSeconds ?? DEFAULT_WINDOW_SECONDS;
  const aggregator = aggregatorFor(options, windowSeconds, loadAddon());
  const decoderOptions = buildDecoderOptions(options, windowSeconds);
  const summary = await readCaptures(files, options, decoderOptions, recordsInto(aggregator));
  return buildAnalysis(summary, aggregator, options, sha1);
}

const NO_RECORDS = {
  windowSeconds: 0,
  emitHellos: false,
  emitFlows: false,
  dns: 'none',
  emitObservations: false,
  emitExchanges: false,
} as const satisfies DecoderOptions;

/** Reads every complete ClientHello, sorted by time, then by addresses and ports, within the buffer of LineSorter. */
export function readHandshakes(
  files: readonly string[],
  options: ReadOptions,
  emit: (line: HelloLine) => void,
): Promise<ReadSummary> {
  const emitHello = (hello: HelloRecord): void => emit({ file: files[hello.fileIndex] ?? '', hello });
  return readHellos(files, options, recordEmitter(HELLO_LINES, emitHello));
}

/** About 64 KiB of text. */
const LINES_AT_ONCE = 64;

/**
 * Writes handshakes as the lines of `dump hellos`, several at once, each with its line end; UTF-8, and safe to display.
 * `emit` returns true if it no longer needs the bytes, which are then overwritten.
 */
export function readHelloLines(
  files: readonly string[],
  options: ReadOptions,
  emit: (lines: Uint8Array) => boolean,
): Promise<ReadSummary> {
  const lines = new (loadAddon().NativeHelloLines)(files.map(jsonString));
  let bytesOfLines = new Uint8Array(0);
  return readHellos(files, options, ({ bytes }, places) => {
    for (let i = 0; i < places.length; i += LINES_AT_ONCE) {
      const length = lines.make(bytes, places.subarray(i, i + LINES_AT_ONCE));
      if (length > bytesOfLines.length) bytesOfLines = new Uint8Array(length);
      lines.copy(bytesOfLines);
      if (!emit(bytesOfLines.subarray(0, length))) bytesOfLines = new Uint8Array(0);
    }
  });
}

function readHellos(files: readonly string[], options: ReadOptions, emit: EmitRecords): Promise<ReadSummary> {
  const sorter = new LineSorter(HELLO_LINES, emit);
  const reach = helloClock((untilUs) => sorter.complete(untilUs));
  return readSorted(files, options, { ...NO_RECORDS, emitHellos: true }, sorter, reach);
}

/**
 * Reads every complete flow, sorted by its first packet, then by addresses and ports, within the buffer of LineSorter.
 */
export function readFlows(
  files: readonly string[],
  options: ReadOptions,
  emit: (line: FlowLine) => void,
): Promise<ReadSummary> {
  const emitFlow = (flow: FlowRecord): void => emit({ file: files[flow.fileIndex] ?? '', flow });
  const sorter = new LineSorter(FLOW_LINES, recordEmitter(FLOW_LINES, emitFlow));
  const reach = flowClock((untilUs) => sorter.complete(untilUs));
  return readSorted(files, options, { ...NO_RECORDS, emitFlows: true }, sorter, reach);
}

async function readSorted<T>(
  files: readonly string[],
  options: ReadOptions,
  decoderOptions: DecoderOptions & { readonly windowSeconds: number },
  sorter: LineSorter<T>,
  reach: (clockUs: number) => void,
): Promise<ReadSummary> {
  const summary = await readCaptures(files, options, decoderOptions, {
    onRawRecords: (batch, at, length) => sorter.add(batch, at, length),
    reach,
  });
  sorter.finish();
  if (sorter.late === 0) return summary;
  const note =
    `the sort buffer was full: ${plural(sorter.late, 'line')} printed behind later ones; the order may differ with another ` +
    '--workers';
  return { ...summary, notes: [...summary.notes, note] };
}
