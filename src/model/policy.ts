// A policy as it is evaluated: names resolved, dates as instants, defaults filled in. Import types only where no schema is
// needed.

import { z } from 'zod';
import type { Network } from '../net/address.ts';
import type { Role, ServiceClass, ToolKind } from './catalogue-words.ts';
import type { Confidence } from './confidence.ts';
import type { Severity } from './findings.ts';
import type { Immutable } from './immutable.ts';
import type { Advisory, VerdictReason } from './report.ts';
import type { StatementLimits } from './statement.ts';
import type { NotVisibleKind } from './window-words.ts';

export type Action = 'deny' | 'allow' | 'observe';

/** A host is inside a scope when any of the lists names it; an empty scope contains every host. */
export interface Scope {
  /** Includes the groups inside them. */
  readonly groups: readonly string[];
  readonly networks: readonly Network[];
  readonly macs: readonly string[];
  readonly vlans: readonly number[];
  /** Lower-case host names, `*` for any run of characters. */
  readonly names: readonly string[];
  readonly hosts: readonly string[];
}

/** The hosts that a rule or a statement is about, as far as sensors can see them. */
export interface ScopeSeen {
  /** Null: not by networks alone. */
  readonly networks: readonly Network[] | 'all' | null;
  /** Hosts of the group that were on the network. */
  readonly hosts: ReadonlySet<string>;
}

export interface Group extends Scope {
  readonly id: string;
  /** Never recorded, never evaluated. */
  readonly exclude: boolean;
}

/** Tools match by id, vendor or kind; sets are resolved. Empty means every tool. */
export interface ToolMatch {
  readonly tools: readonly string[];
  readonly vendors: readonly string[];
  readonly kinds: readonly ToolKind[];
  /** Instead of tools: days on which an affected version ran or may have run. */
  readonly advisories?: readonly Advisory[];
  /** Instead of tools: services that hosts of the scope run. */
  readonly services?: ServiceMatch;
  /** Instead of tools: MCP servers outside this list. */
  readonly mcp?: McpMatch;
}

export interface McpMatch {
  /** Names of the catalogue, lower case; `*` stands for any run of characters. */
  readonly names: readonly string[];
  readonly networks: readonly Network[];
}

/** AI services of the local networks match by class or product; empty lists: every one. */
export interface ServiceMatch {
  readonly classes: readonly ServiceClass[];
  readonly products: readonly string[];
  /** Only the part that hosts of other networks reached. */
  readonly isExposed: boolean;
}

/** The use that a rule allows has to go through one of these gateways. */
export interface Via {
  /** Addresses of gateways and proxies: those that clients connect to, and those that they connect from. */
  readonly networks: readonly Network[];
  /** Server names of gateways, lower case, `*` for any run of characters. */
  readonly names: readonly string[];
  /** Sensors whose rows are the logs of gateways, `*` for any run of characters. */
  readonly logs: readonly string[];
}

/** Evidence that a rule requires for a use. Counts are lower bounds over the time in which the rule is in force. */
export interface EvidenceThreshold {
  readonly confidence: Confidence;
  readonly roles: readonly Role[];
  readonly minRequests: number;
  readonly minActiveMinutes: number;
}

/** A tool, an API or similar as rules match it. */
export interface RuleTool {
  readonly id: string;
  readonly vendor: string;
  readonly kind: string;
}

/** Bytes of whole frames from one host to names of one tool or provider. */
export interface UploadLimit {
  readonly above: number;
  readonly per: 'hour' | 'day';
}

export interface TelemetryFacts {
  /** Its telemetry was recorded, and recognized. */
  readonly isKnown: boolean;
  /** Names of telemetry that it contacts with telemetry switched off, too, and the largest upload in one connection. */
  readonly contacts: readonly { readonly name: string; readonly up: number }[];
}

/** A service of a host as rules match it. */
export interface RuleService {
  readonly product: string;
  readonly class: string;
  /** Hosts of other networks reached it. */
  readonly isExposed: boolean;
}

