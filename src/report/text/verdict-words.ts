// What a verdict rests on, in words: the time it speaks of, how much of that was observed, and what limits it.

import type { PolicyHeader, RuleSummary, VerdictReason } from '../../model/report.ts';
import { formatCount, formatShare, plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { formatDayIn, longTime, type ReaderZone, unixSeconds } from './instant.ts';

type PolicyRule = PolicyHeader['rules'][number];

const UNITS: readonly { readonly noun: string; readonly seconds: number; readonly least: number }[] = [
  { noun: 'day', seconds: DAY_SECONDS, least: 4 },
  { noun: 'hour', seconds: 3600, least: 2 },
  { noun: 'minute', seconds: 60, least: 2 },
  { noun: 'second', seconds: 1, least: 0 },
];

/** "38 of 42 hours from 13 July 00:00 to 14 July 18:00 (Asia/Shanghai) were observed"; empty where nothing is known. */
export function observedSentence({ observed }: RuleSummary, zone: Zone): string {
  if (observed === null) return '';
  const whole = unixSeconds(observed.until) - unixSeconds(observed.since);
  const from = `from ${longTime(observed.since, zone)} to ${longTime(observed.until, zone)} (${zone.name})`;
  const unit = UNITS.find(({ seconds, least }) => whole >= least * seconds);
  if (unit === undefined || whole <= 0) return `observed ${from}`;
  // Rounded down: what was observed is never overstated.
  const amount = (seconds: number): string =>
    String(Math.floor((seconds / unit.seconds) * 10) / 10).replace(/^0$/, 'none');
  const total = amount(whole);
  if (observed.share === 1) return `observed without a gap ${from}`;
  return `observed ${amount(Math.min(observed.seconds, whole))} of ${total} ${unit.noun}s (${formatShare(observed.share)}) ${from}`;
}

/** One part of a sentence each, in lower case and without a full stop. */
export function reasonWords(
  reason: VerdictReason,
  rule: PolicyRule,
  summary: RuleSummary,
  zone: Zone,
): string {
  const time = (instant: string | null | undefined): string =>
    instant === null || instant === undefined ? '' : longTime(instant, zone);
  const behind = reason.until === null || reason.until === undefined ? 'on' : `to ${time(reason.until)}`;
  const whileInForce = `while the rule was in force${rule.graceUntil === null ? '' : ' and its grace period over'}`;
  const seen = `${plural(summary.hostsSeen, 'host')} in scope`;
  switch (reason.reason) {
    case 'blind':
      return `interface ${visibleText(reason.detail ?? '')} is down since ${time(reason.since)}: nothing of it is observed`;
    case 'interrupted':
      return reason.since === undefined
        ? 'the reading was interrupted before it began'
        : `the reading was interrupted at the packets of ${time(reason.since)}; what comes after was not read`;
    case 'cut':
      return `a capture is cut or damaged: nothing is known from ${time(reason.since)} ${behind}`;
    case 'unread':
      return `not read, or not whole: ${fewNames(reason.detail ?? '')}`;
    case 'notYetInForce':
      return `the rule takes effect on ${time(reason.since)}, and all that was read is older`;
    case 'onlyGrace':
      return reason.until === undefined
        ? 'the rule ends before its grace period does'
        : `all that was read lies before the end of the grace period on ${time(reason.until)}`;
    case 'ended':
      return `the rule ended on ${time(reason.since)}, and all that was read is younger`;
    case 'noHosts':
      return `no host in scope was on the network ${whileInForce}`;
    case 'unobserved':
      return `${formatShare(reason.share ?? 0)} of the time was not observed, the longest part from ${time(reason.since)} ${behind}`;
    case 'dark':
      return (reason.share ?? 0) > 0.5
        ? `${formatShare(reason.share ?? 0)} of the bytes of ${seen} could not be looked into`
        : `${summary.hostsDark} of ${seen} could not be looked into`;
    case 'loss':
      return `${formatShare(reason.share ?? 0)} of the packets were lost`;
    case 'oneWay':
      return `of ${plural(Number(reason.detail), 'host')} much was seen in one direction only`;
    case 'conflict':
      return `packets of ${plural(Number(reason.detail), 'flow')} contradict each other, so that a name may be hidden`;
    case 'suspected':
      return `use by ${plural(Number(reason.detail), 'host')} may break the rule: the program behind it, or the number of its requests, is not sure`;
    case 'otherPrograms':
      return `programs that are not known called APIs, gateways or suspected relays on ${plural(Number(reason.detail), 'host')}, and no rule is about these`;
    case 'unproven':
      return `use by ${plural(Number(reason.detail), 'host')} is suspected, but its flows do not show both ends without contradiction`;
    case 'path':
      return `the logs of ${plural(Number(reason.detail), 'host')} do not show which proxy the use went through`;
    case 'evidence':
      return `the evidence that the rule requires can never be seen: ${unmetWords(reason)}`;
    case 'someEvidence':
      return `of some tools, the evidence that the rule requires can never be seen: ${unmetWords(reason)}`;
    case 'hiddenServices':
      return 'services behind TLS, in HTTP/2, on the loopback interface or without a request are not visible';
    case 'part':
      return 'no violation among the tools that were asked for, and the rule names others too';
  }
}

/** Without the changes to a rule that "policy check" proposes. */
function unmetWords({ unmet, detail = '' }: VerdictReason): string {
  if (unmet === undefined) return visibleText(detail);
  const texts = unmet.map(({ requirement, required, tools, moreTools }) => {
    const names = `${tools.join(', ')}${moreTools > 0 ? ` and ${formatCount(moreTools)} more` : ''}`;
    return {
      confidence: `use of ${names} is never better proved than ${required[0] === 'certain' ? 'likely' : 'possible'}`,
      roles: `no name of ${names} has the role ${required.join(' or ')}`,
      counts: `requests of ${names} cannot be counted`,
    }[requirement];
  });
  return visibleText(texts.join('; '));
}

/** A verdict is no list of files. */
const MOST_NAMES = 3;

function fewNames(detail: string): string {
  const names = detail.split(', ');
  const more = names.length - MOST_NAMES;
  return `${visibleText(names.slice(0, MOST_NAMES).join(', '))}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}

/** The day on which the grace period ends, "13 July". */
export const graceEnd = (rule: PolicyRule, zone: ReaderZone): string | null =>
  rule.graceUntil === null ? null : formatDayIn(zone.dayOf(unixSeconds(rule.graceUntil)), zone);
