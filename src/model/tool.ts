// Declares catalogued tools and attributions: the tool that a host used, and the evidence for it.

import type { VersionSpan } from '../text/version.ts';
import type { TimestampUs } from '../time/units.ts';
import type { Role } from './catalogue-words.ts';
import type { Confidence } from './confidence.ts';
import type { BuildDay, EvidenceItem, Range, ToolUse } from './report.ts';
import type { UsageRow } from './usage.ts';

/** A package or repository of a tool, under the name that advisories use. */
export interface PublishedName {
  readonly tool: string;
  /** Ecosystem under its name in OSV; empty if advisories give none. */
  readonly ecosystem: string;
  readonly name: string;
  /** Its versions differ from those of the recorded builds. */
  readonly hasOtherVersions: boolean;
  readonly tagPrefix: string;
}

/** Traffic with names of one role in a quarter hour. */
export interface RoleTraffic {
  /** First request that began in the quarter hour, and end of the last. Without requests, times of packets. */
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
  /** Model requests that began in the quarter hour; null if unknown, or if no name of the role accepts any. */
  readonly requests: Range | null;
}

/** Use of one tool (or provider) by one host in one quarter hour of UTC: the granularity of policy evaluation. */
export interface UsageQuarter extends RoleTraffic {
  /** Unix time, multiple of 900. */
  readonly startSeconds: number;
  /** Confidence from the evidence of the whole span up to 10 minutes around, see docs/evidence.md. */
  readonly confidence: Confidence;
  /** False if its evidence is weaker than the row's. Its traffic is then in no sum of the row. */
  readonly isInRow: boolean;
  /** No sensor that covers the host reports it, so that it proves nothing for any rule. */
  readonly isDoubted?: true;
  /** MACs of frames that the host sent in its flows, sorted; absent without any. */
  readonly macs?: readonly string[];
  /** Minutes of UTC (Unix time / 60) with at least one model request in progress; null if unknown. */
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
  /**
   * start: a program started. fetched: an update was downloaded. used: first use of a quarter hour, in one form of the
   * hello.
   */
  readonly kind: 'start' | 'fetched' | 'used';
  /**
   * Candidate builds. For a start, null: unknown. For use, null: any started build; empty: no started build, because
   * the use has no start.
   */
  readonly spans: readonly VersionSpan[] | null;
  /** Ids of the marks seen at a start, and the reason why they were not sufficient. Neither is stored. */
  readonly marks: readonly string[];
  readonly why: NotPlaced | null;
  /** Date of the last recording, if the start matches no recorded build and is later. */
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
  /** Candidate builds of each placed start and each update. */
  readonly sets: readonly Pick<BuildSign, 'kind' | 'spans' | 'platforms'>[];
  /** The day has no answer: a start was observed, and no recorded build matches it. */
  readonly hasStart?: true;
  /** Date of the recordings, if a start may come from a newer build. */
  readonly newerSince?: string;
  /**
   * The last earlier download of a release, if the day has no matched start. `newest`: no later build existed on that
   * day; null: unknown.
   */
  readonly downloaded?: { readonly date: string; readonly newest: string | null };
}

/**
 * Requests of a named tool to one API, gateway or relay. A rule about this API applies to them, whichever tool sent
 * them.
 */
export interface ApiPart {
  readonly api: Pick<ToolUse, 'tool' | 'vendor' | 'kind'>;
  readonly part: HostTool;
}

/** Selects a row of a window by the role of its name for the tool, by frames of another machine, and by its sensor. */
export type SelectRow = (row: UsageRow, role: Role, isForeign: boolean, sensor: string) => boolean;

/** One tool (or provider) on one host, over the whole span, and by quarter hours. */
export interface HostTool {
  readonly use: ToolUse;
  /** Sorted by time. A quarter hour occurs twice if its beginning is stronger or weaker than its end. */
  readonly quarters: readonly UsageQuarter[];
  /** Signs of builds in order of time, and grouped by days of the time zone; absent without any. */
  readonly signs?: readonly BuildSign[];
  readonly signDays?: readonly SignDay[];
  /**
   * Returns evidence for and against the tool in some quarter hours (their starts) only; with `rules`, at least the
   * evidence of these rules. Absent without any.
   */
  readonly evidenceIn?: (
    quarters: ReadonlySet<number>,
    rules?: ReadonlySet<string>,
  ) => readonly EvidenceItem[];
  /** Traffic of a certain or likely tool with APIs, by API. Absent without any. */
  readonly apis?: readonly ApiPart[];
  /** Returns the sensors that report it in some quarter hours, in the form of `use.sensors`. Absent without them. */
  readonly sensorsIn?: (quarters: ReadonlySet<number>) => readonly string[];
  /**
   * Returns the use in selected rows of the windows only, with the confidence of the whole; null if no row is selected.
   */
  readonly selectPart?: (isSelected: SelectRow) => HostTool | null;
}

/** Returns the evidence of a tool in some quarter hours (their starts); all of it if its times are unknown. */
export const evidenceDuring = (
  tool: Pick<HostTool, 'use' | 'evidenceIn'>,
  quarters: ReadonlySet<number>,
): readonly EvidenceItem[] => tool.evidenceIn?.(quarters) ?? tool.use.evidence;

/** Returns the sensors that report a tool in some quarter hours (their starts). */
export const sensorsDuring = (
  tool: Pick<HostTool, 'use' | 'sensorsIn'>,
  quarters: ReadonlySet<number>,
): readonly string[] => tool.sensorsIn?.(quarters) ?? tool.use.sensors ?? [];

/** Returns the tool with other quarter hours. */
export const withQuarters = (tool: HostTool, quarters: readonly UsageQuarter[]): HostTool => ({
  use: tool.use,
  quarters,
  evidenceIn: (starts) => evidenceDuring(tool, starts),
  sensorsIn: (starts) => sensorsDuring(tool, starts),
});

export interface HostAttribution {
  readonly host: string;
  readonly tools: readonly HostTool[]; // certain, likely, then possible; by bytes
  readonly providers: readonly HostTool[];
}
