// Sums the parts of a breakdown from quarter hours in memory, as a store does in SQL.

import type { BreakdownBy } from '../../model/breakdowns.ts';
import type { Breakdown, Range } from '../../model/report.ts';
import type { HostAttribution, RoleTraffic, UsageQuarter } from '../../model/tool.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { hidesNames } from '../../model/window-words.ts';
import { addKnown, addRanges } from '../../text/quantity.ts';
import { DAY_SECONDS, QUARTER_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { finishBreakdown, isTime, type PartSums, startOfHour, type TimeBy } from './finish-breakdown.ts';

/** 1969-12-29, a Monday. */
const FIRST_MONDAY_SECONDS = -3 * DAY_SECONDS;

export interface BreakdownInput {
  readonly attributions: readonly HostAttribution[];
  readonly windows: readonly UsageWindow[];
  readonly zone: Zone;
  readonly by: BreakdownBy;
}

export function breakDown({ attributions, windows, zone, by }: BreakdownInput): Breakdown {
  const names = new Map<string, string>();
  const rows: PartRow[] = [];
  for (const { host, tools, providers } of attributions) {
    for (const { use, quarters } of [
      ...tools.filter(({ use }) => use.confidence !== 'possible'),
      ...providers,
    ]) {
      names.set(use.tool, use.name);
      rows.push({ host, tool: use.tool, areRequestsKnown: use.requests !== null, quarters });
    }
  }
  const shares = notVisibleShares(by, windows, zone);
  const parts = listParts(by, rows, zone);
  return finishBreakdown(
    by,
    parts.map((part) => ({ ...part, notVisibleShare: shares.get(part.key) ?? null })),
    zone,
    (tool) => names.get(tool) ?? tool,
  );
}

/** A row of the report that sums include. */
interface PartRow {
  readonly host: string;
  readonly tool: string;
  readonly areRequestsKnown: boolean;
  readonly quarters: readonly UsageQuarter[];
}

interface Sum {
  readonly hosts: Set<string>;
  readonly tools: Set<string>;
  flows: number;
  bytesUp: number;
  bytesDown: number;
  payloadUp: number;
  requests: Range | null;
  modelPayloadUp: number | null;
  telemetryPayloadUp: number | null;
}

export function listParts(
  by: BreakdownBy,
  rows: readonly PartRow[],
  zone: Zone,
): Omit<PartSums, 'notVisibleShare'>[] {
  const sums = new Map<string, Sum>();
  const timeOf = isTime(by) ? timeKeys(by, zone) : null;
  const minutes = new BusyMinutes(timeOf);
  for (const row of rows) {
    for (const quarter of row.quarters) {
      if (!quarter.isInRow) continue;
      if (by === 'role') {
        for (const [role, traffic] of Object.entries(quarter.byRole))
          addTraffic(sumFor(sums, role), traffic, row);
        continue;
      }
      const key = timeOf?.(quarter.startSeconds) ?? (by === 'tool' ? row.tool : row.host);
      addQuarter(sumFor(sums, key), quarter, row);
      if (row.areRequestsKnown) minutes.add(key, row.host, quarter);
    }
  }
  return [...sums].map(([key, { hosts, tools, ...sum }]) => ({
    key,
    hosts: hosts.size,
    tools: tools.size,
    ...sum,
    activeMinutes: minutes.count(key),
  }));
}

/** Caches the key of each time, because a quarter hour occurs with every host and tool. */
function timeKeys(by: TimeBy, zone: Zone): (seconds: number) => string {
  const cache = new Map<number, string>();
  return (seconds) => {
    let key = cache.get(seconds);
    if (key === undefined) {
      key = String(by === 'hour' ? startOfHour(seconds, zone) : startOfDays(by, seconds, zone));
      cache.set(seconds, key);
    }
    return key;
  };
}

/** Returns the start of days and weeks on clocks of the time zone. */
function startOfDays(by: 'day' | 'week', seconds: number, zone: Zone): number {
  const [length, base] = by === 'day' ? [DAY_SECONDS, 0] : [7 * DAY_SECONDS, FIRST_MONDAY_SECONDS];
  return Math.floor((seconds + zone.offsetAt(seconds) - base) / length) * length + base;
}

function sumFor(sums: Map<string, Sum>, key: string): Sum {
  const sum = sums.get(key) ?? {
    hosts: new Set(),
    tools: new Set(),
    flows: 0,
    bytesUp: 0,
    bytesDown: 0,
    payloadUp: 0,
    requests: null,
    modelPayloadUp: null,
    telemetryPayloadUp: null,
  };
  sums.set(key, sum);
  return sum;
}

function addTraffic(sum: Sum, traffic: RoleTraffic, { host, tool }: PartRow): void {
  sum.hosts.add(host);
  sum.tools.add(tool);
  sum.flows += traffic.flows;
  sum.bytesUp += traffic.bytesUp;
  sum.bytesDown += traffic.bytesDown;
  sum.payloadUp += traffic.payloadUp;
}

function addQuarter(sum: Sum, quarter: UsageQuarter, row: PartRow): void {
  addTraffic(sum, quarter, row);
  sum.telemetryPayloadUp = addKnown(sum.telemetryPayloadUp, quarter.telemetryPayloadUp);
  // Policies need to know that a quarter hour had no request. A row that is not certain of it does not count requests.
  if (!row.areRequestsKnown) return;
  sum.requests = addRanges(sum.requests, quarter.requests);
  sum.modelPayloadUp = addKnown(sum.modelPayloadUp, quarter.modelPayloadUp);
}

/** Counts a minute of one host once for all its tools, and at the time in which it lies. */
class BusyMinutes {
  readonly #timeKey: ((seconds: number) => string) | null;
  readonly #minutes = new Map<string, Map<string, Set<number>>>();

  constructor(timeKey: ((seconds: number) => string) | null) {
    this.#timeKey = timeKey;
  }

  add(key: string, host: string, { activeMinutes }: UsageQuarter): void {
    for (const minute of activeMinutes ?? []) {
      const part = this.#timeKey?.(minute * 60 - ((minute * 60) % QUARTER_SECONDS)) ?? key;
      const hosts = this.#minutes.get(part) ?? new Map<string, Set<number>>();
      this.#minutes.set(part, hosts);
      hosts.set(host, (hosts.get(host) ?? new Set()).add(minute));
    }
  }

  count(key: string): number {
    return [...(this.#minutes.get(key)?.values() ?? [])].reduce((total, set) => total + set.size, 0);
  }
}

/** Computes the share of bytes that are not visible for each key, for times and hosts only. */
export function notVisibleShares(
  by: BreakdownBy,
  windows: readonly UsageWindow[],
  zone: Zone,
): Map<string, number> {
  const bytes = new Map<string, { notVisible: number; all: number }>();
  const times = isTime(by) ? timeKeys(by, zone) : null;
  for (const window of windows) {
    const time = times?.(window.startSeconds) ?? null;
    for (const host of window.hosts) {
      const key = by === 'host' ? host.host : time;
      if (key === null) continue;
      const sum = bytes.get(key) ?? { notVisible: 0, all: 0 };
      sum.all += host.bytesUp + host.bytesDown;
      for (const notVisible of host.notVisible)
        if (hidesNames(notVisible.kind)) sum.notVisible += notVisible.bytes;
      bytes.set(key, sum);
    }
  }
  return new Map(
    [...bytes].map(([key, { notVisible, all }]) => [key, all === 0 ? 0 : Math.min(1, notVisible / all)]),
  );
}
