// Builds the report document from attributions and merged windows: the one shape behind every output format.
// The same input gives the same document, key by key; what the order of workers or inputs changes is not in it.

import { compareHosts, compareText } from '../model/address.ts';
import { formatInstant } from '../model/instant.ts';
import type {
  CaptureSummary,
  Confidence,
  CoverageDay,
  HostReport,
  NotVisible,
  ReportDocument,
  ReportStats,
  ToolUse,
} from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import { openZone } from '../model/zone.ts';
import { collectHosts, type HostFacts } from './host-facts.ts';
import { notVisibleTotals, toolTotals } from './totals.ts';

/** What is known of a host beside the packets: from a hosts file, or because it is a pseudonym. */
export interface HostIdentity {
  readonly identity: 'address' | 'mac' | 'pseudonym';
  readonly name: string | null;
  readonly groups: readonly string[];
}

export interface ReportInput {
  readonly attributions: readonly HostAttribution[];
  /** Merged: each (sensor, start) once. */
  readonly windows: readonly UsageWindow[];
  readonly captures: readonly CaptureSummary[];
  readonly stats: ReportStats;
  readonly coverage: readonly CoverageDay[];
  /** Of the first packet or window; null without any. */
  readonly recordsFrom: string | null;
  readonly wiretally: string;
  readonly catalogue: string;
  readonly command: string;
  readonly timezone: string;
  /** RFC 3339; null keeps the document free of the moment it was made. */
  readonly generated: string | null;
  /** Half-open, Unix seconds; the edges of the windows when not asked for. */
  readonly sinceSeconds?: number;
  readonly untilSeconds?: number;
  readonly identify?: (host: string) => HostIdentity | null;
}

export function buildReport(input: ReportInput): ReportDocument {
  const zone = openZone(input.timezone);
  const facts = collectHosts(input.windows, zone);
  const hosts = buildHosts(input, facts);
  const sensors = new Set(input.windows.map((window) => window.sensor));
  const [onlySensor] = sensors;
  const span = windowSpan(input.windows);
  return {
    schema: 1,
    wiretally: input.wiretally,
    catalogue: input.catalogue,
    generated: input.generated,
    command: input.command,
    period: {
      since: instantOrNull(input.sinceSeconds ?? span?.since),
      until: instantOrNull(input.untilSeconds ?? span?.until),
      timezone: input.timezone,
    },
    sensor: sensors.size === 1 && onlySensor !== undefined && onlySensor !== '' ? onlySensor : null,
    recordsFrom: input.recordsFrom,
    captures: input.captures,
    stats: input.stats,
    coverage: input.coverage,
    hosts,
    tools: toolTotals(hosts),
    notVisible: notVisibleTotals(hosts),
  };
}

const instantOrNull = (seconds: number | undefined): string | null =>
  seconds === undefined ? null : formatInstant(seconds * 1_000_000);

function windowSpan(windows: readonly UsageWindow[]): { since: number; until: number } | null {
  let since = Number.POSITIVE_INFINITY;
  let until = Number.NEGATIVE_INFINITY;
  for (const window of windows) {
    since = Math.min(since, window.startSeconds);
    until = Math.max(until, window.startSeconds + window.lengthSeconds);
  }
  return windows.length === 0 ? null : { since, until };
}

function buildHosts(input: ReportInput, facts: ReadonlyMap<string, HostFacts>): HostReport[] {
  const attributions = new Map(input.attributions.map((attribution) => [attribution.host, attribution]));
  const names = new Set([...facts.keys(), ...attributions.keys()]);
  return [...names].sort(compareHosts).map((host) => {
    const fact = facts.get(host);
    const known = input.identify?.(host) ?? null;
    const attribution = attributions.get(host);
    const tools = sortUses((attribution?.tools ?? []).map((tool) => tool.use));
    const providers = sortUses((attribution?.providers ?? []).map((tool) => tool.use));
    const bytes = fact?.bytes ?? 0;
    return {
      host,
      identity: known?.identity ?? 'address',
      mac: fact?.mac ?? null,
      name: known?.name ?? fact?.names[0] ?? null,
      groups: [...(known?.groups ?? [])].sort(compareText),
      bytes,
      flows: fact?.flows ?? 0,
      presence: fact?.presence ?? [],
      tools,
      providers,
      notVisible: hostNotVisible(fact, providers, bytes),
    };
  });
}

const CONFIDENCE_ORDER: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

function sortUses(uses: readonly ToolUse[]): ToolUse[] {
  return [...uses].sort(
    (a, b) =>
      b.bytesUp + b.bytesDown - (a.bytesUp + a.bytesDown) ||
      CONFIDENCE_ORDER[a.confidence] - CONFIDENCE_ORDER[b.confidence] ||
      compareText(a.tool, b.tool),
  );
}

/** A suspected relay is a provider row; its traffic is dark as well, because nobody sees what stands behind it. */
function hostNotVisible(
  fact: HostFacts | undefined,
  providers: readonly ToolUse[],
  bytes: number,
): NotVisible[] {
  const spots = (fact?.dark ?? []).map((spot) => ({
    kind: spot.kind,
    flows: spot.flows,
    bytes: spot.bytes,
    share: bytes === 0 ? 0 : Math.min(1, spot.bytes / bytes),
    first: formatInstant(spot.firstUs),
    last: formatInstant(spot.lastUs),
  }));
  const relay = providers.find((provider) => provider.tool === 'relay');
  if (relay !== undefined && !spots.some((spot) => spot.kind === 'relay')) {
    const relayed = relay.bytesUp + relay.bytesDown;
    spots.push({
      kind: 'relay',
      flows: relay.flows,
      bytes: relayed,
      share: bytes === 0 ? 0 : Math.min(1, relayed / bytes),
      first: relay.firstSeen,
      last: relay.lastSeen,
    });
  }
  return spots.sort((a, b) => compareText(a.kind, b.kind));
}
