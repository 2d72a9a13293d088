// The tables of the screen: hosts with their tools, tools, and what the sensor counts.

import type { Latency, ToolHealth } from '../../model/health.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { formatBytes, formatCount, formatRange, formatShare } from '../../text/quantity.ts';
import { displayWidth, type Role } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { nameOf, policyCell, toolName } from '../terminal/columns.ts';
import { lossSentence, notVisibleSentence } from '../text/blind-spots.ts';
import { delayText, placesText, repeatedText, shareText } from '../text/health-words.ts';
import { clockTime, readerZone, shortTime } from '../text/instant.ts';
import type { Glyphs } from '../text/render-options.ts';
import { bytesText } from '../text/use-bytes.ts';
import { MOST_WINDOWS } from './activity.ts';
import { ringFill } from './head.ts';
import { byteLine, type Line, padText } from './line.ts';
import { type ConnectionRow, type HostRow, namesOf, type ToolRow } from './rows.ts';
import type { ScreenState } from './state.ts';

interface Drawn<T> {
  readonly rows: readonly T[];
  /** Place of the marked row among them; -1 without one. */
  readonly marked: number;
  readonly width: number;
  readonly glyphs: Glyphs;
}

/** So many windows as the width bears. */
function seriesLength(width: number): number {
  return Math.min(MOST_WINDOWS, width < 100 ? 8 : width < 160 ? 20 : 60);
}

function seriesHead(count: number, { health }: ScreenState): string {
  const seconds = count * (health?.windowSeconds ?? 60);
  return `LAST ${seconds < 120 ? `${seconds} S` : `${Math.round(seconds / 60)} MIN`}`;
}

export function hostTable(state: ScreenState, document: ReportDocument, drawn: Drawn<HostRow>): Line[] {
  const { rows, marked, width, glyphs } = drawn;
  const zone = readerZone(document);
  const count = seriesLength(width);
  const isOneDay = document.coverage.length <= 1;
  const time = (instant: string): string => (isOneDay ? clockTime(instant, zone) : shortTime(instant, zone));
  const columns: ScreenColumn<HostRow>[] = [
    { head: 'HOST', cell: ({ host }) => ({ text: visibleText(host) }) },
    { head: 'NAME', givenUp: 9, cell: ({ report }) => ({ text: nameOf(report, glyphs), role: 'quiet' }) },
    { head: 'TOOL', cell: ({ use }) => ({ text: toolName(use.name, glyphs) }) },
    { head: 'CONFIDENCE', givenUp: 6, cell: ({ use }) => ({ text: use.confidence, role: 'quiet' }) },
    {
      head: seriesHead(count, state),
      cell: ({ host, use }) => ({ text: byteLine(state.activity.series(host, namesOf(use), count), glyphs) }),
    },
    { head: 'SENT', align: 'right', cell: ({ use }) => ({ text: bytesText(use, 'bytesUp', glyphs.dash) }) },
    {
      head: 'RECEIVED',
      align: 'right',
      givenUp: 7,
      cell: ({ use }) => ({ text: bytesText(use, 'bytesDown', glyphs.dash) }),
    },
    {
      head: 'REQUESTS',
      align: 'right',
      givenUp: 8,
      cell: ({ use }) => ({
        text: use.requests === null ? glyphs.none : formatRange(use.requests, 'host', glyphs.dash),
      }),
    },
    { head: 'FIRST', givenUp: 10, cell: ({ use }) => ({ text: time(use.firstSeen) }) },
    { head: 'LAST', givenUp: 5, cell: ({ use }) => ({ text: time(use.lastSeen) }) },
    ...(document.policy === undefined
      ? []
      : [{ head: ' POLICY', cell: ({ outcome }: HostRow) => policyCell(outcome) }]),
  ];
  return tableLines(columns, rows, marked, width);
}

