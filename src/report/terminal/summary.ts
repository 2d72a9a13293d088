// Renders the report of one screen: findings and their limits in about ten lines, and the most relevant hosts.

import { sumOf } from '../../model/extremes.ts';
import type { HostReport, ReportDocument, ToolTotals } from '../../model/report.ts';
import { listSome, plural } from '../../text/quantity.ts';
import { type Painter, wrapLabelled } from '../../text/text-layout.ts';
import { listUseRows } from '../document/use-rows.ts';
import { buildContext, formatTitle, showSection } from '../sections/section.ts';
import { SECTIONS } from '../sections/section-list.ts';
import { getPlace } from '../sections/services.ts';
import {
  caveatSentences,
  damageSentences,
  lossSentence,
  notVisibleSentence,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { countClients } from '../text/client-hosts.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { isGrave } from '../text/finding-words.ts';
import { isNothingObserved, selectionWords } from '../text/nothing-seen.ts';
import { indexOutcomes } from '../text/policy-outcome.ts';
import type { Glyphs } from '../text/render-options.ts';
import { toolName } from './columns.ts';

const LABEL_COLUMN = 11;

/** Maximum sentences, because thousands of inputs may be unreadable. */
const MAX_SENTENCES = 12;
const MAX_BRIEF_SENTENCES = 3;
const MAX_BRIEF_TOOLS = 6;
/** Below this number of rows, all hosts are shown. */
const MAX_BRIEF_ROWS = 20;

const label = (name: string, text: string, width: number): string[] =>
  wrapLabelled(`  ${name}`, text, width, LABEL_COLUMN);

export const addHeading = (title: string, lines: readonly string[], paint: Painter): string[] =>
  lines.length === 0 ? [] : [paint('head', title), ...lines, ''];

export function summaryLines(
  document: ReportDocument,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const lines = [
    ...toolLines(document, width, glyphs),
    ...exposedLines(document, width),
    ...notVisibleLines(document, width, glyphs, true),
    ...moreLines(document, width),
  ];
  return addHeading('SUMMARY', lines, paint);
}

function toolLines(document: ReportDocument, width: number, glyphs: Glyphs): string[] {
  const { hosts, tools } = document;
  const hasRows = hosts.some((host) => host.tools.length + host.providers.length > 0);
  if (!hasRows) return [];
  const isUser = (host: HostReport): boolean =>
    host.tools.some(({ confidence }) => confidence !== 'possible');
  const users = hosts.filter(isUser).length;
  const unnamed = hosts.filter((host) => !isUser(host) && host.providers.length > 0).length;
  const seen = tools.filter((tool) => tool.hosts > 0).sort((a, b) => b.hosts - a.hosts);
  const possible = tools.filter(({ hostsByConfidence }) => hostsByConfidence.possible > 0);
  const list = (some: readonly ToolTotals[], count: (tool: ToolTotals) => number): string =>
    listSome(
      some.map((tool) => `${toolName(tool.name, glyphs)} on ${count(tool)}`),
      MAX_BRIEF_TOOLS,
    );
  const used =
    seen.length === 0
      ? `no AI coding tool identified on ${plural(countClients(document), 'host')}`
      : `${plural(seen.length, 'tool')} on ${users} of ${plural(countClients(document), 'host')}: ${list(seen, (tool) => tool.hosts)}`;
  const maybe = list(possible, ({ hostsByConfidence }) => hostsByConfidence.possible);
  return [
    ...label('tools', used, width),
    ...(possible.length === 0
      ? []
      : label('possible', `${maybe}: other programs produce the same traffic`, width)),
    ...(unnamed === 0
      ? []
      : label('unnamed', `${plural(unnamed, 'host')} with AI traffic that names no tool`, width)),
  ];
}

/** Lists services that other networks reach, because these are a risk even without an identified tool. */
function exposedLines({ services }: ReportDocument, width: number): string[] {
  const exposed = services.filter(({ exposed: isExposed }) => isExposed);
  if (exposed.length === 0) return [];
  const list = exposed.map((service) => `${service.product} on ${getPlace(service)}`);
  return label('services', `reached from other networks: ${listSome(list, MAX_BRIEF_TOOLS)}`, width);
}

/** Lists unobserved, lost and unread data, each with its label. */
export function notVisibleLines(
  document: ReportDocument,
  width: number,
  { openQuote, closeQuote }: Glyphs,
  isBrief = false,
): string[] {
  if (document.captures.length === 0 && document.recordsFrom === null && document.stats.packets === 0)
    return [];
  const hidden = isNothingObserved(document)
    ? 'all of it: nothing was observed'
    : notVisibleSentence(document);
  const facts: readonly (readonly [string, string | null])[] = [
    ['shown', document.selection === undefined ? null : `only ${selectionWords(document)}`],
    ['hidden', hidden],
    ['span', unrecordedSentence(document)],
    ['lost', lossSentence(document)],
  ];
  const most = isBrief ? MAX_BRIEF_SENTENCES : MAX_SENTENCES;
  const kinds = { damaged: damageSentences(document), limits: caveatSentences(document) };
  return [
    ...facts.flatMap(([name, text]) => (text === null ? [] : label(name, text, width))),
    ...Object.entries(kinds).flatMap(([name, sentences]) => [
      ...sentences.slice(0, most).flatMap((sentence) => label(name, sentence, width)),
      ...(sentences.length > most ? label('', moreSentences(sentences.length - most), width) : []),
    ]),
    ...label(
      'note',
      `${openQuote}not seen${closeQuote} does not mean ${openQuote}not used${closeQuote}`,
      width,
    ),
  ];
}

const moreSentences = (count: number): string =>
  `and ${plural(count, 'more sentence')} of the kind: --format json has all`;

/** Lists the sections that only the whole report contains, with their number of lines. */
function moreLines(document: ReportDocument, width: number): string[] {
  const context = buildContext(document, ENGLISH_WORDS, 'terminal');
  const parts = SECTIONS.filter(({ isInFullOnly }) => isInFullOnly).flatMap((section) => {
    const rows = sumOf(showSection(section, context) ?? [], (table) => table.rows.length + table.more);
    return rows === 0
      ? []
      : [`${formatTitle(section.id, ENGLISH_WORDS).toUpperCase()} (${plural(rows, 'line')})`];
  });
  return parts.length === 0 ? [] : label('more', `${parts.join(', ')}: --detail full`, width);
}

/**
 * Selects hosts with possible violations, then those that sent most, in the order of the document, and describes the
 * others. It selects all hosts if they fit on the screen.
 */
export function selectFirstHosts(document: ReportDocument): { shown: ReportDocument; note: string } {
  const outcomes = indexOutcomes(document);
  const { rows } = listUseRows(document, outcomes);
  if (rows.length <= MAX_BRIEF_ROWS) return { shown: document, note: '' };
  const rowsOf = new Map<HostReport, number>();
  for (const { host } of rows) rowsOf.set(host, (rowsOf.get(host) ?? 0) + 1);
  const grave = new Set((document.findings ?? []).filter(isGrave).map(({ host }) => host));
  const ranked = [...rowsOf.keys()].sort(
    (a, b) => Number(grave.has(b.host)) - Number(grave.has(a.host)) || sumSent(b) - sumSent(a),
  );
  const chosen = new Set(ranked.slice(0, 1));
  let room = MAX_BRIEF_ROWS;
  for (const host of ranked) {
    room -= rowsOf.get(host) ?? 0;
    if (room < 0) break;
    chosen.add(host);
  }
  const order = grave.size > 0 ? 'those with findings, then those that sent most' : 'those that sent most';
  return {
    shown: { ...document, hosts: document.hosts.filter((host) => chosen.has(host)) },
    note: `${chosen.size} of ${plural(rowsOf.size, 'host')} with a row: ${order}. --detail full prints all.`,
  };
}

const sumSent = ({ tools, providers }: HostReport): number =>
  sumOf([...tools, ...providers], ({ bytesUp, confidence }) => (confidence === 'possible' ? 0 : bytesUp));
