// The document of analyze, report and audit, printed by --format json. Field meanings: docs/report-json.md.
// null: unknown or not distinguished; 0: examined and none seen. Times are RFC 3339 UTC text.

import type { VersionSpan } from '../text/version.ts';
import type { ToolSums } from './usage.ts';
import type {
  BreakdownBy,
  ComparisonLimitKind,
  Confidence,
  ExposureAnswer,
  FindingResult,
  NotVisibleKind,
  Severity,
  VerdictLimit,
  VerdictWord,
} from './words.ts';

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

export interface ToolName extends ToolSums {
  readonly name: string;
  readonly role: string;
  readonly specificity: 'tool' | 'vendor' | 'shared';
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
export interface ToolUse extends ToolSums {
  readonly tool: string;
  readonly name: string;
  readonly vendor: string;
  readonly kind: string;
  readonly confidence: Confidence;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly firstSeenEver: string;
  readonly activeMinutes: number | null;
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

export interface ToolTotals extends ToolSums {
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
  readonly recordsFrom: string | null;
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

export interface Range {
  readonly min: number;
  readonly max: number;
  /** Only of a live sensor: something is under way that is not counted yet. */
  readonly isOpen?: true;
}

/** When one sensor saw: start of its first window in a span, and end of the last. */
export interface SensorTime {
  readonly sensor: string;
  readonly first: string;
  readonly last: string;
}

/** Coverage of one of the two spans. Half-open. */
export interface ComparedSpan {
  readonly since: string;
  readonly until: string;
  readonly seconds: number;
  /** Between the first and the last window of each sensor, without gaps and without days that have no window. */
  readonly observedSeconds: number;
  /** Names of the sensors; empty where nothing was observed. */
  readonly sensors: readonly string[];
  /** Hosts on the network, with a tool or without. */
  readonly hosts: number;
  /** Of packets, 0 to 1. */
  readonly lossShare: number;
  /** Share of bytes, 0 to 1, that could not be inspected. */
  readonly notVisibleShare: number;
}

/** What limits a comparison. */
export interface ComparisonLimit {
  readonly limit: ComparisonLimitKind;
  /** Null: of both. */
  readonly span: 'before' | 'after' | null;
  /** Of the time or of packets, 0 to 1, that is missing or lost. */
  readonly share?: number;
  /** Sensors or rules. */
  readonly names?: readonly string[];
}

/** `difference` is null where the spans are not comparable, or a use has no estimate. */
export interface Change {
  readonly before: number | null;
  readonly after: number | null;
  readonly difference: number | null;
  /** Per day that was observed; only where not equally much of both spans was observed. */
  readonly perDay?: { readonly before: number | null; readonly after: number | null };
}

export interface RangeChange {
  readonly before: Range | null;
  readonly after: Range | null;
  readonly difference: Range | null;
}

/** Rows that are only possible are in none. */
export interface Changes {
  readonly activeMinutes: Change;
  readonly requests: RangeChange;
  readonly bytesUp: Change;
  readonly bytesDown: Change;
  readonly telemetryPayloadUp: RangeChange;
  /** Findings of the result violation; null without a policy. */
  readonly violations: Change | null;
}

/** A tool, or a provider where no tool can be named. */
export interface ComparedTool extends Changes {
  readonly tool: string;
  readonly name: string;
  readonly isProvider: boolean;
  readonly hosts: Change;
  /** Sorted; null where nothing is compared. */
  readonly newHosts: readonly string[] | null;
  /** On the network after it, without the tool. */
  readonly goneHosts: readonly string[] | null;
  /** No longer on the network: their current use is unknown. */
  readonly absentHosts: readonly string[] | null;
  /** Of so few hosts that figures would point at people. */
  readonly suppressed?: true;
}

/**
 * used: certainly or likely a tool, or a provider. possible: a tool that is only possible. notSeen: on the network without
 * any. absent: not on the network. unknown: not enough of the span was observed.
 */
export type HostState = 'used' | 'possible' | 'notSeen' | 'absent' | 'unknown';

export interface ComparedHost extends Changes {
  readonly host: string;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly before: HostState;
  readonly after: HostState;
  /** Ids of tools and providers, sorted, in either span only; null where nothing is compared. */
  readonly newTools: readonly string[] | null;
  readonly goneTools: readonly string[] | null;
}

export interface Comparison {
  readonly before: ComparedSpan;
  readonly after: ComparedSpan;
  /** False: more, less, new and gone are not reported. */
  readonly isComparable: boolean;
  readonly limits: readonly ComparisonLimit[];
  /** Of all rows together; `hosts` are those with use. */
  readonly all: Changes & { readonly hosts: Change };
  /** By bytes of both spans, the most first. */
  readonly tools: readonly ComparedTool[];
  /** Hosts with a tool or provider in either span, by address. */
  readonly hosts: readonly ComparedHost[];
}

export interface Advisory {
  readonly id: string;
  readonly title: string;
  /** Id of the catalogue. */
  readonly tool: string;
  /** Versions that are affected, oldest first. */
  readonly affected: readonly VersionSpan[];
  /** As the lines of builds name them; empty: all. */
  readonly platforms: readonly string[];
  /** Days on which it matters that one ran, both in it; null: open to that side. */
  readonly since: string | null;
  readonly until: string | null;
  readonly severity: Severity;
  readonly sources: readonly string[];
  /** What to do, in a sentence. */
  readonly action: string;
}
