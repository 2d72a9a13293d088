// Encodes period sums as table rows, for stored sums and for those of one query.

import type { Estimates } from '../../attribution/estimates/use-estimates.ts';
import {
  noEstimates,
  noTraffic,
  type PeriodSums,
  type QuarterSums,
  type SummedPeriod,
  type Traffic,
} from '../../attribution/sums/period-sums.ts';
import { signsText } from '../columns/signs-text.ts';
import { bucketOf } from './buckets.ts';
import type { Row } from './rows.ts';
import type { PeriodTable } from './tables.ts';

/** A period with its number in the tables, and the step that makes it. */
export interface NumberedPeriod extends SummedPeriod {
  readonly period: string;
  readonly step: string;
}

/** `periods` first: retention deletes by its time. */
export function periodRows(periods: readonly NumberedPeriod[], madeMs: number): Record<PeriodTable, Row[]> {
  const rows: Record<PeriodTable, Row[]> = {
    periods: periods.map((period) => periodRow(period, madeMs)),
    period_sums: [],
    period_quarters: [],
    period_names: [],
    period_fingerprints: [],
    period_evidence: [],
    period_builds: [],
  };
  for (const period of periods) for (const sums of period.sums) addRows(rows, keyOf(period, sums), sums);
  return rows;
}

const identityOf = ({ period, step, host, blockSeconds }: NumberedPeriod): Row => ({
  period,
  step,
  bucket: bucketOf(host),
  host,
  block_seconds: blockSeconds,
});

const keyOf = (period: NumberedPeriod, { tool, isProvider, grade }: PeriodSums): Row => ({
  ...identityOf(period),
  tool,
  is_provider: isProvider ? 1 : 0,
  grade,
});

const periodRow = (period: NumberedPeriod, madeMs: number): Row => ({
  ...identityOf(period),
  first_seconds: period.firstSeconds,
  last_seconds: period.lastSeconds,
  first_us: period.firstUs,
  last_us: period.lastUs,
  made_ms: madeMs,
  sensors: JSON.stringify(period.sensors),
});

const traffic = (of: Traffic): Row => ({
  flows: of.flows,
  bytes_up: of.bytesUp,
  bytes_down: of.bytesDown,
  payload_up: of.payloadUp,
  payload_down: of.payloadDown,
});

const estimates = (of: Estimates): Row => ({
  requests_min: of.requestsMin,
  requests_max: of.requestsMax,
  model_payload_up: of.modelPayloadUp,
  telemetry_payload_up: of.telemetryPayloadUp,
});

function addRows(rows: Record<PeriodTable, Row[]>, key: Row, sums: PeriodSums): void {
  rows.period_sums.push(sumsRow(key, sums));
  rows.period_quarters.push(...sums.quarters.flatMap((quarter) => quarterRows(key, quarter)));
  for (const name of sums.names) {
    const { role, specificity } = name;
    rows.period_names.push({ ...key, name: name.name, role, specificity, ...traffic(name) });
  }
  for (const { ja4, ja3, alpn, runtime, flows } of sums.fingerprints) {
    const texts = { ja4, ja3, alpn: JSON.stringify(alpn), runtime: runtime ?? '' };
    rows.period_fingerprints.push({ ...key, ...texts, flows });
  }
  for (const { speaksFor, kind, rule, detail, firstUs, lastUs, flows, communityIds } of sums.evidence) {
    rows.period_evidence.push({
      ...key,
      ...{ speaks_for: speaksFor ? 1 : 0, kind, rule, detail, first_us: firstUs, last_us: lastUs, flows },
      community_ids: JSON.stringify(communityIds),
    });
  }
  if (sums.builds.length > 0) rows.period_builds.push({ ...key, signs: signsText(sums.builds) });
}

function sumsRow(key: Row, sums: PeriodSums): Row {
  const { shortfall, prompts } = sums;
  return {
    ...key,
    first_us: sums.firstUs,
    last_us: sums.lastUs,
    ...traffic(sums),
    ...estimates(sums),
    lost: shortfall.lost,
    estimated_payload: shortfall.payload,
    estimated_payload_up: shortfall.payloadUp,
    estimated_flows: shortfall.flows,
    one_way: shortfall.oneWay,
    established: shortfall.established,
    uncut: shortfall.uncut,
    logged: shortfall.logged,
    unsized_up: shortfall.unsizedUp,
    unsized_down: shortfall.unsizedDown,
    is_cut: shortfall.isCut ? 1 : 0,
    is_cut_by_packets: sums.isCutByPackets ? 1 : 0,
    is_carried: sums.isCarried ? 1 : 0,
    quarters: sums.quarters.length,
    active_minutes: sums.activeMinutes,
    telemetry_min: sums.telemetryMin,
    is_telemetry_by_name: sums.isTelemetryByName ? 1 : 0,
    prompts_min: prompts.min,
    prompts_max: prompts.max,
    sessions: sums.sessions,
    model_last_us: sums.modelLastUs,
    sensors: JSON.stringify(sums.sensors),
  };
}

const NOTHING = { ...noTraffic(), ...noEstimates(), isCarried: false };

/** A request that outlasts its quarter hour is under way in others: a row for each of those, with nothing but minutes. */
function quarterRows(key: Row, quarter: QuarterSums): Row[] {
  const rowOf = (of: Omit<QuarterSums, 'times'>, minutesOf: number): Row => ({
    ...key,
    start_seconds: of.startSeconds,
    role: of.role,
    is_carried: of.isCarried ? 1 : 0,
    ...traffic(of),
    ...estimates(of),
    minutes_of: minutesOf,
    minutes: of.minutes.get(minutesOf) ?? 0,
  });
  const others = [...quarter.minutes.keys()].filter((start) => start !== quarter.startSeconds);
  return [
    rowOf(quarter, quarter.startSeconds),
    ...others.map((start) => rowOf({ ...quarter, ...NOTHING }, start)),
  ];
}
