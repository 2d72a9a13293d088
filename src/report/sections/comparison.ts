// Declares the comparison of two spans: their basis, the limits, tools, then hosts.

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
import { formatBetween, formatCount, formatRange } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { ENGLISH_WORDS, type ReportWords } from '../text/english-words.ts';
import { unixSeconds } from '../text/instant-text.ts';
import {
  type ChangeText,
  type Column,
  MAX_TABLE_HOSTS,
  type SectionContext,
  type SectionTable,
} from './section.ts';

/** Returns "1–7 July 2026"; with times if the span does not begin and end at midnight. */
export function spanText({ since, until }: ComparedSpan, zone: Zone, words: ReportWords): string {
  const [from, to] = [unixSeconds(since), unixSeconds(until)];
  const [first, last] = [zone.dayOf(from), zone.dayOf(to - 1)];
  const isWhole = zone.startOfDay(first) === from && zone.dayOf(to) !== last;
  if (isWhole) return words.span(first, last);
  return words.comparison.spanOf(
    words.time(since, zone),
    words.time(until, zone),
    zone.dayOf(to).slice(0, 4),
  );
}

/** A share is rounded to 100 % only above this value. */
const NEARLY_WHOLE = 0.9999;

/** Returns "7.0 days, 98 % of them observed; 31 hosts on the network". */
export function coverageText({ seconds, observedSeconds, hosts }: ComparedSpan, words: ReportWords): string {
  const days = seconds / DAY_SECONDS;
  const length =
    days >= 1
      ? words.comparison.length(words.amount(trim(days)), 'day', days === 1)
      : words.comparison.length(words.amount(trim(seconds / 3600)), 'hour', false);
  const share = seconds === 0 ? 0 : Math.min(1, observedSeconds / seconds);
  const seen = share === 1 ? null : words.share(Math.min(share, NEARLY_WHOLE));
  return words.comparison.coverage(length, seen, hosts);
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

const MAX_NAMED = 6;

/** Returns one sentence for each limit, most severe first, without a full stop. */
export function limitSentences(
  { before, after, limits }: Comparison,
  zone: Zone,
  words: ReportWords = ENGLISH_WORDS,
): string[] {
  return limits.map(({ limit, span, share = 0, names = [] }) =>
    words.comparison.limits[limit]({
      span: spanText(span === 'before' ? before : after, zone, words),
      share,
      names: words.andMore(names.slice(0, MAX_NAMED).map(visibleText), names.length - MAX_NAMED),
    }),
  );
}

type Format = (value: number) => string;

/** Formats a difference. Its minus sign differs from the dash of a span. */
const formatSigned = (value: number, format: Format): string =>
  value === 0 ? '±0' : `${value > 0 ? '+' : '-'}${format(Math.abs(value))}`;

const formatOrDash = <T>(value: T | null | undefined, format: (value: T) => string): string =>
  value == null ? '–' : format(value);

function changeText(
  { before, after, difference, perDay }: Change,
  format: Format,
  words: ReportWords,
): ChangeText {
  return {
    before: formatOrDash(before, format),
    after: formatOrDash(after, format),
    difference: difference === null ? '' : formatSigned(difference, format),
    perDay:
      perDay === undefined
        ? ''
        : words.comparison.change(formatOrDash(perDay.before, format), formatOrDash(perDay.after, format)),
  };
}

const rangeText = (
  { before, after, difference }: RangeChange,
  format: (range: Range) => string,
  words: ReportWords,
): ChangeText => ({
  before: formatOrDash(before, format),
  after: formatOrDash(after, format),
  difference: difference === null ? '' : findDirection(difference, words),
  perDay: '',
});

/** Returns the direction of a change, unknown if ranges overlap. */
function findDirection({ min, max }: Range, { comparison }: ReportWords): string {
  if (min > 0) return comparison.more;
  if (max < 0) return comparison.less;
  return min === 0 && max === 0 ? '±0' : '';
}

/** Lists the figures of a row, most informative first. */
function buildFigures({ document, words }: SectionContext): readonly Column<ComparedTool | ComparedHost>[] {
  const { heads, bytes } = words;
  const formatTenth = (value: number): string =>
    Number.isInteger(value) ? formatCount(value) : words.amount(value.toFixed(1));
  const bytesRange = (range: Range): string => formatBetween(range, bytes);
  const change = (
    head: string,
    of: (row: ComparedTool | ComparedHost) => ChangeText | null,
  ): Column<ComparedTool | ComparedHost> => ({ head, kind: 'change', of });
  const optional = { isOptional: true } as const;
  const hasPolicy = (document.comparison?.all.violations ?? null) !== null;
  const all = [
    change(heads.activeMinutes, ({ activeMinutes }) => changeText(activeMinutes, formatTenth, words)),
    change(heads.sent, ({ bytesUp }) => changeText(bytesUp, bytes, words)),
    ...(hasPolicy
      ? [
          change(heads.violations, ({ violations }) =>
            violations === null ? null : changeText(violations, formatCount, words),
          ),
        ]
      : []),
    change(heads.telemetry, ({ telemetryPayloadUp }) => rangeText(telemetryPayloadUp, bytesRange, words)),
    change(heads.requests, ({ requests }) =>
      rangeText(requests, (range) => formatRange(range, 'total'), words),
    ),
    change(heads.received, ({ bytesDown }) => changeText(bytesDown, bytes, words)),
  ];
  return all.map((column, i) => (i < 2 ? column : { ...column, ...optional }));
}

/** Omits a count that the comparison does not claim. */
const formatHosts = (hosts: readonly string[] | null): string => formatOrDash(hosts?.length, formatCount);

export const COMPARED_TOOLS: SectionTable<ComparedTool> = {
  texts: ({ comparison }) => ({
    title: comparison.tools,
    caption: comparison.toolsCaption,
    isCaptionShown: true,
  }),
  rows: ({ comparison }) => comparison?.tools ?? [],
  columns: (context) => {
    const { words, place } = context;
    const { heads } = words;
    const { fresh, notThere, provider, fewHosts } = words.sections.comparison;
    const findName = ({ name, isProvider, suppressed }: ComparedTool): string => {
      if (place === 'page') return name;
      const few = place === 'terminal' && suppressed === true ? `: ${fewHosts}` : '';
      return `${isProvider ? words.provider(name) : name}${few}`;
    };
    return [
      {
        head: heads.tool,
        kind: 'text',
        of: findName,
        leastWidth: 18,
        to: ({ tool }, links) => links.tool(tool),
        below: ({ isProvider, suppressed }) =>
          [...(isProvider ? [provider] : []), ...(suppressed === true ? [fewHosts] : [])].join(' '),
      },
      {
        head: heads.hosts,
        kind: 'change',
        of: ({ hosts }) => {
          const change = changeText(hosts, formatCount, words);
          return place === 'terminal' ? { ...change, difference: '' } : change;
        },
      },
      { head: fresh, kind: 'number', of: ({ newHosts }) => formatHosts(newHosts) },
      { head: heads.notSeen, kind: 'number', of: ({ goneHosts }) => formatHosts(goneHosts) },
      { head: notThere, kind: 'number', isOptional: true, of: ({ absentHosts }) => formatHosts(absentHosts) },
      ...buildFigures(context),
    ];
  },
  most: { page: Number.POSITIVE_INFINITY },
};

const STATE_TONES = {
  used: 'info',
  possible: 'susp',
  notSeen: 'none',
  absent: 'none',
  unknown: 'none',
} as const;

export const COMPARED_HOSTS: SectionTable<ComparedHost> = {
  texts: ({ comparison }, rows, all) => ({
    title: comparison.hosts,
    isCaptionShown: true,
    caption: comparison.hostsCaption(rows.length < all ? rows.length : null, all),
  }),
  rows: ({ comparison }) => comparison?.hosts ?? [],
  columns: (context) => {
    const { words, place } = context;
    const { heads, comparison } = words;
    const { before, after } = words.sections.comparison;
    const name: Column<ComparedHost> = {
      head: heads.name,
      kind: 'text',
      isOptional: true,
      of: ({ name: known }) => known ?? '',
    };
    const state = (head: string, of: (row: ComparedHost) => HostState): Column<ComparedHost> => ({
      head,
      kind: 'text',
      of: (row) => comparison.states[of(row)],
      tone: (row) => STATE_TONES[of(row)],
    });
    return [
      {
        head: heads.host,
        kind: 'text',
        isCode: true,
        of: ({ host }) => host,
        below: ({ name: known }) => known,
        to: ({ host }, links) => links.host(host),
      },
      ...(place === 'markdown' ? [name] : []),
      state(before, ({ before: of }) => of),
      state(after, ({ after: of }) => of),
      ...buildFigures(context),
      ...(place === 'terminal' ? [name] : []),
    ];
  },
  most: { terminal: MAX_TABLE_HOSTS, markdown: MAX_TABLE_HOSTS },
};
