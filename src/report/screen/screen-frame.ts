// Draws the screen as lines of a given size, and lists the rows that keys can select.

import type { EvidenceItem, Finding, HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { formatBytes, formatShare, plural } from '../../text/quantity.ts';
import { wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { OUTCOME_ROLES } from '../terminal/columns.ts';
import { NOT_VISIBLE_NAMES, notVisibleSentence } from '../text/blind-spots.ts';
import { longSpan } from '../text/english-words.ts';
import { findingNumbers } from '../text/finding-words.ts';
import { readerZone } from '../text/instant-text.ts';
import type { Glyphs } from '../text/render-options.ts';
import { requestsText, sentAndReceived } from '../text/use-bytes.ts';
import { buildVerdicts, isViolated } from '../text/verdict.ts';
import { OUTCOME_WORDS } from '../text/words.ts';
import { type Focus, ORDERS, type ScreenRows } from './focus.ts';
import { findingLines, sensorLine, verdictHead } from './head.ts';
import { type Brush, type Line, paintLine, textLine } from './line.ts';
import { connectionRows, hostRows, toolRows } from './screen-rows.ts';
import { connectionTable, type Drawn, hostTable, sensorTable, toolTable } from './screen-tables.ts';
import type { ScreenState } from './state.ts';

export interface Size {
  readonly columns: number;
  readonly lines: number;
}

export interface Frame {
  /** Exactly one line per line of the screen, each at most as wide as the screen. */
  readonly lines: readonly string[];
  readonly shown: ScreenRows;
}

/** Minimum lines of a screen that shows tools below hosts. */
const LINES_FOR_BOTH = 34;
const MIN_TOOLS_BELOW = 8;
/** Lines of a rule: its headline, its sentence and its counts. */
const LINES_OF_RULE = 3;

/** Returns the lines of the head: at least two for each violated rule, within a third of the screen. */
function countHeadLines({ document }: ScreenState, lines: number): number {
  const least = lines >= LINES_FOR_BOTH ? 6 : 4;
  const violated = document === null ? 0 : buildVerdicts(document).filter(isViolated).length;
  return Math.max(least, Math.min(violated * LINES_OF_RULE, Math.floor(lines / 3)));
}

export function drawFrame(state: ScreenState, focus: Focus, { columns, lines }: Size, brush: Brush): Frame {
  const { glyphs } = brush;
  const isTall = lines >= LINES_FOR_BOTH;
  const head = [
    ...verdictHead(state, columns, countHeadLines(state, lines)),
    ...findingLines(state, isTall ? 5 : 2),
    sensorLine(state, columns, glyphs),
  ];
  const foot = listFoot(state, focus, columns);
  const room = Math.max(1, lines - head.length - foot.length);
  const body = buildBody(state, focus, { columns, lines: room }, glyphs);
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

function buildBody(state: ScreenState, focus: Focus, size: Size, glyphs: Glyphs): Body {
  const { document } = state;
  if (focus.isHelp) return { lines: HELP.slice(0, size.lines).map((line) => textLine(line)), shown: NO_ROWS };
  if (focus.view === 'sensor') {
    const lines = state.health === null ? [] : sensorTable(state.health, document);
    return { lines: [drawRule('SENSOR', size), ...lines].slice(0, size.lines), shown: NO_ROWS };
  }
  if (focus.view === 'connections' && focus.opened === null)
    return drawConnections(state, focus, size, glyphs);
  if (document === null) return { lines: drawEarly(state, size), shown: NO_ROWS };
  if (focus.opened !== null) return drawOpened(document, focus.opened, size, glyphs);
  return focus.view === 'hosts'
    ? drawHosts(state, document, focus, size, glyphs)
    : drawTable('TOOLS', toolRows(document, focus), focus, size, size.lines - 2, (place) =>
        toolTable(state, { ...place, glyphs }),
      );
}

/** Lists names that hosts requested, without figures, because a hello is not yet use. */
function drawEarly({ early }: ScreenState, size: Size): Line[] {
  const rows = (early?.hosts ?? []).flatMap(({ host, tools, providers }) =>
    [...tools, ...providers].flatMap(({ names }) => names.map(({ name }) => ({ host, name }))),
  );
  if (early === null || rows.length === 0) return [];
  const texts = [...new Set(rows.map(({ host, name }) => `${visibleText(host)}  ${visibleText(name)}`))];
  return [
    drawRule(`CONNECTIONS TO AI SERVICES SO FAR, ${texts.length}`, size),
    ...texts.map((text) => textLine(text)),
  ].slice(0, size.lines);
}

const NO_ROWS: ScreenRows = { rows: [], room: 1, lines: 0 };

function drawHosts(
  state: ScreenState,
  document: ReportDocument,
  focus: Focus,
  size: Size,
  glyphs: Glyphs,
): Body {
  const tools = size.lines + 9 >= LINES_FOR_BOTH ? toolRows(document, { ...focus, filter: '' }) : [];
  const rows = hostRows(document, focus);
  const below = tools.slice(0, Math.max(MIN_TOOLS_BELOW, size.lines - 4 - Math.max(1, rows.length)));
  const none = focus.filter === '' ? 'No AI coding tool was seen yet.' : 'Nothing fits the filter.';
  const room = size.lines - 2 - (below.length === 0 ? 0 : below.length + 2);
  const { lines, shown } = drawTable('HOSTS', rows, focus, size, room, (place) =>
    rows.length === 0 ? [textLine(none, 'quiet')] : hostTable(state, document, { ...place, glyphs }),
  );
  const second =
    below.length === 0
      ? []
      : [
          drawRule(`TOOLS, ${below.length} of ${tools.length}`, size),
          ...toolTable(state, { rows: below, marked: -1, width: size.columns, glyphs }),
        ];
  return { lines: [...lines, ...second], shown };
}

function drawConnections({ connections }: ScreenState, focus: Focus, size: Size, glyphs: Glyphs): Body {
  const rows = connections === null ? [] : connectionRows(connections, focus);
  return drawTable('CONNECTIONS', rows, focus, size, size.lines - 2, (place) =>
    rows.length === 0
      ? [textLine('No connection to a name of an AI coding tool was seen yet.', 'quiet')]
      : connectionTable({ ...place, glyphs }),
  );
}

/** Draws the title and the rows around the selected one, within `room` lines. */
function drawTable<Row extends ScreenRows['rows'][number]>(
  name: string,
  rows: readonly Row[],
  focus: Focus,
  size: Size,
  room: number,
  table: (place: Omit<Drawn<Row>, 'glyphs'>) => Line[],
): Body {
  const marked = Math.max(
    0,
    rows.findIndex((row) => row.key === focus.marked),
  );
  const from = Math.max(0, Math.min(marked - Math.floor(room / 2), rows.length - room));
  const part = rows.slice(from, from + room);
  const title = drawRule(formatTitle(name, focus, rows.length, from, part.length), size);
  const lines = table({ rows: part, marked: marked - from, width: size.columns });
  return { lines: [title, ...lines], shown: { rows, room, lines: 0 } };
}

function drawOpened(
  document: ReportDocument,
  { host, from }: NonNullable<Focus['opened']>,
  size: Size,
  glyphs: Glyphs,
): Body {
  const report = document.hosts.find((candidate) => candidate.host === host);
  const lines =
    report === undefined
      ? [textLine('It is no longer among what is remembered.', 'quiet')]
      : listHost(document, report, size.columns, glyphs);
  const room = size.lines - 1;
  const at = Math.max(0, Math.min(from, lines.length - room));
  const end = Math.min(lines.length, at + room);
  const title = drawRule(`HOST ${visibleText(host)}, lines ${at + 1} to ${end} of ${lines.length}`, size);
  return { lines: [title, ...lines.slice(at, end)], shown: { rows: [], room, lines: lines.length } };
}

/** Selects the rows to show, so that the marked one is among them. */
function formatTitle(name: string, focus: Focus, all: number, from: number, count: number): string {
  const part = count < all ? `${from + 1} to ${from + count} of ${all}` : String(all);
  const order = ORDERS[focus.view][focus.order[focus.view]] ?? '';
  return `${name} ${part}, by ${order}${focus.filter === '' ? '' : `, with “${visibleText(focus.filter)}”`}`;
}

const drawRule = (title: string, { columns }: Size): Line => [
  { text: `── ${title} `, role: 'head' },
  { text: '─'.repeat(columns), role: 'quiet' },
];

const NOT_VISIBLE = 'NOT VISIBLE ';

function listFoot({ document, messages, trouble, clock }: ScreenState, focus: Focus, width: number): Line[] {
  const message = messages.at(-1);
  const hidden = document === null ? 'nothing was looked at yet' : notVisibleSentence(document);
  const [shown = '', ...cut] = wrap(hidden, Math.max(1, width - NOT_VISIBLE.length - 2));
  return [
    [{ text: NOT_VISIBLE, role: 'head' }, { text: cut.length === 0 ? shown : `${shown} …` }],
    trouble === null
      ? textLine(`${clock}  ${message === undefined ? '' : visibleText(message)}`, 'quiet')
      : textLine(`What is shown is old: ${visibleText(trouble)}`, 'warn'),
    listKeys(focus, width),
  ];
}

function listKeys(focus: Focus, width: number): Line {
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
          ['h t c n', 'hosts, tools, connections, sensor'],
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
  '  h  t  c  n  or Tab     hosts, tools, connections, what the sensor counts',
  '  q or Ctrl-C            end the sensor; the report is printed then',
  '',
  '  A bar of bytes: the lowest is below 4 kB in a window, each step is four times as much.',
  '  “not seen” does not mean “not used”: NOT VISIBLE lists what could not be inspected.',
];

// Draws an opened host with its evidence, line by line.

const MAX_EVIDENCE = 200;
const MAX_NAMES = 50;
const MAX_IDS = 4;

function listHost(document: ReportDocument, host: HostReport, width: number, glyphs: Glyphs): Line[] {
  const zone = readerZone(document);
  const facts = [
    host.name ?? '',
    host.mac ?? '',
    (host.addresses ?? []).join(', '),
    host.sameMachine === undefined ? '' : `the same machine as ${host.sameMachine.join(', ')}`,
    host.severalMachines === true ? 'several machines showed this address' : '',
    host.behindRouter === true ? 'behind a router: MAC addresses prove nothing' : '',
    host.groups.join(', '),
    `${formatBytes(host.bytes)}, ${plural(host.flows, 'flow')}`,
  ].filter((fact) => fact !== '');
  const put = (text: string, indent = 0): Line[] =>
    wrap(visibleText(text), width - indent).map((line) => textLine(' '.repeat(indent) + line));
  const findings = (document.findings ?? []).filter((finding) => finding.host === host.host);
  const hidden = host.notVisible
    .filter(({ bytes }) => bytes > 0)
    .map(({ kind, share }) => `${NOT_VISIBLE_NAMES[kind]} ${formatShare(share)}`);
  return [
    ...put(facts.join('; ')),
    ...findings.flatMap((finding) => listFinding(finding, zone, put)),
    ...[...host.tools, ...host.providers].flatMap((use) => [
      textLine(''),
      textLine(`${visibleText(use.name)}, ${use.confidence}`, 'head'),
      ...put(formatAmounts(use, zone, glyphs), 2),
      ...listEvidence(use, zone, put),
    ]),
    textLine(''),
    textLine('NOT VISIBLE', 'head'),
    ...put(hidden.length === 0 ? 'nothing of this host was hidden' : `of its bytes: ${hidden.join(', ')}`, 2),
  ];
}

type Put = (text: string, indent?: number) => Line[];

function listFinding(finding: Finding, zone: Zone, put: Put): Line[] {
  const { result, rule, confidence, first, last, against, next } = finding;
  return [
    textLine(''),
    textLine(
      `${OUTCOME_WORDS[result].toUpperCase()}, ${visibleText(rule)}, ${confidence}`,
      OUTCOME_ROLES[result],
    ),
    ...put(`${longSpan(first, last, zone)}: ${findingNumbers(finding).join(', ')}`, 2),
    ...against.flatMap(({ detail }) => put(`against: ${detail}`, 2)),
    ...put(`next: ${next}`, 2),
  ];
}

function formatAmounts(use: ToolUse, zone: Zone, glyphs: Glyphs): string {
  const { firstSeen, lastSeen, requests, telemetry } = use;
  return [
    longSpan(firstSeen, lastSeen, zone),
    sentAndReceived(use),
    ...(requests === null ? [] : [requestsText(requests, glyphs.dash)]),
    ...(telemetry === null || telemetry.share === null ? [] : [`telemetry ${formatShare(telemetry.share)}`]),
  ].join('; ');
}

function listEvidence(use: ToolUse, zone: Zone, put: Put): Line[] {
  const shown = use.evidence.slice(0, MAX_EVIDENCE);
  const names = use.names
    .slice(0, MAX_NAMES)
    .map(({ name, role, flows }) => `${name} (${role}, ${plural(flows, 'flow')})`);
  const more = use.evidence.length - shown.length;
  return [
    ...shown.flatMap((item) => put(formatEvidence(item, zone), 2)),
    ...(more > 0 ? put(`and ${more} more`, 2) : []),
    ...(names.length === 0 ? [] : put(`names: ${names.join(', ')}`, 2)),
  ];
}

function formatEvidence(item: EvidenceItem, zone: Zone): string {
  const { kind, detail, first, last, flows, communityIds } = item;
  const ids = communityIds.slice(0, MAX_IDS).join(' ');
  return `${item.for ? 'for' : 'against'} (${kind}): ${detail}; ${longSpan(first, last, zone)}, ${plural(flows, 'flow')}${ids === '' ? '' : `, ${ids}`}`;
}
