// A comparison in words: the spans, what limits it, and the cells of its tables, the same for every output for people.

import type {
  Change,
  ComparedHost,
  ComparedSpan,
  ComparedTool,
  Comparison,
  Range,
  RangeChange,
} from '../../model/report.ts';
import { formatCount, formatRange } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { ENGLISH_WORDS, type ReportWords } from '../text/english-words.ts';
import { unixSeconds } from '../text/instant.ts';

/** "1–7 July 2026"; with times where the span does not begin and end with a day. */
export function spanText(
  { since, until }: ComparedSpan,
  zone: Zone,
  dash = '–',
  words: ReportWords = ENGLISH_WORDS,
): string {
  const [from, to] = [unixSeconds(since), unixSeconds(until)];
  const [first, last] = [zone.dayOf(from), zone.dayOf(to - 1)];
  const isWhole = zone.startOfDay(first) === from && zone.dayOf(to) !== last;
  if (isWhole) return words.span(first, last).replaceAll('–', dash);
  return words.comparison.spanOf(
    words.time(since, zone),
    words.time(until, zone),
    zone.dayOf(to).slice(0, 4),
  );
}

/** "7.0 days, 98 % of them observed; 31 hosts on the network". */
export function coverageText(span: ComparedSpan, words: ReportWords = ENGLISH_WORDS): string {
  const { seconds, observedSeconds, hosts } = span;
  const days = seconds / DAY_SECONDS;
  const length =
    days >= 1
      ? words.comparison.length(words.amount(trim(days)), 'day', days === 1)
      : words.comparison.length(words.amount(trim(seconds / 3600)), 'hour', false);
  const share = seconds === 0 ? 0 : Math.min(1, observedSeconds / seconds);
  // Rounded down: what is whole is said of the whole alone.
  const seen = share === 1 ? null : words.share(Math.floor(share * 1000) / 1000);
  return words.comparison.coverage(length, seen, hosts);
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

const MAX_NAMED = 6;

const named = (names: readonly string[], words: ReportWords): string =>
  words.andMore(names.slice(0, MAX_NAMED).map(visibleText), names.length - MAX_NAMED);

/** One for each limit, the gravest first; without a full stop. */
export function limitSentences(
  { before, after, limits }: Comparison,
  zone: Zone,
  dash = '–',
  words: ReportWords = ENGLISH_WORDS,
): string[] {
  return limits.map(({ limit, span, share = 0, names = [] }) =>
    words.comparison.limits[limit]({
      span: spanText(span === 'before' ? before : after, zone, dash, words),
      share,
      names: named(names, words),
    }),
  );
}

export const STATE_WORDS = ENGLISH_WORDS.comparison.states;

/** What stands in a cell: both values, and what became of them. */
export interface ChangeText {
  readonly before: string;
  readonly after: string;
  /** With its sign; empty where nothing is claimed. */
  readonly difference: string;
  /** "1.2 MB to 3.4 MB"; empty where sums say it. */
  readonly perDay: string;
}

type Format = (value: number) => string;

/** Signs of a difference; a true minus differs from the dash of a span. */
const signed = (value: number, format: Format): string =>
  value === 0 ? '±0' : `${value > 0 ? '+' : '-'}${format(Math.abs(value))}`;

function changeText(
  { before, after, difference, perDay }: Change,
  format: Format,
  none: string,
  words: ReportWords,
): ChangeText {
  const or = (value: number | null | undefined): string => (value == null ? none : format(value));
  return {
    before: or(before),
    after: or(after),
    difference: difference === null ? '' : signed(difference, format),
    perDay: perDay === undefined ? '' : words.comparison.change(or(perDay.before), or(perDay.after)),
  };
}

function rangeText(
  { before, after, difference }: RangeChange,
  format: (range: Range) => string,
  none: string,
  words: ReportWords,
) {
  const or = (range: Range | null): string => (range === null ? none : format(range));
  return {
    before: or(before),
    after: or(after),
    difference: difference === null ? '' : direction(difference, words),
    perDay: '',
  };
}

/** For overlapping ranges the direction is unknown. */
function direction({ min, max }: Range, { comparison }: ReportWords): string {
  if (min > 0) return comparison.more;
  if (max < 0) return comparison.less;
  return min === 0 && max === 0 ? '±0' : '';
}

export interface ComparisonColumn {
  readonly head: string;
  readonly of: (row: ComparedTool | ComparedHost | Comparison['all']) => ChangeText | null;
}

/** Figures of a row, in order; `none` is what stands for what is not known. */
export function changeColumns(
  hasPolicy: boolean,
  { none, dash }: { readonly none: string; readonly dash: string },
  words: ReportWords = ENGLISH_WORDS,
): readonly ComparisonColumn[] {
  const { heads } = words;
  const tenth = (value: number): string =>
    Number.isInteger(value) ? formatCount(value) : words.amount(value.toFixed(1));
  const bytes = (range: Range): string =>
    range.min === range.max
      ? words.bytes(range.min)
      : `${words.bytes(range.min)}${dash}${words.bytes(range.max)}`;
  return [
    { head: heads.activeMinutes, of: ({ activeMinutes }) => changeText(activeMinutes, tenth, none, words) },
    { head: heads.sent, of: ({ bytesUp }) => changeText(bytesUp, words.bytes, none, words) },
    ...(hasPolicy
      ? [
          {
            head: heads.violations,
            of: ({ violations }: Pick<ComparedTool, 'violations'>) =>
              violations === null ? null : changeText(violations, formatCount, none, words),
          },
        ]
      : []),
    {
      head: heads.telemetry,
      of: ({ telemetryPayloadUp }) => rangeText(telemetryPayloadUp, bytes, none, words),
    },
    {
      head: heads.requests,
      of: ({ requests }) => rangeText(requests, (range) => formatRange(range, 'total', dash), none, words),
    },
    { head: heads.received, of: ({ bytesDown }) => changeText(bytesDown, words.bytes, none, words) },
  ];
}

export const hostsText = (hosts: Change, none: string, words: ReportWords = ENGLISH_WORDS): ChangeText =>
  changeText(hosts, formatCount, none, words);

/** "12 to 15". */
export const both = ({ before, after }: ChangeText, words: ReportWords = ENGLISH_WORDS): string =>
  before === after ? before : words.comparison.change(before, after);

/** How many hosts are new and gone; what is not claimed is left out. */
export function movedHosts(
  { newHosts, goneHosts, absentHosts }: ComparedTool,
  none: string,
): { readonly fresh: string; readonly gone: string; readonly absent: string } {
  const count = (hosts: readonly string[] | null): string =>
    hosts === null ? none : formatCount(hosts.length);
  return { fresh: count(newHosts), gone: count(goneHosts), absent: count(absentHosts) };
}

export const hasPerDay = ({ all }: Comparison): boolean => all.bytesUp.perDay !== undefined;
