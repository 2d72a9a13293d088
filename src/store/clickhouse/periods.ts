// A ClickHouse store as a source of period sums. The set of valid sums is read once, at the first query.

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
import { type HostSpan, joinSpans, type Span } from '../span.ts';
import type { SensorSpan, WindowSpan, WindowsRead } from '../store.ts';
import { type CountedSteps, liveCondition, pendingOf, readMarks, readSteps } from './attribution-steps.ts';
import { addMade, type ChosenRows, chooseBlocks, chooseNone, chosenRows, divide } from './choose.ts';
import { type Connection, serverError, valuesOf } from './connect.ts';
import {
  readFacts,
  readHostQuarters,
  readHosts,
  readHostTotals,
  readNotVisible,
  readReportedHosts,
} from './host-facts.ts';
import { readParts } from './parts.ts';
import { readLists } from './span-lists.ts';
import { readSums } from './span-sums.ts';
import { readUsage } from './usage.ts';
import { readSensors, readSpan } from './windows.ts';

const zoneOf = (zone: Pick<Zone, 'offsetAt'>, { from, to }: Span): ZoneSql => zoneSql(zone, from, to, divide);
const NOTHING: Span = { from: 0, to: 0 };
const NO_ZONE = zoneOf({ offsetAt: () => 0 }, NOTHING);

interface Counting extends CountedSteps {
  readonly pending: Span[];
}

export class ClickhousePeriods implements PeriodSource {
  readonly path: string;
  readonly #connection: Connection;
  readonly #key: string;
  #counted: Promise<Counting> | null = null;
  /** Of the span that was chosen last. */
  #zone: ZoneSql = NO_ZONE;
  #span: Span = NOTHING;
  #chosen: ChosenRows = chosenRows(false, NOTHING);

  /** `key` of the attributor of the requested sums: those of others are ignored. */
  constructor(connection: Connection, key: string) {
    this.#connection = connection;
    this.#key = key;
    this.path = connection.address.name;
  }

  span(): Promise<WindowSpan | null> {
    return this.#ask(readSpan);
  }

  sensors(span: Span): Promise<SensorSpan[]> {
    return this.#ask((connection) => readSensors(connection, span));
  }

  holds({ from, to }: Span): Promise<boolean> {
    const sql = `SELECT 1 FROM windows WHERE start_seconds >= ${from} AND start_seconds < ${to} LIMIT 1`;
    return this.#ask(async (connection) => (await valuesOf(connection, sql)).length > 0);
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

  async attributedBy(): Promise<string | null> {
    return (await this.#counting()).steps.length > 0 ? this.#key : null;
  }

  async pending(): Promise<Span[]> {
    return (await this.#counting()).pending;
  }

  usage(span: Span, wants: (host: string, startSeconds: number) => boolean): Promise<WindowsRead> {
    return this.#ask(async (connection) => {
      const { windows, damage } = await readUsage(connection, span, { buckets: null, wants });
      return { windows, damage: damage.map(({ error }) => error) };
    });
  }

  damage({ from, to }: Span): Promise<string[]> {
    const sql = `SELECT message FROM damaged_windows FINAL WHERE start_seconds >= ${from} AND start_seconds < ${to}
      AND window IN (SELECT window FROM windows FINAL) ORDER BY start_seconds`;
    return this.#ask(async (connection) =>
      (await valuesOf<[string]>(connection, sql)).map(([message]) => message),
    );
  }

  async choose(choice: Choice, zone: Zone): Promise<HostSpan[]> {
    const { span } = choice;
    this.#zone = zoneOf(zone, span);
    this.#span = span;
    const counting = await this.#counting();
    const live = liveCondition(counting);
    return await this.#ask((connection) =>
      chooseBlocks(connection, choice, counting.pending, live, this.#zone),
    );
  }

  chooseNone(span: Span, zone: Zone): Promise<void> {
    this.#zone = zoneOf(zone, span);
    this.#span = span;
    return this.#ask(chooseNone);
  }

  add(periods: readonly SummedPeriod[]): Promise<void> {
    return this.#ask(async (connection) => {
      this.#chosen = await addMade(connection, periods, this.#span, this.#zone);
    });
  }

  sums(): Promise<UseSums[]> {
    return this.#ask((connection) => readSums(connection, this.#chosen));
  }

  lists(listed: Listed): Promise<(use: UseKey) => SpanLists> {
    return this.#ask((connection) => readLists(connection, this.#chosen, this.#zone, listed));
  }

  parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]> {
    return this.#ask((connection) => readParts(connection, this.#chosen, by, rows, this.#zone));
  }

  async firstUses(of: 'kept' | 'chosen'): Promise<FirstUse[]> {
    const live = of === 'kept' ? liveCondition(await this.#counting()) : '';
    const rows = of === 'kept' ? `(SELECT * FROM period_sums WHERE ${live})` : this.#chosen('period_sums');
    const sql = `SELECT host, tool, min(first_us), minOrNullIf(first_us, grade > 0 OR is_provider)
      FROM ${rows} AS s WHERE first_us IS NOT NULL GROUP BY host, tool`;
    return await this.#ask(async (connection) => {
      const found = await valuesOf<[string, string, number, number | null]>(connection, sql);
      return found.map(([host, tool, firstUs, countedUs]) => ({ host, tool, firstUs, countedUs }));
    });
  }

  hosts(span: Span, zone: Zone): Promise<Map<string, HostFacts>> {
    return this.#ask((connection) => readHosts(connection, span, zoneOf(zone, span)));
  }

  facts(span: Span, zone: Zone): Promise<SpanFacts> {
    return this.#ask((connection) => readFacts(connection, span, zone, zoneOf(zone, span)));
  }

  notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>> {
    if (!isTime(by) && by !== 'host') return Promise.resolve(new Map());
    const key = keyOf(by, zoneOf(zone, span));
    return this.#ask((connection) => readNotVisible(connection, span, key));
  }

  async close(): Promise<void> {
    await this.#connection.client.close();
  }

  /** The valid set is fixed while this is open: later attributions count as pending. */
  async #counting(): Promise<Counting> {
    this.#counted ??= this.#ask(async (connection) => {
      const steps = await readSteps(connection, this.#key);
      const now = await readMarks(connection);
      return { ...steps, pending: joinSpans(steps.groups.flatMap((group) => pendingOf(group, now))) };
    });
    return await this.#counted;
  }

  async #ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await question(this.#connection);
    } catch (error) {
      // A fault of the program, not of the server.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw serverError('INPUT_UNREADABLE', this.#connection, error);
    }
  }
}
