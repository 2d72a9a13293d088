// Describes the life of a finding: its state, who set it, when and why; identical in every output.

import { FINDING_STATES, type FindingState } from '../../model/findings.ts';
import type { Finding, ReportDocument } from '../../model/report.ts';
import { visibleText } from '../../text/visible-text.ts';
import { ENGLISH_WORDS, type ReportWords } from './english-words.ts';
import type { ReaderZone } from './instant-text.ts';

export const STATE_WORDS: Readonly<Record<FindingState, string>> = ENGLISH_WORDS.findings.states;

/** Returns "assigned to ben" or "new again, closed on 07-14"; empty without a log. */
export function stateText(
  { life }: Pick<Finding, 'life'>,
  zone: ReaderZone,
  words: ReportWords = ENGLISH_WORDS,
): string {
  if (life === undefined) return '';
  const { state, assignee, closedBefore } = life;
  if (closedBefore !== undefined) return words.findings.newAgain(words.shortDay(closedBefore, zone));
  return state === 'assigned' && assignee !== null
    ? words.findings.assignedTo(visibleText(assignee))
    : words.findings.states[state];
}

/** Returns "07-14 10:12 by anna: program removed"; empty without an entry. */
export function lastChange({ life }: Pick<Finding, 'life'>, zone: ReaderZone, words: ReportWords): string {
  const last = life?.last ?? null;
  if (last === null) return '';
  return words.findings.changed(
    words.shortTime(last.time, zone),
    visibleText(last.who),
    visibleText(last.why),
  );
}

/** Returns "States of 5 findings: 3 new, 2 closed. Every state counts in the verdict."; empty without a log. */
export function statesSentence(
  { findings = [], findingLog }: ReportDocument,
  words: ReportWords = ENGLISH_WORDS,
): string {
  if (findingLog === undefined || findings.length === 0) return '';
  const closedBefore = findings.filter(({ life }) => life?.closedBefore !== undefined).length;
  const again = closedBefore === 0 ? '' : words.findings.closedBefore(closedBefore);
  const counts = FINDING_STATES.flatMap((state) => {
    const count = findings.filter(({ life }) => life?.state === state).length;
    return count === 0 ? [] : [`${count} ${words.findings.states[state]}${state === 'new' ? again : ''}`];
  });
  return words.findings.statesOf(findings.length, counts);
}

/** States which part of the log is not reliable; null for a complete log with verified signatures. */
export function logSentence(
  { findingLog }: ReportDocument,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  if (findingLog === undefined) return null;
  const { fault, signatures, entries } = findingLog;
  if (fault !== null) return words.findings.brokenLog(visibleText(fault), entries);
  return signatures ? null : words.findings.unsignedLog;
}
