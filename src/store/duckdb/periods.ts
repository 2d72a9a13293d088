// A DuckDB store as the source of period sums.

import type { FirstUse } from '../../attribution/first-use.ts';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { SpanLists } from '../../attribution/sums/span-sums.ts';
import type { HostQuartersBySensor, HostSensorFacts } from '../../attribution/traffic/host-sensors.ts';
import type { BreakdownBy } from '../../model/words.ts';
import { isTime, type PartSums } from '../../report/document/breakdown.ts';
import type { HostFacts } from '../../report/document/host-facts.ts';
import type { Zone } from '../../time/zone.ts';
import type { ReportedHost } from '../../window/sensor-networks.ts';
import { keyOf } from '../columns/part-rows.ts';
import { type ZoneSql, zoneSql } from '../columns/zone-sql.ts';
import type {
  Choice,
  CountedRow,
  Listed,
  PeriodSource,
  SpanFacts,
  UseKey,
  UseSums,
} from '../period-source.ts';
import type { HostSpan, Span } from '../span.ts';
import type { SensorSpan, WindowSpan, WindowsRead } from '../store.ts';
import { addLive, chooseBlocks, chooseNone, chosenRows } from './choose.ts';
import { type DuckdbFile, damaged } from './file.ts';
import {
  readFacts,
  readHostQuarters,
  readHosts,
  readHostTotals,
  readNotVisible,
  readReportedHosts,
} from './host-facts.ts';
import { readParts } from './parts.ts';
import { attributedBy, pendingSpans } from './pending.ts';
import { readLists } from './span-lists.ts';
import { readSums } from './span-sums.ts';
import { readSensors, readSpan, readUsage } from './windows.ts';

const NO_ZONE = zoneSql({ offsetAt: () => 0 }, 0, 0);

export class DuckdbPeriods implements PeriodSource {
  readonly path: string;
  readonly #file: DuckdbFile;
  /** Of the span that was chosen last. */
  #zone: ZoneSql = NO_ZONE;

  constructor(path: string, file: DuckdbFile) {
    this.path = path;
    this.#file = file;
  }

  span(): Promise<WindowSpan | null> {
    return this.#ask((connection) => readSpan(connection));
  }

  sensors(span: Span): Promise<SensorSpan[]> {
    return this.#ask((connection) => readSensors(connection, span));
  }

  holds({ from, to }: Span): Promise<boolean> {
    const sql = `SELECT 1 FROM windows WHERE start_seconds >= ${from} AND start_seconds < ${to} LIMIT 1`;
    return this.#ask(async (connection) => (await connection.runAndReadAll(sql)).getRows().length > 0);
  }

  hostTotals(span: Span): Promise<Pick<HostSensorFacts, 'times' | 'totals'>> {
    return this.#ask((connection) => readHostTotals(connection, span));
  }

  reportedHosts(span: Span): Promise<readonly ReportedHost[]> {
    return this.#ask((connection) => readReportedHosts(connection, span));
  }

  hostQuarters(span: Span): Promise<HostQuartersBySensor> {
    return this.#ask((connection) => readHostQuarters(connection, span));
  }

  attributedBy(): Promise<string | null> {
    return this.#ask(attributedBy);
  }

  pending(): Promise<Span[]> {
    return this.#ask(pendingSpans);
  }

  usage(span: Span, isWanted: (host: string, startSeconds: number) => boolean): Promise<WindowsRead> {
    return this.#ask((connection) => readUsage(this.path, connection, span, isWanted));
  }

  damage({ from, to }: Span): Promise<string[]> {
    const sql = `SELECT message FROM damaged_windows WHERE start_seconds >= ${from} AND start_seconds < ${to}
      ORDER BY start_seconds`;
    return this.#ask(async (connection) => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map(([message]) => String(message));
    });
  }

  choose(choice: Choice, zone: Zone): Promise<HostSpan[]> {
    const { from, to } = choice.span;
    this.#zone = zoneSql(zone, from, to);
    return this.#ask((connection) => chooseBlocks(connection, choice, this.#zone));
  }

  chooseNone(span: Span, zone: Zone): Promise<void> {
    this.#zone = zoneSql(zone, span.from, span.to);
    return this.#ask(chooseNone);
  }

  add(periods: readonly SummedPeriod[]): Promise<void> {
    return this.#ask((connection) => addLive(connection, periods, this.#zone));
  }

  sums(): Promise<UseSums[]> {
    return this.#ask(readSums);
  }

  lists(listed: Listed): Promise<(use: UseKey) => SpanLists> {
    return this.#ask((connection) => readLists(connection, this.#zone, listed));
  }

  parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]> {
    return this.#ask((connection) => readParts(connection, by, rows, this.#zone));
  }

  firstUses(of: 'kept' | 'chosen'): Promise<FirstUse[]> {
    const rows = of === 'kept' ? 'period_sums' : chosenRows('period_sums');
    const sql = `SELECT host, tool, min(first_us)::DOUBLE, min(first_us) FILTER (grade > 0 OR is_provider)::DOUBLE
      FROM ${rows} WHERE first_us IS NOT NULL GROUP BY host, tool`;
    return this.#ask(async (connection) => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map(([host, tool, firstUs, countedUs]) => ({
        host: String(host),
        tool: String(tool),
        firstUs: Number(firstUs),
        countedUs: countedUs === null ? null : Number(countedUs),
      }));
    });
  }

  hosts(span: Span, zone: Zone): Promise<Map<string, HostFacts>> {
    return this.#ask((connection) => readHosts(connection, span, zoneSql(zone, span.from, span.to)));
  }

  facts(span: Span, zone: Zone): Promise<SpanFacts> {
    return this.#ask((connection) => readFacts(connection, span, zone, zoneSql(zone, span.from, span.to)));
  }

  notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>> {
    if (!isTime(by) && by !== 'host') return Promise.resolve(new Map());
    const key = keyOf(by, zoneSql(zone, span.from, span.to));
    return this.#ask((connection) => readNotVisible(connection, span, key));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #ask<T>(question: (connection: DuckdbFile['connection']) => Promise<T>): Promise<T> {
    try {
      return await question(this.#file.connection);
    } catch (error) {
      // A fault of the program, not of the file.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw damaged(this.path, error);
    }
  }
}
