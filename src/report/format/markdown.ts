// Writes the report as Markdown, for tickets and wikis: verdict, rows, traffic that was not visible, method.

import type { AdvisoryHeader, Breakdown, Comparison, ReportDocument, ToolUse } from '../../model/report.ts';
import { findPart, readSentence } from '../../model/sentences.ts';
import { findBytes } from '../../model/withheld.ts';
import { md, table } from '../../text/markdown-text.ts';
import { capitalize, formatCount, formatRange } from '../../text/quantity.ts';
import { withRelayName } from '../document/relay-name.ts';
import { leftOutSentence, listUseRows, type UseRow } from '../document/use-rows.ts';
import { daysOfAdvisory, MATRIX } from '../sections/advisories.ts';
import { breakdownColumns } from '../sections/breakdown.ts';
import {
  COMPARED_HOSTS,
  COMPARED_TOOLS,
  coverageText,
  limitSentences,
  spanText,
} from '../sections/comparison.ts';
import {
  buildContext,
  cellText,
  notesText,
  type Section,
  showSection,
  showTable,
  type TableShown,
} from '../sections/section.ts';
import { SECTIONS } from '../sections/section-list.ts';
import { caveatSentences, damageSentences, lossSentence, unrecordedSentence } from '../text/blind-spots.ts';
import { reportDays } from '../text/day-strip.ts';
import { messagesFor, type ReportWords } from '../text/english-words.ts';
import { affectedText, exposureOfRow } from '../text/exposure-words.ts';
import { lastChange, logSentence, statesSentence, stateText } from '../text/finding-life-words.ts';
import { formatToolName, sortBySeverity } from '../text/finding-words.ts';
import { readerZone } from '../text/instant-text.ts';
import { notVisibleRows } from '../text/not-visible-text.ts';
import { nothingSeen, selectionWords } from '../text/nothing-seen.ts';
import { indexOutcomes } from '../text/policy-outcome.ts';
import type { RenderOptions } from '../text/render-options.ts';
import { findReadBytes } from '../text/use-bytes.ts';
import { buildVerdicts, type Verdict } from '../text/verdict.ts';
import { reportersText } from '../text/words.ts';

export async function renderMarkdown(
  source: ReportDocument,
  { language }: Pick<RenderOptions, 'language'> = {},
): Promise<string> {
  const messages = await messagesFor(language);
  const document = withRelayName(source, messages.relayName);
  const { markdown: words, page } = messages;
  const zone = readerZone(document);
  const days = reportDays(document, zone);
  const span = days.count === 0 ? null : messages.span(days.first, days.last);
  const selection = selectionWords(document, messages);
  const { stats } = document;
  const bytes = findReadBytes(document);
  return `${[
    `# ${words.heading(span)}`,
    '',
    ...(selection === null ? [] : [page.verdict.only(md(selection)), '']),
    ...renderVerdicts(document, messages),
    ...renderFindings(document, messages),
    ...renderMatrix(document, messages),
    ...(document.advisories ?? []).flatMap((advisory) => renderAdvisory(document, advisory, messages)),
    ...(document.comparison === undefined ? [] : renderComparison(document, document.comparison, messages)),
    ...(document.breakdown === undefined
      ? renderRows(document, messages)
      : renderBreakdown(document, document.breakdown, messages)),
    ...SECTIONS.flatMap((section) => renderSection(section, document, messages)),
    ...renderNotVisible(document, messages),
    `## ${words.howMade}`,
    '',
    `- \`${document.command.replaceAll('`', "'")}\``,
    `- ${words.made(md(document.wiretally), md(document.catalogue), md(document.period.timezone))}`,
    `- ${[
      ...(document.inputs !== undefined && stats.packets === 0 ? [] : [messages.packets(stats.packets)]),
      ...(bytes === null ? [] : [messages.bytes(bytes)]),
      messages.flows(stats.flows),
      words.clientHellos(stats.clientHellos.complete),
    ].join(messages.listSeparator)}`,
    // Many logs have no counters of packets.
    ...document.captures.map(({ file, packets }) =>
      packets === 0 ? `- ${md(file)}` : `- ${md(file)}: ${messages.packets(packets)}`,
    ),
  ].join('\n')}\n`;
}

/** Writes each table of a section under its own heading; nothing without rows. */
function renderSection(section: Section, document: ReportDocument, messages: ReportWords): string[] {
  const context = buildContext(document, messages, 'markdown');
  return (showSection(section, context) ?? []).flatMap((shown) => [
    `## ${shown.title}`,
    '',
    ...renderTable(shown),
    notesText(section, context),
    '',
  ]);
}

const renderTable = ({
  columns,
  rows,
  context,
}: Pick<TableShown, 'columns' | 'rows' | 'context'>): string[] =>
  table(
    columns.map(({ head }) => head),
    rows.map((row) => columns.map((column) => md(cellText(column, row, context)))),
  );

