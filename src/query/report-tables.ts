// Makes tables for SQL with the figures of a report of the store: an estimate that the report withholds is NULL.

import { TOOL_SUMS } from '../model/counters.ts';
import type { ReportDocument, ToolUse } from '../model/report.ts';
import { findBytes } from '../model/withheld.ts';
import { type EventOf, useEvents } from '../report/format/events.ts';
import type { Cell } from '../store/csv-file.ts';
import type { AddedTable } from '../store/duckdb/export-answer.ts';
import { snakeCase } from '../text/word-lists.ts';

interface Column<Row> {
  readonly name: string;
  /** Column type in DuckDB. */
  readonly type: 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP' | 'DATE';
  readonly of: (row: Row) => Cell;
}

type ToolRow = EventOf<'use'>;

interface DayRow extends ToolRow {
  readonly day: ToolUse['days'][number];
}

const KEY: readonly Column<ToolRow>[] = [
  { name: 'host', type: 'VARCHAR', of: ({ host }) => host.host },
  { name: 'tool', type: 'VARCHAR', of: ({ use }) => use.tool },
  { name: 'is_provider', type: 'BOOLEAN', of: ({ isProvider }) => isProvider },
];

/** Bytes that a log does not count are withheld in the list of the row, and stand as 0 in its field. */
const SUMS: readonly Column<ToolRow>[] = TOOL_SUMS.map((field) => ({
  name: snakeCase(field),
  type: 'BIGINT',
  of: ({ use }) => (use.withheld.some((entry) => entry.field === field) ? null : use[field]),
}));

/** Times are UTC without a zone: DuckDB shows them unchanged. */
const instant = (text: string): string => text.replace('T', ' ').replace('Z', '');

const REPORT_TOOLS: readonly Column<ToolRow>[] = [
  ...KEY,
  { name: 'name', type: 'VARCHAR', of: ({ use }) => use.name },
  { name: 'confidence', type: 'VARCHAR', of: ({ use }) => use.confidence },
  { name: 'first_seen', type: 'TIMESTAMP', of: ({ use }) => instant(use.firstSeen) },
  { name: 'last_seen', type: 'TIMESTAMP', of: ({ use }) => instant(use.lastSeen) },
  { name: 'first_seen_ever', type: 'TIMESTAMP', of: ({ use }) => instant(use.firstSeenEver) },
  ...SUMS,
  { name: 'active_minutes', type: 'BIGINT', of: ({ use }) => use.activeMinutes },
  { name: 'requests_min', type: 'BIGINT', of: ({ use }) => use.requests?.min ?? null },
  { name: 'requests_max', type: 'BIGINT', of: ({ use }) => use.requests?.max ?? null },
  { name: 'prompts_min', type: 'BIGINT', of: ({ use }) => use.prompts?.min ?? null },
  { name: 'prompts_max', type: 'BIGINT', of: ({ use }) => use.prompts?.max ?? null },
  { name: 'sessions', type: 'BIGINT', of: ({ use }) => use.sessions },
  { name: 'model_payload_up', type: 'BIGINT', of: ({ use }) => use.modelPayloadUp },
  { name: 'telemetry_payload_up', type: 'BIGINT', of: ({ use }) => use.telemetry?.payloadUp ?? null },
  { name: 'telemetry_share', type: 'DOUBLE', of: ({ use }) => use.telemetry?.share ?? null },
  {
    name: 'withheld',
    type: 'VARCHAR',
    of: ({ use }) => [...new Set(use.withheld.map(({ reason }) => reason))].join('; ') || null,
  },
];

const REPORT_DAYS: readonly Column<DayRow>[] = [
  ...KEY,
  { name: 'date', type: 'DATE', of: ({ day }) => day.date },
  { name: 'confidence', type: 'VARCHAR', of: ({ day }) => day.confidence },
  { name: 'active_minutes', type: 'BIGINT', of: ({ day }) => day.activeMinutes },
  { name: 'flows', type: 'BIGINT', of: ({ day }) => day.flows },
  { name: 'bytes_up', type: 'BIGINT', of: ({ use, day }) => findBytes(use, 'bytesUp', day) },
  { name: 'bytes_down', type: 'BIGINT', of: ({ use, day }) => findBytes(use, 'bytesDown', day) },
];

/** True if a query may refer to one of the tables. The SQL is not parsed: an unused table does no harm. */
export const namesReportTable = (question: string): boolean => /\breport_(tools|days)\b/i.test(question);

export function reportTables(document: Pick<ReportDocument, 'hosts'>): readonly AddedTable[] {
  const tools = [...useEvents(document)];
  const days = tools.flatMap((row) => row.use.days.map((day): DayRow => ({ ...row, day })));
  return [buildTable('report_tools', REPORT_TOOLS, tools), buildTable('report_days', REPORT_DAYS, days)];
}

const buildTable = <Row>(
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): AddedTable => ({
  name,
  columns: columns.map((column) => ({ name: column.name, type: column.type })),
  rows: rows.map((row) => columns.map(({ of: value }) => value(row))),
});
