// A breakdown by hour, day, week, tool, host or role, finished from the sums of its parts: the same for every source of sums.

import type { BreakdownBy } from '../../model/breakdowns.ts';
import type { Breakdown, BreakdownRow, Range } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import { formatDay, weekday } from '../text/english-words.ts';

/** One part of a breakdown. Rows of a report that are only possible are in none. */
export interface PartSums {
  /** Of a time: seconds since 1970 at which it begins, as clocks of the zone show it; else the tool, host or role. */
  readonly key: string;
  /** Different ones. */
  readonly hosts: number;
  readonly tools: number;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  /** Null where no row of the part knows them, and of roles. */
  readonly requests: Range | null;
  readonly modelPayloadUp: number | null;
  readonly telemetryPayloadUp: number | null;
  /** Of each host once, whichever of its tools were busy, of those rows that know requests. */
  readonly activeMinutes: number;
  /** Of all bytes of that time or host; null for other keys. */
  readonly notVisibleShare: number | null;
}

/** `nameOf`: of a tool by its id. */
export function finishBreakdown(
  by: BreakdownBy,
  parts: readonly PartSums[],
  nameOf: (tool: string) => string,
): Breakdown {
  return { by, rows: parts.map((part) => finishPart(by, part, nameOf)).sort(orderOf(by)) };
}

function finishPart(by: BreakdownBy, part: PartSums, nameOf: (tool: string) => string): BreakdownRow {
  const { modelPayloadUp: model, telemetryPayloadUp: telemetry } = part;
  const all = (telemetry ?? 0) + (model ?? 0);
  return {
    ...(isTime(by)
      ? timeLabel(by, Number(part.key))
      : { key: part.key, label: by === 'tool' ? nameOf(part.key) : part.key }),
    hosts: part.hosts,
    tools: part.tools,
    flows: part.flows,
    bytesUp: part.bytesUp,
    bytesDown: part.bytesDown,
    payloadUp: part.payloadUp,
    activeMinutes: part.requests === null ? null : part.activeMinutes,
    requests: part.requests,
    modelPayloadUp: model,
    telemetryPayloadUp: telemetry,
    telemetryShare: telemetry === null || all === 0 ? null : telemetry / all,
    notVisibleShare: part.notVisibleShare,
  };
}

export type TimeBy = Extract<BreakdownBy, 'hour' | 'day' | 'week'>;

const TIMES: ReadonlySet<BreakdownBy> = new Set(['hour', 'day', 'week']);

export const isTime = (by: BreakdownBy): by is TimeBy => TIMES.has(by);

/** Weeks begin on Monday (ISO 8601). */
function timeLabel(by: TimeBy, localSeconds: number): Pick<BreakdownRow, 'key' | 'label'> {
  const local = new Date(localSeconds * 1000).toISOString();
  const day = local.slice(0, 10);
  if (by === 'day') return { key: day, label: `${weekday(day)} ${formatDay(day)}` };
  if (by === 'hour') return { key: local.slice(0, 13), label: `${formatDay(day)} ${local.slice(11, 13)}:00` };
  return { key: day, label: `week of ${formatDay(day)}` };
}

function orderOf(by: BreakdownBy): (a: BreakdownRow, b: BreakdownRow) => number {
  if (isTime(by)) return (a, b) => compareText(a.key, b.key);
  if (by === 'host') return (a, b) => compareHosts(a.key, b.key);
  const bytes = (row: BreakdownRow): number => row.bytesUp + row.bytesDown;
  return (a, b) => bytes(b) - bytes(a) || compareText(a.key, b.key);
}
