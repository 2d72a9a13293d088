// Lines of a log as the reader of their product gives them: records in lists, of which only NAME is listed.

import type { DnsRecord, HostTotalsRecord } from '../../../../src/model/flow.ts';
import { formatNamed, recognize } from '../../../../src/reading/logs/formats.ts';
import type { LoggedFlow, LogRecords } from '../../../../src/reading/logs/records.ts';

export const AT_US = Date.UTC(2026, 10, 20, 6, 22, 42) * 1000;
export const NAME = 'api.example';

interface Read {
  readonly format: string | undefined;
  /** Null for a row, the reason of an ignored line, or "no row". */
  readonly results: readonly (string | null)[];
  readonly flows: readonly LoggedFlow[];
  readonly totals: readonly HostTotalsRecord[];
  readonly questions: readonly DnsRecord[];
  readonly users: readonly string[];
  readonly notes: readonly string[];
}

interface ReadOptions {
  readonly zone?: string;
  readonly definitions?: readonly string[];
  readonly format?: string;
  readonly isWhole?: boolean;
}

/** Records that are kept in lists; only NAME is listed. */
export function keeping() {
  const [flows, totals, questions, users]: [LoggedFlow[], HostTotalsRecord[], DnsRecord[], string[]] = [
    [],
    [],
    [],
    [],
  ];
  const records: LogRecords = {
    isListed: (name) => name === NAME,
    findAgent: (text) => (text.startsWith('tool/') ? text.split(' ')[0] : null) ?? null,
    wrote: () => undefined,
    hasListedServer: (_, server) => server === '203.0.113.200',
    flow: (flow) => flows.push(flow),
    totals: (row) => totals.push(row),
    dns: (record) => questions.push(record),
    observation: () => undefined,
    user: (client, user) => users.push(`${client} ${user}`),
    lost: () => undefined,
  };
  return { records, flows, totals, questions, users };
}

/** What the lines of a log give. */
export function readAll(
  lines: readonly string[],
  { zone = 'UTC', definitions = [], format, isWhole = true }: ReadOptions = {},
): Read {
  const { records, flows, totals, questions, users } = keeping();
  const sample = { file: 'a.log', lines: lines.slice(0, 50), modifiedUs: AT_US };
  const known = format === undefined ? recognize(sample, definitions) : formatNamed(format);
  if (known === null || known === undefined)
    return { format: undefined, results: [], flows, totals, questions, users, notes: [] };
  const reader = known.reader(records, { zone, definitions, isWhole });
  const rows = reader.open(sample);
  const results = lines.map((line) => {
    const result = rows.line(Buffer.from(line), 0, Buffer.byteLength(line));
    return typeof result === 'symbol' ? 'no row' : result;
  });
  const notes = reader.finish();
  return { format: known.id, results, flows, totals, questions, users, notes };
}
