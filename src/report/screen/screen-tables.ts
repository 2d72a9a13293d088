// Draws the tables of the screen: hosts with their tools, tools, connections, and counters of the sensor.

import type { Latency, ToolHealth } from '../../model/health.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { Range, ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { formatBytes, formatCount, formatRange, formatShare } from '../../text/quantity.ts';
import { displayWidth, type Role } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { getName, policyCell, toolName } from '../terminal/columns.ts';
import { lossSentence, notVisibleSentence } from '../text/blind-spots.ts';
import { shortTime } from '../text/english-words.ts';
import { delayText, placesText, repeatedText, shareText } from '../text/health-words.ts';
import { clockTime, readerZone } from '../text/instant-text.ts';
import type { Glyphs } from '../text/render-options.ts';
import { bytesText } from '../text/use-bytes.ts';
import { MAX_WINDOWS } from './activity.ts';
import { ringFill } from './head.ts';
import { byteLine, type Line, padText } from './line.ts';
import { type ConnectionRow, type HostRow, listNames, type ToolRow } from './screen-rows.ts';
import type { ScreenState } from './state.ts';

export interface Drawn<T> {
  readonly rows: readonly T[];
  /** Index of the selected row; -1 without one. */
  readonly marked: number;
  readonly width: number;
  readonly glyphs: Glyphs;
}

/** Returns the number of windows that fit into the width. */
function chooseLength(width: number): number {
  return Math.min(MAX_WINDOWS, width < 100 ? 8 : width < 160 ? 20 : 60);
}

function formatHead(count: number, { health }: ScreenState): string {
  const seconds = count * (health?.windowSeconds ?? 60);
  return `LAST ${seconds < 120 ? `${seconds} S` : `${Math.round(seconds / 60)} MIN`}`;
}

export function hostTable(state: ScreenState, document: ReportDocument, drawn: Drawn<HostRow>): Line[] {
  const { rows, marked, width, glyphs } = drawn;
  const zone = readerZone(document);
  const count = chooseLength(width);
  const isOneDay = document.coverage.length <= 1;
  const time = (instant: string): string => (isOneDay ? clockTime(instant, zone) : shortTime(instant, zone));
  const columns: ScreenColumn<HostRow>[] = [
    buildLeftColumn('HOST', ({ host }) => visibleText(host)),
    buildLeftColumn('NAME', ({ report }) => getName(report, glyphs), { dropOrder: 9, role: 'quiet' }),
    buildLeftColumn('TOOL', ({ use }) => toolName(use.name, glyphs)),
    buildLeftColumn('CONFIDENCE', ({ use }) => use.confidence, { dropOrder: 6, role: 'quiet' }),
    buildLeftColumn(formatHead(count, state), ({ host, use }) =>
      byteLine(state.activity.series(host, listNames(use), count), glyphs),
    ),
    buildRightColumn('SENT', ({ use }) => bytesText(use, 'bytesUp', glyphs.dash)),
    buildRightColumn('RECEIVED', ({ use }) => bytesText(use, 'bytesDown', glyphs.dash), { dropOrder: 7 }),
    buildRightColumn('REQUESTS', ({ use }) => showRequests(use.requests, 'host', glyphs), { dropOrder: 8 }),
    buildLeftColumn('FIRST', ({ use }) => time(use.firstSeen), { dropOrder: 10 }),
    buildLeftColumn('LAST', ({ use }) => time(use.lastSeen), { dropOrder: 5 }),
    ...(document.policy === undefined
      ? []
      : [{ head: ' POLICY', cell: ({ outcome }: HostRow) => policyCell(outcome) }]),
  ];
  return drawTable(columns, rows, marked, width);
}