function renderVerdicts(document: ReportDocument, messages: ReportWords): string[] {
  const end = messages.fullStop.trimEnd();
  return buildVerdicts(document, messages).flatMap((text) => {
    const counts =
      text.counts.length > 0 ? `${messages.clauseSeparator}${text.counts.join(messages.listSeparator)}` : '';
    return [
      `**${text.label}**: ${md(text.headline)}${messages.fullStop}${md(text.sentence)}${counts}${end}${formatBasis(text, end)}`,
      '',
    ];
  });
}

function formatBasis({ control, observed, limits }: Verdict, end: string): string {
  return [control, observed, ...limits]
    .filter((part) => part !== '')
    .map((part) => ` ${md(capitalize(part))}${end}`)
    .join('');
}

/** Writes findings. Their figures cover the time of each finding; figures of rows cover the whole period. */
function renderFindings(document: ReportDocument, messages: ReportWords): string[] {
  const findings = sortBySeverity(document.findings ?? []);
  if (findings.length === 0) return [];
  const { heads, markdown: words } = messages;
  const zone = readerZone(document);
  const reporters = findings.filter((finding) => reportersText(document, finding) !== '');
  const hasStates = document.findingLog !== undefined;
  const columns = [
    heads.result,
    heads.host,
    heads.tool,
    heads.rule,
    heads.confidence,
    heads.first,
    heads.last,
    heads.activeMinutes,
    heads.requests,
    heads.payloadSent,
    ...(reporters.length > 0 ? [heads.sensors] : []),
    ...(hasStates ? [heads.state, heads.lastChange] : []),
  ];
  const more = [statesSentence(document, messages), logSentence(document, messages) ?? ''].filter(
    (text) => text !== '',
  );
  return [
    `## ${words.findings}`,
    '',
    ...table(
      columns,
      findings.map((finding) => [
        md(
          finding.exception === null ? messages.outcomes[finding.result] : words.exemptBy(finding.exception),
        ),
        md(finding.host),
        md(formatToolName(document, finding)),
        md(finding.rule),
        messages.confidences[finding.confidence],
        messages.time(finding.first, zone),
        messages.time(finding.last, zone),
        finding.activeMinutes === null ? '–' : formatCount(finding.activeMinutes),
        finding.requests === null ? messages.noEstimate : formatRange(finding.requests, 'host'),
        finding.payloadUp === null ? '–' : messages.bytes(finding.payloadUp),
        ...(reporters.length > 0 ? [md(reportersText(document, finding))] : []),
        ...(hasStates
          ? [md(stateText(finding, zone, messages)), md(lastChange(finding, zone, messages))]
          : []),
      ]),
    ),
    `${words.findingsNote}${findings.some(({ confidence }) => confidence === 'possible') ? ` ${messages.findings.possibleFigures}` : ''}`,
    '',
    ...more.flatMap((text) => [md(text), '']),
  ];
}

function renderMatrix(document: ReportDocument, messages: ReportWords): string[] {
  const { title } = messages.sections.advisories;
  const matrix = showTable(MATRIX, title, buildContext(document, messages, 'markdown'));
  return matrix.rows.length === 0 ? [] : [`## ${title}`, '', matrix.caption, '', ...renderTable(matrix)];
}

function renderAdvisory(document: ReportDocument, advisory: AdvisoryHeader, messages: ReportWords): string[] {
  const { id, title, tool, severity, sources, action } = advisory;
  const { markdown: words, fullStop } = messages;
  const { advisories } = messages.sections;
  const days = showTable(daysOfAdvisory(id), '', buildContext(document, messages, 'markdown'));
  return [
    `## ${advisories.one(md(id))}`,
    '',
    `${md(title)} (${advisories.severities[severity]}): ${md(tool)} ${md(affectedText(advisory, messages))}${fullStop.trimEnd()}`,
    '',
    ...(days.rows.length === 0
      ? [advisories.notSeen(md(tool)), '']
      : [days.caption, '', ...renderTable(days)]),
    words.toDo(md(action)),
    '',
    ...sources.map((source) => `- ${md(source)}`),
    '',
  ];
}

function renderComparison(document: ReportDocument, comparison: Comparison, messages: ReportWords): string[] {
  const context = buildContext(document, messages, 'markdown');
  const { zone } = context;
  const { before, after, limit } = messages.markdown.comparison;
  const formatSpan = (span: Comparison['before']): string => spanText(span, zone, messages);
  const hosts = showTable(COMPARED_HOSTS, '', context);
  const more = leftOutSentence(hosts.more, messages);
  return [
    `## ${messages.sections.comparison.heading(formatSpan(comparison.after), formatSpan(comparison.before))}`,
    '',
    `- ${before(coverageText(comparison.before, messages))}`,
    `- ${after(coverageText(comparison.after, messages))}`,
    ...limitSentences(comparison, zone, messages).map((sentence) => `- ${limit(md(sentence))}`),
    '',
    ...renderTable(showTable(COMPARED_TOOLS, '', context)),
    ...renderTable(hosts),
    ...(more === '' ? [] : [more, '']),
  ];
}

