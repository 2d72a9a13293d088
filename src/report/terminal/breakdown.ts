// Renders a breakdown and a trend for a terminal.

import type { ReportDocument, Trend } from '../../model/report.ts';
import { formatBytes, formatCount, joinWords, plural } from '../../text/quantity.ts';
import {
  type Column,
  type Painter,
  renderTable,
  tableWidth,
  wrap,
  wrapLabelled,
} from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { breakdownColumns } from '../sections/breakdown.ts';
import { buildContext } from '../sections/section.ts';
import { ENGLISH_WORDS, formatDaySpan } from '../text/english-words.ts';
import { unixSeconds } from '../text/instant-text.ts';
import { ACTIVE_MINUTES, sentLegend } from './columns.ts';
import { listColumns } from './sections.ts';

/** Columns in the order in which they are omitted if the line is too long. Other formats have all. */
const DROP_ORDER = [
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
  document: ReportDocument,
  width: number,
  paint: Painter,
  hasLegend: boolean,
): string[] {
  const { breakdown } = document;
  if (breakdown === undefined) return [];
  const { by, rows } = breakdown;
  const context = buildContext(document, ENGLISH_WORDS, 'terminal');
  const all = breakdownColumns(by, by, context).flatMap((column) => listColumns(column, rows, context));
  let columns = all.filter(
    ({ head, cells }, i) =>
      // A row of one tool or host needs no column with the number of tools or hosts.
      i === 0 || (head !== `${by.toUpperCase()}S` && cells.some(({ text }) => text !== '–')),
  );
  for (const gone of DROP_ORDER) {
    if (tableWidth(columns) <= width) break;
    columns = columns.filter(({ head }) => head !== gone);
  }
  return [...renderTable(columns, paint), ...(hasLegend ? legend(columns, document, width) : [])];
}

/** Explains the short heads. */
function legend(columns: readonly Column[], { hosts }: ReportDocument, width: number): string[] {
  const has = (head: string): boolean => columns.some((column) => column.head === head);
  const sentences = [
    ...(has('ACTIVE MIN') ? [ACTIVE_MINUTES] : []),
    ...(has('SENT')
      ? [
          sentLegend(
            has('RECEIVED'),
            hosts.flatMap(({ tools, providers }) => [...tools, ...providers]),
          ),
        ]
      : []),
  ];
  return sentences.length === 0 ? [] : ['', ...wrap(sentences.join(' '), width)];
}

const MAX_NAMED = 12;

export function trendLines(trend: Trend, zone: Zone, width: number, paint: Painter): string[] {
  const day = (instant: string, shift: number): string => zone.dayOf(unixSeconds(instant) + shift);
  const span = formatDaySpan(day(trend.since, 0), day(trend.until, -1));
  const lines = [paint('head', `AGAINST ${span.toUpperCase()}`)];
  const add = (label: string, text: string): void => {
    lines.push(...wrapLabelled(`  ${label}`, text, width, 19));
  };
  const findAmount = (bytes: number | null): string =>
    bytes === null ? 'unknown bytes' : formatBytes(bytes);
  const findName = (tool: string): string => trend.names?.[tool] ?? tool;
  const list = (names: readonly string[]): string =>
    joinWords(names.slice(0, MAX_NAMED).map(visibleText)) +
    (names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '');
  add(
    'all',
    `${plural(trend.hosts.before, 'host')} to ${formatCount(trend.hosts.after)}, ${findAmount(trend.bytes.before)} to ${findAmount(trend.bytes.after)}`,
  );
  if (trend.newTools.length > 0) add('new tools', list(trend.newTools.map(findName)));
  if (trend.newHosts.length > 0) add('new hosts', list(trend.newHosts));
  if (trend.goneTools.length > 0) add('tools not seen', list(trend.goneTools.map(findName)));
  if (trend.goneHosts.length > 0) add('hosts not seen', list(trend.goneHosts));
  for (const mover of trend.movers.slice(0, 5)) {
    add(
      'moved most',
      `${visibleText(mover.name)}: ${formatBytes(mover.before)} to ${formatBytes(mover.after)}`,
    );
  }
  add('limit', 'what was not observed of either span may look new or gone: --against-since compares them');
  return lines;
}
