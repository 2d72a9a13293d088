// Finishes a breakdown by hour, day, week, tool, host or role from the sums of its parts, for every source of sums.

import type { BreakdownBy } from '../../model/breakdowns.ts';
import type { Breakdown, BreakdownRow, Range } from '../../model/report.ts';
import { findCountedBytes } from '../../model/withheld.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import { HOUR_SECONDS } from '../../time/units.ts';
import { formatOffset, type Zone } from '../../time/zone.ts';
import { formatDay, weekday } from '../text/english-words.ts';

/** One part of a breakdown, without rows of a report that are only possible. */
export interface PartSums {
  /**
   * Identifies the part. Hour: Unix time of its start. Day or week: seconds since 1970 of its start on clocks of the
   * time zone. Else the tool, host or role.
   */
  readonly key: string;
  /** Number of distinct hosts. */
  readonly hosts: number;
  readonly tools: number;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  /** Null if no row of the part knows them, and for roles. */
  readonly requests: Range | null;
  readonly modelPayloadUp: number | null;
  readonly telemetryPayloadUp: number | null;
  /** A minute of a host counts once for all its tools, and only from rows that have requests. */
  readonly activeMinutes: number;
  /** Share of all bytes of that time or host; null for other keys. */
  readonly notVisibleShare: number | null;
}

/** `nameOf`: returns the name of a tool by its id. */
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
  return { by, rows: inOrder.map((part) => finishPart(part, labelTime(by, Number(part.key), zone))) };
}

function finishPart(part: PartSums, name: Pick<BreakdownRow, 'key' | 'label'>): BreakdownRow {
  const { modelPayloadUp: model, telemetryPayloadUp: telemetry } = part;
  const all = (telemetry ?? 0) + (model ?? 0);
  return {
    ...name,
    hosts: part.hosts,
    tools: part.tools,
    flows: part.flows,
    ...findCountedBytes(part),
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

/** Formats the label. Weeks begin on Monday (ISO 8601). */
function labelTime(by: TimeBy, key: number, zone: Zone): Pick<BreakdownRow, 'key' | 'label'> {
  if (by === 'hour') return labelHour(key, zone);
  const day = new Date(key * 1000).toISOString().slice(0, 10);
  return {
    key: day,
    label: by === 'day' ? `${weekday(day)} ${formatDay(day)}` : `week of ${formatDay(day)}`,
  };
}

/** Formats an hour. An hour that occurs twice, because clocks are set back, has its offset. */
function labelHour(unixSeconds: number, zone: Zone): Pick<BreakdownRow, 'key' | 'label'> {
  const ahead = findOffset(unixSeconds, zone);
  const local = new Date((unixSeconds + ahead) * 1000).toISOString();
  const offset = isRepeatedHour(unixSeconds, zone) ? formatOffset(ahead) : '';
  const label = `${formatDay(local.slice(0, 10))} ${local.slice(11, 13)}:00`;
  return { key: `${local.slice(0, 13)}${offset}`, label: offset === '' ? label : `${label} ${offset}` };
}

/** If clocks are set back by half an hour, an hour begins in its middle. */
function findOffset(startSeconds: number, zone: Zone): number {
  const first = zone.offsetAt(startSeconds);
  return (startSeconds + first) % HOUR_SECONDS === 0 ? first : zone.offsetAt(startSeconds + HOUR_SECONDS / 2);
}

/** Clocks are set back by half an hour, one hour or two. */
const SET_BACK_SECONDS = [1800, 3600, 7200];

function isRepeatedHour(startSeconds: number, zone: Zone): boolean {
  const clock = (startSeconds + findOffset(startSeconds, zone)) / HOUR_SECONDS;
  const isSame = (other: number): boolean =>
    Math.floor((other + zone.offsetAt(other)) / HOUR_SECONDS) === clock &&
    startOfHour(other, zone) !== startSeconds;
  return SET_BACK_SECONDS.some((by) => isSame(startSeconds - by) || isSame(startSeconds + by));
}

/** Returns the Unix time at which the hour of a clock in the time zone begins. */
export function startOfHour(unixSeconds: number, zone: Zone): number {
  const offset = zone.offsetAt(unixSeconds);
  return Math.floor((unixSeconds + offset) / HOUR_SECONDS) * HOUR_SECONDS - offset;
}

function makeOrder(by: BreakdownBy): (a: BreakdownRow, b: BreakdownRow) => number {
  if (by === 'host') return (a, b) => compareHosts(a.key, b.key);
  const sumBytes = (row: BreakdownRow): number => (row.bytesUp ?? 0) + (row.bytesDown ?? 0);
  return (a, b) => sumBytes(b) - sumBytes(a) || compareText(a.key, b.key);
}