export function toolTable(state: ScreenState, { rows, marked, width, glyphs }: Drawn<ToolRow>): Line[] {
  const count = seriesLength(width);
  const columns: ScreenColumn<ToolRow>[] = [
    { head: 'TOOL', cell: ({ tool }) => ({ text: toolName(tool.name, glyphs) }) },
    { head: 'VENDOR', givenUp: 9, cell: ({ tool }) => ({ text: visibleText(tool.vendor), role: 'quiet' }) },
    { head: 'HOSTS', align: 'right', cell: ({ tool }) => ({ text: hostCount(tool) }) },
    {
      head: seriesHead(count, state),
      cell: ({ hosts }) => ({ text: byteLine(sumOf(state, hosts, count), glyphs) }),
    },
    { head: 'SENT', align: 'right', cell: ({ tool }) => ({ text: formatBytes(tool.bytesUp) }) },
    {
      head: 'RECEIVED',
      align: 'right',
      givenUp: 7,
      cell: ({ tool }) => ({ text: formatBytes(tool.bytesDown) }),
    },
    {
      head: 'REQUESTS',
      align: 'right',
      givenUp: 8,
      cell: ({ tool }) => ({
        text: tool.requests === null ? glyphs.none : formatRange(tool.requests, 'total', glyphs.dash),
      }),
    },
  ];
  return tableLines(columns, rows, marked, width);
}

function hostCount({ hosts, hostsByConfidence, suppressed }: ToolRow['tool']): string {
  if (suppressed === true) return 'few';
  const { possible } = hostsByConfidence;
  return possible === 0 ? formatCount(hosts) : `${formatCount(hosts)} +${formatCount(possible)}?`;
}

function sumOf({ activity }: ScreenState, hosts: ToolRow['hosts'], count: number): number[] {
  const sums = new Array<number>(count).fill(0);
  for (const { host, names } of hosts)
    for (const [i, bytes] of activity.series(host, names, count).entries()) sums[i] = (sums[i] ?? 0) + bytes;
  return sums;
}

/** Connections of each tool: how many were tried and stopped, where, and how fast they were. */
export function connectionTable({ rows, marked, width, glyphs }: Drawn<ConnectionRow>): Line[] {
  const columns: ScreenColumn<ConnectionRow>[] = [
    { head: 'TOOL', cell: ({ health }) => ({ text: toolName(health.name, glyphs) }) },
    {
      head: 'HOSTS',
      align: 'right',
      givenUp: 8,
      cell: ({ health }) => ({ text: formatCount(health.hosts) }),
    },
    { head: 'TRIED', align: 'right', cell: ({ health }) => ({ text: formatCount(health.tried) }) },
    {
      head: 'PASSED',
      align: 'right',
      givenUp: 9,
      cell: ({ health }) => ({ text: formatCount(health.passed) }),
    },
    {
      head: 'STOPPED',
      align: 'right',
      cell: ({ health }) => {
        const stopped = health.stopped + health.unresolved;
        return { text: shareText(stopped, health), role: stopped === 0 ? 'plain' : 'warn' };
      },
    },
    {
      head: 'CONNECTION',
      align: 'right',
      givenUp: 5,
      cell: ({ health }) => ({ text: median(health.connection, glyphs) }),
    },
    {
      head: 'FIRST ANSWER',
      align: 'right',
      givenUp: 6,
      cell: ({ health }) => ({ text: median(health.answer, glyphs) }),
    },
    {
      head: 'SENT AGAIN',
      align: 'right',
      givenUp: 7,
      cell: ({ health }) => ({ text: sentAgain(health, glyphs) }),
    },
    {
      head: ' STOPPED AT',
      givenUp: 4,
      cell: ({ health }) => ({ text: ` ${placesText(health)}`, role: 'quiet' }),
    },
  ];
  return tableLines(columns, rows, marked, width);
}

const median = (latency: Latency | null, { none, dash }: Glyphs): string =>
  latency === null ? none : delayText(latency.median).replace('–', dash);

const sentAgain = (health: ToolHealth, { none }: Glyphs): string =>
  health.segments === 0 ? none : repeatedText(health);

const COLUMN = 30;