export interface Rule {
  readonly id: string;
  readonly rev: number;
  readonly title: string;
  readonly priority: number;
  readonly match: ToolMatch;
  /** Everything known that it matches: a host for which earlier rules decide on all of it is not in the scope of this one. */
  readonly subjects: readonly (RuleTool | RuleService)[];
  readonly related: readonly string[];
  readonly scope: Scope;
  readonly action: Action;
  /** Required path of an allowing rule; null: any. */
  readonly via: Via | null;
  /** Telemetry facts of its tools, by ID, if an allowing rule wants telemetry switched off; null for any other rule. */
  readonly telemetry: ReadonlyMap<string, TelemetryFacts> | null;
  /** Most bytes that an allowing rule permits; null: any. */
  readonly upload: UploadLimit | null;
  readonly severity: Severity;
  /** Unix time from which the rule is in force; null: always. */
  readonly effective: number | null;
  readonly until: number | null;
  readonly announced: number | null;
  readonly graceUntil: number | null;
  readonly graceSeverity: Severity;
  readonly evidence: EvidenceThreshold;
  /** Severity of a finding of that kind; null: no finding. */
  readonly also: {
    readonly telemetryOnly: Severity | null;
    readonly updateOnly: Severity | null;
    readonly relaySuspected: Severity | null;
    readonly attempted: Severity | null;
  };
  readonly references: readonly string[];
  readonly owner: string | null;
  /** Tools of the rule that call APIs of other vendors. */
  readonly calls: ReadonlyMap<string, CallsOfTool>;
  /** Required evidence that is never available, for all or some of its tools; null: all of it is available. */
  readonly unprovable: {
    readonly isWhole: boolean;
    readonly why: string;
    readonly unmet: NonNullable<VerdictReason['unmet']>;
  } | null;
}

/** Hidden traffic that a policy accepts: a kind, and where it goes to. */
export interface Accepted {
  readonly kind: NotVisibleKind;
  readonly networks: readonly Network[];
  /** Lower case, by DNS; `*` for any run of characters. */
  readonly names: readonly string[];
  /** Destinations as the user wrote them. */
  readonly to: readonly string[];
}

/** A time-limited exemption from one rule. */
export interface PolicyException {
  readonly id: string;
  readonly rule: string;
  readonly scope: Scope;
  readonly from: number | null;
  readonly until: number;
  readonly reason: string;
  readonly approvedBy: string | null;
  readonly ticket: string | null;
}

export interface PolicyTest {
  readonly line: number;
  readonly at: number;
  readonly host: string;
  readonly name: string | null;
  readonly mac: string | null;
  /** Empty for the test of a service. */
  readonly tool: string;
  /** Name of a remote MCP server that was asked; null: the test is about something else. */
  readonly mcp: string | null;
  /** A service that the host runs, and whether hosts of other networks reach it; null: the test is about a tool. */
  readonly service: { readonly product: string; readonly isExposed: boolean } | null;
  readonly confidence: Confidence;
  readonly requests: number;
  readonly minutes: number;
  readonly roles: readonly Role[];
  /** Address that the host connected to; null: not known. */
  readonly to: string | null;
  /** "none", "violation/high", "grace/info", "suspected", "exempt", …: result, or result/severity. */
  readonly expect: string;
}

export interface Policy {
  readonly name: string;
  readonly timezone: string;
  readonly catalogue: string | null;
  readonly default: Action;
  readonly privacy: {
    readonly hosts: 'address' | 'pseudonym';
    /** Null: not set. */
    readonly minGroup: number | null;
    readonly retentionDays: { readonly windows: number | null; readonly findings: number | null };
  };
  readonly accept: readonly Accepted[];
  /** Most hidden bytes of a host for the verdict `compliant`. */
  readonly hiddenBytes: { readonly onDay: number; readonly inQuarter: number };
  /** Thresholds of statements of non-use. */
  readonly attest: StatementLimits;
  readonly groups: readonly Group[];
  readonly rules: readonly Rule[]; // highest priority first, then in the order of the file
  /** Severity and dates of `default: deny` for tools without a rule; null for another default. */
  readonly rest: Rule | null;
  /** The same of `services: deny`, for AI services without a rule. */
  readonly otherServices: Rule | null;
  /** That of `mcp`: any MCP server outside its list. */
  readonly otherMcp: Rule | null;
  readonly exceptions: readonly PolicyException[];
  readonly tests: readonly PolicyTest[];
}

