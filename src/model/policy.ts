// Declares a policy as it is evaluated: names are resolved, dates are instants, and defaults are set. Import types only
// where no schema is needed.

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

/** A host is in a scope if any of the lists contains it. An empty scope contains every host. */
export interface Scope {
  /** Includes nested groups. */
  readonly groups: readonly string[];
  readonly networks: readonly Network[];
  readonly macs: readonly string[];
  readonly vlans: readonly number[];
  /** Lower-case host names; `*` matches any run of characters. */
  readonly names: readonly string[];
  readonly hosts: readonly string[];
}

/** Hosts of a rule or statement, as far as sensors can identify them. */
export interface ObservedScope {
  /** Null if networks alone do not determine the hosts. */
  readonly networks: readonly Network[] | 'all' | null;
  /** Hosts of the group that were on the network. */
  readonly hosts: ReadonlySet<string>;
}

export interface Group extends Scope {
  readonly id: string;
  /** Traffic of the group is never recorded or evaluated. */
  readonly exclude: boolean;
}

/** Tools match by id, vendor or kind; sets are resolved. Empty means every tool. */
export interface ToolMatch {
  readonly tools: readonly string[];
  readonly vendors: readonly string[];
  readonly kinds: readonly ToolKind[];
  /** Advisories, instead of tools: the rule matches days on which an affected version ran or may have run. */
  readonly advisories?: readonly Advisory[];
  /** Services that hosts of the scope run, instead of tools. */
  readonly services?: ServiceMatch;
  /** Instead of tools: MCP servers that this list does not contain. */
  readonly mcp?: McpMatch;
}

export interface McpMatch {
  /** Names of the catalogue, lower case; `*` matches any run of characters. */
  readonly names: readonly string[];
  readonly networks: readonly Network[];
}

/** Matches AI services of local networks by class or product. Empty lists match every service. */
export interface ServiceMatch {
  readonly classes: readonly ServiceClass[];
  readonly products: readonly string[];
  /** Only services that hosts of other networks reached. */
  readonly isExposed: boolean;
}

/** Gateways that allowed use must pass. */
export interface Via {
  /** Addresses of gateways and proxies: both those that clients connect to and those that connect to the server. */
  readonly networks: readonly Network[];
  /** Server names of gateways, lower case; `*` matches any run of characters. */
  readonly names: readonly string[];
  /** Names of sensors whose rows are logs of gateways; `*` matches any run of characters. */
  readonly logs: readonly string[];
}

/** Evidence that a rule requires for a use. Counts are lower bounds over the time while the rule is in force. */
export interface EvidenceThreshold {
  readonly confidence: Confidence;
  readonly roles: readonly Role[];
  readonly minRequests: number;
  readonly minActiveMinutes: number;
}

/** A tool, API, gateway or relay in the form that rules match. */
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
  /** The tool's telemetry was recorded and identified. */
  readonly isKnown: boolean;
  /**
   * Names of telemetry that the tool contacts even with telemetry switched off, and the largest upload in one
   * connection.
   */
  readonly contacts: readonly { readonly name: string; readonly up: number }[];
}

/** A service of a host in the form that rules match. */
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
  /**
   * All known tools and services that the rule matches. If earlier rules decide about all of them on a host, the host
   * is not in the scope of this rule.
   */
  readonly subjects: readonly (RuleTool | RuleService)[];
  readonly related: readonly string[];
  readonly scope: Scope;
  readonly action: Action;
  /** Required path of an allowing rule; null: any. */
  readonly via: Via | null;
  /**
   * Telemetry facts of its tools by id, if an allow rule requires telemetry to be switched off; null for other rules.
   */
  readonly telemetry: ReadonlyMap<string, TelemetryFacts> | null;
  /** Maximum bytes that an allow rule permits; null: no limit. */
  readonly upload: UploadLimit | null;
  readonly severity: Severity;
  /** Unix time from which the rule is in force; null: always. */
  readonly effective: number | null;
  readonly until: number | null;
  readonly announced: number | null;
  readonly graceUntil: number | null;
  readonly graceSeverity: Severity;
  readonly evidence: EvidenceThreshold;
  /** Severity of these additional findings; null: no finding. */
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
  /** Programs of the rule, which a gateway that no catalogue lists may serve, with the labels of their runtimes; null: not known. */
  readonly programs: ReadonlyMap<string, readonly string[] | null>;
  /**
   * Evidence that the rule requires and that some or all of its tools never give; null if all evidence is available.
   */
  readonly unprovable: {
    readonly isWhole: boolean;
    readonly why: string;
    readonly unmet: NonNullable<VerdictReason['unmet']>;
  } | null;
}

