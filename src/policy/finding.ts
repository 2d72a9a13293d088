// Builds a finding of a rule about one host and one tool, with the evidence of the quarter hours that it covers.

import type { Confidence } from '../model/confidence.ts';
import type { BREACHES, Severity } from '../model/findings.ts';
import { omitEmpty, omitUndefined } from '../model/omit-undefined.ts';
import type { Rule } from '../model/policy.ts';
import type { Finding, FindingService, FindingUpload, ToolUse } from '../model/report.ts';
import {
  type ApiPart,
  evidenceDuring,
  type HostTool,
  sensorsDuring,
  type UsageQuarter,
} from '../model/tool.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import type { Zone } from '../time/zone.ts';
import type { Phases } from './phases.ts';
import {
  addUp,
  hasUse,
  isProven,
  lowerConfidence,
  mayMeet,
  meetsThresholds,
  type RuleEvidence,
} from './rule-evidence.ts';
import type { PolicySubject } from './subjects.ts';

export interface SeenUse {
  /** The row that findings refer to. */
  readonly use: ToolUse;
  /** The traffic that the rule matches. */
  readonly tool: Pick<HostTool, 'use' | 'evidenceIn' | 'sensorsIn'>;
  /** The row that contains this traffic. */
  readonly whole: HostTool;
  /** Present if the rule matches an API: the API, and its names that the tool requested. */
  readonly api?: ApiPart['api'];
  readonly names?: ReadonlySet<string>;
  readonly phases: Phases;
  /**
   * Maximum confidence if the rule matches an API: that of the row, because the API is more certain than its client.
   */
  readonly ceiling?: Confidence;
  /** Returns the uploads above the limit of the rule in some quarter hours (their starts). */
  readonly uploadsIn?: (quarters: ReadonlySet<number>) => readonly FindingUpload[];
  /** Present if the host runs this service: returns its use in some quarter hours (their starts). */
  readonly serviceIn?: (quarters: ReadonlySet<number>) => FindingService;
}

export interface Seen extends SeenUse {
  readonly subject: PolicySubject;
  /** The program is unknown, so that the finding is at most suspected. */
  readonly isUnseen?: true;
  /** Time zone of the days in the report. */
  readonly zone: Zone;
}

/** `isOpen`: it is undecidable if the use violates the rule. */
export interface Found {
  readonly found: Finding;
  readonly isOpen: boolean;
}

export const toSettled = (found: Finding): Found => ({ found, isOpen: false });

export const listDays = (zone: Zone, quarters: readonly UsageQuarter[]): string[] =>
  [...new Set(quarters.map(({ startSeconds }) => zone.dayOf(startSeconds)))].sort(compareText);

/** Applies the thresholds to the whole time in force. A single phase requires only one certain unit of each. */
function isShown(rule: Rule, evidence: RuleEvidence): boolean {
  const { minRequests, minActiveMinutes } = rule.evidence;
  if (!evidence.qualifies || evidence.provenRequests < Math.min(1, minRequests)) return false;
  return evidence.provenMinutes >= Math.min(1, minActiveMinutes);
}

/** Returns the severity of suspected use, one step below that of proved use. */
export function lowerSeverity(severity: Severity): Severity {
  return severity === 'critical'
    ? 'high'
    : severity === 'high'
      ? 'medium'
      : severity === 'info'
        ? 'info'
        : 'low';
}

export const NEXT_STEPS: Readonly<Record<Finding['result'], string>> = {
  violation: 'ask the owner of the host; the evidence lists the names and the flows',
  grace: 'tell the owner when the grace period ends',
  suspected: 'no proof: look at the host itself before anybody is asked',
  updateOnly: 'the tool is installed but was not used; removing it ends the checks',
  telemetryOnly: 'the tool runs or ran without a model request that could be seen',
  exempt: 'nothing to do before the exception ends',
  bypass: 'ask why the host does not use the gateway; block the direct way with `policy export`',
  telemetrySent: 'set the opt-out on the host and restart the tool; block its telemetry with `policy export`',
  uploaded: 'ask the owner of the host what was sent; large contexts are common with agents',
  attempted: 'no use: it was stopped; where it goes on, tell the owner that the tool is not allowed',
};

