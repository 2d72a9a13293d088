// Catalogued tools, and attributions: which tool a host used, with the evidence for it.

import type { VersionSpan } from '../text/version.ts';
import type { TimestampUs } from '../time/units.ts';
import type { Role } from './catalogue-words.ts';
import type { Confidence } from './confidence.ts';
import type { BuildDay, EvidenceItem, Range, ToolUse } from './report.ts';
import type { UsageRow } from './usage.ts';

/** A package or repository of a tool, as advisories name it. */
export interface PublishedName {
  readonly tool: string;
  /** Ecosystem by its name in OSV; empty: advisories give none. */
  readonly ecosystem: string;
  readonly name: string;
  /** Its versions are not those of the recorded builds. */
  readonly hasOtherVersions: boolean;
  readonly tagPrefix: string;
}

/** Traffic with names of one role in a quarter hour. */
export interface RoleTraffic {
  /** First request that began in it, and end of the last, if any; else of the packets. */
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
  /** Model requests that began in it; null where they are not known, or no name of the role takes any. */
  readonly requests: Range | null;
}

/** Use of one tool (or provider) by one host in one quarter hour of UTC: the granularity of policy evaluation. */
export interface UsageQuarter extends RoleTraffic {
  /** Unix time, multiple of 900. */
  readonly startSeconds: number;
  /** Follows from the evidence of the whole span up to 10 minutes around, see docs/evidence.md. */
  readonly confidence: Confidence;
  /** False: its evidence is weaker than the row's, and its traffic is in no sum of the row. */
  readonly isInRow: boolean;
  /** No sensor that covers the host reports it: it proves nothing, for any rule. */
  readonly isDoubted?: true;
  /** MACs of the host's frames in its flows, sorted; absent without any. */
  readonly macs?: readonly string[];
  /** Minutes of UTC (Unix time / 60) with at least one model request under way; null where not known. */
  readonly activeMinutes: readonly number[] | null;
  readonly telemetryPayloadUp: number | null;
  readonly modelPayloadUp: number | null;
  readonly byRole: Readonly<Partial<Record<Role, RoleTraffic>>>;
}

/** The reason why a start is not placed. */
export type NotPlaced = 'fewMarks' | 'contradiction' | 'unknownCalls' | 'laterBuilds';

/** Evidence, or missing evidence, for a build of a tool. */
export interface BuildSign {
  readonly atUs: TimestampUs;
  /** start: a program began. fetched: an update. used: first use of a quarter hour, in one form of the hello. */
  readonly kind: 'start' | 'fetched' | 'used';
  /**
   * Candidate builds. At a start null: unknown. In use null: any started build; empty: none of
   * those, since the use shows no start.
   */
  readonly spans: readonly VersionSpan[] | null;
  /** Starts have ids of the observed marks, and the reason why they were not sufficient. Neither is stored. */
  readonly marks: readonly string[];
  readonly why: NotPlaced | null;
  /** The start fits no recorded build and is later than the last recording: the date of that. */
  readonly newerSince?: string;
  /** Platforms on which the recognized start was recorded. */
  readonly platforms: readonly string[];
}

/** Traffic with a name of the own update channel of a tool in a quarter hour. */
export interface UpdateTraffic {
  readonly name: string;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly payloadDown: number;
}

/** One day of one tool on one host. */
export interface SignDay {
  readonly date: string;
  readonly state: BuildDay['state'];
  /** Starts that are placed, and updates: each with the builds that it can have been. */
  readonly sets: readonly Pick<BuildSign, 'kind' | 'spans' | 'platforms'>[];
  /** The day cannot be answered: a start was seen, and none fits the recorded builds. */
  readonly hasStart?: true;
  /** A start is possibly of a build newer than the recordings: their date. */
  readonly newerSince?: string;
  /**
   * The day has no matched start: the last earlier day with a download of a release. `newest`: no later build existed on
   * that day; null: not known.
   */
  readonly downloaded?: { readonly date: string; readonly newest: string | null };
}

/** Requests of a named tool to one API, gateway or similar. A rule about that API applies to it, whatever the tool. */
export interface ApiPart {
  readonly api: Pick<ToolUse, 'tool' | 'vendor' | 'kind'>;
  readonly part: HostTool;
}

/** A row of a window, with the role of its name for the tool, whether its frames came from another machine, and its sensor. */
export type IsMeantRow = (row: UsageRow, role: Role, isForeign: boolean, sensor: string) => boolean;

/** One tool (or provider) on one host, over the whole span, and by quarter hours. */
export interface HostTool {
  readonly use: ToolUse;
  /** Quarters are sorted by time; a quarter hour occurs twice if its beginning is stronger or weaker than its end. */
  readonly quarters: readonly UsageQuarter[];
  /** Signs of builds in order of time, and by days of the zone; absent without any. */
  readonly signs?: readonly BuildSign[];
  readonly signDays?: readonly SignDay[];
  /**
   * Evidence for and against the tool in some of its quarter hours (their starts) only; with `rules` at least that of these
   * rules. Absent without any.
   */
  readonly evidenceIn?: (
    quarters: ReadonlySet<number>,
    rules?: ReadonlySet<string>,
  ) => readonly EvidenceItem[];
  /** Traffic of a certain or likely tool with APIs, one part for each. Absent without any. */
  readonly apis?: readonly ApiPart[];
  /** Sensors that report it in some of its quarter hours, as `use.sensors`. Absent without them. */
  readonly sensorsIn?: (quarters: ReadonlySet<number>) => readonly string[];
  /** The same use in some rows of the windows alone, as confident as the whole; null where none is meant. */
  readonly partOf?: (isMeant: IsMeantRow) => HostTool | null;
}

export interface HostAttribution {
  readonly host: string;
  readonly tools: readonly HostTool[]; // certain, likely, then possible; by bytes
  readonly providers: readonly HostTool[];
}
