// Describes the differences of SQL engines, and what the shared statements need from a store. The statements are otherwise
// in the SQL that all engines read: aliases differ from the names of columns, and every derived table has one.

import type { Span } from '../span.ts';
import type { WindowsRead } from '../store.ts';
import type { ColumnValue, Table } from './tables.ts';

/** SQL for one engine. Arguments are expressions. */
export interface Dialect {
  /** Quotient of whole numbers. */
  divide(dividend: string, divisor: number): string;
  /** A number of any width, as a double. */
  number(of: string): string;
  any(of: string): string;
  /** Null where the condition holds for no row. */
  aggregateIf(aggregate: 'sum' | 'min' | 'max', of: string, condition: string): string;
  bitOr(of: string): string;
  bitCount(of: string): string;
  /** The bit with this number. */
  bit(number: string): string;
  /** Distinct numbers, as a list. */
  distinctList(of: string): string;
  /** Texts as one. */
  joined(of: string, separator: string): string;
  joinedDistinct(of: string, separator: string): string;
  /** Numbers as one text, separated by commas. */
  words(of: readonly string[]): string;
  contains(text: string, part: string): string;
  /** Columns of truths have this type. */
  readonly truth: string;
  readonly rowNumber: string;
  /** Keeps rows without a match. */
  readonly antiJoin: string;
  /** After FROM, and to be continued with AND: facts of the current revisions of the windows that begin in a span. */
  facts(table: string, span: Span): string;
  /** The same for stored rows of a table of periods: those of blocks inside the span, and maybe others. */
  periods(table: string, span: Span): string;
  /**
   * Host, MAC, its source, names and addresses of an identity: the columns of `host_totals` that a sum over an identity
   * takes along (each ends in a comma), and the columns of the result with the join that they need.
   */
  readonly identity: { readonly sums: string; readonly result: string; readonly join: string };
}

/** Lists of numbers are arrays, and truths are booleans or 0 and 1. */
export type SqlRow = readonly (ColumnValue | readonly number[])[];

/** A store that is open for reading, with temporary tables of its own. */
export interface SqlStore {
  readonly path: string;
  readonly dialect: Dialect;
  rows(sql: string): Promise<SqlRow[]>;
  /** The same, one after the other, for results that are large. */
  each(sql: string, take: (row: SqlRow) => void): Promise<void>;
  run(sql: string): Promise<void>;
  /** Creates or replaces a temporary table. */
  keep(table: string, query: string): Promise<void>;
  /** The same, from rows of the program. */
  fill<Of>(table: Table<Of>, ofs: readonly Of[]): Promise<void>;

  /** Key of the attributor of the stored sums; null without any. */
  attributedBy(): Promise<string | null>;
  /** Spans whose windows changed since their sums were computed. */
  pending(): Promise<Span[]>;
  /** Condition on rows of tables of periods: whether they count. */
  countedPeriods(): Promise<string>;
  usage(span: Span, isWanted: (host: string, startSeconds: number) => boolean): Promise<WindowsRead>;
  /** Error of the engine, in the words of the store. */
  asError(cause: unknown): Error;
  close(): Promise<void>;
}
