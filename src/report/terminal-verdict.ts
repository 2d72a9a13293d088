// The verdict at the head of a report with a policy: kept, not kept or cannot say, one paragraph per ban.

import type { ReportDocument, RuleSummary } from '../model/report.ts';
import { openZone, type Zone } from '../model/zone.ts';
import { formatDate, formatDay, unixSeconds } from './instant.ts';
import type { PolicyRule } from './outcome.ts';
import { plural } from './quantity.ts';
import { type Painter, type Role, wrap } from './text-layout.ts';
import { visibleText } from './visible-text.ts';

export interface Verdict {
  readonly rule: PolicyRule;
  readonly summary: RuleSummary;
  readonly label: 'NOT KEPT' | 'KEPT' | 'CANNOT SAY';
  readonly headline: string;
  /** One sentence with the two numbers that matter. */
  readonly sentence: string;
  /** "1 suspected", "1 exempt", …; only what is above zero. */
  readonly counts: readonly string[];
}

const LABELS = { kept: 'KEPT', notKept: 'NOT KEPT', cannotSay: 'CANNOT SAY' } as const;
const ORDER = { notKept: 0, cannotSay: 1, kept: 2 } as const;
const ROLES: Readonly<Record<Verdict['label'], Role>> = {
  'NOT KEPT': 'bad',
  KEPT: 'good',
  'CANNOT SAY': 'warn',
};

/** The bans, the worst first; rules that only observe or allow have no verdict worth a headline. */
export function verdicts(document: ReportDocument): Verdict[] {
  const zone = openZone(document.policy?.timezone ?? document.period.timezone);
  const rules = new Map((document.policy?.rules ?? []).map((rule) => [rule.id, rule]));
  const all: Verdict[] = [];
  for (const summary of document.summary?.rules ?? []) {
    const rule = rules.get(summary.rule);
    if (rule?.action === 'deny') all.push(judge(rule, summary, zone));
  }
  return all.sort((a, b) => ORDER[a.summary.verdict] - ORDER[b.summary.verdict]);
}

function judge(rule: PolicyRule, summary: RuleSummary, zone: Zone): Verdict {
  const day = (instant: string): string => zone.dayOf(unixSeconds(instant));
  const from = rule.effective === null ? '' : `, from ${formatDate(day(rule.effective))}`;
  const grace =
    rule.graceUntil === null ? '' : ` after the grace period (from ${formatDay(day(rule.graceUntil))})`;
  const hosts = `${summary.inScope} ${summary.inScope === 1 ? 'host' : 'hosts'} in scope`;
  const sentence = {
    notKept: `${summary.after} of ${hosts} used it${grace === '' ? ' while the rule was in force' : grace}`,
    kept: `not seen on any of ${hosts}${grace}`,
    cannotSay: `more than half of the bytes of ${hosts} could not be seen`,
  }[summary.verdict];
  const counts = [
    summary.suspected > 0 ? `${summary.suspected} suspected` : '',
    summary.grace > 0 ? `${summary.grace} only in the grace period` : '',
    summary.exempt > 0 ? `${summary.exempt} exempt` : '',
    summary.notSeenSince > 0 ? `${summary.notSeenSince} not seen since` : '',
  ].filter((text) => text !== '');
  return {
    rule,
    summary,
    label: LABELS[summary.verdict],
    headline: `${visibleText(rule.title)}${from} (${visibleText(rule.id)} rev ${rule.rev})`,
    sentence,
    counts,
  };
}

export function verdictLines(document: ReportDocument, width: number, paint: Painter): string[] {
  return verdicts(document).flatMap((verdict) => {
    const label = `${verdict.label}  `.padEnd(10);
    const indent = ' '.repeat(label.length);
    const room = Math.max(30, width - label.length);
    const [first = '', ...rest] = wrap(verdict.headline, room);
    const dark = verdict.label === 'KEPT' ? seenSentence(document) : '';
    return [
      paint(ROLES[verdict.label], label) + first,
      ...[
        ...rest,
        ...wrap(verdict.sentence, room),
        ...wrap(verdict.counts.join('   '), room),
        ...wrap(dark, room),
      ].map((line) => indent + line),
      '',
    ];
  });
}

/** "Not seen" is worth what the sensor saw; it stands beside every "kept". */
function seenSentence(document: ReportDocument): string {
  const { packets, kernelDrops } = document.stats;
  const damaged = document.captures.filter(({ truncated, error }) => truncated || error !== undefined).length;
  if (kernelDrops === 0 && damaged > 0) {
    return `${plural(packets, 'packet')} read, but ${plural(damaged, 'capture')} not to the end`;
  }
  if (kernelDrops === 0) return `${plural(packets, 'packet')} read, none lost`;
  return `this sensor saw ${((packets / (packets + kernelDrops)) * 100).toFixed(2)} % of packets`;
}
