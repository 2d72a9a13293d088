// The parts of a breakdown, as summed by SQL engines: keys of parts in SQL, and decoding of their rows.

import type { BreakdownBy } from '../../model/words.ts';
import type { PartSums } from '../../report/document/breakdown.ts';
import type { CountedRow } from '../period-source.ts';
import type { ZoneSql } from './zone-sql.ts';

export type Part = Omit<PartSums, 'notVisibleShare'>;

/** As COUNTS: a tool's row in a breakdown is never only possible. */
export const COUNTED = '(grade > 0 OR is_provider)';

export const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up'];
export const ESTIMATES = ['requests_min', 'requests_max', 'model_payload_up'];
/** Columns of a part, after its key and its numbers of hosts and tools. */
export const SUMMED = [...TRAFFIC, ...ESTIMATES, 'telemetry_payload_up'];

/** The numbers: hosts, tools, and SUMMED. */
export function partOf(
  key: string,
  numbers: readonly (number | null)[],
  activeMinutes: number,
  isRole: boolean,
): Part {
  const [hosts, tools, flows, bytesUp, bytesDown, payloadUp, ...estimates] = numbers;
  const [min = null, max = null, modelPayloadUp = null, telemetryPayloadUp = null] = isRole ? [] : estimates;
  return {
    key,
    hosts: hosts ?? 0,
    tools: tools ?? 0,
    flows: flows ?? 0,
    bytesUp: bytesUp ?? 0,
    bytesDown: bytesDown ?? 0,
    payloadUp: payloadUp ?? 0,
    activeMinutes,
    requests: min === null || max === null ? null : { min, max },
    modelPayloadUp,
    telemetryPayloadUp,
  };
}

/** Times as local seconds at which they begin. */
export function keyOf(by: BreakdownBy, zone: ZoneSql, time = 'start_seconds'): string {
  switch (by) {
    case 'hour':
      return `${zone.hour(time)} * 3600`;
    case 'day':
      return `${zone.day(time)} * 86400`;
    case 'week':
      return `(${zone.week(time)} * 7 - 3) * 86400`;
    default:
      return by;
  }
}

/** A row of the table `counted`. */
export interface NumberedRow extends CountedRow {
  /** Whether no other row of its host knows minutes. */
  readonly isAlone: boolean;
  readonly hostNo: number;
  readonly toolNo: number;
}

export function numberedRows(rows: readonly CountedRow[]): NumberedRow[] {
  const known = new Map<string, number>();
  for (const { host, areRequestsKnown } of rows)
    known.set(host, (known.get(host) ?? 0) + (areRequestsKnown ? 1 : 0));
  const [hosts, tools] = [new Map<string, number>(), new Map<string, number>()];
  return rows.map((row) => ({
    ...row,
    isAlone: known.get(row.host) === 1,
    hostNo: numberOf(hosts, row.host),
    toolNo: numberOf(tools, row.tool),
  }));
}

/** Texts are dearer to group by than numbers. */
function numberOf(numbers: Map<string, number>, text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}
