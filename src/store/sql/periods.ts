// Implements PeriodSource for stores in SQL.

import type { FirstUse } from '../../attribution/first-use.ts';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { SpanLists } from '../../attribution/sums/span-sums.ts';
import type { BreakdownBy } from '../../model/breakdowns.ts';
import { isTime, type PartSums } from '../../report/document/finish-breakdown.ts';
import type { Zone } from '../../time/zone.ts';
import type { Choice, CountedRow, PeriodSource, UseKey, UseSums } from '../period-source.ts';
import type { HostSpan, Span } from '../span.ts';
import type { WindowsRead } from '../store.ts';
import type { Dialect, SqlStore } from './dialect.ts';
import {
  addComputedPeriods,
  buildSelectedRows,
  COUNTED,
  type SelectedRows,
  selectBlocks,
  selectNoPeriods,
} from './select-periods.ts';
import { KEY, readSums } from './selected-sums.ts';
import {
  countUsageRows,
  holdsWindows,
  readAccounts,
  readDamage,
  readEch,
  readFacts,
  readHostQuarters,
  readHosts,
  readHostTotals,
  readNotVisible,
  readOutcomeSteps,
  readOutcomes,
  readReportedHosts,
  readSensors,
  readServices,
  readSpan,
} from './span-facts.ts';
import { readLists } from './span-lists.ts';
import { fields, type Table } from './tables.ts';
import { type ZoneSql, zoneSql } from './zone-sql.ts';

const NOTHING: Span = { from: 0, to: 0 };

export class SqlPeriods implements PeriodSource {
  readonly path: string;
  readonly #store: SqlStore;
  /** Zone of the last chosen span. */
  #zone: ZoneSql;
  #span: Span = NOTHING;
  #chosen: SelectedRows;

  constructor(store: SqlStore) {
    this.path = store.path;
    this.#store = store;
    this.#zone = zoneSql({ offsetAt: () => 0 }, NOTHING, store.dialect.divide);
    this.#chosen = buildSelectedRows(store.dialect, NOTHING, false);
  }

  readonly span = this.#query(readSpan);
  readonly sensors = this.#query(readSensors);
  readonly hostTotals = this.#query(readHostTotals);
  readonly reportedHosts = this.#query(readReportedHosts);
  readonly services = this.#query(readServices);
  readonly ech = this.#query(readEch);
  readonly outcomes = this.#query(readOutcomes);
  readonly outcomeSteps = this.#query(readOutcomeSteps);
  readonly hostQuarters = this.#query(readHostQuarters);
  readonly hosts = this.#query(readHosts);
  readonly accounts = this.#query(readAccounts);
  readonly facts = this.#query(readFacts);
  readonly damage = this.#query(readDamage);
  readonly holds = this.#query(holdsWindows);
  readonly usageRows = this.#query(countUsageRows);
  readonly attributorKey = this.#query((store) => store.attributorKey());
  readonly pending = this.#query((store) => store.pending());

  usage(...read: Parameters<PeriodSource['usage']>): Promise<WindowsRead> {
    return this.#ask((store) => store.usage(...read));
  }

  choose(choice: Choice, zone: Zone): Promise<HostSpan[]> {
    this.#select(choice.span, zone);
    return this.#ask((store) => selectBlocks(store, choice, this.#zone));
  }

  chooseNone(span: Span, zone: Zone): Promise<void> {
    this.#select(span, zone);
    return this.#ask(selectNoPeriods);
  }

