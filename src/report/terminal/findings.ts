// Renders the findings of a policy for a terminal: under a heading for each result, with the figures of that result
// only.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { formatBytes, formatCount, formatRange, plural } from '../../text/quantity.ts';
import { type Column, type Painter, renderTable, tableWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { ENGLISH_WORDS, shortTime } from '../text/english-words.ts';
import { logSentence, statesSentence, stateText } from '../text/finding-life-words.ts';
import { findingNumbers, formatToolName, isGrave, sortBySeverity } from '../text/finding-words.ts';
import { hostsByName } from '../text/hosts-by-name.ts';
import { readerZone } from '../text/instant-text.ts';
import type { Glyphs } from '../text/render-options.ts';
import { OUTCOME_WORDS, reportersText } from '../text/words.ts';
import { cell, getName, OUTCOME_ROLES, toolName } from './columns.ts';

const INDENT = '  ';
/** Minimum width of a table. On a narrower line, a finding is a short block of lines. */
const NARROWEST_TABLE = 60;
/**
 * Columns in the order in which they are omitted if the line is too long. After the first list, times are shortened to
 * days. Other formats have all columns.
 */
const DROPPED_FIRST: readonly string[] = ['ACTIVE MIN', 'REQUESTS'];
const DROPPED: readonly string[] = ['SENSORS', 'GROUP', 'NAME', 'PAYLOAD', 'CONFIDENCE', 'STATE'];
const MAX_GROUP = 20;
const MAX_STATE = 34;

/** Maximum findings on one screen. The verdict counts the others. */
const MAX_BRIEF = 12;

export interface FindingSpace {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly paint: Painter;
  readonly isBrief: boolean;
  readonly hasLegend: boolean;
}

export function findingLines(document: ReportDocument, space: FindingSpace): string[] {
  const { width, glyphs, paint, isBrief, hasLegend } = space;
  const all = sortBySeverity(document.findings ?? []);
  const findings = isBrief ? all.filter(isGrave).slice(0, MAX_BRIEF) : all;
  const leftOut =
    findings.length === all.length
      ? []
      : [`${findings.length} of ${plural(all.length, 'finding')}, the gravest; --detail full prints all.`];
  if (all.length === 0) return [];
  if (findings.length === 0)
    return [
      ...wrap(
        `${plural(all.length, 'finding')}, none a violation or suspected: --detail full prints all.`,
        width,
      ),
      '',
    ];
  const zone = readerZone(document);
  const columns = fitColumns(listColumns(document, findings, zone, glyphs), width - INDENT.length);
  const isTable = width >= NARROWEST_TABLE && tableWidth(columns) <= width - INDENT.length;
  const table = renderTable(columns, paint);
  const lines = isTable ? [`${INDENT}${table[0] ?? ''}`] : [];
  let above = '';
  findings.forEach((finding, i) => {
    const heading = formatHeading(document, finding, zone);
    if (heading !== above) lines.push(paint(OUTCOME_ROLES[finding.result], heading));
    above = heading;
    if (isTable) lines.push(`${INDENT}${table[i + 1] ?? ''}`);
    else lines.push(...listBlock(document, finding, zone, glyphs, width));
  });
  const isPossible = findings.some(({ confidence }) => confidence === 'possible');
  const legend = [
    ...leftOut,
    ...(hasLegend ? ['The figures of a finding cover only the time of that finding.'] : []),
    ...(hasLegend && isPossible ? [ENGLISH_WORDS.findings.possibleFigures] : []),
    ...(hasLegend && isTable && hasColumn(columns, 'PAYLOAD')
      ? ['PAYLOAD is what was sent, without headers.']
      : []),
    ...[statesSentence(document), logSentence(document) ?? ''].filter((text) => text !== ''),
  ].join(' ');
  return [
    paint('head', 'FINDINGS'),
    ...lines,
    '',
    ...(legend === '' ? [] : [...wrap(legend, width).map((line) => paint('quiet', line)), '']),
  ];
}

function fitColumns(columns: readonly Column[], width: number): readonly Column[] {
  const first = dropColumns(columns, DROPPED_FIRST, width);
  if (tableWidth(first) <= width) return first;
  const inDays = first.map((column) =>
    column.head === 'FIRST' || column.head === 'LAST'
      ? { ...column, cells: column.cells.map(({ text }) => ({ text: text.replace(/ .*$/, '') })) }
      : column,
  );
  return dropColumns(inDays, DROPPED, width);
}

function dropColumns(columns: readonly Column[], heads: readonly string[], width: number): readonly Column[] {
  return heads.reduce(
    (left, optional) => (tableWidth(left) <= width ? left : left.filter(({ head }) => head !== optional)),
    columns,
  );
}

const hasColumn = (columns: readonly Column[], head: string): boolean =>
  columns.some((column) => column.head === head);

/** Returns "VIOLATION (BAN-1, in force since 07-10 00:00)" or "exempt by EX-17 (BAN-1)". */
function formatHeading(document: ReportDocument, finding: Finding, zone: Zone): string {
  const rule = document.policy?.rules.find(({ id }) => id === finding.rule);
  const { result, exception } = finding;
  const words = isGrave(finding) ? OUTCOME_WORDS[result].toUpperCase() : OUTCOME_WORDS[result];
  const id = visibleText(finding.rule);
  if (exception !== null) return `${words} by ${visibleText(exception)} (${id})`;
  const isOfGrace = result === 'grace' || result.endsWith('Only');
  if (rule?.graceUntil && !isOfGrace)
    return `${words} (${id}, grace ended ${shortTime(rule.graceUntil, zone)})`;
  return rule?.effective
    ? `${words} (${id}, in force since ${shortTime(rule.effective, zone)})`
    : `${words} (${id})`;
}

function listColumns(
  document: ReportDocument,
  findings: readonly Finding[],
  zone: Zone,
  glyphs: Glyphs,
): Column[] {
  const column = (
    head: string,
    text: (finding: Finding) => string,
    align: Column['align'] = 'left',
  ): Column => ({
    head,
    align,
    cells: findings.map((finding) => ({ text: text(finding) })),
  });
  const hosts = hostsByName(document);
  const named = column('NAME', ({ host }) => {
    const report = hosts.get(host);
    return report === undefined ? '' : getName(report, glyphs);
  });
  const grouped = column('GROUP', ({ host }) =>
    cell(visibleText(hosts.get(host)?.groups.join(', ') ?? ''), MAX_GROUP, glyphs),
  );
  return [
    column('HOST', ({ host }) => visibleText(host)),
    ...[named, grouped].filter(isFilled),
    column('TOOL', (finding) => toolName(formatToolName(document, finding), glyphs)),
    column('CONFIDENCE', ({ confidence }) => confidence),
    ...[column('STATE', (finding) => cell(stateText(finding, zone), MAX_STATE, glyphs))].filter(isFilled),
    column('FIRST', ({ first }) => shortTime(first, zone)),
    column('LAST', ({ last }) => shortTime(last, zone)),
    column(
      'ACTIVE MIN',
      ({ activeMinutes }) => (activeMinutes === null ? glyphs.none : formatCount(activeMinutes)),
      'right',
    ),
    column(
      'REQUESTS',
      ({ requests }) => (requests === null ? glyphs.none : formatRange(requests, 'host', glyphs.dash)),
      'right',
    ),
    column(
      'PAYLOAD',
      ({ payloadUp }) => (payloadUp === null ? glyphs.none : formatBytes(payloadUp)),
      'right',
    ),
    ...[column('SENSORS', (finding) => reportersText(document, finding))].filter(isFilled),
  ];
}

const isFilled = ({ cells }: Column): boolean => cells.some(({ text }) => text !== '');

function listBlock(
  document: ReportDocument,
  finding: Finding,
  zone: Zone,
  glyphs: Glyphs,
  width: number,
): string[] {
  const { host, confidence, first, last } = finding;
  const reporters = reportersText(document, finding);
  const texts = [
    `${visibleText(host)} ${visibleText(formatToolName(document, finding))}, ${confidence}`,
    ENGLISH_WORDS.between(shortTime(first, zone), shortTime(last, zone)),
    findingNumbers(finding, glyphs.dash).join(', '),
    ...(reporters === '' ? [] : [`reported by ${reporters}`]),
    ...(finding.life === undefined ? [] : [`state: ${stateText(finding, zone)}`]),
  ];
  return texts.flatMap((text, i) => {
    const indent = INDENT.repeat(i === 0 ? 1 : 2);
    return wrap(text, width - indent.length).map((line) => indent + line);
  });
}
