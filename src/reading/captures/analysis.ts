// Builds the options of the decoder, and the result of an analysis of captures from its records.

import type { AnalyzeOptions, AnalyzeResult, ReadSummary } from '../../model/sensor.ts';
import type { DecoderOptions } from '../../native/addon.ts';
import { parseInstant } from '../../time/instant.ts';
import { type CaptureSpan, gapOfInterruption, listGapsAfterCuts } from '../../window/capture-gaps.ts';
import { describeFlaws } from '../../window/flaws.ts';
import type { Aggregator } from '../collector/aggregator.ts';
import { buildTotals } from '../collector/host-totals.ts';
import { WINDOW_RECORDS } from '../collector/records-into.ts';
import { buildResult, capRevision, finishedWindows, notesWithOverflow } from '../end-of-reading.ts';
import type { Sha1 } from './first-packet.ts';

export const DEFAULT_WINDOW_SECONDS = 60;

/**
 * Lists the addresses of entries in the format "address name". Connections to them are recorded, because another
 * capture names them.
 */
const listAddresses = ({ addressNames = [] }: AnalyzeOptions): string[] =>
  addressNames.flatMap((text) => text.split(' ', 1));

/** Builds the options that request the records of an analysis. */
export const buildDecoderOptions = (
  options: AnalyzeOptions,
  windowSeconds: number,
): DecoderOptions & { readonly windowSeconds: number } => ({
  ...WINDOW_RECORDS,
  windowSeconds,
  watchedNames: options.watchlist.names,
  watchedCiphers: options.watchlist.ciphers,
  userAgents: options.watchlist.userAgents,
  ...buildTotals(options.watchlist, options.localNets ?? [], listAddresses(options)),
});

/** Must be called after all records have been added to the aggregator. */
export function buildAnalysis(
  summary: ReadSummary,
  aggregator: Aggregator,
  options: AnalyzeOptions,
  sha1: Sha1,
): AnalyzeResult {
  const reading = formatReading(summary, options, sha1);
  const sensor = options.sensor ?? reading;
  const spans = listSpans(summary);
  const lastUs = spans.length === 0 ? null : Math.max(...spans.map((span) => span.lastUs));
  const gaps = [...listGapsAfterCuts(spans), ...(summary.interrupted ? gapOfInterruption(spans) : [])];
  // `summary.drops` has the drops with their times.
  const countersWithoutDrops = { ...summary.counters, kernelDrops: 0 };
  const revision = capRevision(summary.counters.packets);
  const finished = aggregator.finish(sensor, revision, countersWithoutDrops, lastUs);
  const windows = finishedWindows(finished, gaps, summary.drops);
  const notes = notesWithOverflow([...summary.notes, ...describeFlaws(summary.counters)], windows);
  return buildResult({ ...summary, notes, reading }, windows, options.timezone);
}

function listSpans({ captures, errors }: ReadSummary): CaptureSpan[] {
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
 * Returns the default name of the sensor: a hash of the first packet, the filter and the excluded networks. It does not
 * change when the capture grows or the analysis is interrupted.
 */
function formatReading(
  { captures, captureStart }: ReadSummary,
  { filter, exclude }: AnalyzeOptions,
  sha1: Sha1,
): string {
  const firsts = captures.flatMap(({ firstPacket }) => firstPacket ?? []);
  const facts = [captureStart, firsts.sort()[0] ?? null, filter ?? '', [...(exclude ?? [])].sort()];
  return `capture-${sha1(new TextEncoder().encode(JSON.stringify(facts))).slice(0, 16)}`;
}
