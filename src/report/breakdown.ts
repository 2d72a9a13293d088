// Sums of what tools did, by hour, day, week, tool, host or role, out of the quarter hours of attributions.

import { compareHosts, compareText } from '../model/address.ts';
import type { Breakdown, BreakdownBy, BreakdownRow, Range } from '../model/report.ts';
import type { HostAttribution, HostTool, UsageQuarter } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { Zone } from '../model/zone.ts';
import { formatDay, weekday } from './instant.ts';
import { addKnown, addRanges } from './quantity.ts';

const QUARTER_SECONDS = 900;

export interface BreakdownInput {
  readonly attributions: readonly HostAttribution[];
  readonly windows: readonly UsageWindow[];
  readonly zone: Zone;
  readonly by: BreakdownBy;
}

interface Sum {
  readonly label: string;
  readonly hosts: Set<string>;
  readonly tools: Set<string>;
  flows: number;
  bytesUp: number;
  bytesDown: number;
  payloadUp: number;
  isMinutesKnown: boolean;
  requests: Range | null;
  modelPayloadUp: number | null;
  telemetryPayloadUp: number | null;
}

type Keyed = (quarter: UsageQuarter, host: string, tool: HostTool) => { key: string; label: string };

export function breakDown(input: BreakdownInput): Breakdown {
  const { by, zone } = input;
  const sums = new Map<string, Sum>();
  const keyed = by === 'role' ? null : keyedBy(by, zone);
  const minutes = new BusyMinutes(isTime(by) ? timeKeys(by, zone) : null);
  for (const { host, tools, providers } of input.attributions) {
    for (const tool of [...tools.filter(({ use }) => use.confidence !== 'possible'), ...providers]) {
      for (const quarter of tool.quarters) {
        if (!quarter.isInRow) continue;
        if (keyed === null) addRoles(sums, quarter, host, tool);
        else {
          const key = keyed(quarter, host, tool);
          addQuarter(sums, key, quarter, host, tool);
          if (tool.use.requests !== null) minutes.add(key.key, host, quarter);
        }
      }
    }
  }
  const shares = notVisibleShares(input);
  return inOrder(
    by,
    [...sums].map(([key, sum]) => finish(key, sum, minutes.count(key), shares.get(key) ?? null)),
  );
}

export function inOrder(by: BreakdownBy, rows: readonly BreakdownRow[]): Breakdown {
  return { by, rows: [...rows].sort(orderOf(by)) };
}

/** Of each time once: a quarter hour comes with every host and tool. */
function keyedBy(by: Exclude<BreakdownBy, 'role'>, zone: Zone): Keyed {
  if (by === 'tool') return (_, __, tool) => ({ key: tool.use.tool, label: tool.use.name });
  if (by === 'host') return (_, host) => ({ key: host, label: host });
  const known = timeKeys(by, zone);
  return (quarter) => known(quarter.startSeconds);
}

interface TimeKey {
  readonly key: string;
  readonly label: string;
}

function timeKeys(by: TimeBy, zone: Zone): (seconds: number) => TimeKey {
  const known = new Map<number, TimeKey>();
  return (seconds) => {
    let key = known.get(seconds);
    if (key === undefined) {
      key = timeKey(by, seconds + zone.offsetAt(seconds));
      known.set(seconds, key);
    }
    return key;
  };
}

type TimeBy = Extract<BreakdownBy, 'hour' | 'day' | 'week'>;

/** Of a time as clocks of the zone show it. Weeks begin on Monday (ISO 8601). */
export function timeKey(by: TimeBy, localSeconds: number): TimeKey {
  const local = new Date(localSeconds * 1000).toISOString();
  const day = local.slice(0, 10);
  if (by === 'day') return { key: day, label: `${weekday(day)} ${formatDay(day)}` };
  if (by === 'hour') return { key: local.slice(0, 13), label: `${formatDay(day)} ${local.slice(11, 13)}:00` };
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const monday = new Date(Date.parse(`${day}T00:00:00Z`) - sinceMonday * 86_400_000)
    .toISOString()
    .slice(0, 10);
  return { key: monday, label: `week of ${formatDay(monday)}` };
}

function sumFor(sums: Map<string, Sum>, key: string, label: string): Sum {
  let sum = sums.get(key);
  if (sum === undefined) {
    sum = {
      label,
      hosts: new Set(),
      tools: new Set(),
      flows: 0,
      bytesUp: 0,
      bytesDown: 0,
      payloadUp: 0,
      isMinutesKnown: false,
      requests: null,
      modelPayloadUp: null,
      telemetryPayloadUp: null,
    };
    sums.set(key, sum);
  }
  return sum;
}

