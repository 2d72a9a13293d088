// Encodes period sums as table rows, for stored sums and for those of one query.

import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
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
import { appendNumbers, appendText, appendTo } from './rows.ts';

/** Prefix of temporary tables of one query; the rest of the name equals that of the stored tables. */
export const LIVE = 'live_';

/** A period with its number in the tables. */
export interface NumberedPeriod extends SummedPeriod {
  readonly period: number;
}

/** `where` is "temp" for the tables of one question. */
export async function appendPeriods(
  connection: DuckDBConnection,
  periods: readonly NumberedPeriod[],
  where: 'kept' | 'temp',
): Promise<void> {
  const [prefix, catalog] = where === 'temp' ? [LIVE, 'temp' as const] : ['', undefined];
  const append = (
    name: string,
    each: (table: DuckDBAppender, period: NumberedPeriod) => void,
  ): Promise<void> =>
    appendTo(
      connection,
      prefix + name,
      (table) => {
        for (const period of periods) each(table, period);
      },
      catalog,
    );
  const perTool =
    (rows: (table: DuckDBAppender, sums: PeriodSums, key: () => void) => void) =>
    (table: DuckDBAppender, { period, host, sums }: NumberedPeriod): void => {
      for (const one of sums) rows(table, one, () => appendKey(table, period, host, one));
    };
  await append('periods', appendPeriod);
  await append('period_sums', perTool(appendSums));
  await append('period_quarters', perTool(appendQuarters));
  await append('period_names', perTool(appendNames));
  await append('period_fingerprints', perTool(appendFingerprints));
  await append('period_evidence', perTool(appendEvidence));
  await append('period_builds', perTool(appendBuilds));
}

function appendPeriod(table: DuckDBAppender, period: NumberedPeriod): void {
  appendNumbers(table, [period.period]);
  table.appendVarchar(period.host);
  const { blockSeconds, firstSeconds, lastSeconds, firstUs, lastUs } = period;
  appendNumbers(table, [blockSeconds, firstSeconds, lastSeconds, firstUs, lastUs]);
  table.appendVarchar(JSON.stringify(period.sensors));
  table.endRow();
}

function appendKey(table: DuckDBAppender, period: number, host: string, sums: PeriodSums): void {
  appendNumbers(table, [period]);
  table.appendVarchar(host);
  table.appendVarchar(sums.tool);
  table.appendBoolean(sums.isProvider);
  table.appendInteger(sums.grade);
}

function appendTraffic(table: DuckDBAppender, of: Traffic): void {
  appendNumbers(table, [of.flows, of.bytesUp, of.bytesDown, of.payloadUp, of.payloadDown]);
}

function appendEstimates(table: DuckDBAppender, of: Estimates): void {
  appendNumbers(table, [of.requestsMin, of.requestsMax, of.modelPayloadUp, of.telemetryPayloadUp]);
}

function appendMaybe(table: DuckDBAppender, number: number | null): void {
  if (number === null) table.appendNull();
  else appendNumbers(table, [number]);
}

function appendSums(table: DuckDBAppender, sums: PeriodSums, key: () => void): void {
  key();
  appendMaybe(table, sums.firstUs);
  appendMaybe(table, sums.lastUs);
  appendTraffic(table, sums);
  appendEstimates(table, sums);
  const { lost, payload, payloadUp, flows, oneWay, established, uncut, isCut } = sums.shortfall;
  appendNumbers(table, [lost, payload, payloadUp, flows, oneWay, established, uncut]);
  table.appendBoolean(isCut);
  table.appendBoolean(sums.isCutByPackets);
  table.appendBoolean(sums.isCarried);
  table.appendInteger(sums.quarters.length);
  appendNumbers(table, [sums.activeMinutes, sums.telemetryMin]);
  table.appendBoolean(sums.isTelemetryByName);
  appendNumbers(table, [sums.prompts.min, sums.prompts.max, sums.sessions]);
  appendMaybe(table, sums.modelLastUs);
  table.appendVarchar(JSON.stringify(sums.sensors));
  appendNumbers(table, [sums.shortfall.logged, sums.shortfall.unsizedUp, sums.shortfall.unsizedDown]);
  table.endRow();
}

/**
 * A request that outlasts its quarter hour is under way in others: a row for each of those, with nothing but minutes.
 */
function appendQuarters(table: DuckDBAppender, sums: PeriodSums, key: () => void): void {
  for (const quarter of sums.quarters) {
    const { startSeconds } = quarter;
    appendQuarter(table, quarter, startSeconds, key);
    for (const start of quarter.minutes.keys()) {
      if (start !== startSeconds)
        appendQuarter(table, { ...quarter, ...NOTHING, isCarried: false }, start, key);
    }
  }
}

const NOTHING = { ...noTraffic(), ...noEstimates() };

function appendQuarter(
  table: DuckDBAppender,
  quarter: QuarterSums,
  minutesOf: number,
  key: () => void,
): void {
  key();
  appendNumbers(table, [quarter.startSeconds]);
  table.appendVarchar(quarter.role);
  table.appendBoolean(quarter.isCarried);
  appendTraffic(table, quarter);
  appendEstimates(table, quarter);
  appendNumbers(table, [minutesOf]);
  table.appendInteger(quarter.minutes.get(minutesOf) ?? 0);
  table.endRow();
}

function appendNames(table: DuckDBAppender, sums: PeriodSums, key: () => void): void {
  for (const name of sums.names) {
    key();
    for (const text of [name.name, name.role, name.specificity]) table.appendVarchar(text);
    appendTraffic(table, name);
    table.endRow();
  }
}

function appendFingerprints(table: DuckDBAppender, sums: PeriodSums, key: () => void): void {
  for (const { ja4, ja3, alpn, runtime, flows } of sums.fingerprints) {
    key();
    for (const text of [ja4, ja3, JSON.stringify(alpn)]) table.appendVarchar(text);
    appendText(table, runtime);
    appendNumbers(table, [flows]);
    table.endRow();
  }
}

function appendEvidence(table: DuckDBAppender, sums: PeriodSums, key: () => void): void {
  for (const item of sums.evidence) {
    key();
    table.appendBoolean(item.speaksFor);
    for (const text of [item.kind, item.rule, item.detail]) table.appendVarchar(text);
    appendNumbers(table, [item.firstUs, item.lastUs, item.flows]);
    table.appendVarchar(JSON.stringify(item.communityIds));
    table.endRow();
  }
}

/** One text per period: lists are read as a whole, and most tools have none. */
function appendBuilds(table: DuckDBAppender, sums: PeriodSums, key: () => void): void {
  if (sums.builds.length === 0) return;
  key();
  table.appendVarchar(signsText(sums.builds));
  table.endRow();
}
