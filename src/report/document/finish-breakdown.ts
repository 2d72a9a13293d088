// A breakdown by hour, day, week, tool, host or role, finished from the sums of its parts: the same for every source of sums.

import type { BreakdownBy } from '../../model/breakdowns.ts';
import type { Breakdown, BreakdownRow, Range } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import { HOUR_SECONDS } from '../../time/units.ts';
import { formatOffset, type Zone } from '../../time/zone.ts';
import { formatDay, weekday } from '../text/english-words.ts';

/** One part of a breakdown. Rows of a report that are only possible are in none. */
export interface PartSums {
  /**
   * Identifies the part. Hour: Unix time at which it begins. Day or week: seconds since 1970 at which it begins, as clocks
   * of the zone show it. Else the tool, host or role.
   */
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
  /** Minutes of a host count once, whichever of its tools were busy, and only from rows that state requests. */
  readonly activeMinutes: number;
  /** Relates to all bytes of that time or host; null for other keys. */
  readonly notVisibleShare: number | null;
}

/** `nameOf`: of a tool by its id. */
export function finishBreakdown(
  by: BreakdownBy,
  parts: readonly PartSums[],
  zone: Zone,
  nameOf: (tool: string) => string,
): Breakdown {
  if (!isTime(by)) {
    const rows = parts.map((part) =>
      finishPart(part, { key: part.key, label: by === 'tool' ? nameOf(part.key) : part.key }),
    );
    return { by, rows: rows.sort(makeOrder(by)) };
  }
  const inOrder = [...parts].sort((a, b) => Number(a.key) - Number(b.key));
  return { by, rows: inOrder.map((part) => finishPart(part, timeLabel(by, Number(part.key), zone))) };
}

function finishPart(part: PartSums, name: Pick<BreakdownRow, 'key' | 'label'>): BreakdownRow {
  const { modelPayloadUp: model, telemetryPayloadUp: telemetry } = part;
  const all = (telemetry ?? 0) + (model ?? 0);
  return {
    ...name,
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
function timeLabel(by: TimeBy, key: number, zone: Zone): Pick<BreakdownRow, 'key' | 'label'> {
  if (by === 'hour') return hourLabel(key, zone);
  const day = new Date(key * 1000).toISOString().slice(0, 10);
  return {
    key: day,
    label: by === 'day' ? `${weekday(day)} ${formatDay(day)}` : `week of ${formatDay(day)}`,
  };
}

/** An hour that comes twice, when clocks are set back, has its offset. */
function hourLabel(unixSeconds: number, zone: Zone): Pick<BreakdownRow, 'key' | 'label'> {
  const ahead = offsetOfHour(unixSeconds, zone);
  const local = new Date((unixSeconds + ahead) * 1000).toISOString();
  const offset = comesTwice(unixSeconds, zone) ? formatOffset(ahead) : '';
  const label = `${formatDay(local.slice(0, 10))} ${local.slice(11, 13)}:00`;
  return { key: `${local.slice(0, 13)}${offset}`, label: offset === '' ? label : `${label} ${offset}` };
}

/** Clocks that are set back by half an hour begin an hour at its middle. */
function offsetOfHour(startSeconds: number, zone: Zone): number {
  const first = zone.offsetAt(startSeconds);
  return (startSeconds + first) % HOUR_SECONDS === 0 ? first : zone.offsetAt(startSeconds + HOUR_SECONDS / 2);
}

/** Clocks are set back by half an hour, an hour or two. */
const SET_BACK_SECONDS = [1800, 3600, 7200];

function comesTwice(startSeconds: number, zone: Zone): boolean {
  const clock = (startSeconds + offsetOfHour(startSeconds, zone)) / HOUR_SECONDS;
  const isSame = (other: number): boolean =>
    Math.floor((other + zone.offsetAt(other)) / HOUR_SECONDS) === clock &&
    startOfHour(other, zone) !== startSeconds;
  return SET_BACK_SECONDS.some((by) => isSame(startSeconds - by) || isSame(startSeconds + by));
}

/** Unix time at which the hour of a clock of the zone begins. */
export function startOfHour(unixSeconds: number, zone: Zone): number {
  const offset = zone.offsetAt(unixSeconds);
  return Math.floor((unixSeconds + offset) / HOUR_SECONDS) * HOUR_SECONDS - offset;
}

function makeOrder(by: BreakdownBy): (a: BreakdownRow, b: BreakdownRow) => number {
  if (by === 'host') return (a, b) => compareHosts(a.key, b.key);
  const bytes = (row: BreakdownRow): number => row.bytesUp + row.bytesDown;
  return (a, b) => bytes(b) - bytes(a) || compareText(a.key, b.key);
}
