// The report for a terminal: the verdict first, then rows, then what was dark, then what to do next.

import type { Comparison, ReportDocument, ToolUse } from '../../model/report.ts';
import { formatBytes, formatLargeCount, plural } from '../../text/quantity.ts';
import { displayWidth, labelled, type Painter, painter, wrap, wrapCommand } from '../../text/text-layout.ts';
import { leftOutSentence } from '../document/use-rows.ts';
import { BUILDS } from '../sections/builds.ts';
import {
  COMPARED_HOSTS,
  COMPARED_TOOLS,
  coverageText,
  limitSentences,
  spanText,
} from '../sections/comparison.ts';
import { inOrder, OTHERS } from '../sections/list.ts';
import {
  caveatSentences,
  damageSentences,
  lossSentence,
  notVisibleSentence,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { readerZone } from '../text/instant.ts';
import { explainCommand, pageCommand } from '../text/next-command.ts';
import { isNothingObserved, nothingSeen, selectionWords } from '../text/nothing-seen.ts';
import {
  ASCII_GLYPHS,
  type Glyphs,
  getTableWidth,
  type RenderOptions,
  UNICODE_GLYPHS,
} from '../text/render-options.ts';
import { toAscii } from '../text/to-ascii.ts';
import { verdictLines } from '../text/verdict.ts';
import { breakdownLines, trendLines } from './breakdown.ts';
import { matrixLines } from './exposure.ts';
import { findingLines } from './findings.ts';
import { type Lines, sectionLines, shownInTerminal, tableLines } from './sections.ts';
import { layoutRows, type RowsLayout } from './table.ts';

const LABEL_COLUMN = 11;
const COMPARED_LABEL_COLUMN = 10;
/** Inputs that could not be read may be thousands. */
const MOST_DAMAGE = 12;

export function renderTerminal(document: ReportDocument, options: RenderOptions): string {
  const paint = painter(options.color);
  const signs = options.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const glyphs: Glyphs = options.hasWholeTables === true ? { ...signs, hasWholeNames: true } : signs;
  const tableWidth = getTableWidth(options);
  const table = layoutRows(document, tableWidth, glyphs, paint);
  const { breakdown, comparison, trend } = document;
  const zone = readerZone(document);
  const space = { width: tableWidth, paint, ellipsis: glyphs.ellipsis };
  const lines = [
    ...verdictLines(document, options.width, paint),
    ...findingLines(document, tableWidth, glyphs, paint),
    ...(breakdown !== undefined
      ? breakdownLines(document, tableWidth, paint)
      : comparison !== undefined
        ? comparisonLines(document, comparison, space)
        : rowLines(document, table, options.width, paint)),
    ...inOrder<string[]>([BUILDS, matrixLines(document, space), OTHERS]).flatMap((part) =>
      'id' in part ? sectionLines(part, document, space) : part,
    ),
    ...(trend === undefined ? [] : ['', ...trendLines(trend, zone, options.width, paint)]),
    '',
    ...notSeen(document, options.width, glyphs, paint),
    ...next(document, options, paint),
    ...wrap(footer(document, options), options.width).map((line) => paint('quiet', line)),
  ];
  const text = `${lines.join('\n')}\n`;
  return options.unicode ? text : toAscii(text);
}

const quietly = (text: string, width: number, paint: Painter): string[] =>
  wrap(text, width).map((line) => paint('quiet', line));

function rowLines(document: ReportDocument, table: RowsLayout, width: number, paint: Painter): string[] {
  if (table.rows === 0) return noRows(document, width);
  return [...table.lines, ...(table.legend === '' ? [] : ['', ...quietly(table.legend, width, paint)])];
}

function noRows(document: ReportDocument, width: number): string[] {
  if (document.stats.packets === 0)
    return [
      ...wrap(`${nothingSeen(document)}.`, width),
      ...[...damageSentences(document), ...caveatSentences(document)].flatMap((words) => wrap(words, width)),
    ];
  return wrap(`${nothingSeen(document)}.`, width);
}

function notSeen(document: ReportDocument, width: number, glyphs: Glyphs, paint: Painter): string[] {
  if (document.captures.length === 0 && document.recordsFrom === null && document.stats.packets === 0)
    return [];
  const lines = [paint('head', 'NOT VISIBLE')];
  const add = (label: string, text: string): void => {
    lines.push(...labelled(`  ${label}`, text, width, LABEL_COLUMN));
  };
  const selection = selectionWords(document);
  if (selection !== null) add('shown', `only ${selection}`);
  add(
    'traffic',
    isNothingObserved(document) ? 'all of it: nothing was observed' : notVisibleSentence(document),
  );
  const unrecorded = unrecordedSentence(document);
  if (unrecorded !== null) add('span', unrecorded);
  const loss = lossSentence(document);
  if (loss !== null) add('lost', loss);
  const kinds = { damaged: damageSentences(document), limits: caveatSentences(document) };
  for (const [label, sentences] of Object.entries(kinds)) {
    for (const sentence of sentences.slice(0, MOST_DAMAGE)) add(label, sentence);
    const more = sentences.length - MOST_DAMAGE;
    if (more > 0) add('', `and ${plural(more, 'more sentence')} of the kind: --format json has all`);
  }
  const { openQuote, closeQuote } = glyphs;
  add('note', `${openQuote}not seen${closeQuote} does not mean ${openQuote}not used${closeQuote}`);
  return [...lines, ''];
}

/** Commands that lead on from here; the first goes down to the evidence of the row that matters most. */
function next(document: ReportDocument, options: RenderOptions, paint: Painter): string[] {
  const { width, program = 'wiretally' } = options;
  const commands: [string, string][] = [];
  const subject = firstSubject(document);
  const explain = subject === null ? null : explainCommand(document, subject, program);
  if (explain !== null) commands.push([explain, 'the evidence behind it']);
  const page = pageCommand(document, program);
  if (page !== null) commands.push([page, 'the same as a page']);
  if (commands.length === 0) return [];
  const room = Math.max(...commands.map(([command]) => displayWidth(command)));
  const lines = commands.flatMap(([command, what]) =>
    room + 4 + what.length <= width - 2
      ? [`  ${command}${' '.repeat(room - displayWidth(command) + 2)}${paint('quiet', what)}`]
      : wrapCommand(command, getTableWidth(options) - 2).map((line) => `  ${line}`),
  );
  return [paint('head', 'NEXT'), ...lines, ''];
}

function firstSubject(document: ReportDocument): { host: string; tool: string } | null {
  const finding = document.findings?.find(({ service }) => service === undefined);
  if (finding !== undefined) return { host: finding.host, tool: finding.tool };
  const pick = (uses: (host: ReportDocument['hosts'][number]) => readonly ToolUse[]) => {
    for (const host of document.hosts) {
      const use = uses(host).find((each) => each.confidence !== 'possible');
      if (use !== undefined) return { host: host.host, tool: use.tool };
    }
    return null;
  };
  return pick((host) => host.tools) ?? pick((host) => host.providers);
}

function footer(document: ReportDocument, options: RenderOptions): string {
  const { stats, captures } = document;
  const parts = [
    ...(captures.length > 0 ? [plural(captures.length, 'file')] : []),
    formatBytes(stats.bytes),
    `${formatLargeCount(stats.packets)} ${stats.packets === 1 ? 'packet' : 'packets'}`,
    plural(stats.flows, 'flow'),
    plural(stats.clientHellos.complete, 'hello'),
  ];
  const run = options.run;
  const time = run === undefined ? '' : `; ${run.seconds.toFixed(1)} s, ${plural(run.workers, 'worker')}`;
  return `${parts.join(', ')}${time}. Times are ${document.period.timezone}.`;
}

/** A comparison of two spans for a terminal: what they rest on, what limits it, tools, then hosts. */
function comparisonLines(document: ReportDocument, comparison: Comparison, lines: Lines): string[] {
  const { width, paint } = lines;
  const { before, after, all, isComparable } = comparison;
  const zone = readerZone(document);
  const spanOf = (span: Comparison['before']): string => spanText(span, zone, ENGLISH_WORDS);
  const head = [
    paint('head', ENGLISH_WORDS.sections.comparison.heading(spanOf(after), spanOf(before)).toUpperCase()),
    ...labelled('  before', coverageText(before, ENGLISH_WORDS), width, COMPARED_LABEL_COLUMN),
    ...labelled('  after', coverageText(after, ENGLISH_WORDS), width, COMPARED_LABEL_COLUMN),
    ...limitSentences(comparison, zone).flatMap((sentence) =>
      labelled('  limit', sentence, width, COMPARED_LABEL_COLUMN).map((line) => paint('warn', line)),
    ),
    '',
  ];
  if (comparison.hosts.length === 0)
    return [...head, ...wrap('No AI coding tool was seen in what was observed of both spans.', width)];
  const hosts = shownInTerminal(COMPARED_HOSTS, document);
  const leftOut = leftOutSentence(hosts.more);
  const legend = [
    ...(isComparable
      ? [`All tools together: ${plural(all.hosts.before ?? 0, 'host')} to ${all.hosts.after ?? '–'}.`]
      : []),
    'NEW and NOT SEEN: hosts with the tool after or before alone; NOT THERE: no longer on the network, so its use is unknown.',
    'A change is shown if both spans support it; –: not distinguished. Requests and telemetry are estimates: more or less is shown if the ranges do not overlap.',
  ];
  return [
    ...head,
    ...tableLines(shownInTerminal(COMPARED_TOOLS, document), lines),
    '',
    ...tableLines(hosts, lines),
    '',
    ...(leftOut === '' ? [] : [...wrap(leftOut, width), '']),
    ...wrap(legend.join(' '), width).map((line) => paint('quiet', line)),
  ];
}
