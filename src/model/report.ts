// The document of analyze, report and audit, printed by --format json. Field meanings: docs/report-json.md.
// null: unknown or not distinguished; 0: examined and none seen. Times are RFC 3339 UTC text.

import type { VersionSpan } from '../text/version.ts';
import type { Comparison, SensorTime } from './comparison.ts';
import type { Range } from './range.ts';
import type { NotVisibleKind } from './usage.ts';

export type Confidence = 'certain' | 'likely' | 'possible';

/** Above this share of missing bytes, estimates are withheld. */
export const MAX_LOSS = 0.05;

export interface EvidenceItem {
  readonly kind: 'name' | 'dns' | 'proxy' | 'network' | 'fingerprint' | 'pair' | 'companion';
  readonly rule: string;
  readonly detail: string;
  /** true: evidence for the tool; false: against it. */
  readonly for: boolean;
  readonly first: string;
  readonly last: string;
  readonly flows: number;
  readonly communityIds: readonly string[];
}

export interface ToolDay {
  readonly date: string;
  readonly activeMinutes: number | null;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly confidence: Confidence;
}

export interface ToolName {
  readonly name: string;
  readonly role: string;
  readonly specificity: 'tool' | 'vendor' | 'shared';
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
}

export interface ToolFingerprint {
  readonly ja4: string;
  readonly ja3: string;
  readonly alpn: readonly string[];
  readonly runtime: string | null;
  readonly flows: number;
}

export interface TelemetryEstimate {
  readonly payloadUp: number;
  readonly min: number;
  readonly max: number;
  /** telemetry / (telemetry + model), 0 to 1; null when neither is known. */
  readonly share: number | null;
  readonly method: 'name' | 'exchange';
}

/** Which builds of a tool can have run on one day. */
export interface BuildDay {
  readonly date: string;
  /** Of all starts that are placed, united; null in a span: open to that side. */
  readonly spans: readonly VersionSpan[];
  /** partly: some use has no start that is placed; cannotSay: none has. */
  readonly state: 'placed' | 'partly' | 'cannotSay';
}

/** Which builds of a tool can have run on a host. */
export interface BuildsSeen {
  readonly starts: number;
  /** Starts of which the builds are known that can have made them. */
  readonly placed: number;
  readonly days: readonly BuildDay[];
}

/** One tool (or provider) on one host. */
export interface ToolUse {
  readonly tool: string;
  readonly name: string;
  readonly vendor: string;
  readonly kind: string;
  readonly confidence: Confidence;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly firstSeenEver: string;
  readonly activeMinutes: number | null;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
  readonly modelPayloadUp: number | null;
  readonly requests: Range | null;
  readonly prompts: Range | null;
  readonly sessions: number | null;
  readonly telemetry: TelemetryEstimate | null;
  readonly withheld: readonly { readonly field: string; readonly reason: string }[];
  /** How the estimates of this tool were validated, in one sentence; absent without estimates. */
  readonly calibration?: string;
  readonly days: readonly ToolDay[];
  readonly names: readonly ToolName[];
  readonly fingerprints: readonly ToolFingerprint[];
  /** Absent where the catalogue has no builds of the tool, or nothing was used. */
  readonly builds?: BuildsSeen;
  readonly evidence: readonly EvidenceItem[];
  /** Sensors that report it, sorted; absent for one capture without a sensor's name. */
  readonly sensors?: readonly string[];
}

export interface NotVisible {
  readonly kind: NotVisibleKind;
  readonly flows: number;
  readonly bytes: number;
  /** Of the host's (or all) bytes, 0 to 1. */
  readonly share: number;
  readonly first: string | null;
  readonly last: string | null;
  /** In totals only: effect on the result. */
  readonly effect?: string;
}

export interface HostReport {
  readonly host: string;
  readonly identity: 'address' | 'mac' | 'pseudonym';
  readonly mac: string | null;
  readonly name: string | null;
  /** All addresses of the machine, `host` among them; absent where that is the only one known. */
  readonly addresses?: readonly string[];
  readonly groups: readonly string[];
  readonly bytes: number;
  readonly flows: number;
  /** Days on which the host was seen at all. */
  readonly presence: readonly string[];
  readonly tools: readonly ToolUse[];
  readonly providers: readonly ToolUse[];
  readonly notVisible: readonly NotVisible[];
  /** More than one machine showed this address, one after the other or at several sites: its use may be of several. */
  readonly severalMachines?: true;
  /** Its frames carry the MAC of a router, which does not identify the machine behind it. */
  readonly behindRouter?: true;
  /** Other hosts of this report that are the same machine, by a MAC that DHCP, ARP or neighbour discovery proves. */
  readonly sameMachine?: readonly string[];
}

