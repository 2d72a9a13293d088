// Tallies of stays into the tables of judgements: those that are kept, and those of one question alone.

import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { Estimates, StayTally, Traffic, UseTally } from '../catalogue/tally.ts';
import { appendNumbers, appendText, appendTo } from './duckdb-rows.ts';

/** Temporary tables of one question are named like those that are kept, behind this. */
export const LIVE = 'live_';

export interface NumberedStay {
  readonly stay: number;
  readonly tally: StayTally;
}

/** `where` is "temp" for the tables of one question. */
export async function appendStays(
  connection: DuckDBConnection,
  stays: readonly NumberedStay[],
  where: 'kept' | 'temp',
): Promise<void> {
  const [prefix, catalog] = where === 'temp' ? [LIVE, 'temp' as const] : ['', undefined];
  const append = (name: string, each: (table: DuckDBAppender, stay: NumberedStay) => void): Promise<void> =>
    appendTo(
      connection,
      prefix + name,
      (table) => {
        for (const stay of stays) each(table, stay);
      },
      catalog,
    );
  const perUse =
    (rows: (table: DuckDBAppender, use: UseTally, key: () => void) => void) =>
    (table: DuckDBAppender, { stay, tally }: NumberedStay): void => {
      for (const use of tally.uses) rows(table, use, () => appendUseKey(table, stay, tally.host, use));
    };
  await append('stays', appendStay);
  await append('uses', perUse(appendUse));
  await append('use_quarters', perUse(appendQuarters));
  await append('use_names', perUse(appendNames));
  await append('use_fingerprints', perUse(appendFingerprints));
  await append('use_evidence', perUse(appendEvidence));
}

function appendStay(table: DuckDBAppender, { stay, tally }: NumberedStay): void {
  appendNumbers(table, [stay]);
  table.appendVarchar(tally.host);
  const { blockSeconds, firstSeconds, lastSeconds, firstUs, lastUs } = tally;
  appendNumbers(table, [blockSeconds, firstSeconds, lastSeconds, firstUs, lastUs]);
  table.endRow();
}

function appendUseKey(table: DuckDBAppender, stay: number, host: string, use: UseTally): void {
  appendNumbers(table, [stay]);
  table.appendVarchar(host);
  table.appendVarchar(use.tool);
  table.appendBoolean(use.isProvider);
  table.appendInteger(use.grade);
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

function appendUse(table: DuckDBAppender, use: UseTally, key: () => void): void {
  key();
  appendMaybe(table, use.firstUs);
  appendMaybe(table, use.lastUs);
  appendTraffic(table, use);
  appendEstimates(table, use);
  const { lost, payload, payloadUp, flows, oneWay, established, uncut, isCut } = use.shortfall;
  appendNumbers(table, [lost, payload, payloadUp, flows, oneWay, established, uncut]);
  table.appendBoolean(isCut);
  table.appendBoolean(use.isCutByPackets);
  table.appendBoolean(use.isCarried);
  table.appendInteger(use.quarters.length);
  appendNumbers(table, [use.activeMinutes, use.telemetryMin]);
  table.appendBoolean(use.isTelemetryByName);
  appendNumbers(table, [use.prompts.min, use.prompts.max, use.sessions]);
  appendMaybe(table, use.modelFirstUs);
  appendMaybe(table, use.modelLastUs);
  table.endRow();
}

function appendQuarters(table: DuckDBAppender, use: UseTally, key: () => void): void {
  for (const quarter of use.quarters) {
    key();
    appendNumbers(table, [quarter.startSeconds]);
    table.appendVarchar(quarter.role);
    table.appendBoolean(quarter.isCarried);
    appendTraffic(table, quarter);
    appendEstimates(table, quarter);
    appendNumbers(table, [quarter.minutesOf]);
    table.appendInteger(quarter.minutes);
    table.endRow();
  }
}

function appendNames(table: DuckDBAppender, use: UseTally, key: () => void): void {
  for (const name of use.names) {
    key();
    for (const text of [name.name, name.role, name.specificity]) table.appendVarchar(text);
    appendTraffic(table, name);
    table.endRow();
  }
}

function appendFingerprints(table: DuckDBAppender, use: UseTally, key: () => void): void {
  for (const { ja4, ja3, alpn, runtime, flows } of use.fingerprints) {
    key();
    for (const text of [ja4, ja3, JSON.stringify(alpn)]) table.appendVarchar(text);
    appendText(table, runtime);
    appendNumbers(table, [flows]);
    table.endRow();
  }
}

function appendEvidence(table: DuckDBAppender, use: UseTally, key: () => void): void {
  for (const item of use.evidence) {
    key();
    table.appendBoolean(item.for);
    for (const text of [item.kind, item.rule, item.detail, item.first, item.last]) table.appendVarchar(text);
    appendNumbers(table, [item.flows]);
    table.appendVarchar(JSON.stringify(item.communityIds));
    table.endRow();
  }
}
