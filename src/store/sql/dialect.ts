// Describes the differences of SQL engines, and what the shared statements need from a store. The statements are otherwise
// in SQL that all engines read: aliases differ from the names of columns, and every derived table has an alias.

import type { Span } from '../span.ts';
import type { WindowsRead } from '../store.ts';
import type { ColumnValue, Table } from './tables.ts';

/** SQL of the number of a day, from that of a Unix time. */
type DayOf = (seconds: string) => string;

/** SQL for one engine. Arguments are expressions. */
export interface Dialect {
  /** Quotient of whole numbers. */
  divide(dividend: string, divisor: number): string;
  /** A number of any width, as a double. */
  number(expression: string): string;
  /** Aggregates rows that meet the condition; null without any. */
  aggregateIf(aggregate: 'sum' | 'min' | 'max', expression: string, condition: string): string;
  bitOr(expression: string): string;
  bitCount(expression: string): string;
  /** The bit with this number. */
  bit(number: string): string;
  /** Distinct numbers, as a list. */
  distinctList(expression: string): string;
  /** Joins texts. */
  joined(expression: string, separator: string): string;
  joinedDistinct(expression: string, separator: string): string;
  /** Joins numbers to one text, separated by commas. */
  words(expressions: readonly string[]): string;
  contains(text: string, part: string): string;
  /** Type of boolean columns. */
  readonly truth: string;
  readonly rowNumber: string;
  /** Join that keeps rows without a match. */
  readonly antiJoin: string;
  /** SQL after FROM, to be continued with AND: facts of the current revisions of windows that begin in a span. */
  facts(table: string, span: Span): string;
  /** SQL after FROM for stored rows of a period table: those of blocks inside the span, and possibly others. */
  periods(table: string, span: Span): string;
  /**
   * Host, MAC, its source, names and addresses of an identity: the columns of `host_totals` that a sum over an identity
   * takes along (each ends in a comma), and the columns of the result with the join that they need.
   */
  readonly identity: { readonly sums: string; readonly result: string; readonly join: string };
  /** Query of the key and the signs of builds of each use: fewer texts than one for each period. Absent: all of them. */
  readonly signs?: (key: string, rows: string, dayOf: DayOf) => string;
}

/** SQL condition for windows, and rows with their start, that begin in a span. */
export const spanCondition = ({ from, to }: Span): string =>
  `start_seconds >= ${from} AND start_seconds < ${to}`;

/** Lists of numbers are arrays. Booleans may be 0 and 1. */
export type SqlRow = readonly (ColumnValue | readonly number[])[];

/** A store that is open for reading, with separate temporary tables. */
export interface SqlStore {
  readonly path: string;
  readonly dialect: Dialect;
  rows(sql: string): Promise<SqlRow[]>;
  /** SQL of sums of hosts in a span, with the day of a zone as `on_day`. Absent: `host_totals` has a row for each window. */
  hostRows?(span: Span, dayOf: DayOf): Promise<string>;
  /** Passes rows one after the other, for large results. */
  each(sql: string, take: (row: SqlRow) => void): Promise<void>;
  run(sql: string): Promise<void>;
  /** Creates or replaces a temporary table. */
  keep(table: string, query: string): Promise<void>;
  /** Creates or replaces a temporary table with rows of the program. */
  fill<Of>(table: Table<Of>, ofs: readonly Of[]): Promise<void>;

  /** Key of the attributor of the stored sums; null without any. */
  attributorKey(): Promise<string | null>;
  /** Spans whose windows changed since their sums were computed. */
  pending(): Promise<Span[]>;
  /** Condition for rows of period tables that count. */
  countedPeriods(): Promise<string>;
  /** `host`: windows without facts about it may be omitted. */
  usage(
    span: Span,
    isWanted: (host: string, startSeconds: number) => boolean,
    host?: string,
  ): Promise<WindowsRead>;
  /** Converts an error of the engine. */
  asError(cause: unknown): Error;
  close(): Promise<void>;
}
