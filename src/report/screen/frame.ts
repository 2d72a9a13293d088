// The screen as lines of a given size: what is seen now, and what keys may move through.

import type { ReportDocument } from '../../model/report.ts';
import { visibleText } from '../../text/visible-text.ts';
import { notVisibleSentence } from '../text/blind-spots.ts';
import type { Glyphs } from '../text/render-options.ts';
import { type Focus, ORDERS, type ScreenRows } from './focus.ts';
import { findingLines, sensorLine, verdictHead } from './head.ts';
import { hostLines } from './host-lines.ts';
import { type Brush, type Line, paintLine, textLine } from './line.ts';
import { type HostRow, hostRows, type ToolRow, toolRows } from './rows.ts';
import type { ScreenState } from './state.ts';
import { hostTable, sensorTable, toolTable } from './tables.ts';

export interface Size {
  readonly columns: number;
  readonly lines: number;
}

export interface Frame {
  /** As many as the screen has, each no wider than it. */
  readonly lines: readonly string[];
  readonly shown: ScreenRows;
}

/** From so many lines on tools stand below the hosts. */
const LINES_FOR_BOTH = 34;
const LEAST_TOOLS_BELOW = 8;

export function drawFrame(state: ScreenState, focus: Focus, { columns, lines }: Size, brush: Brush): Frame {
  const { glyphs } = brush;
  const isTall = lines >= LINES_FOR_BOTH;
  const head = [
    ...verdictHead(state, columns).slice(0, isTall ? 6 : 4),
    ...findingLines(state, isTall ? 5 : 2),
    sensorLine(state, columns, glyphs),
  ];
  const foot = footOf(state, focus, columns);
  const room = Math.max(1, lines - head.length - foot.length);
  const body = bodyOf(state, focus, { columns, lines: room }, glyphs);
  const all = [
    ...head,
    ...body.lines,
    ...new Array<Line>(Math.max(0, room - body.lines.length)).fill([]),
    ...foot,
  ];
  return { lines: all.slice(0, lines).map((line) => paintLine(line, columns, brush)), shown: body.shown };
}

interface Body {
  readonly lines: readonly Line[];
  readonly shown: ScreenRows;
}

function bodyOf(state: ScreenState, focus: Focus, size: Size, glyphs: Glyphs): Body {
  const { document } = state;
  if (focus.isHelp) return { lines: HELP.slice(0, size.lines).map((line) => textLine(line)), shown: NO_ROWS };
  if (focus.view === 'sensor') {
    const lines = state.health === null ? [] : sensorTable(state.health, document);
    return { lines: [rule('SENSOR', size), ...lines].slice(0, size.lines), shown: NO_ROWS };
  }
  if (document === null) return { lines: [], shown: NO_ROWS };
  if (focus.opened !== null) return openedBody(document, focus.opened, size, glyphs);
  return focus.view === 'hosts'
    ? hostsBody(state, document, focus, size, glyphs)
    : toolsBody(state, toolRows(document, focus), focus, size, glyphs);
}

const NO_ROWS: ScreenRows = { rows: [], room: 1, lines: 0 };

function hostsBody(
  state: ScreenState,
  document: ReportDocument,
  focus: Focus,
  size: Size,
  glyphs: Glyphs,
): Body {
  const tools = size.lines + 9 >= LINES_FOR_BOTH ? toolRows(document, { ...focus, filter: '' }) : [];
  const rows = hostRows(document, focus);
  // What hosts leave free is for tools.
  const below = tools.slice(0, Math.max(LEAST_TOOLS_BELOW, size.lines - 4 - Math.max(1, rows.length)));
  const room = size.lines - 2 - (below.length === 0 ? 0 : below.length + 2);
  const { from, marked } = placeOf(rows, focus.marked, room);
  const part = rows.slice(from, from + room);
  const drawn = { rows: part, marked: marked - from, width: size.columns, glyphs };
  const table =
    rows.length === 0
      ? [
          textLine(
            focus.filter === '' ? 'No AI coding tool was seen yet.' : 'Nothing fits the filter.',
            'quiet',
          ),
        ]
      : hostTable(state, document, drawn);
  const lines = [rule(titleOf('HOSTS', focus, rows.length, from, part.length), size), ...table];
  const second =
    below.length === 0
      ? []
      : [
          rule(`TOOLS, ${below.length} of ${tools.length}`, size),
          ...toolTable(state, { rows: below, marked: -1, width: size.columns, glyphs }),
        ];
  return { lines: [...lines, ...second], shown: { rows, room, lines: 0 } };
}

