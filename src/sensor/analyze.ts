// Captures into windows of facts: the read of `analyze`, and the plain reads of `handshakes` and `flows`.

import { createHash } from 'node:crypto';
import type {
  AnalyzeOptions,
  AnalyzeResult,
  FlowLine,
  HelloLine,
  ReadOptions,
  ReadSummary,
} from '../model/sensor.ts';
import type { DecoderOptions } from '../native/addon.ts';
import { parseInstant } from '../time/instant.ts';
import { openZone } from '../time/zone.ts';
import { coverageOf } from '../window/coverage.ts';
import { addDrops } from '../window/drops.ts';
import { joinDualStack } from '../window/dual-stack.ts';
import { addGaps, type CaptureSpan, gapOfInterruption, gapsBehindCuts, gapsBetween } from '../window/gaps.ts';
import { overflowNote } from '../window/overflow.ts';
import { FLOW_LINES, flowClock, HELLO_LINES, helloClock, LineSorter } from './line-sorter.ts';
import { readCaptures } from './read-captures.ts';
import { aggregatorFor, recordsInto, WINDOW_RECORDS } from './records-into.ts';
import { totalsOf } from './totals.ts';

const DEFAULT_WINDOW_SECONDS = 60;

/** Servers that another capture names: their connections are followed too. */
const addressesOf = ({ addressNames = [] }: AnalyzeOptions): string[] =>
  addressNames.flatMap((text) => text.split(' ', 1));

/** Reads files ("-" is standard input), given together one capture, into windows. */
export async function analyze(files: readonly string[], options: AnalyzeOptions): Promise<AnalyzeResult> {
  const windowSeconds = options.windowSeconds ?? DEFAULT_WINDOW_SECONDS;
  const aggregator = aggregatorFor(options, windowSeconds);
  const { watchlist } = options;
  const summary = await readCaptures(
    files,
    options,
    {
      ...WINDOW_RECORDS,
      windowSeconds,
      watchedNames: watchlist.names,
      watchedCiphers: watchlist.ciphers,
      userAgents: watchlist.userAgents,
      ...totalsOf(options.watchlist, options.localNets ?? [], addressesOf(options)),
    },
    recordsInto(aggregator),
  );
  const reading = readingOf(summary, options);
  const sensor = options.sensor ?? reading;
  const spans = spansOf(summary);
  const lastUs = spans.length === 0 ? null : Math.max(...spans.map((span) => span.lastUs));
  const gaps = [
    ...gapsBetween(spans),
    ...gapsBehindCuts(spans),
    ...(summary.interrupted ? gapOfInterruption(spans) : []),
  ];
  const placedApart = { ...summary.counters, kernelDrops: 0 };
  const finished = aggregator.finish(sensor, revisionOf(summary), placedApart, lastUs);
  const windows = addDrops(addGaps(joinDualStack(finished), gaps), summary.drops);
  const firsts = summary.captures.flatMap(({ firstPacket }) => (firstPacket === null ? [] : [firstPacket]));
  const lasts = summary.captures.flatMap(({ lastPacket }) => (lastPacket === null ? [] : [lastPacket]));
  const overflow = overflowNote(windows);
  return {
    ...summary,
    notes: overflow === null ? summary.notes : [...summary.notes, overflow],
    windows,
    reading,
    coverage: coverageOf(windows, openZone(options.timeZone ?? 'UTC')),
    recordsFrom: firsts.sort()[0] ?? null,
    recordsUntil: lasts.sort().at(-1) ?? null,
  };
}

function spansOf({ captures, errors }: ReadSummary): CaptureSpan[] {
  const damaged = new Set(errors.map(({ where }) => where));
  return captures.flatMap(({ file, firstPacket, lastPacket, truncated }) =>
    firstPacket === null || lastPacket === null
      ? []
      : [
          {
            firstUs: parseInstant(firstPacket),
            lastUs: parseInstant(lastPacket),
            isCut: truncated || damaged.has(file),
          },
        ],
  );
}

/**
 * A name derived from stable properties: the first packet, and the configured exclusions. It does not change when the
 * capture grows or the read is interrupted.
 */
function readingOf({ captures, captureStart }: ReadSummary, { filter, exclude }: AnalyzeOptions): string {
  const firsts = captures.flatMap(({ firstPacket }) => (firstPacket === null ? [] : [firstPacket]));
  const facts = [captureStart, firsts.sort()[0] ?? null, filter ?? '', [...(exclude ?? [])].sort()];
  return `capture-${createHash('sha1').update(JSON.stringify(facts)).digest('hex').slice(0, 16)}`;
}

/** What stores keep a revision as. */
const MAX_REVISION = 2 ** 31 - 1;

/** A longer reading of the same capture is the better one. */
function revisionOf({ counters }: ReadSummary): number {
  return Math.min(counters.packets, MAX_REVISION);
}

const NO_RECORDS = {
  windowSeconds: 0,
  emitHellos: false,
  emitFlows: false,
  dns: 'none',
  emitObservations: false,
  emitExchanges: false,
} as const satisfies DecoderOptions;

/** Every complete ClientHello, sorted by time and then by addresses and ports, as far as it can be held (LineSorter). */
export function readHandshakes(
  files: readonly string[],
  options: ReadOptions,
  emit: (line: HelloLine) => void,
): Promise<ReadSummary> {
  const sorter = new LineSorter(HELLO_LINES, (hello) => emit({ file: files[hello.fileIndex] ?? '', hello }));
  const reach = helloClock((untilUs) => sorter.complete(untilUs));
  return readSorted(files, options, { ...NO_RECORDS, emitHellos: true }, sorter, reach);
}

/** Every flow, whole, sorted by its first packet and then by addresses and ports, as far as it can be held. */
export function readFlows(
  files: readonly string[],
  options: ReadOptions,
  emit: (line: FlowLine) => void,
): Promise<ReadSummary> {
  const sorter = new LineSorter(FLOW_LINES, (flow) => emit({ file: files[flow.fileIndex] ?? '', flow }));
  const reach = flowClock((untilUs) => sorter.complete(untilUs));
  return readSorted(files, options, { ...NO_RECORDS, emitFlows: true }, sorter, reach);
}

async function readSorted<T>(
  files: readonly string[],
  options: ReadOptions,
  wanted: DecoderOptions & { readonly windowSeconds: number },
  sorter: LineSorter<T>,
  reach: (clockUs: number) => void,
): Promise<ReadSummary> {
  const summary = await readCaptures(files, options, wanted, {
    onBytes: (batch, at, length) => sorter.add(batch, at, length),
    reach,
  });
  sorter.finish();
  if (sorter.late === 0) return summary;
  const note =
    `${sorter.late} lines came when later ones had been printed: the capture has more of them than are held to be ` +
    'sorted, so lines may stand in another order with another --workers';
  return { ...summary, notes: [...summary.notes, note] };
}
