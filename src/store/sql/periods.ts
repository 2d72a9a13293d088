// A store in SQL as a source of period sums.

import type { FirstUse } from '../../attribution/first-use.ts';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { SpanLists } from '../../attribution/sums/span-sums.ts';
import type { HostQuartersBySensor, HostSensorFacts } from '../../attribution/traffic/host-sensors.ts';
import type { ServiceSeen } from '../../model/usage.ts';
import type { BreakdownBy } from '../../model/words.ts';
import { isTime, type PartSums } from '../../report/document/breakdown.ts';
import type { HostFacts } from '../../report/document/host-facts.ts';
import type { Zone } from '../../time/zone.ts';
import type { ReportedHost } from '../../window/sensor-networks.ts';
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
import { addMade, type ChosenRows, chooseBlocks, chooseNone, chosenRows } from './choose.ts';
import type { SqlStore } from './dialect.ts';
import {
  readFacts,
  readHostQuarters,
  readHosts,
  readHostTotals,
  readNotVisible,
  readReportedHosts,
  readSensors,
  readServices,
  readSpan,
} from './host-facts.ts';
import { keyOf, readParts } from './parts.ts';
import { readLists } from './span-lists.ts';
import { readSums } from './span-sums.ts';
import { type ZoneSql, zoneSql } from './zone-sql.ts';

const NOTHING: Span = { from: 0, to: 0 };

export class SqlPeriods implements PeriodSource {
  readonly path: string;
  readonly #store: SqlStore;
  /** Of the span that was chosen last. */
  #zone: ZoneSql;
  #span: Span = NOTHING;
  #chosen: ChosenRows;

  constructor(store: SqlStore) {
    this.path = store.path;
    this.#store = store;
    this.#zone = this.#zoneOf({ offsetAt: () => 0 }, NOTHING);
    this.#chosen = chosenRows(store.dialect, NOTHING, false);
  }

  span(): Promise<WindowSpan | null> {
    return this.#ask(readSpan);
  }

  sensors(span: Span): Promise<SensorSpan[]> {
    return this.#ask((store) => readSensors(store, span));
  }

  holds({ from, to }: Span): Promise<boolean> {
    const sql = `SELECT 1 FROM windows WHERE start_seconds >= ${from} AND start_seconds < ${to} LIMIT 1`;
    return this.#ask(async (store) => (await store.rows(sql)).length > 0);
  }

  hostTotals(span: Span): Promise<Pick<HostSensorFacts, 'times' | 'totals'>> {
    return this.#ask((store) => readHostTotals(store, span));
  }

  reportedHosts(span: Span): Promise<readonly ReportedHost[]> {
    return this.#ask((store) => readReportedHosts(store, span));
  }

  services(span: Span): Promise<readonly ServiceSeen[]> {
    return this.#ask((store) => readServices(store, span));
  }

  hostQuarters(span: Span): Promise<HostQuartersBySensor> {
    return this.#ask((store) => readHostQuarters(store, span));
  }

  attributedBy(): Promise<string | null> {
    return this.#ask((store) => store.attributedBy());
  }

  pending(): Promise<Span[]> {
    return this.#ask((store) => store.pending());
  }

  usage(span: Span, isWanted: (host: string, startSeconds: number) => boolean): Promise<WindowsRead> {
    return this.#ask((store) => store.usage(span, isWanted));
  }

  damage(span: Span): Promise<string[]> {
    return this.#ask(async ({ dialect, rows }) => {
      const found = await rows(
        `SELECT message FROM ${dialect.facts('damaged_windows', span)} ORDER BY start_seconds`,
      );
      return found.map(([message]) => String(message));
    });
  }

  choose(choice: Choice, zone: Zone): Promise<HostSpan[]> {
    this.#select(choice.span, zone);
    return this.#ask((store) => chooseBlocks(store, choice, this.#zone));
  }

  chooseNone(span: Span, zone: Zone): Promise<void> {
    this.#select(span, zone);
    return this.#ask(chooseNone);
  }

  add(periods: readonly SummedPeriod[]): Promise<void> {
    return this.#ask(async (store) => {
      this.#chosen = await addMade(store, periods, this.#span, this.#zone);
    });
  }

  sums(): Promise<UseSums[]> {
    return this.#ask((store) => readSums(store, this.#chosen));
  }

  lists(listed: Listed): Promise<(use: UseKey) => SpanLists> {
    return this.#ask((store) => readLists(store, this.#chosen, this.#zone, listed));
  }

  parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]> {
    return this.#ask((store) => readParts(store, this.#chosen, by, rows, this.#zone));
  }

  firstUses(of: 'kept' | 'chosen'): Promise<FirstUse[]> {
    return this.#ask(async (store) => {
      const { number, aggregateIf } = store.dialect;
      const kept = async (): Promise<string> =>
        `(SELECT * FROM period_sums WHERE ${await store.countedPeriods()})`;
      const rows = of === 'kept' ? await kept() : this.#chosen('period_sums');
      const counted = aggregateIf('min', 'first_us', 'grade > 0 OR is_provider');
      const found = await store.rows(
        `SELECT host, tool, ${number('min(first_us)')}, ${number(counted)}
         FROM ${rows} AS s WHERE first_us IS NOT NULL GROUP BY host, tool`,
      );
      return found.map(([host, tool, firstUs, countedUs]) => ({
        host: String(host),
        tool: String(tool),
        firstUs: Number(firstUs),
        countedUs: countedUs === null ? null : Number(countedUs),
      }));
    });
  }

  hosts(span: Span, zone: Zone): Promise<Map<string, HostFacts>> {
    return this.#ask((store) => readHosts(store, span, this.#zoneOf(zone, span)));
  }

  facts(span: Span, zone: Zone): Promise<SpanFacts> {
    return this.#ask((store) => readFacts(store, span, zone, this.#zoneOf(zone, span)));
  }

  notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>> {
    if (!isTime(by) && by !== 'host') return Promise.resolve(new Map());
    const key = keyOf(by, this.#zoneOf(zone, span));
    return this.#ask((store) => readNotVisible(store, span, key));
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #select(span: Span, zone: Zone): void {
    this.#zone = this.#zoneOf(zone, span);
    this.#span = span;
  }

  #zoneOf(zone: Pick<Zone, 'offsetAt'>, { from, to }: Span): ZoneSql {
    return zoneSql(zone, from, to, this.#store.dialect.divide);
  }

  async #ask<T>(question: (store: SqlStore) => Promise<T>): Promise<T> {
    try {
      return await question(this.#store);
    } catch (error) {
      // A fault of the program, not of the store.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw this.#store.asError(error);
    }
  }
}