function toolsBody(
  state: ScreenState,
  rows: readonly ToolRow[],
  focus: Focus,
  size: Size,
  glyphs: Glyphs,
): Body {
  const room = size.lines - 2;
  const { from, marked } = placeOf(rows, focus.marked, room);
  const part = rows.slice(from, from + room);
  const drawn = { rows: part, marked: marked - from, width: size.columns, glyphs };
  const lines = [
    rule(titleOf('TOOLS', focus, rows.length, from, part.length), size),
    ...toolTable(state, drawn),
  ];
  return { lines, shown: { rows, room, lines: 0 } };
}

function openedBody(
  document: ReportDocument,
  { host, from }: NonNullable<Focus['opened']>,
  size: Size,
  glyphs: Glyphs,
): Body {
  const report = document.hosts.find((each) => each.host === host);
  const lines =
    report === undefined
      ? [textLine('It is no longer among what is remembered.', 'quiet')]
      : hostLines(document, report, size.columns, glyphs);
  const room = size.lines - 1;
  const at = Math.max(0, Math.min(from, lines.length - room));
  const end = Math.min(lines.length, at + room);
  const title = rule(`HOST ${visibleText(host)}, lines ${at + 1} to ${end} of ${lines.length}`, size);
  return { lines: [title, ...lines.slice(at, end)], shown: { rows: [], room, lines: lines.length } };
}

/** Which part of the rows is shown, so that the marked one is among them. */
function placeOf(rows: readonly (HostRow | ToolRow)[], key: string | null, room: number) {
  const marked = Math.max(
    0,
    rows.findIndex((row) => row.key === key),
  );
  const from = Math.max(0, Math.min(marked - Math.floor(room / 2), rows.length - room));
  return { from, marked };
}

function titleOf(name: string, focus: Focus, all: number, from: number, count: number): string {
  const part = count < all ? `${from + 1} to ${from + count} of ${all}` : String(all);
  const order = ORDERS[focus.view][focus.order[focus.view]] ?? '';
  return `${name} ${part}, by ${order}${focus.filter === '' ? '' : `, with “${visibleText(focus.filter)}”`}`;
}

const rule = (title: string, { columns }: Size): Line => [
  { text: `── ${title} `, role: 'head' },
  { text: '─'.repeat(columns), role: 'quiet' },
];

function footOf({ document, messages, trouble, clock }: ScreenState, focus: Focus, width: number): Line[] {
  const said = messages.at(-1);
  return [
    [
      { text: 'NOT VISIBLE ', role: 'head' },
      { text: document === null ? 'nothing was looked at yet' : notVisibleSentence(document) },
    ],
    trouble === null
      ? textLine(`${clock}  ${said === undefined ? '' : visibleText(said)}`, 'quiet')
      : textLine(`What is shown is old: ${visibleText(trouble)}`, 'warn'),
    keysOf(focus, width),
  ];
}

function keysOf(focus: Focus, width: number): Line {
  if (focus.isTyping) return [{ text: 'Filter: ', role: 'head' }, { text: `${visibleText(focus.filter)}_` }];
  const keys: (readonly [string, string])[] = focus.isHelp
    ? [['any key', 'back']]
    : focus.opened !== null
      ? [
          ['Esc', 'back'],
          ['arrows', 'move'],
          ['?', 'help'],
        ]
      : [
          ['q', 'end'],
          ['?', 'help'],
          ['/', 'filter'],
          ['s', 'sort'],
          ['h t n', 'hosts, tools, sensor'],
          ['arrows', 'move'],
          ['Enter', 'open'],
        ];
  const line = keys.flatMap(([key, does]) => [
    { text: key, role: 'head' } as const,
    { text: ` ${does}   `, role: 'quiet' } as const,
  ]);
  return width < 40 ? line.slice(0, 4) : line;
}

const HELP = [
  '',
  '  Up, Down, PgUp, PgDn   move through rows, or through the evidence of a host',
  '  Home, End              to the first, to the last',
  '  Enter                  open the marked host; of a tool: its hosts',
  '  Esc                    back; without a host that is open: no filter',
  '  / and words            only rows that hold them: host, name, group, tool, result',
  '  s                      sort by the next column',
  '  h  t  n  or Tab        hosts, tools, what the sensor counts',
  '  q or Ctrl-C            end the sensor; the report is printed then',
  '',
  '  A bar of bytes: the lowest is below 4 kB in a window, each step is four times as much.',
  '  “not seen” does not mean “not used”: NOT VISIBLE says what could not be looked into.',
];
