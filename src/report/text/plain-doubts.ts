// Describes the limits of a report's answer in seven kinds that need no knowledge of networks, and who can resolve
// each.

import type { ReportDocument, VerdictReason } from '../../model/report.ts';
import { hidesNames } from '../../model/window-words.ts';
import { notVisibleRows, notVisibleShare } from './not-visible-text.ts';
import type { Verdict } from './verdict.ts';

export type DoubtKind = 'time' | 'traffic' | 'packets' | 'inputs' | 'programs' | 'evidence' | 'notInForce';

export interface Doubt {
  readonly kind: DoubtKind;
  /** Null: no single share applies. */
  readonly share: number | null;
  /** IDs of the inconclusive rules that it limits; empty if it limits all of them. */
  readonly rules: readonly string[];
}

const KINDS: Readonly<Record<VerdictReason['reason'], DoubtKind>> = {
  blind: 'time',
  unobserved: 'time',
  interrupted: 'inputs',
  cut: 'inputs',
  unread: 'inputs',
  ignored: 'inputs',
  noAccount: 'inputs',
  notYetInForce: 'notInForce',
  onlyGrace: 'notInForce',
  ended: 'notInForce',
  noHosts: 'notInForce',
  notSeen: 'traffic',
  notVisible: 'traffic',
  hidden: 'traffic',
  hiddenVendor: 'traffic',
  path: 'traffic',
  unsized: 'inputs',
  loss: 'packets',
  sampled: 'packets',
  filtered: 'packets',
  excluded: 'packets',
  excludedLocal: 'packets',
  unconnected: 'packets',
  wrongLengths: 'packets',
  wrongTimes: 'packets',
  oneWay: 'packets',
  conflict: 'packets',
  contestedNames: 'programs',
  pseudonyms: 'inputs',
  suspected: 'programs',
  otherPrograms: 'programs',
  unproven: 'programs',
  optOut: 'programs',
  part: 'programs',
  evidence: 'evidence',
  someEvidence: 'evidence',
  hiddenServices: 'evidence',
};

const BY: Readonly<Record<DoubtKind, 'network' | 'security' | 'owner'>> = {
  time: 'network',
  traffic: 'network',
  packets: 'network',
  inputs: 'network',
  programs: 'security',
  evidence: 'owner',
  notInForce: 'owner',
};

/** Returns the role that can resolve the doubt. */
export const findResponsible = (kind: DoubtKind): 'network' | 'security' | 'owner' => BY[kind];

/** Lists each kind once, from the verdicts and from the read. */
export function listDoubts(document: ReportDocument, judged: readonly Verdict[]): Doubt[] {
  const found = new Set(judged.flatMap(({ summary }) => summary.reasons.map(({ reason }) => KINDS[reason])));
  const { stats, coverage, unrecorded, interrupted, incomplete, clockErrors, filter } = document;
  const malformed = Object.values(stats.malformed).reduce((sum, count) => sum + count, 0);
  const note = (kind: DoubtKind, isThere: boolean): void => {
    if (isThere) found.add(kind);
  };
  note('time', (unrecorded ?? []).length > 0 || coverage.some(({ gaps }) => gaps.length > 0));
  note(
    'traffic',
    notVisibleRows(document).some(({ kind }) => hidesNames(kind)),
  );
  note(
    'packets',
    stats.kernelDrops + stats.evictedFlows + stats.snaplenCut + malformed > 0 || filter !== undefined,
  );
  note('inputs', interrupted === true || (incomplete ?? []).length > 0 || clockErrors !== undefined);
  const shares: Partial<Record<DoubtKind, number | null>> = {
    time: unobservedShare(judged),
    traffic: notVisibleShare(document) || null,
  };
  return (Object.keys(BY) as DoubtKind[])
    .filter((kind) => found.has(kind))
    .map((kind) => ({ kind, share: shares[kind] ?? null, rules: rulesLimited(judged, kind) }));
}

function rulesLimited(judged: readonly Verdict[], kind: DoubtKind): string[] {
  const open = judged.filter(({ summary }) => summary.verdict === 'inconclusive');
  const limited = open.filter(({ summary }) => summary.reasons.some(({ reason }) => KINDS[reason] === kind));
  return limited.length === open.length ? [] : limited.map(({ rule }) => rule.id);
}

/** Returns the share of the least observed rule; null if all was observed, or if nothing is known. */
function unobservedShare(judged: readonly Verdict[]): number | null {
  const shares = judged.flatMap(({ summary: { observed } }) =>
    observed === null ? [] : [1 - observed.share],
  );
  const most = Math.max(0, ...shares);
  return most > 0 ? most : null;
}
