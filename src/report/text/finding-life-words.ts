// The life of a finding in words: its state, who set it, when and why; the same in every output.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { FINDING_STATES, type FindingState } from '../../model/words.ts';
import { visibleText } from '../../text/visible-text.ts';
import { type ReaderZone, shortDay, shortTime } from './instant.ts';
import { plural } from './quantity.ts';

export const STATE_WORDS: Readonly<Record<FindingState, string>> = {
  new: 'new',
  acknowledged: 'acknowledged',
  assigned: 'assigned',
  exceptionRequested: 'exception requested',
  closed: 'closed',
};

/** "assigned to ben", "new again, closed on 07-14"; empty without a log. */
export function stateText({ life }: Pick<Finding, 'life'>, zone: ReaderZone): string {
  if (life === undefined) return '';
  const { state, assignee, closedBefore } = life;
  if (closedBefore !== undefined) return `new again, closed on ${shortDay(closedBefore, zone)}`;
  return state === 'assigned' && assignee !== null
    ? `assigned to ${visibleText(assignee)}`
    : STATE_WORDS[state];
}

/** "07-14 10:12 by anna: program removed"; empty without an entry. */
export function lastChange({ life }: Pick<Finding, 'life'>, zone: ReaderZone): string {
  const last = life?.last ?? null;
  if (last === null) return '';
  return `${shortTime(last.time, zone)} by ${visibleText(last.who)}: ${visibleText(last.why)}`;
}

/** "States of 5 findings: 3 new, 2 closed. Every state counts in the verdict."; empty without a log. */
export function statesSentence({ findings = [], findingLog }: ReportDocument): string {
  if (findingLog === undefined || findings.length === 0) return '';
  const closedBefore = findings.filter(({ life }) => life?.closedBefore !== undefined).length;
  const again = closedBefore === 0 ? '' : ` (${closedBefore} closed before)`;
  const counts = FINDING_STATES.flatMap((state) => {
    const count = findings.filter(({ life }) => life?.state === state).length;
    return count === 0 ? [] : [`${count} ${STATE_WORDS[state]}${state === 'new' ? again : ''}`];
  });
  return `States of ${plural(findings.length, 'finding')}: ${counts.join(', ')}. Findings of every state count in the verdict and in the totals.`;
}

/** What of the log cannot be relied on; null for a whole log with verified signatures. */
export function logSentence({ findingLog }: ReportDocument): string | null {
  if (findingLog === undefined) return null;
  const { fault, signatures, entries } = findingLog;
  if (fault !== null)
    return `The log of findings: ${visibleText(fault)}. ${plural(entries, 'entry', 'entries')} before it ${entries === 1 ? 'is' : 'are'} used.`;
  return signatures ? null : 'The signatures of the log of findings were not verified (--finding-key).';
}
