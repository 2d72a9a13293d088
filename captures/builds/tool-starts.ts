// Recorded starts of builds (tool-starts.jsonl): rows of windows with names, forms, times and sizes alone.

import { readFileSync } from 'node:fs';
import { ROW_ZEROS } from '../../src/model/counters.ts';
import type { ExchangeCounts, UsageExchange, UsageRow, UsageWindow } from '../../src/model/usage.ts';
import { EMPTY_STATS } from '../../src/window/sums.ts';

export const TOOL_STARTS = 'captures/builds/tool-starts.jsonl';

/** Fields of an exchange, in the order of the file; times in milliseconds from the start. */
export const EXCHANGE_FIELDS = [
  ...['startMs', 'flow', 'bytesUp', 'recordsUp', 'bytesDown', 'recordsDown', 'largestUp', 'largestDown'],
  ...['firstDown', 'waitMs', 'answerMs', 'largestGapMs', 'uploadMs', 'messagesUp', 'flags'],
] as readonly (keyof UsageExchange)[];

export interface ToolForm {
  readonly ja4: string;
  /** Empty where the runtime shuffles its extensions. */
  readonly ja3: string;
  readonly alpn: readonly string[];
}

export interface ToolStart {
  readonly tool: string;
  readonly build: string;
  /** "learn": the marks may come from it; others were kept back. */
  readonly as: string;
  readonly rows: readonly {
    readonly name: string;
    readonly form: number;
    readonly proxy: UsageRow['proxy'];
    readonly helloBytes: number;
    /** Milliseconds from the start. */
    readonly hellos: readonly number[];
    readonly sums: Partial<Record<string, number>>;
    readonly exchanges: readonly (readonly number[])[];
  }[];
}

export interface ToolStarts {
  readonly about: string;
  readonly forms: readonly ToolForm[];
  readonly starts: readonly ToolStart[];
}

/** The first line has the forms, each further line is a start. */
export function readToolStarts(): ToolStarts {
  const [head = '{}', ...lines] = readFileSync(TOOL_STARTS, 'utf8').trimEnd().split('\n');
  const { about, forms }: Omit<ToolStarts, 'starts'> = JSON.parse(head);
  return { about, forms, starts: lines.map((line) => JSON.parse(line)) };
}

const WINDOW_SECONDS = 900;

/** The window of a start on a host; `startSeconds`: a multiple of 900. */
export function startWindow(
  { forms }: Pick<ToolStarts, 'forms'>,
  start: ToolStart,
  startSeconds: number,
  host: string,
): UsageWindow {
  const beginUs = startSeconds * 1e6 + 1e6;
  const rows = start.rows.map((row): UsageRow => {
    const { ja4 = '', ja3 = '', alpn = [] } = forms[row.form] ?? {};
    const helloTimesUs = row.hellos.map((ms) => beginUs + ms * 1000);
    const exchanges = row.exchanges.map((values) => {
      const one = Object.fromEntries(EXCHANGE_FIELDS.map((field, i) => [field, values[i] ?? 0]));
      return { ...one, startMs: (one.startMs ?? 0) + 1000 } as unknown as UsageExchange & ExchangeCounts;
    });
    const times = [...helloTimesUs, ...exchanges.map((one) => beginUs + (one.startMs + one.waitMs) * 1000)];
    return {
      ...{ ...ROW_ZEROS, ...row.sums },
      host,
      name: row.name,
      nameFrom: 'sni',
      fingerprint: { transport: 'tcp', ja4, ja3: ja3 || '0'.repeat(32), alpn: [...alpn], ech: 'none' },
      proxy: row.proxy,
      userAgent: null,
      firstUs: times.length === 0 ? beginUs : Math.min(...times),
      lastUs: times.length === 0 ? beginUs : Math.max(...times),
      openSeconds: 0,
      helloBytesMin: row.helloBytes,
      helloBytesMax: row.helloBytes,
      helloTimesUs,
      servers: ['198.51.100.7'],
      serverPorts: [443],
      communityIds: [],
      macs: [],
      cells: [],
      exchanges,
    };
  });
  return {
    ...{ sensor: 'starts', startSeconds, revision: 1, lengthSeconds: WINDOW_SECONDS },
    ...{ stats: { ...EMPTY_STATS, packets: 1000 }, hosts: [], rows, queriedNames: [] },
  };
}
