// Declares the facts from which the summary of a policy is computed. A document contains them, so that a part of it has
// verdicts too.

import { HIDDEN_ENTRY } from '../text/pseudonym.ts';
import type { TimeSpan } from '../time/spans.ts';
import type { FindingResult, OptOutReason } from './findings.ts';
import type { Policy, Rule, RuleTool } from './policy.ts';
import type { PathDay, PolicySummary, Range, ReportAttempt, RuleSummary, VerdictReason } from './report.ts';
import type { HiddenPart } from './usage.ts';

interface UseOfHost {
  readonly host: string;
  readonly tool: string;
}

export interface UseFacts extends UseOfHost {
  /** Use that the evidence of the rule accepts, before the rule was announced. */
  readonly isBeforeAnnounced: boolean;
  /** Days of use that the rule's evidence accepts, before the rule took effect. */
  readonly before: readonly string[];
  /** Any use, proved or not. */
  readonly isSeen: boolean;
  /** Its flows in the time of the rule show only one end, or contradict each other. */
  readonly isUnproven: boolean;
  /** Use that the rule's evidence accepts while the rule was in force, including grace period and exceptions. */
  readonly isInForce: boolean;
}

/** Use of a tool under a rule that requires its telemetry to be switched off. */
export interface OptOutUse extends UseOfHost {
  /** Null if no estimate is possible. */
  readonly payloadUp: Range | null;
  /** Times at which telemetry was certainly sent; null if none was. */
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
  /** Maximum in one quarter hour, including traffic without a local end. */
  readonly inQuarter: number;
  readonly onDay: number;
  readonly toVendor: number;
  /** Hidden traffic that the policy does not accept and that did not go to the vendor. */
  readonly parts: readonly HiddenPart[];
  /** Bytes by line of the policy. */
  readonly accepted: readonly number[];
}

/** Bytes of one host while the rule was in force after its grace period. */
export interface HostBytes {
  readonly host: string;
  /** The host is a router, resolver or address server and made no requests of its own; absent: it is not. */
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
  /** The host queried or contacted names, but no answered connection was captured. */
  readonly isUnconnected: boolean;
  /** The host sent a hello to a name of the rule, and no answer was captured. */
  readonly isUnanswered: boolean;
  /** Logs do not have the bytes of connections that may hide use of the rule, or of any connection. */
  readonly isUnsized: boolean;
  readonly hidden: HiddenOfHost;
}

/** The time and hosts of a verdict. Limits of the verdict are sums over all or some of these. */
export interface LimitFacts extends Pick<RuleSummary, 'observed'> {
  /** Null if the data contain no such time. */
  readonly span: TimeSpan | null;
  /** Observed parts of the time; null: all of it. */
  readonly spans: readonly TimeSpan[] | null;
  /** Reasons that do not depend on hosts, but on the time or on the reading of inputs. */
  readonly ofTime: readonly VerdictReason[];
  readonly ofReading: readonly VerdictReason[];
  readonly last: readonly VerdictReason[];
  /** Starts of windows that lack an account of traffic, in Unix seconds. */
  readonly withoutAccount: readonly number[];
  readonly hosts: readonly HostBytes[];
  /** Hidden traffic without a local end. */
  readonly unowned: HiddenOfHost;
  /** Hosts that the rule matches only by names that other machines claim too. */
  readonly contested: readonly string[];
  /** Pseudonyms that the rule may match: its scope lists attributes that they hide. */
  readonly pseudonyms: readonly string[];
  /** Entries of the scope whose hosts had no traffic. */
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
  /** Findings that are only suspected: it is undecidable if they violate the rule. */
  readonly open: readonly UseOfHost[];
  readonly uses: readonly UseFacts[];
  /**
   * APIs, gateways and relays that unnamed programs called and that no rule covers. Only the default rule has entries.
   */
  readonly unnamed: readonly UseOfHost[];
  /** Hosts by path, for a rule with a required path; null for others. */
  readonly paths: PathFacts | null;
  /** Entries exist only for a rule that requires telemetry to be switched off. */
  readonly optOuts: readonly OptOutUse[];
  /** Attempts to use tools that a deny rule forbids. */
  readonly control: readonly ControlFacts[];
  readonly limits: LimitFacts;
}

export interface SummaryFacts {
  readonly rules: readonly RuleFacts[];
  /** Tools that the document was limited to; empty: all. */
  readonly tools: readonly string[];
}

const FACTS = Symbol('facts');

/** Facts are not enumerable: no format prints them, and comparisons of summaries ignore them. */
export const withFacts = (rules: readonly RuleSummary[], facts: SummaryFacts): PolicySummary =>
  Object.defineProperty({ rules }, FACTS, { value: facts });

/** Returns undefined for a summary that was read from JSON. */
export const findFacts = (summary: PolicySummary): SummaryFacts | undefined => Reflect.get(summary, FACTS);

/** Replaces the names of hosts in the facts. */
export function renameFacts({ rules, tools }: SummaryFacts, nameOf: (host: string) => string): SummaryFacts {
  const rename = <T extends { readonly host: string }>(item: T): T => ({ ...item, host: nameOf(item.host) });
  const renameAll = (hosts: ReadonlySet<string>): Set<string> => new Set([...hosts].map(nameOf));
  const renamed = rules.map(
    ({ findings, open, uses, unnamed, paths, optOuts, control, limits, ...facts }): RuleFacts => ({
      ...facts,
      // A finding has more fields, and some contain the name of its host.
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
