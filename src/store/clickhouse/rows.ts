// Declares the columns of a ClickHouse store: those of all engines, with its own keys. Converts windows to rows.

import { createHash } from 'node:crypto';
import type { HostTotals, OutcomeCell, UsageWindow } from '../../model/usage.ts';
import { type DecodedWindows, decodeSingleWindow, encodeWindow } from '../../window/codec.ts';
import { withOutcomes } from '../../window/host-parts.ts';
import { EMPTY_STATS } from '../../window/sums.ts';
import type { WantsHost } from '../../window/wire-read.ts';
import { packWindow, unpackOrDamage, unpackWindow } from '../packed-window.ts';
import {
  type Column,
  type ColumnType,
  column,
  HOST_TOTALS,
  IDENTITY,
  identityText,
  midFlowHosts,
  NOT_VISIBLE,
  type NumberedPeriod,
  PERIODS,
  FACT_TABLES as SHARED_FACTS,
  type Table,
  TOOL_TABLES,
  type ToolInPeriod,
  WINDOW_KEY,
  WINDOWS,
} from '../sql/tables.ts';
import { hostBucket } from './buckets.ts';

export type Row = Readonly<Record<string, string | number | null | readonly string[] | readonly number[]>>;

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'String',
  word: 'LowCardinality(String)',
  count: 'UInt64',
  whole: 'Int64',
  small: 'UInt32',
  tiny: 'UInt8',
  truth: 'UInt8',
  period: 'UInt64',
};

/** Columns with an empty text instead of NULL. */
const EMPTY_FOR_NULL: ReadonlySet<string> = new Set(['runtime']);

export function columnType({ name, type, isNullable }: Pick<Column, 'name' | 'type' | 'isNullable'>): string {
  const plain = TYPES[type];
  if (!isNullable || EMPTY_FOR_NULL.has(name)) return plain;
  return type === 'word' ? 'LowCardinality(Nullable(String))' : `Nullable(${plain})`;
}

/** Makes the rows of a table for some windows or periods, each with the names of its columns. */
export function buildRows<Of>({ columns, rowsOf }: Table<Of>, ofs: readonly Of[]): Row[] {
  const rows: Row[] = [];
  for (const source of ofs) {
    for (const row of rowsOf(source)) {
      const cells: Record<string, string | number | null> = {};
      for (const { name, value } of columns) {
        const cell = value(row, source) ?? (EMPTY_FOR_NULL.has(name) ? '' : null);
        cells[name] = typeof cell === 'boolean' ? Number(cell) : cell;
      }
      rows.push(cells);
    }
  }
  return rows;
}

/** Hashes to 64 bits, as the text of a whole number: numbers of JavaScript have fewer bits. */
export function hash64(text: string): string {
  return createHash('sha256').update(text).digest().readBigUInt64LE().toString();
}

const KEY = Object.values(WINDOW_KEY);

/** A hash of (sensor, start, revision). */
const WINDOW = column<unknown, UsageWindow>('window', 'count', (_, window) => windowId(window));

const windowId = ({ sensor, startSeconds, revision }: UsageWindow): string =>
  hash64(`${startSeconds} ${revision} ${sensor}`);

export const STORED_WINDOWS: Table<UsageWindow, UsageWindow> = {
  ...WINDOWS,
  columns: [
    ...KEY,
    WINDOW,
    // The message is text, because an insert in JSON takes no bytes.
    column('message', 'text', (window) => packWindow(window).toString('base64')),
    ...WINDOWS.columns,
  ],
};

/** Further columns of host facts: the number of their window, and a hash of their identity with its texts. */
const MORE: Readonly<Record<string, readonly Column<HostTotals, UsageWindow>[]>> = {
  [HOST_TOTALS.name]: [WINDOW, column('identity', 'count', hostIdentity), ...IDENTITY],
  [NOT_VISIBLE.name]: [WINDOW],
};

/** `row`: index in the window, so that repeated rows replace themselves. */
function factTable<Row>(
  table: Table<UsageWindow, Row>,
  more: readonly Column<Row, UsageWindow>[] = [],
): Table<UsageWindow> {
  type Indexed = readonly [Row, number];
  const columns = [...table.columns, ...more].map(
    (column): Column<Indexed, UsageWindow> => ({
      ...column,
      value: ([row], window) => column.value(row, window),
    }),
  );
  const index = column<Indexed>('row', 'small', ([, i]) => i);
  return {
    name: table.name,
    columns: [...KEY, index, ...columns],
    rowsOf: (window) => Array.from(table.rowsOf(window), (row, i) => [row, i] as const),
  };
}

