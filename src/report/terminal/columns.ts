// Declares the columns of a terminal table and the order in which they are omitted if the line is too long.

import { BREACHES } from '../../model/findings.ts';
import type { HostReport, ToolUse } from '../../model/report.ts';
import { isFromLogs } from '../../model/withheld.ts';
import { formatCount, formatRange, percentNumber } from '../../text/quantity.ts';
import { type Cell, type Column, type Role, tableWidth } from '../../text/text-layout.ts';
import { shorten, visibleText } from '../../text/visible-text.ts';
import { splitWords, type Words } from '../../text/word-lists.ts';
import type { Zone } from '../../time/zone.ts';
import type { UseRow } from '../document/use-rows.ts';
import { type DayAxis, dayStrip, stripHead } from '../text/day-strip.ts';
import { shortDay, shortTime } from '../text/english-words.ts';
import { type ReaderZone, unixSeconds } from '../text/instant-text.ts';
import type { Outcome, OutcomeIndex } from '../text/policy-outcome.ts';
import type { Glyphs } from '../text/render-options.ts';
import { bytesText } from '../text/use-bytes.ts';
import { OUTCOME_WORDS } from '../text/words.ts';

const MAX_NAME_SIGNS = 20;
const MAX_TOOL_SIGNS = 26;

export interface TableStyle {
  readonly zone: ReaderZone;
  readonly outcomes: OutcomeIndex | null;
  readonly axis: DayAxis;
  readonly glyphs: Glyphs;
  /** Returns the advisory text of a row; null: no advisory applies to the report. */
  readonly advisoryOf: ((row: UseRow) => string | null) | null;
  /** Returns the sensors that report a row, if the report has several. */
  readonly reportersOf: (row: UseRow) => string;
}

export type ColumnId = Words<
  [
    'host name tool confidence first last strip minutes sent received requests telemetry advisory',
    'sensors policy',
  ]
>[number];

/** Columns in the order in which they are omitted if the line is too long. */
const DROP_ORDER_WITH_POLICY: readonly ColumnId[] = splitWords(
  'sensors name received requests last minutes sent telemetry first strip',
);
const DROP_ORDER: readonly ColumnId[] = splitWords(
  'sensors name requests last received minutes sent telemetry strip first',
);

/** On a narrower line, days replace times, and names of tools are truncated before a column is omitted. */
export const NARROW = 100;
const MIN_TOOL_SIGNS = 14;

export type NamedColumn = Column & { readonly id: ColumnId };

export function chooseColumns(rows: readonly UseRow[], style: TableStyle, width: number): NamedColumn[] {
  let columns = allColumns(rows, style, width).filter((column) => isWorthShowing(column, style));
  const giveUp = style.outcomes === null ? [...DROP_ORDER] : [...DROP_ORDER_WITH_POLICY];
  while (tableWidth(columns.map(withShortTools(style))) > width && giveUp.length > 0) {
    const gone = giveUp.shift();
    columns = columns.filter((column) => column.id !== gone);
  }
  // Names are truncated by no more than the missing width.
  const whole = columns;
  for (let signs = MAX_TOOL_SIGNS; tableWidth(columns) > width && signs > MIN_TOOL_SIGNS; )
    columns = whole.map(withShortTools(style, --signs));
  return columns;
}

function withShortTools(
  { glyphs }: TableStyle,
  signs = MIN_TOOL_SIGNS,
): (column: NamedColumn) => NamedColumn {
  return (column) => {
    if (column.id !== 'tool') return column;
    const short = shortenApart(new Set(column.cells.map(({ text }) => text)), signs, glyphs.ellipsis);
    return { ...column, cells: column.cells.map(({ text }) => ({ text: short.get(text) ?? text })) };
  };
}

/** Truncates names in the middle if they would be equal when truncated at the end: "GitHub C…CLI". */
function shortenApart(names: ReadonlySet<string>, signs: number, ellipsis: string): Map<string, string> {
  const cut = new Map([...names].map((name) => [name, shorten(name, signs, ellipsis)]));
  const apart = [...cut].map(([name, short]): [string, string] => {
    const alike = [...names].filter((other) => other !== name && cut.get(other) === short);
    if (alike.length === 0) return [name, short];
    const differing = name.slice(Math.max(...alike.map((other) => countCommon(name, other))));
    const tail = [...differing].slice(0, Math.floor(signs / 2)).join('');
    return [name, shorten(name, signs - tail.length, ellipsis) + tail];
  });
  return new Map(apart);
}

