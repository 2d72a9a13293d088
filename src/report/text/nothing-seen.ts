// What is said where no tool is shown: of what was asked for, of which days, and what of it could not be looked into.

import type { ReportDocument } from '../../model/report.ts';
import { commandWords } from '../../text/shell-word.ts';
import { visibleText } from '../../text/visible-text.ts';
import { darkShare } from './blind-spots.ts';
import { reportDays } from './day-strip.ts';
import { formatDaySpan, longTime, readerZone } from './instant.ts';
import { formatCount, formatShare, plural } from './quantity.ts';

/** "host 10.20.1.13; tool Windsurf"; null where all was asked for. */
export function selectionWords({ selection }: ReportDocument): string | null {
  if (selection === undefined) return null;
  const { hosts, groups, toolNames } = selection;
  const part = (noun: string, names: readonly string[]): string[] =>
    names.length === 0
      ? []
      : [`${noun}${names.length === 1 ? '' : 's'} ${names.map(visibleText).join(', ')}`];
  return [...part('host', hosts), ...part('group', groups), ...part('tool', toolNames)].join('; ');
}

/** Nothing was observed of what was asked for: then "not seen" would say nothing either. */
export const isNothingObserved = ({ hosts, stats, selection }: ReportDocument): boolean =>
  stats.packets === 0 || (hosts.length === 0 && (stats.flows === 0 || selection !== undefined));

/** A span, hosts or a filter were asked for, and nothing of that was observed: no answer, however whole the reading. */
export const isAskedInVain = (document: ReportDocument): boolean =>
  isNothingObserved(document) &&
  (document.observedBy !== undefined || document.selection !== undefined || filterOf(document) !== null);

function filterOf({ command }: ReportDocument): string | null {
  const filter = commandWords(command).options.find(([name]) => name === '--filter');
  return filter === undefined ? null : filter.slice(1).join(' ');
}

/** A sentence without its full stop, for a report without a row. */
export function nothingSeen(document: ReportDocument): string {
  const { hosts, selection } = document;
  if (isNothingObserved(document)) return nothingObserved(document);
  const count = plural(hosts.length, 'host');
  if (selection === undefined || selection.toolNames.length === 0)
    return `No AI coding tool was seen on ${count}`;
  const { first, last, count: days } = reportDays(document, readerZone(document));
  const span = days === 0 ? '' : `, ${formatDaySpan(first, last, ' to ').replaceAll(/ {2,}/g, ' ')}`;
  const dark = darkShare(document);
  const limit = dark === 0 ? '' : `; ${formatShare(dark)} of bytes could not be looked into`;
  return `${selection.toolNames.map(visibleText).join(', ')}: not seen on ${count}${span}${limit}`;
}

function nothingObserved(document: ReportDocument): string {
  const { stats, period, recordsFrom, recordsUntil, selection } = document;
  const zone = readerZone(document);
  const { since, until } = period;
  if (stats.packets === 0 && (since !== null || until !== null) && recordsFrom !== null) {
    const records =
      until !== null && recordsFrom >= until
        ? `; the records begin on ${longTime(recordsFrom, zone)}`
        : since !== null && recordsUntil !== null && recordsUntil <= since
          ? `; the records end on ${longTime(recordsUntil, zone)}`
          : '';
    const from = since === null ? '' : ` from ${longTime(since, zone)}`;
    const to = until === null ? ' on' : `${from === '' ? ' before' : ' to'} ${longTime(until, zone)}`;
    return `Nothing was observed${from}${to} (${zone.name})${records}`;
  }
  if (stats.packets === 0) return 'No packets were read';
  const filter = filterOf(document);
  if (filter !== null && stats.flows === 0)
    return `None of ${formatCount(stats.packets)} packets passed the filter ${filter}: nothing was looked at`;
  return selection === undefined
    ? `No host was seen in ${plural(stats.packets, 'packet')}`
    : `No host was seen of what was asked for (${selectionWords(document)})`;
}
