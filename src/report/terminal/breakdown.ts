// A breakdown and a trend for a terminal.

import type { Breakdown, BreakdownRow, Trend } from '../../model/report.ts';
import {
  type Column,
  labelled,
  type Painter,
  renderTable,
  tableWidth,
  wrap,
} from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { formatDaySpan, unixSeconds } from '../text/instant.ts';
import { formatBytes, formatCount, formatRange, formatShare, plural } from '../text/quantity.ts';
import type { Glyphs } from '../text/render-options.ts';

/** Given up first to last when the line is too long; the other formats have all. */
const GIVEN_UP = [
  'RECEIVED',
  'FLOWS',
  'REQUESTS',
  'NOT VISIBLE',
  'TELEMETRY',
  'ACTIVE MIN',
  'TOOLS',
  'HOSTS',
] as const;

export function breakdownLines(
  breakdown: Breakdown,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const or = <T>(value: T | null, format: (value: T) => string): string =>
    value === null ? glyphs.none : format(value);
  const column = (
    head: string,
    text: (row: BreakdownRow) => string,
    align: Column['align'] = 'right',
  ): Column => ({
    head,
    align,
    cells: breakdown.rows.map((row) => ({ text: text(row) })),
  });
  let columns = [
    column(breakdown.by.toUpperCase(), (row) => visibleText(row.label), 'left'),
    column('HOSTS', (row) => formatCount(row.hosts)),
    column('TOOLS', (row) => formatCount(row.tools)),
    column('FLOWS', (row) => formatCount(row.flows)),
    column('SENT', (row) => formatBytes(row.bytesUp)),
    column('RECEIVED', (row) => formatBytes(row.bytesDown)),
    column('ACTIVE MIN', (row) => or(row.activeMinutes, formatCount)),
    column('REQUESTS', (row) => or(row.requests, (range) => formatRange(range, 'total', glyphs.dash))),
    column('TELEMETRY', (row) => or(row.telemetryShare, formatShare)),
    column('NOT VISIBLE', (row) => or(row.notVisibleShare, formatShare)),
  ].filter(
    ({ head, cells }, i) =>
      i === 0 ||
      // One tool has one tool, and one host one host.
      (head !== `${breakdown.by.toUpperCase()}S` && cells.some((cell) => cell.text !== glyphs.none)),
  );
  for (const gone of GIVEN_UP) {
    if (tableWidth(columns) <= width) break;
    columns = columns.filter(({ head }) => head !== gone);
  }
  return [...renderTable(columns, paint), ...legend(columns, width)];
}

/** What the short heads mean. */
function legend(columns: readonly Column[], width: number): string[] {
  const has = (head: string): boolean => columns.some((column) => column.head === head);
  const sentences = [
    ...(has('ACTIVE MIN') ? ['ACTIVE MIN is active minutes.'] : []),
    ...(has('SENT')
      ? [`SENT${has('RECEIVED') ? ' and RECEIVED count' : ' counts'} whole frames on the wire.`]
      : []),
  ];
  return sentences.length === 0 ? [] : ['', ...wrap(sentences.join(' '), width)];
}

const MAX_NAMED = 12;

export function trendLines(
  trend: Trend,
  zone: Zone,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const day = (instant: string, shift: number): string => zone.dayOf(unixSeconds(instant) + shift);
  const span = formatDaySpan(day(trend.since, 0), day(trend.until, -1), glyphs.dash);
  const lines = [paint('head', `AGAINST ${span.toUpperCase()}`)];
  const add = (label: string, text: string): void => {
    lines.push(...labelled(`  ${label}`, text, width, 19));
  };
  const list = (names: readonly string[]): string =>
    names.slice(0, MAX_NAMED).map(visibleText).join(', ') +
    (names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '');
  add(
    'all',
    `${plural(trend.hosts.before, 'host')} to ${formatCount(trend.hosts.after)}, ${formatBytes(trend.bytes.before)} to ${formatBytes(trend.bytes.after)}`,
  );
  if (trend.newTools.length > 0) add('new tools', list(trend.newTools));
  if (trend.newHosts.length > 0) add('new hosts', list(trend.newHosts));
  if (trend.goneTools.length > 0) add('tools not seen', list(trend.goneTools));
  if (trend.goneHosts.length > 0) add('hosts not seen', list(trend.goneHosts));
  for (const mover of trend.movers.slice(0, 5)) {
    add(
      'moved most',
      `${visibleText(mover.name)}: ${formatBytes(mover.before)} to ${formatBytes(mover.after)}`,
    );
  }
  return lines;
}
