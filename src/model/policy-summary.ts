// Facts that the summary of a policy is a sum of. A document carries them with its summary, so that a part of it has verdicts too.

import { HIDDEN_ENTRY } from '../text/pseudonym.ts';
import type { TimeSpan } from '../time/spans.ts';
import type { FindingResult, OptOutReason } from './findings.ts';
import type { Policy, Rule, RuleTool } from './policy.ts';
import type { PathDay, PolicySummary, Range, ReportAttempt, RuleSummary, VerdictReason } from './report.ts';
import type { HiddenDestination } from './usage.ts';

interface UseOfHost {
  readonly host: string;
  readonly tool: string;
}

export interface UseFacts extends UseOfHost {
  /** Use that the evidence of the rule accepts, before the rule was announced. */
  readonly isBeforeAnnounced: boolean;
  /** Days of such use before the rule took effect. */
  readonly before: readonly string[];
  /** Any use, proved or not. */
  readonly isSeen: boolean;
  /** Its flows in the time of the rule show one end only, or contradict themselves. */
  readonly isUnproven: boolean;
  /** Such use while the rule was in force, grace and exceptions included. */
  readonly isInForce: boolean;
}

/** One use of a tool under a rule that wants its telemetry switched off. */
export interface OptOutUse extends UseOfHost {
  /** Null where no estimate is possible. */
  readonly payloadUp: Range | null;
  /** Times of telemetry that was surely sent; null: none was. */
  readonly times: { readonly firstUs: number; readonly lastUs: number } | null;
  readonly firstUseUs: number;
  readonly reasons: readonly OptOutReason[];
}

/** Connections of a host to a name of the rule's tools, while the rule was in force after its grace period. */
export interface ControlFacts {
  readonly host: string;
  readonly name: string;
  /** Tools that the rule denies. */
  readonly tools: readonly RuleTool[];
  /** Attempts that were stopped, by fault. */
  readonly attempts: readonly ReportAttempt[];
  readonly passed: number;
  readonly days: readonly string[];
}

/** Hidden traffic of a host in the time of a rule. */
export interface HiddenOfHost {
  /** Most in one quarter hour, with what has no local end. */
  readonly inQuarter: number;
  readonly onDay: number;
  readonly toVendor: number;
  /** Neither accepted nor to the vendor. */
  readonly parts: readonly HiddenDestination[];
  /** Bytes by line of the policy. */
  readonly accepted: readonly number[];
}

/** Bytes of one host while the rule was in force for it, grace left out. */
export interface HostBytes {
  readonly host: string;
  /** A router, resolver or address server, which asked for nothing; absent: not. */
  readonly isSighted?: true;
  readonly bytes: number;
  readonly notVisible: number;
  /** Not parsed, between local networks. */
  readonly inside: number;
  /** Flows whose packets contradict each other. */
  readonly conflicts: number;
  readonly oneWay: number;
  readonly tunnels: number;
  /** Missing bytes of captured flows. */
  readonly lost: number;
  /** Names were asked for and answered, and no connection was captured. */
  readonly isUnconnected: boolean;
  readonly hidden: HiddenOfHost;
}

/** The time of a verdict and its hosts: what limits the verdict is a sum over these, or over some of them. */
export interface LimitFacts extends Pick<RuleSummary, 'observed'> {
  /** Null: there is no such time. */
  readonly span: TimeSpan | null;
  /** Observed parts of the time; null: all of it. */
  readonly spans: readonly TimeSpan[] | null;
  /** Reasons that do not depend on hosts: those of the time, of reading, and those that come last. */
  readonly ofTime: readonly VerdictReason[];
  readonly ofReading: readonly VerdictReason[];
  readonly last: readonly VerdictReason[];
  /** Starts of windows without an account of traffic, in Unix seconds. */
  readonly withoutAccount: readonly number[];
  readonly hosts: readonly HostBytes[];
  /** Hidden traffic without a local end. */
  readonly unowned: HiddenOfHost;
  /** Hosts that the rule may mean by names that other machines claim too. */
  readonly contested: readonly string[];
  /** Pseudonyms that the rule may mean: its scope lists what they hide. */
  readonly pseudonyms: readonly string[];
  /** Entries of the scope without a host that had traffic. */
  readonly notSeen: readonly string[];
  readonly policy: Pick<Policy, 'accept' | 'hiddenBytes'>;
}

/** Hosts of a rule with a required path, and the connections of their tools. */
export interface PathFacts {
  readonly through: ReadonlySet<string>;
  readonly around: ReadonlySet<string>;
  readonly unclear: ReadonlySet<string>;
  readonly unknown: ReadonlySet<string>;
  /** Days are sorted by host, tool and day. */
  readonly days: readonly PathDay[];
}

/** Facts of one line of the summary. */
export interface RuleFacts {
  readonly rule: Rule;
  readonly findings: readonly (UseOfHost & { readonly result: FindingResult })[];
  /** Suspected findings whose violation of the rule is undecidable. */
  readonly open: readonly UseOfHost[];
  readonly uses: readonly UseFacts[];
  /** Only the default has entries: APIs, gateways and relays that programs without a name called, and no rule is about. */
  readonly unnamed: readonly UseOfHost[];
  /** Hosts by path, for a rule with a required path; null for others. */
  readonly paths: PathFacts | null;
  /** Only a rule that wants telemetry switched off has entries. */
  readonly optOuts: readonly OptOutUse[];
  /** Attempts to use what a deny rule denies. */
  readonly control: readonly ControlFacts[];
  readonly limits: LimitFacts;
}

export interface SummaryFacts {
  readonly rules: readonly RuleFacts[];
  /** Tools that the document was narrowed to; empty: all. */
  readonly tools: readonly string[];
}

const FACTS = Symbol('facts');

/** Facts are not enumerable: no format prints them, and comparisons of summaries ignore them. */
export const withFacts = (rules: readonly RuleSummary[], facts: SummaryFacts): PolicySummary =>
  Object.defineProperty({ rules }, FACTS, { value: facts });

/** Undefined for a summary that was read from JSON. */
export const findFacts = (summary: PolicySummary): SummaryFacts | undefined => Reflect.get(summary, FACTS);

/** The same facts by other names of hosts. */
export function renameFacts({ rules, tools }: SummaryFacts, nameOf: (host: string) => string): SummaryFacts {
  const rename = <T extends { readonly host: string }>(item: T): T => ({ ...item, host: nameOf(item.host) });
  const renameAll = (hosts: ReadonlySet<string>): Set<string> => new Set([...hosts].map(nameOf));
  const renamed = rules.map(
    ({ findings, open, uses, unnamed, paths, optOuts, control, limits, ...facts }): RuleFacts => ({
      ...facts,
      // A finding has more fields, and names its host in them.
      findings: findings.map(({ host, tool, result }) => ({ host: nameOf(host), tool, result })),
      open: open.map(rename),
      uses: uses.map(rename),
      unnamed: unnamed.map(rename),
      paths: paths && {
        through: renameAll(paths.through),
        around: renameAll(paths.around),
        unclear: renameAll(paths.unclear),
        unknown: renameAll(paths.unknown),
        days: paths.days.map(rename),
      },
      optOuts: optOuts.map(rename),
      control: control.map((facts) => ({ ...rename(facts), attempts: facts.attempts.map(rename) })),
      limits: {
        ...limits,
        hosts: limits.hosts.map(rename),
        contested: limits.contested.map(nameOf),
        pseudonyms: limits.pseudonyms.map(nameOf),
        notSeen: limits.notSeen.map(() => HIDDEN_ENTRY),
      },
    }),
  );
  return { rules: renamed, tools };
}
