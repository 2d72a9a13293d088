// A comparison in words: the spans, what limits it, and the cells of its tables, the same for every output for people.

import type {
  Change,
  ComparedHost,
  ComparedSpan,
  ComparedTool,
  Comparison,
  HostState,
  Range,
  RangeChange,
} from '../../model/report.ts';
import type { ComparisonLimitKind } from '../../model/words.ts';
import { visibleText } from '../../text/visible-text.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { formatDate, formatDaySpan, longTime, unixSeconds } from '../text/instant.ts';
import { formatBytes, formatCount, formatRange, formatShare, plural } from '../text/quantity.ts';

/** "1–7 July 2026"; with times where the span does not begin and end with a day. */
export function spanText({ since, until }: ComparedSpan, zone: Zone, dash = '–'): string {
  const [from, to] = [unixSeconds(since), unixSeconds(until)];
  const [first, last] = [zone.dayOf(from), zone.dayOf(to - 1)];
  const isWhole = zone.startOfDay(first) === from && zone.dayOf(to) !== last;
  if (isWhole) return formatDaySpan(first, last, dash);
  return `${longTime(since, zone)} to ${longTime(until, zone)} ${formatDate(zone.dayOf(to)).slice(-4)}`;
}

/** "7.0 days, 98 % of them observed; 31 hosts on the network". */
export function coverageText(span: ComparedSpan): string {
  const { seconds, observedSeconds, hosts } = span;
  const days = seconds / DAY_SECONDS;
  const length = days >= 1 ? `${trim(days)} ${days === 1 ? 'day' : 'days'}` : `${trim(seconds / 3600)} hours`;
  const share = seconds === 0 ? 0 : Math.min(1, observedSeconds / seconds);
  // Rounded down: what is whole is said of the whole alone.
  const seen = share === 1 ? 'observed' : `${formatShare(Math.floor(share * 1000) / 1000)} observed`;
  return `${length}, ${seen}, ${plural(hosts, 'host')} on the network`;
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

const MAX_NAMED = 6;

const named = (names: readonly string[]): string =>
  names.slice(0, MAX_NAMED).map(visibleText).join(', ') +
  (names.length > MAX_NAMED ? ` and ${formatCount(names.length - MAX_NAMED)} more` : '');

type Say = (of: { readonly span: string; readonly share: number; readonly names: string }) => string;

const LIMIT_WORDS: Readonly<Record<ComparisonLimitKind, Say>> = {
  notObserved: ({ span, share }) =>
    `${span}: ${share === 1 ? 'nothing of it was observed' : `only ${formatShare(1 - share)} of it was observed`}, so nothing is said of what is more, less, new or gone`,
  partly: ({ span, share }) =>
    `${span}: ${formatShare(share)} of the time was not observed; sums of it are lower bounds, and what was not seen may have been missed`,
  openGap: ({ span }) => `${span}: the duration of one of the gaps is unknown`,
  silent: ({ span, names }) => `${span}: silent while others saw: ${names}`,
  incomplete: ({ span }) => `${span}: an input was not read to its end`,
  loss: ({ span, share }) =>
    `${span}: ${formatShare(share)} of the packets were lost; sums of it are lower bounds`,
  sensors: ({ span, names }) => `only in ${span}: ${names}; hosts behind these sensors may seem new or gone`,
  length: () =>
    'the spans are not equally long: a longer one has more of everything, of hosts too; averages per observed day follow the sums',
  weekend: () => 'the spans have not equally many days of the weekend: a change may be that alone',
  notVisible: ({ span, share }) =>
    `${span}: more could not be looked into than in the other span, by ${formatShare(share)} of all bytes; less use of a tool may be use that is hidden`,
  rule: ({ span, names }) => `${span}: not in force in all of it: ${names}; violations are not compared`,
};

/** One for each limit, the gravest first; without a full stop. */
export function limitSentences({ before, after, limits }: Comparison, zone: Zone, dash = '–'): string[] {
  return limits.map(({ limit, span, share = 0, names = [] }) =>
    LIMIT_WORDS[limit]({
      span: spanText(span === 'before' ? before : after, zone, dash),
      share,
      names: named(names),
    }),
  );
}

export const STATE_WORDS: Readonly<Record<HostState, string>> = {
  used: 'used',
  possible: 'possible',
  notSeen: 'none seen',
  absent: 'not there',
  unknown: 'not known',
};

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

function changeText({ before, after, difference, perDay }: Change, format: Format, none: string): ChangeText {
  const or = (value: number | null | undefined): string => (value == null ? none : format(value));
  return {
    before: or(before),
    after: or(after),
    difference: difference === null ? '' : signed(difference, format),
    perDay: perDay === undefined ? '' : `${or(perDay.before)} to ${or(perDay.after)}`,
  };
}

function rangeText(
  { before, after, difference }: RangeChange,
  format: (range: Range) => string,
  none: string,
) {
  const or = (range: Range | null): string => (range === null ? none : format(range));
  return {
    before: or(before),
    after: or(after),
    difference: difference === null ? '' : direction(difference),
    perDay: '',
  };
}

/** For overlapping ranges the direction is unknown. */
function direction({ min, max }: Range): string {
  if (min > 0) return 'more';
  if (max < 0) return 'less';
  return min === 0 && max === 0 ? '±0' : '';
}

export interface ComparisonColumn {
  readonly head: string;
  readonly of: (row: ComparedTool | ComparedHost | Comparison['all']) => ChangeText | null;
}

const tenth = (value: number): string => (Number.isInteger(value) ? formatCount(value) : value.toFixed(1));

/** Figures of a row, in order; `none` is what stands for what is not known. */
export function changeColumns(
  hasPolicy: boolean,
  { none, dash }: { readonly none: string; readonly dash: string },
): readonly ComparisonColumn[] {
  const bytes = (range: Range): string =>
    range.min === range.max
      ? formatBytes(range.min)
      : `${formatBytes(range.min)}${dash}${formatBytes(range.max)}`;
  return [
    { head: 'Active min', of: ({ activeMinutes }) => changeText(activeMinutes, tenth, none) },
    { head: 'Sent', of: ({ bytesUp }) => changeText(bytesUp, formatBytes, none) },
    ...(hasPolicy
      ? [
          {
            head: 'Violations',
            of: ({ violations }: Pick<ComparedTool, 'violations'>) =>
              violations === null ? null : changeText(violations, formatCount, none),
          },
        ]
      : []),
    {
      head: 'Telemetry',
      of: ({ telemetryPayloadUp }) => rangeText(telemetryPayloadUp, bytes, none),
    },
    {
      head: 'Requests',
      of: ({ requests }) => rangeText(requests, (range) => formatRange(range, 'total', dash), none),
    },
    { head: 'Received', of: ({ bytesDown }) => changeText(bytesDown, formatBytes, none) },
  ];
}

export const hostsText = (hosts: Change, none: string): ChangeText => changeText(hosts, formatCount, none);

/** "12 to 15". */
export const both = ({ before, after }: ChangeText): string =>
  before === after ? before : `${before} to ${after}`;

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