function renderRows(document: ReportDocument, messages: ReportWords): string[] {
  const { heads, markdown: words, listSeparator } = messages;
  const zone = readerZone(document);
  const outcomes = indexOutcomes(document);
  const { rows, hostsLeftOut } = listUseRows(document, outcomes);
  if (rows.length === 0) return [`${md(nothingSeen(document, messages))}${messages.fullStop.trimEnd()}`, ''];
  const formatBytes = (use: ToolUse, field: 'bytesUp' | 'bytesDown'): string => {
    const count = findBytes(use, field);
    return count === null ? '–' : messages.bytes(count);
  };
  const columns = [
    heads.host,
    heads.name,
    heads.tool,
    heads.confidence,
    heads.firstSeen,
    heads.lastSeen,
    heads.activeMinutes,
    heads.sent,
    heads.received,
    heads.requests,
    heads.telemetry,
  ];
  const hasAdvisories = document.advisories !== undefined;
  if (hasAdvisories) columns.push(heads.advisory);
  if (outcomes !== null) columns.push(heads.policy);
  const lines = table(
    columns,
    rows.map(({ host, use, outcome, possible }) => {
      const maybe = possible.length === 0 ? '' : words.mayBe(possible.map(md).join(listSeparator));
      const cells = [
        md(host.host),
        host.name === null ? '' : md(host.name),
        md(use.name) + maybe,
        messages.confidences[use.confidence],
        messages.time(use.firstSeenEver, zone),
        messages.time(use.lastSeen, zone),
        use.activeMinutes === null ? '–' : formatCount(use.activeMinutes),
        formatBytes(use, 'bytesUp'),
        formatBytes(use, 'bytesDown'),
        use.requests === null ? messages.noEstimate : formatRange(use.requests, 'host'),
        use.telemetry === null || use.telemetry.share === null ? '–' : messages.share(use.telemetry.share),
      ];
      if (hasAdvisories) cells.push(md(exposureOfRow(document, host, use, messages) ?? '–'));
      return outcome === null
        ? cells
        : [...cells, md(outcome.finding?.exception ?? messages.outcomes[outcome.kind])];
    }),
  );
  const leftOut = leftOutSentence(hostsLeftOut, messages);
  const limits = compressionNotes(rows, messages);
  return [...lines, ...limits, ...(leftOut === '' ? [] : [leftOut, ''])];
}

/** Lists tools whose telemetry share is a lower bound, because they compress it. */
function compressionNotes(rows: readonly UseRow[], messages: ReportWords): string[] {
  const notes = rows.flatMap(({ use }) => {
    const sentence = use.telemetry?.share == null ? null : findPart(readSentence(use), 'compressed');
    return sentence === null ? [] : [`- ${md(use.name)}: ${md(messages.sentenceText(sentence))}`];
  });
  return notes.length === 0 ? [] : [...new Set(notes), ''];
}

function renderBreakdown(document: ReportDocument, { by, rows }: Breakdown, messages: ReportWords): string[] {
  const context = buildContext(document, messages, 'markdown');
  return renderTable({ columns: breakdownColumns(messages.markdown.by(by), by, context), rows, context });
}

function renderNotVisible(document: ReportDocument, messages: ReportWords): string[] {
  const { heads, blindSpots, markdown: words } = messages;
  const spots = notVisibleRows(document);
  const loss = lossSentence(document, messages);
  const unrecorded = unrecordedSentence(document, messages);
  const sentences = [
    ...(unrecorded === null ? [] : [words.unrecorded(unrecorded)]),
    ...(loss === null ? [] : [words.lost(loss)]),
    ...damageSentences(document, messages),
    ...caveatSentences(document, messages),
  ];
  return [
    `## ${words.unseen}`,
    '',
    words.notSeen,
    '',
    ...(spots.length === 0
      ? []
      : table(
          [heads.notVisible, heads.flows, heads.bytes, words.share, words.effect],
          spots.map((spot) => [
            blindSpots.kinds[spot.kind],
            formatCount(spot.flows),
            messages.bytes(spot.bytes),
            messages.share(spot.share),
            md(blindSpots.effect(spot.kind, spot.effect ?? '')),
          ]),
        )),
    ...sentences.map((sentence) => `- ${md(sentence)}`),
    ...(sentences.length > 0 ? [''] : []),
  ];
}
