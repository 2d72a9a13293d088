// A comparison of two spans for a terminal: what they rest on, what limits it, tools, then hosts.

import type { ComparedHost, ComparedTool, Comparison } from '../../model/report.ts';
import { plural } from '../../text/quantity.ts';
import { type Column, fitTable, labelled, type Painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import {
  both,
  type ChangeText,
  changeColumns,
  coverageText,
  hasPerDay,
  hostsText,
  limitSentences,
  movedHosts,
  STATE_WORDS,
  spanText,
} from '../comparison/words.ts';
import { leftOutSentence, MAX_TABLE_HOSTS } from '../document/use-rows.ts';
import type { Glyphs } from '../text/render-options.ts';

const LABEL_COLUMN = 10;

export function comparisonLines(
  comparison: Comparison,
  zone: Zone,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const { before, after } = comparison;
  const lines = [
    paint(
      'head',
      `${spanText(after, zone, glyphs.dash)} against ${spanText(before, zone, glyphs.dash)}`.toUpperCase(),
    ),
    ...labelled('  before', coverageText(before), width, LABEL_COLUMN),
    ...labelled('  after', coverageText(after), width, LABEL_COLUMN),
    ...limitSentences(comparison, zone, glyphs.dash).flatMap((sentence) =>
      labelled('  limit', sentence, width, LABEL_COLUMN).map((line) => paint('warn', line)),
    ),
    '',
  ];
  if (comparison.hosts.length === 0)
    return [...lines, ...wrap('No AI coding tool was seen in what was observed of both spans.', width)];
  return [
    ...lines,
    ...fitTable(toolColumns(comparison, glyphs), paint, width, glyphs.ellipsis),
    '',
    ...fitTable(hostColumns(comparison, glyphs), paint, width, glyphs.ellipsis),
    '',
    ...leftOut(comparison, width),
    ...wrap(legend(comparison, glyphs), width).map((line) => paint('quiet', line)),
  ];
}

/** What the two spans were, figure by figure; the difference where there is room. */
function figures<Row extends ComparedTool | ComparedHost>(
  comparison: Comparison,
  rows: readonly Row[],
  { none, dash }: Glyphs,
): Column[] {
  const hasDays = hasPerDay(comparison);
  return changeColumns(comparison.all.violations !== null, { none, dash }).flatMap(({ head, of }, i) => {
    const texts = rows.map(of);
    const column = (name: string, text: (change: ChangeText) => string): Column => ({
      head: name.toUpperCase(),
      align: 'right',
      cells: texts.map((change) => ({ text: change === null ? '' : text(change) })),
      ...(i < 2 && name === head ? {} : { isOptional: true }),
    });
    const perDay = hasDays && texts.some((change) => change !== null && change.perDay !== '');
    return [
      column(head, both),
      ...(perDay ? [column(`${head} a day`, (change) => change.perDay)] : []),
      ...(texts.some((change) => change !== null && change.difference !== '')
        ? [column('change', (change) => change.difference)]
        : []),
    ];
  });
}

function toolColumns(comparison: Comparison, glyphs: Glyphs): Column[] {
  const { tools } = comparison;
  const column = (head: string, text: (tool: ComparedTool) => string): Column => ({
    head,
    align: 'right',
    cells: tools.map((tool) => ({ text: text(tool) })),
  });
  const names = tools.map(({ name, isProvider, suppressed }) => ({
    text: `${visibleText(name)}${isProvider ? ' (provider)' : ''}${suppressed === true ? ': few hosts' : ''}`,
  }));
  const moved = (tool: ComparedTool) => movedHosts(tool, glyphs.none);
  return [
    { head: 'TOOL', align: 'left', cells: names, leastWidth: 18 },
    column('HOSTS', ({ hosts }) => both(hostsText(hosts, glyphs.none))),
    column('NEW', (tool) => moved(tool).fresh),
    column('NOT SEEN', (tool) => moved(tool).gone),
    { ...column('NOT THERE', (tool) => moved(tool).absent), isOptional: true },
    ...figures(comparison, tools, glyphs),
  ];
}

function hostColumns(comparison: Comparison, glyphs: Glyphs): Column[] {
  const hosts = comparison.hosts.slice(0, MAX_TABLE_HOSTS);
  const column = (head: string, text: (host: ComparedHost) => string): Column => ({
    head,
    align: 'left',
    cells: hosts.map((host) => ({ text: text(host) })),
  });
  return [
    column('HOST', ({ host }) => visibleText(host)),
    column('BEFORE', ({ before }) => STATE_WORDS[before]),
    column('AFTER', ({ after }) => STATE_WORDS[after]),
    ...figures(comparison, hosts, glyphs),
    { ...column('NAME', ({ name }) => visibleText(name ?? '')), isOptional: true },
  ];
}

function leftOut({ hosts }: Comparison, width: number): string[] {
  const sentence = leftOutSentence(Math.max(0, hosts.length - MAX_TABLE_HOSTS));
  return sentence === '' ? [] : [...wrap(sentence, width), ''];
}

function legend({ all, isComparable }: Comparison, { none }: Glyphs): string {
  const sums = `${plural(all.hosts.before ?? 0, 'host')} to ${all.hosts.after ?? none}`;
  const sentences = [
    ...(isComparable ? [`All tools together: ${sums}.`] : []),
    'NEW and NOT SEEN: hosts with the tool after or before alone; NOT THERE: no longer on the network, so its use is unknown.',
    `A change is shown if both spans support it; ${none}: not distinguished. Requests and telemetry are estimates: more or less is shown if the ranges do not overlap.`,
  ];
  return sentences.join(' ');
}
