// Hours without a log: rotated away, or never copied. Within one file silence is silence; between two files it is not known.

import type { CaptureGap } from '../../model/usage.ts';
import { type TimestampUs, US } from '../../time/units.ts';

/** A quiet network may have no row for so long between two files. */
const QUIET_US = 900 * US;
/** Where the names of the files say that one between them is missing. */
const MISSING_US = 60 * US;

interface FileSpan {
  readonly file: string;
  readonly span: WrittenSpan;
}

export function gapsOfLogs(files: readonly FileSpan[]): CaptureGap[] {
  const gaps: CaptureGap[] = [];
  const before: FileSpan[] = [];
  let endUs = Number.NEGATIVE_INFINITY;
  const sorted = [...files].sort((a, b) => a.span.firstUs - b.span.firstUs);
  for (const one of sorted) {
    const apartUs = one.span.firstUs - endUs;
    if (before.length > 0 && apartUs > MISSING_US) {
      const near = sorted.filter(({ span }) => span.firstUs >= one.span.firstUs);
      const isNext = before.some((last) => near.some((next) => isNamedNext(last.file, next.file)));
      const isMissing = before.some((last) => isNamedLater(last.file, one.file));
      if (!isNext && (isMissing || apartUs > QUIET_US))
        gaps.push({ fromUs: endUs, toUs: one.span.firstUs, reason: 'logMissing' });
    }
    endUs = Math.max(endUs, one.span.lastUs);
    before.push(one);
  }
  return gaps;
}

/** As zeekctl names the logs of an hour: conn.08:00:00-09:00:00.log.gz. */
const HOURS = /(\d\d[:_]\d\d[:_]\d\d)-(\d\d[:_]\d\d[:_]\d\d)/;
/** As logrotate and Squid number them: eve.json.3.gz, access.log.0. Higher is older. */
const NUMBER = /^(.*?)\.(\d{1,4})(?:\.(?:gz|zst))?$/;

/** The second file begins when the first one ends. */
function isNamedNext(first: string, second: string): boolean {
  const [a, b] = [HOURS.exec(first), HOURS.exec(second)];
  if (a !== null && b !== null) return a[2] === b[1];
  const [x, y] = [numberOf(first), numberOf(second)];
  return x !== null && y !== null && x.stem === y.stem && x.number === y.number + 1;
}

/** The second file is a later one, and not the next. */
function isNamedLater(first: string, second: string): boolean {
  const [a, b] = [HOURS.exec(first), HOURS.exec(second)];
  if (a !== null && b !== null) return a[2] !== b[1];
  const [x, y] = [numberOf(first), numberOf(second)];
  return x !== null && y !== null && x.stem === y.stem && x.number > y.number + 1;
}

function numberOf(file: string): { readonly stem: string; readonly number: number } | null {
  const parts = NUMBER.exec(file);
  return parts === null ? null : { stem: parts[1] ?? '', number: Number(parts[2]) };
}

/** Times between which rows were written. */
export interface WrittenSpan {
  firstUs: TimestampUs;
  lastUs: TimestampUs;
  rows: number;
}

export const newSpan = (): WrittenSpan => ({
  firstUs: Number.POSITIVE_INFINITY,
  lastUs: Number.NEGATIVE_INFINITY,
  rows: 0,
});