/** Hidden traffic that a policy accepts: its kind and its destinations. */
export interface Accepted {
  readonly kind: NotVisibleKind;
  readonly networks: readonly Network[];
  /** Lower-case DNS names; `*` matches any run of characters. */
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
  /** Name of a remote MCP server; null: the test does not concern one. */
  readonly mcp: string | null;
  /** A service of the host, and if hosts of other networks reach it; null: the test concerns a tool. */
  readonly service: { readonly product: string; readonly isExposed: boolean } | null;
  readonly confidence: Confidence;
  readonly requests: number;
  readonly minutes: number;
  readonly roles: readonly Role[];
  /** Server address of the connection; null: unknown. */
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
  /** Maximum hidden bytes of a host for the verdict `compliant`. */
  readonly hiddenBytes: { readonly onDay: number; readonly inQuarter: number };
  /** Thresholds of statements of non-use. */
  readonly attest: StatementLimits;
  readonly groups: readonly Group[];
  readonly rules: readonly Rule[]; // highest priority first, then in the order of the file
  /** The rule that `default: deny` creates for tools without a rule; null for another default. */
  readonly otherTools: Rule | null;
  /** The rule that `services: deny` creates for AI services without a rule. */
  readonly otherServices: Rule | null;
  /** The rule that `mcp` creates for MCP servers outside its list. */
  readonly otherMcp: Rule | null;
  readonly exceptions: readonly PolicyException[];
  readonly tests: readonly PolicyTest[];
}

/** Calls of a tool to APIs of other vendors. They look like calls of any other program on its runtime. */
export interface CallsOfTool {
  /** Labels of runtimes; null: unknown. */
  readonly runtimes: readonly string[] | null;
  /** Names of these APIs, with `*`; null: any API, with a key of the user. */
  readonly names: readonly string[] | null;
  /** Minimum bytes that it sends in a quarter hour. */
  readonly minUp: number;
  /** Its calls look like those of any other tool on its runtime. */
  readonly isUnmarked?: true;
}

export interface CatalogueFacts {
  readonly version: string;
  /** Names with the role mcp, as in the catalogue. */
  readonly mcpNames?: readonly string[];
  /** Advisories that the user passed with the policy. */
  readonly advisories?: readonly Advisory[];
  readonly tools: readonly {
    readonly id: string;
    readonly name: string;
    readonly vendor: string;
    readonly kind: string;
    /** A name belongs to this tool only, so that "certain" is attainable. */
    readonly hasOwnName: boolean;
    /** Maximum confidence that its rules give. */
    readonly best?: Confidence;
    readonly roles?: readonly Role[];
    /** False if requests and active minutes are never reported. */
    readonly tellsRequests?: boolean;
    readonly telemetry?: TelemetryFacts;
    /** Absent: it calls no API of another vendor. */
    readonly calls?: CallsOfTool;
    /** Labels; null: not known. Absent: it is no program, or one without model requests of its own. */
    readonly runtimes?: readonly string[] | null;
    readonly formerly?: readonly { readonly name: string }[];
    /** Discontinued parts. A successor is an id, or a name if the catalogue has no entry. */
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
  /** Rules and exceptions that may match the host: it is a pseudonym in the windows too. */
  unknown: z.array(z.string()).exactOptional(),
});
export type Membership = Immutable<z.infer<typeof membership>>;

const hostMembership = membership.extend({
  host: z.string(),
  /** Several machines used the address. */
  isOfSeveral: z.literal(true).exactOptional(),
  /** Machines of an address that moved from one to another, by quarter hour (Unix time). */
  quarters: z.record(z.string().regex(/^\d{1,12}$/), membership).exactOptional(),
  /** Machines of an address that several used in one quarter hour, by time and tool. */
  tools: z.record(z.string().regex(/^\d{1,12} [\w.-]{1,64}$/), membership).exactOptional(),
  /** Membership of the host by a name that other machines claim too. */
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
  /** The part of `names` that a proxy authenticated, because any machine can announce the others. Absent: none. */
  readonly provenNames?: readonly string[];
  /** The part of `groups` that depends on no announced name. Absent: all. */
  readonly provenGroups?: readonly string[];
}
