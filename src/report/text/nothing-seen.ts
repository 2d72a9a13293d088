// Writes the note for a report without tools: the request, its days, and the traffic that could not be inspected.

import type { ReportDocument } from '../../model/report.ts';
import { shellWord } from '../../text/shell-word.ts';
import { visibleText } from '../../text/visible-text.ts';
import { MINUTE_SECONDS, QUARTER_SECONDS } from '../../time/units.ts';
import { countClients } from './client-hosts.ts';
import { reportDays } from './day-strip.ts';
import { ENGLISH_WORDS, type ReportWords } from './english-words.ts';
import { readerZone, unixSeconds } from './instant-text.ts';
import type { RecordsEnd } from './messages.ts';
import { notVisibleShare } from './not-visible-text.ts';

/** Returns "host 10.20.1.13; tool Windsurf"; null if everything was requested. */
export function selectionWords(
  { selection }: ReportDocument,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  if (selection === undefined) return null;
  return (['hosts', 'groups', 'toolNames'] as const)
    .flatMap((field) => {
      const names = selection[field];
      return names.length === 0 ? [] : [words.nothingSeen.only[field](names.map(visibleText))];
    })
    .join(words.clauseSeparator);
}

/**
 * True if nothing of the request was observed: then "not seen" would prove nothing. Logs of proxies have flows without
 * packets, and logs of resolvers have only hosts.
 */
export const isNothingObserved = (document: ReportDocument): boolean =>
  document.hosts.length === 0 &&
  (document.selection !== undefined || (document.stats.flows === 0 && !hasRowsAlone(document)));

/** True for rows of resolvers without a listed name. They show no host, but all of them were read. */
const hasRowsAlone = ({ inputs = [], period, stats }: ReportDocument): boolean =>
  stats.packets === 0 &&
  period.since === null &&
  period.until === null &&
  inputs.some(({ rows }) => rows > 0);

/** Returns a sentence without its full stop, for a report without a row. */
export function nothingSeen(document: ReportDocument, words: ReportWords = ENGLISH_WORDS): string {
  const { hosts, selection } = document;
  if (isNothingObserved(document)) return nothingObserved(document, words);
  if (hosts.length === 0 && hasRowsAlone(document)) return words.nothingSeen.noToolInLogs;
  if (selection === undefined || selection.toolNames.length === 0)
    return words.nothingSeen.noTool(countClients(document));
  const { first, last, count: days } = reportDays(document, readerZone(document));
  const notVisible = notVisibleShare(document);
  return words.nothingSeen.noneOf(
    selection.toolNames.map(visibleText).join(words.listSeparator),
    countClients(document),
    days === 0 ? null : words.span(first, last),
    notVisible === 0 ? null : words.share(notVisible),
  );
}

function nothingObserved(document: ReportDocument, words: ReportWords): string {
  const { stats, period, recordsFrom, recordsUntil, selection, filter } = document;
  const zone = readerZone(document);
  const { since, until } = period;
  const exact = (instant: string): string =>
    unixSeconds(instant) % MINUTE_SECONDS === 0 ? words.time(instant, zone) : words.exactTime(instant, zone);
  const time = (instant: string | null): string | null => (instant === null ? null : exact(instant));
  if (stats.packets === 0 && (since !== null || until !== null) && recordsFrom !== null) {
    const records: RecordsEnd | null =
      until !== null && recordsFrom >= until
        ? { end: 'begin', time: exact(recordsFrom) }
        : since !== null && recordsUntil !== null && recordsUntil <= since
          ? { end: 'end', time: exact(recordsUntil) }
          : null;
    const nothing = words.nothingSeen.nothingObserved(time(since), time(until), records);
    const isInsideRecord = [since, until].some(
      (bound) => bound !== null && unixSeconds(bound) % QUARTER_SECONDS !== 0,
    );
    return records === null && isInsideRecord
      ? `${nothing}${words.clauseSeparator}${words.nothingSeen.wholeRecords}`
      : nothing;
  }
  if (stats.packets === 0) return words.nothingSeen.noPackets;
  if (filter !== undefined && stats.flows === 0)
    return words.nothingSeen.filtered(stats.packets, shellWord(filter));
  return selection === undefined
    ? words.nothingSeen.noHost(stats.packets)
    : words.nothingSeen.noHostOf(selectionWords(document, words) ?? '');
}