function countCommon(a: string, b: string): number {
  let count = 0;
  while (count < a.length && a[count] === b[count]) count++;
  return count;
}

const MAY_BE_UNKNOWN: ReadonlySet<ColumnId> = new Set([
  'minutes',
  'sent',
  'received',
  'requests',
  'telemetry',
]);

/** True if a column has at least one known value. */
function isWorthShowing(column: NamedColumn, style: TableStyle): boolean {
  if (column.id === 'policy') return style.outcomes !== null;
  if (column.id === 'advisory') return style.advisoryOf !== null;
  if (column.id === 'strip') return style.axis.days.count > 1;
  if (column.id === 'name' || column.id === 'sensors') return column.cells.some((cell) => cell.text !== '');
  if (!MAY_BE_UNKNOWN.has(column.id)) return true;
  return column.cells.some((cell) => cell.text !== style.glyphs.none);
}

function allColumns(rows: readonly UseRow[], style: TableStyle, width: number): NamedColumn[] {
  const { zone, glyphs, axis, outcomes } = style;
  const bans = banDays(rows, outcomes, zone);
  const left = (id: ColumnId, head: string, cell: (row: UseRow) => Cell): NamedColumn => ({
    id,
    head,
    align: 'left',
    cells: rows.map(cell),
  });
  const right = (id: ColumnId, head: string, cell: (row: UseRow) => Cell): NamedColumn => ({
    ...left(id, head, cell),
    align: 'right',
  });
  return [
    left('host', 'HOST', (row) => ({ text: row.isFirstOfHost ? visibleText(row.host.host) : '' })),
    left('name', 'NAME', (row) => ({
      text: row.isFirstOfHost ? getName(row.host, glyphs) : '',
      role: 'quiet',
    })),
    left('tool', 'TOOL', (row) => ({
      text: toolName(row.use.name, glyphs),
    })),
    left('confidence', 'CONFIDENCE', (row) => ({
      text: row.use.confidence,
      role: row.use.confidence === 'certain' ? 'plain' : 'quiet',
    })),
    width < NARROW
      ? left('first', 'FIRST', (row) => ({ text: shortDay(row.use.firstSeenEver, zone) }))
      : left('first', 'FIRST SEEN', (row) => ({ text: shortTime(row.use.firstSeenEver, zone) })),
    left('last', 'LAST SEEN', (row) => ({ text: shortTime(row.use.lastSeen, zone) })),
    left('strip', stripHead(axis), (row) => dayStrip(axis, row.host, row.use, bans, glyphs)),
    right('minutes', 'ACTIVE MIN', (row) => formatKnown(row.use.activeMinutes, formatCount, glyphs)),
    right('sent', 'SENT', (row) => ({ text: bytesText(row.use, 'bytesUp', glyphs.dash) })),
    right('received', 'RECEIVED', (row) => ({ text: bytesText(row.use, 'bytesDown', glyphs.dash) })),
    right('requests', 'REQUESTS', (row) =>
      formatKnown(row.use.requests, (range) => formatRange(range, 'host', glyphs.dash), glyphs),
    ),
    right('telemetry', 'TELEMETRY', (row) => ({ text: telemetryShare(row.use, glyphs) })),
    left('advisory', 'ADVISORY', (row) => ({
      text: visibleText(style.advisoryOf?.(row) ?? glyphs.none),
    })),
    left('sensors', 'SENSORS', (row) => ({ text: style.reportersOf(row), role: 'quiet' })),
    left('policy', ' POLICY', (row) => policyCell(row.outcome)),
  ];
}

/** Explains what the columns of bytes count. */
export function sentLegend(hasReceived: boolean, uses: readonly ToolUse[]): string {
  const verb = hasReceived ? 'SENT and RECEIVED count' : 'SENT counts';
  const ofLogs = 'IP packets or payload, as the log does';
  const logged = uses.filter(isFromLogs).length;
  if (logged > 0 && logged === uses.length) return `${verb} ${ofLogs}.`;
  return `${verb} whole frames on the wire${logged > 0 ? `; in rows of logs ${ofLogs}` : ''}.`;
}

