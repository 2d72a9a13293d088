// Renders the report for a terminal: the verdict, then rows, then traffic that was not visible, then next commands.

import type { Comparison, ReportDocument, ToolUse } from '../../model/report.ts';
import { formatBytes, formatLargeCount, plural } from '../../text/quantity.ts';
import {
  displayWidth,
  type Painter,
  painter,
  wrap,
  wrapCommand,
  wrapLabelled,
} from '../../text/text-layout.ts';
import { leftOutSentence } from '../document/use-rows.ts';
import { BUILDS } from '../sections/builds.ts';
import {
  COMPARED_HOSTS,
  COMPARED_TOOLS,
  coverageText,
  limitSentences,
  spanText,
} from '../sections/comparison.ts';
import { OTHERS, orderSections } from '../sections/section-list.ts';
import { caveatSentences, damageSentences } from '../text/blind-spots.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { readerZone } from '../text/instant-text.ts';
import { explainCommand, pageCommand } from '../text/next-command.ts';
import { isNothingObserved, nothingSeen } from '../text/nothing-seen.ts';
import { SEVERITY_ORDER } from '../text/policy-outcome.ts';
import {
  ASCII_GLYPHS,
  type Glyphs,
  getTableWidth,
  type RenderOptions,
  UNICODE_GLYPHS,
} from '../text/render-options.ts';
import { toAscii } from '../text/to-ascii.ts';
import { findReadBytes } from '../text/use-bytes.ts';
import { buildVerdicts, verdictLines } from '../text/verdict.ts';
import { breakdownLines, trendLines } from './breakdown.ts';
import { matrixLines } from './exposure.ts';
import { type FindingSpace, findingLines } from './findings.ts';
import { type Lines, sectionLines, shownInTerminal, tableLines } from './sections.ts';
import { addHeading, notVisibleLines, selectFirstHosts, summaryLines } from './summary.ts';
import { layoutRows } from './table.ts';

const COMPARED_LABEL_COLUMN = 10;

export function renderTerminal(document: ReportDocument, options: RenderOptions): string {
  const paint = painter(options.color);
  const signs = options.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const glyphs: Glyphs = options.hasWholeTables === true ? { ...signs, hasWholeNames: true } : signs;
  const { width, isBrief = false } = options;
  const { breakdown, comparison, trend } = document;
  // A breakdown or a comparison answers a question of its own and comes first.
  const hasSummary = isBrief && breakdown === undefined && comparison === undefined;
  const hasLegend = !isBrief || options.hasLegend === true;
  const tableWidth = getTableWidth(options);
  const zone = readerZone(document);
  const space = { width: tableWidth, paint, ellipsis: glyphs.ellipsis };
  const sections = orderSections<string[]>([BUILDS, matrixLines(document, space), OTHERS]);
  const lines = [
    ...verdictLines(document, width, paint),
    ...(hasSummary ? summaryLines(document, width, glyphs, paint) : []),
    ...findingLines(document, { width: tableWidth, glyphs, paint, isBrief, hasLegend }),
    ...(breakdown !== undefined
      ? breakdownLines(document, tableWidth, paint, hasLegend)
      : comparison !== undefined
        ? comparisonLines(document, comparison, space, hasLegend)
        : rowLines(document, { tableWidth, width, glyphs, paint, isBrief, hasLegend })),
    ...sections.flatMap((part) => {
      if (!('id' in part)) return part;
      return isBrief && part.isInFullOnly ? [] : sectionLines(part, document, space);
    }),
    ...(trend === undefined ? [] : ['', ...trendLines(trend, zone, width, paint)]),
    '',
    ...(hasSummary
      ? []
      : addHeading('NOT VISIBLE', notVisibleLines(document, width, glyphs, isBrief), paint)),
    ...formatNextCommands(document, options, paint),
    ...wrap(footer(document, options), width).map((line) => paint('quiet', line)),
  ];
  const text = `${lines.join('\n')}\n`;
  return options.unicode ? text : toAscii(text);
}

const paintQuiet = (text: string, width: number, paint: Painter): string[] =>
  wrap(text, width).map((line) => paint('quiet', line));

interface RowSpace extends FindingSpace {
  readonly tableWidth: number;
}

function rowLines(document: ReportDocument, space: RowSpace): string[] {
  const { tableWidth, width, glyphs, paint, isBrief, hasLegend } = space;
  const { shown, note } = isBrief ? selectFirstHosts(document) : { shown: document, note: '' };
  const table = layoutRows(shown, tableWidth, glyphs, paint);
  if (table.rows === 0) return explainNoRows(document, width, isBrief);
  const legend = [note, hasLegend ? table.legend : ''].filter((text) => text !== '').join(' ');
  return [...table.lines, ...(legend === '' ? [] : ['', ...paintQuiet(legend, width, paint)])];
}