export const FACT_TABLES: readonly Table<UsageWindow>[] = SHARED_FACTS.map((table) =>
  factTable(table, MORE[table.name] as readonly Column<unknown, UsageWindow>[] | undefined),
);

/** Facts for attribution, by bucket of hosts. */
export const WINDOW_USAGE: Table<UsageWindow, readonly [bucket: number, usage: UsageWindow]> = {
  name: 'window_usage',
  rowsOf: usageByBucket,
  columns: [
    ...KEY,
    WINDOW,
    column('bucket', 'tiny', ([bucket]) => bucket),
    column('usage_text', 'text', ([, usage]) => Buffer.from(encodeWindow(usage)).toString('base64')),
  ],
};

/** A period with its number in the tables, and the step that makes it. */
export interface StepPeriod extends NumberedPeriod {
  readonly step: string;
  readonly madeMs: number;
}

/** Sort key of all tables of periods, with the bucket of the host. */
function stepColumns<Of>(periodOf: (of: Of) => StepPeriod): Column<unknown, Of>[] {
  return [
    column('step', 'count', (_, of) => periodOf(of).step),
    column('bucket', 'tiny', (_, of) => hostBucket(periodOf(of).host)),
  ];
}

export interface StepTool extends ToolInPeriod {
  readonly period: StepPeriod;
}

export const STORED_PERIODS: Table<StepPeriod> = {
  ...PERIODS,
  columns: [
    ...PERIODS.columns,
    ...stepColumns((period: StepPeriod) => period),
    column('made_ms', 'whole', (_, { madeMs }: StepPeriod) => madeMs),
  ],
};

export const STORED_TOOLS: readonly Table<StepTool>[] = TOOL_TABLES.map((table: Table<ToolInPeriod>) => ({
  ...table,
  columns: [
    ...table.columns,
    ...stepColumns(({ period }: StepTool) => period),
    column<unknown, StepTool>('block_seconds', 'whole', (_, { period }) => period.blockSeconds),
  ],
}));

/** Cache size of host identities and their numbers. */
const MAX_IDENTITIES = 100_000;
const identities = new Map<string, string>();

function hostIdentity(host: HostTotals): string {
  const text = identityText(host);
  let identity = identities.get(text);
  if (identity === undefined) {
    if (identities.size >= MAX_IDENTITIES) identities.clear();
    identity = hash64(text);
    identities.set(text, identity);
  }
  return identity;
}

/** Splits the facts for attribution, and flows that may continue those of another capture, by bucket. */
function usageByBucket(window: UsageWindow): [bucket: number, usage: UsageWindow][] {
  const { sensor, startSeconds, revision, lengthSeconds } = window;
  const parts = new Map<number, Mutable>();
  const partOf = (host: string): Mutable => {
    const bucket = hostBucket(host);
    const entry = parts.get(bucket) ?? { hosts: [], rows: [], queriedNames: [], outcomes: [] };
    parts.set(bucket, entry);
    return entry;
  };
  for (const row of window.rows) partOf(row.host).rows.push(row);
  for (const queried of window.queriedNames) partOf(queried.host).queriedNames.push(queried);
  for (const host of midFlowHosts(window)) partOf(host.host).hosts.push(host);
  // Attempts alone are not use: attribution needs them only for names with other facts.
  for (const outcome of window.outcomes ?? []) parts.get(hostBucket(outcome.host))?.outcomes.push(outcome);
  const key = { sensor, startSeconds, revision, lengthSeconds, stats: EMPTY_STATS };
  return [...parts].map(([bucket, { outcomes, ...part }]) => [
    bucket,
    { ...key, ...part, ...withOutcomes(outcomes) },
  ]);
}

interface Mutable {
  readonly hosts: HostTotals[];
  readonly rows: UsageWindow['rows'][number][];
  readonly queriedNames: UsageWindow['queriedNames'][number][];
  readonly outcomes: OutcomeCell[];
}

export const decodeMessage = (message: string): DecodedWindows =>
  unpackOrDamage(Buffer.from(message, 'base64'), unpackWindow);

export const decodeUsage = (text: string, wants: WantsHost | null): DecodedWindows =>
  unpackOrDamage(Buffer.from(text, 'base64'), (bytes) => decodeSingleWindow(bytes, wants));