const TOOL_CONFIDENCE =
  'CONFIDENCE is certain for a name that only this tool uses, likely where several pieces of evidence agree, and possible where other programs produce the same traffic.';
const PROVIDER_CONFIDENCE = 'is certain for a provider whose name was seen, whichever program called it.';

/** Explains the confidence of tools, and that of providers, which no evidence about a program limits. */
export function confidenceLegend(rows: readonly Pick<UseRow, 'host' | 'use'>[]): string[] {
  const isProvider = ({ host, use }: Pick<UseRow, 'host' | 'use'>): boolean =>
    host.providers.some(({ tool }) => tool === use.tool);
  const providers = rows.filter(isProvider).length;
  if (providers === 0) return [TOOL_CONFIDENCE];
  return providers === rows.length
    ? [`CONFIDENCE ${PROVIDER_CONFIDENCE}`]
    : [TOOL_CONFIDENCE, `It ${PROVIDER_CONFIDENCE}`];
}

export const ACTIVE_MINUTES = 'ACTIVE MIN is minutes with a request under way.';

/** Shortens "OpenAI Codex (CLI, IDE, cloud)" to "OpenAI Codex" if the whole name is too long. */
export function toolName(name: string, glyphs: Glyphs): string {
  const visible = visibleText(name);
  if (glyphs.hasWholeNames === true) return visible;
  const short = visible.length > MAX_TOOL_SIGNS ? visible.replace(/ \(.*\)$/, '') : visible;
  return shorten(short, MAX_TOOL_SIGNS, glyphs.ellipsis);
}

/** Truncates a text to a width, if names are truncated at all. */
export const cell = (text: string, most: number, glyphs: Glyphs): string =>
  glyphs.hasWholeNames === true ? text : shorten(text, most, glyphs.ellipsis);

export function getName(host: HostReport, glyphs: Glyphs): string {
  return host.name === null ? '' : cell(visibleText(host.name), MAX_NAME_SIGNS, glyphs);
}

function formatKnown<T>(value: T | null, format: (value: T) => string, glyphs: Glyphs): Cell {
  return value === null ? { text: glyphs.none, role: 'quiet' } : { text: format(value) };
}

/** Returns a range if telemetry and requests share one name, so that the share is an estimate. */
function telemetryShare(use: ToolUse, glyphs: Glyphs): string {
  const telemetry = use.telemetry;
  if (telemetry === null || telemetry.share === null) return glyphs.none;
  const model = use.modelPayloadUp;
  if (telemetry.method === 'name' || model === null || telemetry.min === telemetry.max)
    return `${percentNumber(telemetry.share)} %`;
  const all = telemetry.payloadUp + model;
  const [low, high] = [telemetry.min / all, Math.min(1, telemetry.max / all)].map(percentNumber);
  return low === high ? `${low} %` : `${low}${glyphs.dash}${high} %`;
}

/** Lists the first days of bans that cover a tool in the table. */
export function banDays(rows: readonly UseRow[], outcomes: OutcomeIndex | null, zone: Zone): Set<string> {
  const days = new Set<string>();
  for (const row of rows) {
    for (const { effective } of outcomes?.bansOf(row.use) ?? [])
      if (effective !== null) days.add(zone.dayOf(unixSeconds(effective)));
  }
  return days;
}

export const OUTCOME_ROLES: Readonly<Record<Outcome['kind'], Role>> = {
  violation: 'bad',
  bypass: 'bad',
  telemetrySent: 'bad',
  uploaded: 'bad',
  suspected: 'warn',
  grace: 'note',
  updateOnly: 'note',
  telemetryOnly: 'note',
  attempted: 'note',
  exempt: 'note',
  notSince: 'good',
  approved: 'good',
  observed: 'quiet',
};

/** The most severe outcomes are in capitals, so that they stand out without color. */
const LOUD: ReadonlySet<Outcome['kind']> = new Set([...BREACHES, 'suspected']);

export function policyCell(outcome: Outcome | null): Cell {
  if (outcome === null) return { text: '' };
  const words = OUTCOME_WORDS[outcome.kind];
  const text = LOUD.has(outcome.kind) ? words.toUpperCase() : words;
  const exception = outcome.kind === 'exempt' ? outcome.finding?.exception : null;
  return { text: ` ${exception ? visibleText(exception) : text}`, role: OUTCOME_ROLES[outcome.kind] };
}