export interface ToolTotals {
  readonly tool: string;
  readonly name: string;
  readonly vendor: string;
  readonly kind: string;
  readonly hosts: number;
  readonly hostsByConfidence: {
    readonly certain: number;
    readonly likely: number;
    readonly possible: number;
  };
  readonly hostsByDay: readonly { readonly date: string; readonly hosts: number }[];
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
  readonly activeMinutes: number | null;
  readonly requests: Range | null;
  readonly telemetryPayloadUp: number | null;
  readonly modelPayloadUp: number | null;
  readonly suppressed?: true;
}

export interface CaptureSummary {
  readonly file: string;
  readonly packets: number;
  readonly bytes: number;
  readonly firstPacket: string | null;
  readonly lastPacket: string | null;
  readonly linkTypes: readonly number[];
  readonly truncated: boolean;
  /** Maximum backward step of time: a clock that was set back, or forged records. Absent below ten seconds. */
  readonly clockBackSeconds?: number;
  /** Where and why reading ended early; absent when it did not. */
  readonly error?: { readonly offset: number; readonly reason: string };
}

export interface ReportStats {
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
  readonly clientHellos: { readonly complete: number; readonly incomplete: number };
  readonly malformed: Readonly<Record<string, number>>;
  readonly snaplenCut: number;
  readonly evictedFlows: number;
  readonly kernelDrops: number;
}

/** Coverage of one sensor of a fleet. */
export interface SensorReport {
  readonly sensor: string;
  /** Start of its first window in the period, and end of the last; null without any. */
  readonly first: string | null;
  readonly last: string | null;
  readonly windows: number;
  /** All windows together. */
  readonly hours: number;
  /** Times at which it was silent while others reported. */
  readonly silent: readonly { readonly from: string; readonly to: string }[];
}

export interface OutsideNetworks {
  readonly sensor: string;
  readonly hosts: number;
}

export interface CoverageDay {
  readonly date: string;
  readonly packets: number;
  readonly kernelDrops: number;
  readonly gaps: readonly {
    readonly from: string;
    /** Null: duration unknown. */
    readonly to: string | null;
    readonly reason: string;
  }[];
}

export type FindingResult = 'violation' | 'grace' | 'suspected' | 'updateOnly' | 'telemetryOnly' | 'exempt';
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

export interface Finding {
  readonly id: string;
  readonly rule: string;
  readonly rev: number;
  readonly host: string;
  readonly tool: string;
  readonly result: FindingResult;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly first: string;
  readonly last: string;
  /** Days of the report's zone on which it was seen, sorted; absent in documents of earlier versions. */
  readonly days?: readonly string[];
  readonly activeMinutes: number | null;
  readonly requests: Range | null;
  readonly payloadUp: number;
  readonly exception: string | null;
  readonly evidence: readonly EvidenceItem[];
  readonly against: readonly EvidenceItem[];
  readonly next: string;
  readonly references: readonly string[];
  /** Sensors that report it, sorted; absent for one capture without a sensor's name. */
  readonly sensors?: readonly string[];
  /** Of a running sensor, RFC 3339: until then other signs may explain it. Absent once it stands. */
  readonly provisionalUntil?: string;
}

/** What limits a verdict. All but `someEvidence` prevent the verdict `compliant`. */
export const VERDICT_LIMITS = [
  /** An interface of the sensor is down now. */
  'blind',
  /** The read was interrupted before the end of its inputs. */
  'interrupted',
  /** An input is cut or damaged. */
  'cut',
  /** An input, or a part of one, was unreadable, and its time is unknown. */
  'unread',
  /** All data lie before the rule. */
  'notYetInForce',
  /** All data lie before the end of the grace period. */
  'onlyGrace',
  /** All data lie after the end of the rule. */
  'ended',
  /** No host of the scope was on the network while the rule was in force, grace left out. */
  'noHosts',
  /** Too much of that time was unobserved. */
  'unobserved',
  /** More than half of the bytes, or of the hosts, could not be inspected. */
  'dark',
  /** The sensor lost packets. */
  'loss',
  /** Much of the traffic of hosts in scope was captured in one direction only. */
  'oneWay',
  /** Packets of flows of hosts in scope contradict each other, so that a name may be hidden. */
  'conflict',
  /** Use of hosts in scope may violate the rule: its program, or the number of its requests, is uncertain. */
  'suspected',
  /** Use of hosts in scope is only suspected because its flows were not seen whole, or contradict themselves. */
  'unproven',
  /** The evidence that the rule requires is never available. */
  'evidence',
  /** The same of some of its tools. */
  'someEvidence',
  /** Only some of the tools of the rule were requested. */
  'part',
] as const;
export type VerdictLimit = (typeof VERDICT_LIMITS)[number];