/** What a sensor counts, a line each. */
export function sensorTable(health: SensorHealth, document: ReportDocument | null): Line[] {
  const { status, windows, alerts, eventLoopDelaySeconds, store, memoryBytes } = health;
  const fill = ringFill(health);
  const malformed = Object.values(status.malformed).reduce((sum, count) => sum + count, 0);
  const facts: (readonly [string, string])[] = [
    ['Packets', formatCount(status.packets)],
    ['Lost by a full ring', formatCount(status.ringDrops)],
    ['Lost before a ring', formatCount(status.interfaceDrops)],
    ['Times that a ring was full', formatCount(status.freezes)],
    ['Ring that waits to be read', fill === null ? 'no ring' : formatShare(fill)],
    ['Flows followed now', `${formatCount(status.openFlows)} of ${formatCount(status.tableFlows)} at most`],
    ['Flows that left a full table', formatCount(status.evictedFlows)],
    ['Not understood to their end', formatCount(malformed)],
    ['Captured in part', formatCount(status.snaplenCut)],
    ['Windows closed', formatCount(windows.closed)],
    ['Windows that wait for a store', formatCount(windows.waiting)],
    ['Windows given up', formatCount(windows.lost)],
    ['Findings that wait', formatCount(alerts.waiting)],
    ['Memory', formatBytes(memoryBytes)],
    ['Longest wait of its loop', `${Math.round(eventLoopDelaySeconds.max * 1000)} ms in the last minute`],
    ...(store === null
      ? []
      : ([
          ['Room for windows', `${formatBytes(store.freeBytes)} of ${formatBytes(store.sizeBytes)}`],
        ] as const)),
    ...status.workers.map(
      (each, i) =>
        [
          `Thread ${i + 1}, ${visibleText(each.interface)}`,
          `${each.isAlive ? 'runs' : 'is being replaced'}, load ${each.load === null ? 'not known' : formatShare(each.load)}`,
        ] as const,
    ),
    ...(document === null ? [] : [['Not visible', notVisibleSentence(document)] as const]),
    ...(document === null || lossSentence(document) === null
      ? []
      : [['Lost', lossSentence(document) ?? ''] as const]),
  ];
  return facts.map(([name, value]) => [{ text: padText(name, COLUMN), role: 'quiet' }, { text: value }]);
}

// A table of the screen: one line a row, columns given up from the last on where the line is too long, one row marked.

interface ScreenColumn<T> {
  readonly head: string;
  readonly align?: 'right';
  /** Absent: never given up. The highest goes first. */
  readonly givenUp?: number;
  readonly cell: (row: T) => { readonly text: string; readonly role?: Role };
}

const MARK = '>';
const GAP = ' ';

/** Head and rows; the widths are those of the rows that are shown. */
function tableLines<T>(
  columns: readonly ScreenColumn<T>[],
  rows: readonly T[],
  marked: number,
  width: number,
): Line[] {
  const all = columns.map((column) => {
    const cells = rows.map(column.cell);
    const own = cells.reduce((most, { text }) => Math.max(most, displayWidth(text)), column.head.length);
    return { column, cells, width: own };
  });
  let fitting = all;
  for (;;) {
    const total = fitting.reduce((sum, each) => sum + each.width + GAP.length, MARK.length);
    const order = fitting.flatMap(({ column: { givenUp } }) => (givenUp === undefined ? [] : [givenUp]));
    if (total <= width || order.length === 0) break;
    const gone = Math.max(...order);
    fitting = fitting.filter(({ column }) => column.givenUp !== gone);
  }
  const line = (sign: string, cell: (at: (typeof all)[number]) => { text: string; role?: Role }): Line => [
    { text: sign, role: 'head' },
    ...fitting.flatMap((each) => {
      const { text, role = 'plain' } = cell(each);
      const padded = padText(text, each.width, each.column.align);
      return [{ text: padded, role }, { text: GAP }];
    }),
  ];
  return [
    line(' ', ({ column }) => ({ text: column.head, role: 'head' })),
    ...rows.map((_, i) =>
      line(i === marked ? MARK : ' ', ({ cells }) => {
        const { text = '', role } = cells[i] ?? {};
        return i === marked
          ? { text, role: role === undefined || role === 'quiet' ? 'head' : role }
          : { text, ...(role === undefined ? {} : { role }) };
      }),
    ),
  ];
}