export function toolTable(state: ScreenState, { rows, marked, width, glyphs }: Drawn<ToolRow>): Line[] {
  const count = chooseLength(width);
  const columns: ScreenColumn<ToolRow>[] = [
    buildLeftColumn('TOOL', ({ tool }) => toolName(tool.name, glyphs)),
    buildLeftColumn('VENDOR', ({ tool }) => visibleText(tool.vendor), { dropOrder: 9, role: 'quiet' }),
    buildRightColumn('HOSTS', ({ tool }) => formatHosts(tool)),
    buildLeftColumn(formatHead(count, state), ({ hosts }) =>
      byteLine(sumActivity(state, hosts, count), glyphs),
    ),
    buildRightColumn('SENT', ({ tool }) => formatAmount(tool.bytesUp, glyphs)),
    buildRightColumn('RECEIVED', ({ tool }) => formatAmount(tool.bytesDown, glyphs), { dropOrder: 7 }),
    buildRightColumn('REQUESTS', ({ tool }) => showRequests(tool.requests, 'total', glyphs), {
      dropOrder: 8,
    }),
  ];
  return drawTable(columns, rows, marked, width);
}

/** Null: no log counts them. */
const formatAmount = (bytes: number | null, { dash }: Glyphs): string =>
  bytes === null ? dash : formatBytes(bytes);

const showRequests = (requests: Range | null, grain: 'host' | 'total', { none, dash }: Glyphs): string =>
  requests === null ? none : formatRange(requests, grain, dash);

function formatHosts({ hosts, hostsByConfidence, suppressed }: ToolRow['tool']): string {
  if (suppressed === true) return 'few';
  const { possible } = hostsByConfidence;
  return possible === 0 ? formatCount(hosts) : `${formatCount(hosts)} +${formatCount(possible)}?`;
}

function sumActivity({ activity }: ScreenState, hosts: ToolRow['hosts'], count: number): number[] {
  const sums = new Array<number>(count).fill(0);
  for (const { host, names } of hosts)
    for (const [i, bytes] of activity.series(host, names, count).entries()) sums[i] = (sums[i] ?? 0) + bytes;
  return sums;
}

/** Draws connections of each tool: attempts, stopped connections, their places and delays. */
export function connectionTable({ rows, marked, width, glyphs }: Drawn<ConnectionRow>): Line[] {
  const columns: ScreenColumn<ConnectionRow>[] = [
    buildLeftColumn('TOOL', ({ health }) => toolName(health.name, glyphs)),
    buildRightColumn('HOSTS', ({ health }) => formatCount(health.hosts), { dropOrder: 8 }),
    buildRightColumn('TRIED', ({ health }) => formatCount(health.tried)),
    buildRightColumn('PASSED', ({ health }) => formatCount(health.passed), { dropOrder: 9 }),
    {
      head: 'STOPPED',
      align: 'right',
      cell: ({ health }) => {
        const stopped = health.stopped + health.unresolved;
        return { text: shareText(stopped, health), role: stopped === 0 ? 'plain' : 'warn' };
      },
    },
    buildRightColumn('CONNECTION', ({ health }) => formatMedian(health.connection, glyphs), { dropOrder: 5 }),
    buildRightColumn('FIRST ANSWER', ({ health }) => formatMedian(health.answer, glyphs), { dropOrder: 6 }),
    buildRightColumn('SENT AGAIN', ({ health }) => formatResent(health, glyphs), { dropOrder: 7 }),
    buildLeftColumn(' STOPPED AT', ({ health }) => ` ${placesText(health)}`, { dropOrder: 4, role: 'quiet' }),
  ];
  return drawTable(columns, rows, marked, width);
}

const formatMedian = (latency: Latency | null, { none, dash }: Glyphs): string =>
  latency === null ? none : delayText(latency.median).replace('–', dash);

const formatResent = (health: ToolHealth, { none }: Glyphs): string =>
  health.segments === 0 ? none : repeatedText(health);

const COLUMN = 30;

