// Reports the freshness of the catalogue per tool: last verification, recorded versions, and discontinued parts.

import { compareVersions, isVersion } from '../text/version.ts';
import { DAY_MS } from '../time/units.ts';
import { isProviderKind } from './rules.ts';
import type { ToolEntry } from './schema.ts';

/** A discontinued part of a tool, and the names of its successors. */
type EndedPart = Omit<NonNullable<ToolEntry['ended']>[number], 'source' | 'date' | 'note'>;

export interface ToolStatus {
  readonly tool: string;
  readonly name: string;
  /** Days since the newest and since the oldest verification of its facts; null without a date. */
  readonly newestFactDays: number | null;
  readonly oldestFactDays: number | null;
  readonly names: number;
  /** Number of names that were never verified after they were added. */
  readonly neverChecked: number;
  /** Recorded versions, oldest first. */
  readonly recorded: readonly string[];
  /** The newest known versions with their packages. */
  readonly newest: readonly { readonly npm: string; readonly version: string; readonly date: string }[];
  /**
   * Newest build whose start-up traffic was recorded, and the date of the recordings; null if start-up traffic does not
   * distinguish the builds.
   */
  readonly builds: { readonly newest: string; readonly date: string; readonly days: number | null } | null;
  /** True if the newest version of a package has no recording. */
  readonly isBehind: boolean;
  readonly ended: readonly EndedPart[];
}

/** Lists tools only, because APIs and gateways have no recordings. `today` is YYYY-MM-DD. */
export function listStatus(tools: readonly ToolEntry[], today: string): ToolStatus[] {
  return tools
    .filter((tool) => !isProviderKind(tool))
    .map((tool) => buildStatus(tool, today))
    .sort((a, b) => (a.tool < b.tool ? -1 : 1));
}

/** Returns the YYYY-MM-DD of the newest verification; null without a date. */
export function findNewestFactDay(tools: readonly ToolEntry[]): string | null {
  return tools.flatMap(listDates).sort().at(-1) ?? null;
}

function buildStatus(tool: ToolEntry, today: string): ToolStatus {
  const dates = listDates(tool);
  const recorded = listRecordedVersions(tool);
  const newest = (tool.packages ?? []).map(({ npm, newest: version, date }) => ({ npm, version, date }));
  return {
    tool: tool.id,
    name: tool.name,
    newestFactDays: countDays(dates.at(-1), today),
    oldestFactDays: countDays(dates[0], today),
    names: tool.endpoints.length,
    neverChecked: tool.endpoints.filter(({ lastChecked }) => lastChecked === undefined).length,
    recorded,
    newest,
    builds: buildFreshness(tool, today),
    isBehind: newest.some(({ version }) => !recorded.includes(version)),
    ended: (tool.ended ?? []).map(({ source: _, date: __, note: ___, ...part }) => part),
  };
}

/** Returns the newest build whose start-up traffic was recorded; null if there is none. */
export const findNewestBuild = ({ builds }: ToolEntry): string | null =>
  (builds?.lines ?? [])
    .map(({ recorded }) => recorded.to)
    .sort(compareVersions)
    .at(-1) ?? null;

function buildFreshness(tool: ToolEntry, today: string): ToolStatus['builds'] {
  const { builds } = tool;
  const newest = findNewestBuild(tool);
  if (builds === undefined || newest === null) return null;
  return { newest, date: builds.date, days: countDays(builds.date, today) };
}

export const listRecordedVersions = (tool: ToolEntry): string[] => [
  ...new Set(listRecordings(tool).map(({ version }) => version)),
];

export interface RecordedVersion {
  readonly version: string;
  readonly date: string;
}

/** Lists the recordings behind estimates, start-up traffic and names, oldest version first. */
export function listRecordings({ calibration, builds, packages }: ToolEntry): RecordedVersion[] {
  const all = [
    ...(calibration?.versions ?? []).map((version) => ({ version, date: calibration?.date ?? '' })),
    ...(builds?.lines ?? []).map(({ recorded }) => ({ version: recorded.to, date: builds?.date ?? '' })),
    ...(packages ?? []).flatMap(({ recorded = [], date }) => recorded.map((version) => ({ version, date }))),
  ];
  return all.sort((a, b) =>
    isVersion(a.version) && isVersion(b.version) ? compareVersions(a.version, b.version) : 0,
  );
}

/** Returns the verification dates of all names and of other facts with a source, sorted. */
function listDates(tool: ToolEntry): string[] {
  const facts = [
    ...(tool.evidence ?? []),
    ...(tool.startUp ?? []),
    ...(tool.userAgents ?? []),
    ...(tool.packages ?? []),
    ...[tool.exchange, tool.calibration, tool.ownGateway].flatMap((fact) => fact ?? []),
  ];
  const names = tool.endpoints.map(({ lastChecked, firstSeen }) => lastChecked ?? firstSeen);
  return [...names, ...facts.map(({ date }) => date)].sort();
}

function countDays(date: string | undefined, today: string): number | null {
  if (date === undefined) return null;
  return Math.round((Date.parse(`${today}T00:00:00Z`) - Date.parse(`${date}T00:00:00Z`)) / DAY_MS);
}
