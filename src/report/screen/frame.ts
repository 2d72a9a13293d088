// The screen as lines of a given size: what is seen now, and what keys may move through.

import type { ReportDocument } from '../../model/report.ts';
import { visibleText } from '../../text/visible-text.ts';
import { notVisibleSentence } from '../text/blind-spots.ts';
import type { Glyphs } from '../text/render-options.ts';
import { findingLines, sensorLine, verdictHead } from './head.ts';
import { hostLines } from './host-lines.ts';
import { type Brush, type Line, paintLine, textLine } from './line.ts';
import { type Look, ORDERS, type Shown } from './look.ts';
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
  readonly shown: Shown;
}

/** From so many lines on tools stand below the hosts. */
const LINES_FOR_BOTH = 34;
const LEAST_TOOLS_BELOW = 8;

export function drawFrame(state: ScreenState, look: Look, { columns, lines }: Size, brush: Brush): Frame {
  const { glyphs } = brush;
  const isTall = lines >= LINES_FOR_BOTH;
  const head = [
    ...verdictHead(state, columns).slice(0, isTall ? 6 : 4),
    ...findingLines(state, isTall ? 5 : 2),
    sensorLine(state, columns, glyphs),
  ];
  const foot = footOf(state, look, columns);
  const room = Math.max(1, lines - head.length - foot.length);
  const body = bodyOf(state, look, { columns, lines: room }, glyphs);
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
  readonly shown: Shown;
}

function bodyOf(state: ScreenState, look: Look, size: Size, glyphs: Glyphs): Body {
  const { document } = state;
  if (look.isHelp) return { lines: HELP.slice(0, size.lines).map((line) => textLine(line)), shown: NO_ROWS };
  if (look.view === 'sensor') {
    const lines = state.health === null ? [] : sensorTable(state.health, document);
    return { lines: [rule('SENSOR', size), ...lines].slice(0, size.lines), shown: NO_ROWS };
  }
  if (document === null) return { lines: [], shown: NO_ROWS };
  if (look.opened !== null) return openedBody(document, look.opened, size, glyphs);
  return look.view === 'hosts'
    ? hostsBody(state, document, look, size, glyphs)
    : toolsBody(state, toolRows(document, look), look, size, glyphs);
}

const NO_ROWS: Shown = { rows: [], room: 1, lines: 0 };

function hostsBody(
  state: ScreenState,
  document: ReportDocument,
  look: Look,
  size: Size,
  glyphs: Glyphs,
): Body {
  const tools = size.lines + 9 >= LINES_FOR_BOTH ? toolRows(document, { ...look, filter: '' }) : [];
  const rows = hostRows(document, look);
  // What hosts leave free is for tools.
  const below = tools.slice(0, Math.max(LEAST_TOOLS_BELOW, size.lines - 4 - Math.max(1, rows.length)));
  const room = size.lines - 2 - (below.length === 0 ? 0 : below.length + 2);
  const { from, marked } = placeOf(rows, look.marked, room);
  const part = rows.slice(from, from + room);
  const drawn = { rows: part, marked: marked - from, width: size.columns, glyphs };
  const table =
    rows.length === 0
      ? [
          textLine(
            look.filter === '' ? 'No AI coding tool was seen yet.' : 'Nothing fits the filter.',
            'quiet',
          ),
        ]
      : hostTable(state, document, drawn);
  const lines = [rule(titleOf('HOSTS', look, rows.length, from, part.length), size), ...table];
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
  look: Look,
  size: Size,
  glyphs: Glyphs,
): Body {
  const room = size.lines - 2;
  const { from, marked } = placeOf(rows, look.marked, room);
  const part = rows.slice(from, from + room);
  const drawn = { rows: part, marked: marked - from, width: size.columns, glyphs };
  const lines = [
    rule(titleOf('TOOLS', look, rows.length, from, part.length), size),
    ...toolTable(state, drawn),
  ];
  return { lines, shown: { rows, room, lines: 0 } };
}

function openedBody(
  document: ReportDocument,
  { host, from }: NonNullable<Look['opened']>,
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

function titleOf(name: string, look: Look, all: number, from: number, count: number): string {
  const part = count < all ? `${from + 1} to ${from + count} of ${all}` : String(all);
  const order = ORDERS[look.view][look.order[look.view]] ?? '';
  return `${name} ${part}, by ${order}${look.filter === '' ? '' : `, with “${visibleText(look.filter)}”`}`;
}

const rule = (title: string, { columns }: Size): Line => [
  { text: `── ${title} `, role: 'head' },
  { text: '─'.repeat(columns), role: 'quiet' },
];

function footOf({ document, messages, trouble, clock }: ScreenState, look: Look, width: number): Line[] {
  const said = messages.at(-1);
  return [
    [
      { text: 'NOT VISIBLE ', role: 'head' },
      { text: document === null ? 'nothing was looked at yet' : notVisibleSentence(document) },
    ],
    trouble === null
      ? textLine(`${clock}  ${said === undefined ? '' : visibleText(said)}`, 'quiet')
      : textLine(`What is shown is old: ${visibleText(trouble)}`, 'warn'),
    keysOf(look, width),
  ];
}

function keysOf(look: Look, width: number): Line {
  if (look.isTyping) return [{ text: 'Filter: ', role: 'head' }, { text: `${visibleText(look.filter)}_` }];
  const keys: (readonly [string, string])[] = look.isHelp
    ? [['any key', 'back']]
    : look.opened !== null
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