/** Calls of a tool to APIs of other vendors, which look like those of any program on its runtime. */
export interface CallsOfTool {
  /** Labels; null: not known. */
  readonly runtimes: readonly string[] | null;
  /** Names of these APIs, with `*`; null: any API, with a key of the user. */
  readonly names: readonly string[] | null;
  /** Bytes that it sends in a quarter hour at least. */
  readonly minUp: number;
}

export interface CatalogueFacts {
  readonly version: string;
  /** Names with the role mcp, as in the catalogue. */
  readonly mcpNames?: readonly string[];
  /** Advisories that were given with the policy. */
  readonly advisories?: readonly Advisory[];
  readonly tools: readonly {
    readonly id: string;
    readonly name: string;
    readonly vendor: string;
    readonly kind: string;
    /** True when some name belongs to this tool only, so that "certain" is attainable. */
    readonly hasOwnName: boolean;
    /** The most that its rules can give. */
    readonly best?: Confidence;
    readonly roles?: readonly Role[];
    /** False where requests and active minutes are never reported. */
    readonly tellsRequests?: boolean;
    readonly telemetry?: TelemetryFacts;
    /** Absent: it calls no API of another vendor. */
    readonly calls?: CallsOfTool;
    readonly formerly?: readonly { readonly name: string }[];
    /** Discontinued parts; successors are ids, or names where the catalogue has no entry. */
    readonly ended?: readonly {
      readonly what: string;
      readonly since: string;
      readonly successors?: readonly string[] | undefined;
    }[];
  }[];
}

const membership = z.object({
  groups: z.array(z.string()),
  rules: z.array(z.string()),
  exceptions: z.array(z.string()),
  /** Rules that name the machine as a gateway. */
  gatewayOf: z.array(z.string()).exactOptional(),
  /** An exception by MAC cannot be checked without a MAC. */
  isMacKnown: z.boolean(),
  /** Rules and exceptions that may mean the host: it is a pseudonym in the windows, too. */
  unknown: z.array(z.string()).exactOptional(),
});
export type Membership = Immutable<z.infer<typeof membership>>;

const hostMembership = membership.extend({
  host: z.string(),
  /** More than one machine showed the address. */
  isOfSeveral: z.literal(true).exactOptional(),
  /** The address changed hands: its machines by quarter hour (Unix time). */
  quarters: z.record(z.string().regex(/^\d{1,12}$/), membership).exactOptional(),
  /** Several machines used it in one quarter hour: its machines by time and tool. */
  tools: z.record(z.string().regex(/^\d{1,12} [\w.-]{1,64}$/), membership).exactOptional(),
  /** Other machines claim a name of the host as well: the host with that name. */
  claimed: membership.exactOptional(),
  /** Claims about the address, without names and MACs. */
  contradictions: z.array(z.string()).exactOptional(),
});
/** Scopes of a host, in evidence bundles with pseudonyms. */
export type HostMembership = Immutable<z.infer<typeof hostMembership>>;
export const memberships = z.array(hostMembership);

export interface HostIdentity {
  readonly host: string;
  /** Addresses of the machine in addition to `host`. */
  readonly addresses?: readonly string[];
  readonly mac: string | null;
  readonly vlans: readonly number[];
  readonly names: readonly string[];
  readonly groups: readonly string[];
  /** The part of `names` that a proxy authenticated: any machine can announce the others. Absent: none. */
  readonly provenNames?: readonly string[];
  /** The part of `groups` that depends on no announced name; absent: all. */
  readonly provenGroups?: readonly string[];
}