export interface VerdictReason {
  readonly reason: VerdictLimit;
  /** The time in question; `until` null: unknown. */
  readonly since?: string;
  readonly until?: string | null;
  /** Of packets, bytes or time, 0 to 1. */
  readonly share?: number;
  /** Names of inputs, or what of the evidence cannot be had. */
  readonly detail?: string;
}

/** The worst first. */
export const VERDICT_WORDS = ['violated', 'inconclusive', 'compliant'] as const;
export type VerdictWord = (typeof VERDICT_WORDS)[number];

export interface RuleSummary {
  readonly rule: string;
  readonly verdict: VerdictWord;
  /** Time of the verdict, in force and after grace, and its observed part; null: none. */
  readonly observed: {
    readonly since: string;
    readonly until: string;
    readonly seconds: number;
    readonly share: number;
  } | null;
  /** Why the verdict is inconclusive, or what it may have missed. */
  readonly reasons: readonly VerdictReason[];
  /** Hosts of the scope that were on the network at any time. */
  readonly inScope: number;
  /** Hosts of the scope with traffic while the rule was in force, without grace. */
  readonly hostsSeen: number;
  /** Of these, hosts with more than half of their traffic unobserved. */
  readonly hostsDark: number;
  /** Unobserved share of the bytes of `hostsSeen` in that time, 0 to 1; null without bytes. */
  readonly darkShare: number | null;
  /** Hosts of the scope with proved or suspected use of what the rule names, at any time. */
  readonly concerned: number;
  readonly before: number;
  /** Hosts with use in the grace period and no violation after it. */
  readonly grace: number;
  readonly after: number;
  readonly suspected: number;
  readonly exempt: number;
  readonly notSeenSince: number;
  /** Hosts with use before the rule was announced; null when it has no such date. */
  readonly beforeAnnounced?: number | null;
  /** Hosts by effect of the effective date, sorted: used before only, before and since, since only. */
  readonly changes?: {
    readonly stopped: readonly string[];
    readonly wentOn: readonly string[];
    readonly began: readonly string[];
  };
  /** Use before the effective date that the evidence of the rule accepts, sorted by host and tool. */
  readonly earlier?: readonly EarlierUse[];
}

/** Use of one tool on one host before a rule took effect, by days of the report's zone. */
export interface EarlierUse {
  readonly host: string;
  readonly tool: string;
  readonly days: readonly string[];
}

/** Policy results for the hosts and tools of a document. */
export interface PolicySummary {
  readonly rules: readonly RuleSummary[];
  /**
   * The same for some hosts and tools (no tools: all), without the rules that name none of these tools. Not
   * enumerable, so no output prints it; absent in documents that were read from JSON.
   */
  readonly part?: (isWantedHost: (host: string) => boolean, tools: readonly string[]) => PolicySummary;
}

/** The id of the rule that `default: deny` creates. */
export const DEFAULT_RULE = 'default';

export interface PolicyHeader {
  readonly name: string;
  readonly sha256: string;
  readonly timezone: string;
  readonly rules: readonly {
    readonly id: string;
    readonly rev: number;
    readonly title: string;
    readonly action: 'deny' | 'allow' | 'observe';
    readonly announced: string | null;
    readonly effective: string | null;
    readonly graceUntil: string | null;
    readonly owner: string | null;
    /** Catalogue ids of the tools of the rule; absent in unresolved rules. */
    readonly tools?: readonly string[];
    /** Their names, in the same order. */
    readonly toolNames?: readonly string[];
  }[];
}

/** Keys of breakdowns. */
export const BREAKDOWNS = ['hour', 'day', 'week', 'tool', 'host', 'role'] as const;
export type BreakdownBy = (typeof BREAKDOWNS)[number];

/** One part of a breakdown; sums leave possible rows out, as everywhere. */
export interface BreakdownRow {
  /** Start of the hour, first day of the week, day, id of the tool, host, or role. */
  readonly key: string;
  readonly label: string;
  readonly hosts: number;
  readonly tools: number;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  /** Each host once, by time. These and the estimates are null where this key does not distinguish them. */
  readonly activeMinutes: number | null;
  readonly requests: Range | null;
  readonly modelPayloadUp: number | null;
  readonly telemetryPayloadUp: number | null;
  /** telemetry / (telemetry + model), 0 to 1. */
  readonly telemetryShare: number | null;
  /** Share of the bytes of that time or host; null for other keys. */
  readonly notVisibleShare: number | null;
}

export interface Breakdown {
  readonly by: BreakdownBy;
  readonly rows: readonly BreakdownRow[];
}