/** Sums the requests of all clients; null if some were not counted. */
function findRequests({ clients }: FindingService): Finding['requests'] {
  let sum = 0;
  for (const { requests } of clients) {
    if (requests === null || requests.max === null) return null;
    sum += requests.min;
  }
  return { min: sum, max: sum };
}

/** The next steps for a service that a host runs. */
const SERVICE_NEXT_STEPS: Readonly<Partial<Record<Finding['result'], string>>> = {
  violation: 'ask the owner of the host; stop the service, or let only hosts reach it that may',
  suspected: 'no proof: look at the host itself before anybody is asked',
};

export function buildFinding(
  rule: Rule,
  seen: Seen,
  result: Finding['result'],
  severity: Severity,
  sum: RuleEvidence,
): Finding {
  const { tool, use } = seen;
  const host = seen.subject.identity.host;
  const quarters = new Set(sum.quarters.map(({ startSeconds }) => startSeconds));
  const evidence = evidenceDuring(tool, quarters);
  const sensors = sensorsDuring(tool, quarters);
  const service = seen.serviceIn?.(quarters);
  return {
    id: `${rule.id}/${rule.rev}/${host}/${use.tool}/${result}`,
    rule: rule.id,
    rev: rule.rev,
    host,
    tool: use.tool,
    result,
    severity,
    confidence: sum.confidence === null ? use.confidence : lowerConfidence(sum.confidence, seen.ceiling),
    first: formatInstant(sum.firstUs),
    last: formatInstant(sum.lastUs),
    days: listDays(seen.zone, sum.quarters),
    activeMinutes: sum.activeMinutes,
    requests: service === undefined ? sum.requests : findRequests(service),
    payloadUp: sum.payloadUp,
    exception: result === 'exempt' ? seen.phases.exception : null,
    evidence: evidence.filter((item) => item.for),
    against: evidence.filter((item) => !item.for),
    next: (service === undefined ? undefined : SERVICE_NEXT_STEPS[result]) ?? NEXT_STEPS[result],
    references: rule.references,
    ...omitUndefined({ service, uploads: seen.uploadsIn?.(quarters) }),
    ...omitEmpty({ sensors }),
  };
}

/** Returns the result of use that a rule denies. */
export const nameBreach = ({ via, telemetry, upload }: Rule): (typeof BREACHES)[number] => {
  if (via !== null) return 'bypass';
  if (upload !== null) return 'uploaded';
  return telemetry === null ? 'violation' : 'telemetrySent';
};

/** Lists the findings about use by phase: exempt, in the grace period, and while the rule is in force. */
export function listPhaseFindings(rule: Rule, seen: Seen): Found[] {
  const { grace, after, exempt } = seen.phases.quarters;
  const all: Found[] = [];
  const sum = addUp(rule, [...grace, ...after]);
  if (hasUse(rule, exempt))
    all.push(toSettled(buildFinding(rule, seen, 'exempt', 'info', addUp(rule, exempt))));
  for (const [quarters, result, severity] of [
    [grace, 'grace', rule.graceSeverity],
    [after, nameBreach(rule), rule.severity],
  ] as const) {
    if (!hasUse(rule, quarters)) continue;
    const proven = addUp(
      rule,
      quarters.filter((quarter) => isProven(rule, quarter)),
    );
    if (meetsThresholds(rule, sum) && isShown(rule, proven))
      all.push(toSettled(buildFinding(rule, seen, result, severity, proven)));
    else if (result !== 'grace') {
      const found = buildFinding(
        rule,
        seen,
        'suspected',
        lowerSeverity(rule.severity),
        addUp(rule, quarters),
      );
      all.push({ found, isOpen: rule.telemetry === null && mayMeet(rule, sum) });
    }
  }
  return all;
}