/** The reason why no packet was read follows, unless a summary above states it. */
function explainNoRows(document: ReportDocument, width: number, hasSummary: boolean): string[] {
  const reasons =
    document.stats.packets > 0 || hasSummary
      ? []
      : [...damageSentences(document), ...caveatSentences(document)];
  return [`${nothingSeen(document)}.`, ...reasons].flatMap((words) => wrap(words, width));
}

/** Returns follow-up commands. The first shows the evidence of the most relevant row. */
function formatNextCommands(document: ReportDocument, options: RenderOptions, paint: Painter): string[] {
  const { width, program = 'wiretally' } = options;
  const commands: [string, string][] = [];
  const subject = firstSubject(document);
  const explain = subject === null ? null : explainCommand(document, subject, program);
  if (explain !== null) commands.push([explain, 'the evidence behind it']);
  const page = isNothingObserved(document) ? null : pageCommand(document, program);
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
  const findings = (document.findings ?? []).filter(({ service }) => service === undefined);
  const [finding] = SEVERITY_ORDER.flatMap((grave) => findings.find(({ result }) => result === grave) ?? []);
  if (finding !== undefined) return { host: finding.host, tool: finding.tool };
  const [possible] = buildVerdicts(document).flatMap(({ found }) => found.hosts.possible);
  if (possible !== undefined) return possible;
  const pick = (uses: (host: ReportDocument['hosts'][number]) => readonly ToolUse[]) => {
    for (const host of document.hosts) {
      const use = uses(host).find((candidate) => candidate.confidence !== 'possible');
      if (use !== undefined) return { host: host.host, tool: use.tool };
    }
    return null;
  };
  return pick((host) => host.tools) ?? pick((host) => host.providers);
}

function footer(document: ReportDocument, options: RenderOptions): string {
  const { stats, captures, inputs } = document;
  const hellos = stats.clientHellos.complete;
  const bytes = findReadBytes(document);
  // A log of DNS queries has neither bytes nor flows, and many logs have no counters of packets.
  const parts = [
    ...(captures.length > 0 ? [plural(captures.length, 'file')] : []),
    ...(inputs === undefined
      ? []
      : [
          plural(
            inputs.reduce((sum, { lines }) => sum + lines, 0),
            'line',
          ),
        ]),
    ...(bytes === null ? [] : [formatBytes(bytes)]),
    ...(stats.packets > 0
      ? [`${formatLargeCount(stats.packets)} ${stats.packets === 1 ? 'packet' : 'packets'}`]
      : []),
    ...(inputs === undefined || stats.flows > 0 ? [plural(stats.flows, 'flow')] : []),
    ...(inputs === undefined || hellos > 0 ? [plural(hellos, 'ClientHello')] : []),
  ];
  const run = options.run;
  const time = run === undefined ? '' : `; ${run.seconds.toFixed(1)} s, ${plural(run.workers, 'worker')}`;
  const more =
    options.isBrief === true ? ' --detail full prints every section, --legend explains columns.' : '';
  return `${parts.join(', ')}${time}. Times are ${document.period.timezone}.${more}`;
}

const COMPARISON_LEGEND = [
  'NEW and NOT SEEN: hosts with the tool after or before alone; NOT THERE: no longer on the network, so its use is unknown.',
  'A change is shown if both spans support it; –: not distinguished. Requests and telemetry are estimates: more or less is shown if the ranges do not overlap.',
];

/** Renders a comparison of two spans: their basis, the limits, tools, then hosts. */
function comparisonLines(
  document: ReportDocument,
  comparison: Comparison,
  lines: Lines,
  hasLegend: boolean,
): string[] {
  const { width, paint } = lines;
  const { before, after, all, isComparable } = comparison;
  const zone = readerZone(document);
  const toText = (span: Comparison['before']): string => spanText(span, zone, ENGLISH_WORDS);
  const head = [
    paint('head', ENGLISH_WORDS.sections.comparison.heading(toText(after), toText(before)).toUpperCase()),
    ...wrapLabelled('  before', coverageText(before, ENGLISH_WORDS), width, COMPARED_LABEL_COLUMN),
    ...wrapLabelled('  after', coverageText(after, ENGLISH_WORDS), width, COMPARED_LABEL_COLUMN),
    ...limitSentences(comparison, zone).flatMap((sentence) =>
      wrapLabelled('  limit', sentence, width, COMPARED_LABEL_COLUMN).map((line) => paint('warn', line)),
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
    ...(hasLegend ? COMPARISON_LEGEND : []),
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