/** Shows the counters of a sensor, one line each. */
export function sensorTable(health: SensorHealth, document: ReportDocument | null): Line[] {
  const { status, windows, alerts, eventLoopDelaySeconds, store, memoryBytes } = health;
  const fill = ringFill(health);
  const malformed = Object.values(status.malformed).reduce((sum, count) => sum + count, 0);
  const facts: (readonly [string, string])[] = [
    ['Packets', formatCount(status.packets)],
    ['Dropped by a full ring', formatCount(status.ringDrops)],
    ['Dropped before a ring', formatCount(status.interfaceDrops)],
    ['Times that a ring was full', formatCount(status.freezes)],
    ['Ring that waits to be read', fill === null ? 'no ring' : formatShare(fill)],
    ['Open flows', `${formatCount(status.openFlows)} of ${formatCount(status.tableFlows)} at most`],
    ['Flows evicted from a full table', formatCount(status.evictedFlows)],
    ['Not completely parsed', formatCount(malformed)],
    ['Captured in part', formatCount(status.snaplenCut)],
    ['Records written', formatCount(windows.closed)],
    ['Records that wait for a store', formatCount(windows.waiting)],
    ['Records discarded', formatCount(windows.lost)],
    ['Findings that wait', formatCount(alerts.waiting)],
    ['Memory', formatBytes(memoryBytes)],
    ['Longest wait of its loop', `${Math.round(eventLoopDelaySeconds.max * 1000)} ms in the last minute`],
    ...(store === null
      ? []
      : ([
          ['Space for records', `${formatBytes(store.freeBytes)} of ${formatBytes(store.sizeBytes)}`],
        ] as const)),
    ...status.workers.map(
      (worker, i) =>
        [
          `Thread ${i + 1}, ${visibleText(worker.interface)}`,
          `${worker.isAlive ? 'runs' : 'is being replaced'}, load ${worker.load === null ? 'not known' : formatShare(worker.load)}`,
        ] as const,
    ),
    ...(document === null ? [] : [['Not visible', notVisibleSentence(document)] as const]),
    ...(document === null || lossSentence(document) === null
      ? []
      : [['Lost', lossSentence(document) ?? ''] as const]),
  ];
  return facts.map(([name, value]) => [{ text: padText(name, COLUMN), role: 'quiet' }, { text: value }]);
}

// Draws a table: one line per row and one selected row. If the line is too long, columns are omitted from the last on.

interface ScreenColumn<T> {
  readonly head: string;
  readonly align?: 'right';
  /** Columns with the highest value are omitted first. Absent: never omitted. */
  readonly dropOrder?: number;
  readonly cell: (row: T) => { readonly text: string; readonly role?: Role };
}

interface ColumnLook {
  readonly dropOrder?: number;
  readonly role?: Role;
}

const buildLeftColumn = <T>(
  head: string,
  text: (row: T) => string,
  { role, ...look }: ColumnLook = {},
): ScreenColumn<T> => ({
  head,
  ...look,
  cell: (row) => (role === undefined ? { text: text(row) } : { text: text(row), role }),
});

const buildRightColumn = <T>(
  head: string,
  text: (row: T) => string,
  look: ColumnLook = {},
): ScreenColumn<T> => ({
  ...buildLeftColumn(head, text, look),
  align: 'right',
});

const MARK = '>';
const GAP = ' ';

/** Draws head and rows. Widths fit the rows on the screen. */
function drawTable<T>(
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
    const total = fitting.reduce((sum, fitted) => sum + fitted.width + GAP.length, MARK.length);
    const order = fitting.flatMap(({ column: { dropOrder } }) =>
      dropOrder === undefined ? [] : [dropOrder],
    );
    if (total <= width || order.length === 0) break;
    const gone = Math.max(...order);
    fitting = fitting.filter(({ column }) => column.dropOrder !== gone);
  }
  const draw = (sign: string, cell: (at: (typeof all)[number]) => { text: string; role?: Role }): Line => [
    { text: sign, role: 'head' },
    ...fitting.flatMap((fitted) => {
      const { text, role = 'plain' } = cell(fitted);
      const padded = padText(text, fitted.width, fitted.column.align);
      return [{ text: padded, role }, { text: GAP }];
    }),
  ];
  return [
    draw(' ', ({ column }) => ({ text: column.head, role: 'head' })),
    ...rows.map((_, i) =>
      draw(i === marked ? MARK : ' ', ({ cells }) => {
        const { text = '', role } = cells[i] ?? {};
        return i === marked
          ? { text, role: role === undefined || role === 'quiet' ? 'head' : role }
          : { text, ...omitUndefined({ role }) };
      }),
    ),
  ];
}
