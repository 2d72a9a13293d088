// A row of sums over a span, as the engines answer it, by the names of its columns.

import type { SpanSums } from '../../attribution/sums/span-sums.ts';
import { compareText } from '../../net/address.ts';

/** Columns that are added up. */
export const SUM_COLUMNS = [
  ...['flows', 'bytes_up', 'bytes_down', 'payload_up', 'payload_down'],
  ...['requests_min', 'requests_max', 'model_payload_up', 'telemetry_payload_up', 'telemetry_min'],
  ...['prompts_min', 'prompts_max', 'sessions'],
  ...['lost', 'estimated_payload', 'estimated_payload_up', 'estimated_flows'],
  ...['one_way', 'established', 'uncut', 'logged', 'unsized_up', 'unsized_down'],
] as const;

/** Lines of lists of names (JSON). */
function sensorsOf(lines: string): string[] {
  const lists = lines.split('\n').filter((line) => line !== '');
  return [...new Set(lists.flatMap((list) => JSON.parse(list) as string[]))].sort(compareText);
}

/** Truths are true or 1. */
export function spanSumsOf(row: ReadonlyMap<string, unknown>): SpanSums {
  const number = (column: string): number => Number(row.get(column) ?? 0);
  const time = (column: string): number => {
    const value = row.get(column);
    return value === null || value === undefined ? Number.NaN : Number(value);
  };
  const is = (column: string): boolean => Number(row.get(column) ?? 0) === 1;
  return {
    grade: number('best'),
    firstUs: time('first_us'),
    lastUs: time('last_us'),
    flows: number('flows'),
    bytesUp: number('bytes_up'),
    bytesDown: number('bytes_down'),
    payloadUp: number('payload_up'),
    payloadDown: number('payload_down'),
    requestsMin: number('requests_min'),
    requestsMax: number('requests_max'),
    modelPayloadUp: number('model_payload_up'),
    telemetryPayloadUp: number('telemetry_payload_up'),
    telemetryMin: number('telemetry_min'),
    isTelemetryByName: is('is_telemetry_by_name'),
    isCutByPackets: is('is_cut_by_packets'),
    shortfall: {
      lost: number('lost'),
      payload: number('estimated_payload'),
      payloadUp: number('estimated_payload_up'),
      flows: number('estimated_flows'),
      oneWay: number('one_way'),
      established: number('established'),
      uncut: number('uncut'),
      logged: number('logged'),
      unsizedUp: number('unsized_up'),
      unsizedDown: number('unsized_down'),
      isCut: is('is_cut'),
    },
    prompts: { min: number('prompts_min'), max: number('prompts_max') },
    sessions: number('sessions'),
    activeMinutes: number('active_minutes'),
    sensors: sensorsOf(String(row.get('sensors') ?? '')),
  };
}