/** Compared with the previous span of the same length. */
export interface Trend {
  readonly since: string;
  readonly until: string;
  readonly hosts: { readonly before: number; readonly after: number };
  readonly bytes: { readonly before: number; readonly after: number };
  /** First use in the known history. */
  readonly newTools: readonly string[];
  readonly newHosts: readonly string[];
  /** Seen in the span before and not now. */
  readonly goneTools: readonly string[];
  readonly goneHosts: readonly string[];
  /** The largest changes of one tool's bytes, largest first. */
  readonly movers: readonly {
    readonly tool: string;
    readonly name: string;
    readonly before: number;
    readonly after: number;
  }[];
}

/**
 * ran: a start was seen that only affected versions can have made. may: one that they can have made, or use without a
 * start that is placed. notSeen: every use has a placed start, and none is of theirs.
 */
export type ExposureAnswer = 'ran' | 'may' | 'notSeen' | 'cannotSay';

export interface ExposureDay {
  readonly date: string;
  readonly answer: ExposureAnswer;
  /** Of the starts of the day, united. */
  readonly spans: readonly VersionSpan[];
}

/** An advisory, as in its file. */
export interface AdvisoryHeader {
  readonly id: string;
  readonly title: string;
  readonly tool: string;
  readonly affected: readonly VersionSpan[];
  readonly severity: Severity;
  readonly sources: readonly string[];
  readonly action: string;
}

/** One advisory on one host that used the tool. */
export interface Exposure {
  readonly advisory: string;
  readonly host: string;
  readonly tool: string;
  readonly days: readonly ExposureDay[];
}

/** An input that was not read to its end, or not at all. */
export interface IncompleteInput {
  readonly file: string;
  readonly reason: 'cut' | 'unread';
  /** Time of the last packet read; null without packets. */
  readonly lastPacket: string | null;
}

/** Requested selection of a document; an empty list: all. */
export interface Selection {
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
  /** Ids of tools and providers. */
  readonly tools: readonly string[];
  /** Their names, in the same order. */
  readonly toolNames: readonly string[];
}

export interface ReportDocument {
  readonly schema: 1;
  readonly wiretally: string;
  readonly catalogue: string;
  readonly generated: string | null;
  readonly command: string;
  readonly period: {
    readonly since: string | null;
    readonly until: string | null;
    readonly timezone: string;
  };
  readonly sensor: string | null;
  /** Only of a store that a fleet delivers to. */
  readonly sensors?: readonly SensorReport[];
  /** With a requested span only: coverage of each sensor in it. Sorted by name. */
  readonly observedBy?: readonly SensorTime[];
  /** With a sensors file only: hosts that a sensor reported outside its networks. They cause no findings. */
  readonly outsideNetworks?: readonly OutsideNetworks[];
  /** First packet or window of all records, also outside the period; null without any. */
  readonly recordsFrom: string | null;
  /** Last packet, or end of the last window. */
  readonly recordsUntil: string | null;
  /** With a requested span only: its parts before the first or after the last record. `to` null: open. */
  readonly unrecorded?: readonly { readonly from: string; readonly to: string | null }[];
  /** For a live sensor with interfaces that are down: nothing is observed there. */
  readonly down?: readonly { readonly interface: string; readonly since: string }[];
  /** With a selection of hosts, groups or tools only: everything below refers to the selection. */
  readonly selection?: Selection;
  /** Only if the read, or that of the windows of the report, was interrupted. */
  readonly interrupted?: true;
  /** Absent without entries. */
  readonly incomplete?: readonly IncompleteInput[];
  /** Days that no capture can have: excluded from the period and from charts. Absent without entries. */
  readonly clockErrors?: { readonly days: number; readonly packets: number };
  /** With pseudonyms: hosts that are in no row, because fewer than `leastHosts` share the exception that covers them. */
  readonly withheld?: { readonly hosts: number; readonly leastHosts: number };
  readonly captures: readonly CaptureSummary[];
  readonly stats: ReportStats;
  readonly coverage: readonly CoverageDay[];
  readonly hosts: readonly HostReport[];
  readonly tools: readonly ToolTotals[];
  readonly notVisible: readonly NotVisible[];
  /** With a requested breakdown only. */
  readonly breakdown?: Breakdown;
  /** With a previous span only. */
  readonly trend?: Trend;
  /** With a second span for comparison only; then there is no trend. */
  readonly comparison?: Comparison;
  readonly policy?: PolicyHeader;
  readonly summary?: PolicySummary;
  readonly findings?: readonly Finding[];
  /** With requested advisories only: their text, and the result for each host that used their tools. */
  readonly advisories?: readonly AdvisoryHeader[];
  readonly exposure?: readonly Exposure[];
}