function addQuarter(
  sums: Map<string, Sum>,
  { key, label }: { readonly key: string; readonly label: string },
  quarter: UsageQuarter,
  host: string,
  tool: HostTool,
): void {
  const sum = sumFor(sums, key, label);
  sum.hosts.add(host);
  sum.tools.add(tool.use.tool);
  sum.flows += quarter.flows;
  sum.bytesUp += quarter.bytesUp;
  sum.bytesDown += quarter.bytesDown;
  sum.payloadUp += quarter.payloadUp;
  sum.telemetryPayloadUp = addKnown(sum.telemetryPayloadUp, quarter.telemetryPayloadUp);
  // Quarter hours without a request say so to policies; a row that cannot be sure of it says nothing.
  if (tool.use.requests === null) return;
  sum.requests = addRanges(sum.requests, quarter.requests);
  sum.modelPayloadUp = addKnown(sum.modelPayloadUp, quarter.modelPayloadUp);
  if (quarter.activeMinutes !== null) sum.isMinutesKnown = true;
}

/** A minute of one host counts once, whichever of its tools were busy in it, and in the time in which it lies. */
class BusyMinutes {
  readonly #timeKey: ((seconds: number) => TimeKey) | null;
  readonly #minutes = new Map<string, Map<string, Set<number>>>();

  constructor(timeKey: ((seconds: number) => TimeKey) | null) {
    this.#timeKey = timeKey;
  }

  add(key: string, host: string, { activeMinutes }: UsageQuarter): void {
    for (const minute of activeMinutes ?? []) {
      const of = this.#timeKey?.(minute * 60 - ((minute * 60) % QUARTER_SECONDS)).key ?? key;
      const hosts = this.#minutes.get(of) ?? new Map<string, Set<number>>();
      this.#minutes.set(of, hosts);
      hosts.set(host, (hosts.get(host) ?? new Set()).add(minute));
    }
  }

  count(key: string): number {
    return [...(this.#minutes.get(key)?.values() ?? [])].reduce((total, set) => total + set.size, 0);
  }
}

function addRoles(sums: Map<string, Sum>, quarter: UsageQuarter, host: string, tool: HostTool): void {
  for (const [role, traffic] of Object.entries(quarter.byRole)) {
    const sum = sumFor(sums, role, role);
    sum.hosts.add(host);
    sum.tools.add(tool.use.tool);
    sum.flows += traffic.flows;
    sum.bytesUp += traffic.bytesUp;
    sum.bytesDown += traffic.bytesDown;
    sum.payloadUp += traffic.payloadUp;
  }
}

function finish(key: string, sum: Sum, minutes: number, notVisibleShare: number | null): BreakdownRow {
  const { telemetryPayloadUp, modelPayloadUp } = sum;
  return {
    key,
    label: sum.label,
    hosts: sum.hosts.size,
    tools: sum.tools.size,
    flows: sum.flows,
    bytesUp: sum.bytesUp,
    bytesDown: sum.bytesDown,
    payloadUp: sum.payloadUp,
    activeMinutes: sum.isMinutesKnown ? minutes : null,
    requests: sum.requests,
    modelPayloadUp,
    telemetryPayloadUp,
    telemetryShare: telemetryShareOf(telemetryPayloadUp, modelPayloadUp),
    notVisibleShare,
  };
}

export function telemetryShareOf(
  telemetryPayloadUp: number | null,
  modelPayloadUp: number | null,
): number | null {
  const all = (telemetryPayloadUp ?? 0) + (modelPayloadUp ?? 0);
  return telemetryPayloadUp === null || all === 0 ? null : telemetryPayloadUp / all;
}

const TIMES: ReadonlySet<BreakdownBy> = new Set(['hour', 'day', 'week']);

function orderOf(by: BreakdownBy): (a: BreakdownRow, b: BreakdownRow) => number {
  if (TIMES.has(by)) return (a, b) => compareText(a.key, b.key);
  if (by === 'host') return (a, b) => compareHosts(a.key, b.key);
  const bytes = (row: BreakdownRow): number => row.bytesUp + row.bytesDown;
  return (a, b) => bytes(b) - bytes(a) || compareText(a.key, b.key);
}

/** Encrypted DNS and loss weaken what is seen; the other kinds hide whose traffic it is. */
const WEAKENS: ReadonlySet<string> = new Set(['dns', 'loss']);

function notVisibleShares({ windows, zone, by }: BreakdownInput): Map<string, number> {
  const bytes = new Map<string, { dark: number; all: number }>();
  const times = isTime(by) ? timeKeys(by, zone) : null;
  for (const window of windows) {
    const time = times?.(window.startSeconds).key ?? null;
    for (const host of window.hosts) {
      const key = by === 'host' ? host.host : time;
      if (key === null) continue;
      const sum = bytes.get(key) ?? { dark: 0, all: 0 };
      sum.all += host.bytesUp + host.bytesDown;
      for (const dark of host.dark) if (!WEAKENS.has(dark.kind)) sum.dark += dark.bytes;
      bytes.set(key, sum);
    }
  }
  return new Map([...bytes].map(([key, { dark, all }]) => [key, all === 0 ? 0 : Math.min(1, dark / all)]));
}

export const isTime = (by: BreakdownBy): by is TimeBy => TIMES.has(by);