  add(periods: readonly SummedPeriod[]): Promise<void> {
    return this.#ask(async (store) => {
      this.#chosen = await addComputedPeriods(store, periods, this.#span, this.#zone);
    });
  }

  sums(): Promise<UseSums[]> {
    return this.#ask((store) => readSums(store, this.#chosen));
  }

  lists(zone: Zone, isSummary: boolean): Promise<(use: UseKey) => SpanLists> {
    return this.#ask((store) => readLists(store, this.#chosen, this.#zone, zone, isSummary));
  }

  parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]> {
    return this.#ask((store) => readParts(store, this.#chosen, by, rows, this.#zone));
  }

  firstUses(source: 'kept' | 'chosen'): Promise<FirstUse[]> {
    return this.#ask(async (store) => {
      const { number, aggregateIf } = store.dialect;
      const storedSums = async (): Promise<string> =>
        `(SELECT * FROM period_sums WHERE ${await store.countedPeriods()})`;
      const rows = source === 'kept' ? await storedSums() : this.#chosen('period_sums');
      const counted = aggregateIf('min', 'first_us', COUNTED);
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

  notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>> {
    if (!isTime(by) && by !== 'host') return Promise.resolve(new Map());
    const key = getKey(by, zoneSql(zone, span, this.#store.dialect.divide));
    return this.#ask((store) => readNotVisible(store, span, key));
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #select(span: Span, zone: Zone): void {
    this.#zone = zoneSql(zone, span, this.#store.dialect.divide);
    this.#span = span;
  }

  /** Makes a method of a function that reads from the store. */
  #query<Args extends unknown[], T>(read: (store: SqlStore, ...args: Args) => Promise<T>) {
    return (...args: Args): Promise<T> => this.#ask((store) => read(store, ...args));
  }

  async #ask<T>(question: (store: SqlStore) => Promise<T>): Promise<T> {
    try {
      return await question(this.#store);
    } catch (error) {
      // These are faults of the program, not of the store.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw this.#store.asError(error);
    }
  }
}

// Computes the parts of a breakdown by hour, day, week, tool, host or role: sums of the selected periods.

type Part = Omit<PartSums, 'notVisibleShare'>;

const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up'];
const ESTIMATES = ['requests_min', 'requests_max', 'model_payload_up'];
/** Columns of a part, after its key and its numbers of hosts and tools. */
const SUMMED = [...TRAFFIC, ...ESTIMATES, 'telemetry_payload_up'];

/** Needs the temporary tables of addComputedPeriods. */
async function readParts(
  store: SqlStore,
  chosen: SelectedRows,
  by: BreakdownBy,
  rows: readonly CountedRow[],
  zone: ZoneSql,
): Promise<Part[]> {
  const { dialect } = store;
  await store.fill(COUNTED_ROWS, numberedRows(rows));
  await store.keep('parts', partsSql(dialect, chosen, by, zone));
  const isRole = by === 'role';
  const minutes = isRole ? [] : await store.rows(minutesSql(dialect, chosen, by, zone));
  const minutesOf = new Map(minutes.map(([part, count]) => [String(part), Number(count)]));
  const sums = await store.rows(
    `SELECT key, count(DISTINCT host_no), count(DISTINCT tool_no),
       ${SUMMED.map((column) => dialect.number(`sum(part_${column})`)).join(', ')} FROM parts GROUP BY key`,
  );
  return sums.map(([key, ...values]) => {
    const numbers = values.map((value) => (value === null ? null : Number(value)));
    return buildPart(String(key), numbers, minutesOf.get(String(key)) ?? 0, isRole);
  });
}

/** SQL with one row per host and tool of a part, so that few rows remain. */
function partsSql(dialect: Dialect, chosen: SelectedRows, by: BreakdownBy, zone: ZoneSql): string {
  const ofDay = getDayKey(dialect, by);
  const columns = `${KEY}, ${SUMMED.join(', ')}`;
  const quarters = `SELECT ${getKey(by, zone)} AS key, ${columns}
    FROM ${chosen('period_quarters', ofDay === null ? 'all' : 'others')} AS q
    WHERE ${COUNTED}${by === 'role' ? ' AND is_carried' : ''}`;
  const whole =
    ofDay === null
      ? ''
      : `UNION ALL SELECT ${ofDay} AS key, ${columns} FROM ${chosen('period_sums', 'plain')} AS s
        WHERE quarters > 0 AND ${COUNTED}`;
  const sumIf = (column: string, condition: string): string =>
    `${dialect.aggregateIf('sum', column, condition)} AS part_${column}`;
  return `SELECT key, host_no, tool_no,
      ${TRAFFIC.map((column) => `sum(${column}) AS part_${column}`).join(', ')},
      ${ESTIMATES.map((column) => sumIf(column, 'are_requests_known')).join(', ')},
      ${sumIf('telemetry_payload_up', 'is_telemetry_known')}
    FROM (${quarters} ${whole}) AS rows_of INNER JOIN counted USING (${KEY}) GROUP BY key, host_no, tool_no`;
}

/**
 * A minute of one host counts once for all its tools. If only one row has minutes, its periods have already counted them.
 */
function minutesSql(dialect: Dialect, chosen: SelectedRows, by: BreakdownBy, zone: ZoneSql): string {
  const masks = (which: 'all' | 'plain' | 'others', condition: string): string => `
    SELECT ${getKey(by, zone, 'minutes_of')} AS key, host_no, minutes_of, minutes
    FROM ${chosen('period_quarters', which)} AS q
    INNER JOIN (SELECT * FROM counted WHERE are_requests_known ${condition}) AS c USING (${KEY})
    WHERE minutes <> 0 AND ${COUNTED}`;
  const sums = (rows: string): string =>
    `SELECT key, ${dialect.bitCount(dialect.bitOr('minutes'))} AS busy_minutes
     FROM (${rows}) AS masks GROUP BY key, host_no, minutes_of`;
  const ofDay = getDayKey(dialect, by);
  const total = dialect.number('sum(busy_minutes)');
  if (ofDay === null)
    return `SELECT key, ${total} FROM (${sums(masks('all', ''))}) AS all_minutes GROUP BY key`;
  return `SELECT key, ${total} FROM (
      ${sums(`${masks('others', '')} UNION ALL ${masks('plain', 'AND NOT is_alone')}`)}
      UNION ALL
      SELECT ${ofDay} AS key, active_minutes AS busy_minutes FROM ${chosen('period_sums', 'plain')} AS s
      INNER JOIN (SELECT * FROM counted WHERE are_requests_known AND is_alone) AS c USING (${KEY})
      WHERE ${COUNTED}
    ) AS all_minutes GROUP BY key`;
}

/** SQL of the key by day number, for periods within one day. Null for keys that a day does not determine. */
function getDayKey(dialect: Dialect, by: BreakdownBy): string | null {
  if (by === 'hour' || by === 'role') return null;
  if (by === 'day') return 'day * 86400';
  return by === 'week' ? `(${dialect.divide('day + 3', 7)} * 7 - 3) * 86400` : by;
}

/** Builds a part from its numbers: hosts, tools, and SUMMED. */
function buildPart(
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

/** SQL of the key of PartSums. */
function getKey(by: BreakdownBy, zone: ZoneSql, time = 'start_seconds'): string {
  switch (by) {
    case 'hour':
      return zone.startOfHour(time);
    case 'day':
      return `${zone.day(time)} * 86400`;
    case 'week':
      return `(${zone.week(time)} * 7 - 3) * 86400`;
    default:
      return by;
  }
}

interface NumberedRow extends CountedRow {
  /** True if no other row of its host has minutes. */
  readonly isAlone: boolean;
  readonly hostNo: number;
  readonly toolNo: number;
}

const COUNTED_ROWS: Table<NumberedRow, NumberedRow> = {
  name: 'counted',
  rowsOf: (row) => [row],
  columns: [
    ...fields('word', ['host', 'tool']),
    ...fields('truth', ['isProvider', 'areRequestsKnown', 'isTelemetryKnown', 'isAlone']),
    ...fields('small', ['hostNo', 'toolNo']),
  ],
};

function numberedRows(rows: readonly CountedRow[]): NumberedRow[] {
  const numbers = new Map<string, number>();
  for (const { host, areRequestsKnown } of rows)
    numbers.set(host, (numbers.get(host) ?? 0) + (areRequestsKnown ? 1 : 0));
  const [hosts, tools] = [new Map<string, number>(), new Map<string, number>()];
  return rows.map((row) => ({
    ...row,
    isAlone: numbers.get(row.host) === 1,
    hostNo: internText(hosts, row.host),
    toolNo: internText(tools, row.tool),
  }));
}

/** Returns a number for a text, because grouping by numbers is faster. */
function internText(numbers: Map<string, number>, text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}
