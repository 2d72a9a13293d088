// Attempts in words: the columns of their table, for every format.

import type { ReportAttempt, ReportDocument } from '../../model/report.ts';
import type { Head } from './heads.ts';
import { readerZone, shortTime } from './instant.ts';
import { formatCount } from './quantity.ts';

/** Tools by ID in a cell; all of them are in JSON. */
const MAX_NAMED = 2;

export function attemptHeads(document: ReportDocument): readonly Head<ReportAttempt>[] {
  const zone = readerZone(document);
  return [
    { head: 'Host', of: ({ host }) => host },
    { head: 'Name', of: ({ name }) => name },
    { head: 'Result', of: resultText },
    { head: 'Attempts', isNumber: true, of: ({ attempts }) => formatCount(attempts) },
    { head: 'Passed', isNumber: true, of: ({ passed }) => formatCount(passed) },
    { head: 'Where', of: ({ leg }) => leg ?? 'not known' },
    { head: 'Fault', of: ({ fault }) => fault ?? 'not known' },
    { head: 'Confidence', of: ({ confidence }) => confidence },
    { head: 'First seen', of: ({ firstSeen }) => shortTime(firstSeen, zone) },
    { head: 'Last seen', of: ({ lastSeen }) => shortTime(lastSeen, zone) },
    { head: 'Tools', of: toolsText },
  ];
}

export const resultText = ({ result }: Pick<ReportAttempt, 'result'>): string => `attempted, ${result}`;

function toolsText({ tools }: ReportAttempt): string {
  const left = tools.length - MAX_NAMED;
  return `${tools.slice(0, MAX_NAMED).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** What the table means. */
export const ATTEMPT_NOTE =
  'These connections were stopped before the first request: they are no use and no violation. "diagnose" gives the evidence.';
