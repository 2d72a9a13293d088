// The report as Markdown, for tickets and wikis: verdict, rows, what was not seen, how it was made.

import type { AdvisoryHeader, Breakdown, ReportDocument } from '../../model/report.ts';
import { md, table } from '../../text/markdown-text.ts';
import { leftOutSentence, useRows } from '../document/use-rows.ts';
import { ATTEMPT_NOTE, attemptHeads } from '../text/attempt-words.ts';
import {
  damageSentences,
  lossSentence,
  NOT_VISIBLE_NAMES,
  notVisibleRows,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { reportDays } from '../text/day-strip.ts';
import { ECH_DAY_HEADS, ECH_TITLE, echNameHeads, echNote, hiddenDays } from '../text/ech-words.ts';
import {
  affectedText,
  EXPOSURE_HEADS,
  exposureMatrix,
  exposureRows,
  exposureText,
  MATRIX_HEADS,
} from '../text/exposure-words.ts';
import { lastChange, logSentence, statesSentence, stateText } from '../text/finding-life-words.ts';
import { bySeverity, POSSIBLE_FIGURES, toolNameOf } from '../text/finding-words.ts';
import type { Head } from '../text/heads.ts';
import { formatDaySpan, longTime, readerZone } from '../text/instant.ts';
import { MCP_HEADS, MCP_NOTE, MCP_TITLE, mcpServers } from '../text/mcp-words.ts';
import { nothingSeen, selectionWords } from '../text/nothing-seen.ts';
import { indexOutcomes } from '../text/outcome.ts';
import { bytesText, formatBytes, formatCount, formatRange, formatShare, plural } from '../text/quantity.ts';
import { SERVICE_NOTE, serviceHeads } from '../text/service-words.ts';
import { type Verdict, verdicts } from '../text/verdict.ts';
import { WITHOUT_NAMES_TITLE, withoutNamesHeads, withoutNamesNote } from '../text/without-names-words.ts';
import { OUTCOME_WORDS, reportersText } from '../text/words.ts';
import { comparisonParts } from './comparison-markdown.ts';

export function renderMarkdown(document: ReportDocument): string {
  const zone = readerZone(document);
  const days = reportDays(document, zone);
  const span = days.count === 0 ? '' : `, ${formatDaySpan(days.first, days.last)}`;
  return `${[
    `# AI coding tools on the network${span}`,
    '',
    ...(selectionWords(document) === null ? [] : [`Only ${md(selectionWords(document) ?? '')}.`, '']),
    ...verdictParagraphs(document),
    ...findingTable(document),
    ...matrixParts(document),
    ...(document.advisories ?? []).flatMap((advisory) => advisoryParts(document, advisory)),
    ...(document.comparison === undefined ? [] : comparisonParts(document.comparison, zone)),
    ...(document.breakdown === undefined ? rowTable(document) : breakdownTable(document.breakdown)),
    ...section('Attempts', attemptHeads(document), document.attempts ?? [], ATTEMPT_NOTE),
    ...section('AI services on your networks', serviceHeads(document), document.services, SERVICE_NOTE),
    ...section(MCP_TITLE, MCP_HEADS, mcpServers(document), MCP_NOTE),
    ...echParts(document),
    ...section(
      WITHOUT_NAMES_TITLE,
      withoutNamesHeads,
      document.withoutNames ?? [],
      withoutNamesNote(document.withoutNames ?? []),
    ),
    ...notSeen(document),
    '## How this was made',
    '',
    `- \`${document.command.replaceAll('`', "'")}\``,
    `- Wiretally ${md(document.wiretally)}, catalogue ${md(document.catalogue)}; times are ${md(document.period.timezone)}`,
    `- ${plural(document.stats.packets, 'packet')}, ${formatBytes(document.stats.bytes)}, ${plural(document.stats.flows, 'flow')}, ${plural(document.stats.clientHellos.complete, 'ClientHello')}`,
    ...document.captures.map((capture) => `- ${md(capture.file)}: ${plural(capture.packets, 'packet')}`),
  ].join('\n')}\n`;
}

function echParts(document: ReportDocument): string[] {
  const names = document.ech?.names ?? [];
  const days = hiddenDays(document);
  const note = echNote(document);
  return [
    ...section(ECH_TITLE, echNameHeads(document), names, note),
    ...section(`${ECH_TITLE} by host and day`, ECH_DAY_HEADS, days, note),
  ];
}

/** A section of a table that every format prints; nothing without rows. */
function section<T>(title: string, heads: readonly Head<T>[], rows: readonly T[], note: string): string[] {
  if (rows.length === 0) return [];
  return [
    `## ${title}`,
    '',
    ...table(
      heads.map(({ head }) => head),
      rows.map((row) => heads.map(({ of }) => md(of(row)))),
    ),
    note,
    '',
  ];
}

function verdictParagraphs(document: ReportDocument): string[] {
  return verdicts(document).flatMap((verdict) => [
    `**${verdict.label}**: ${md(verdict.headline)}. ${md(verdict.sentence)}${verdict.counts.length > 0 ? `; ${verdict.counts.join(', ')}` : ''}.${restsOn(verdict)}`,
    '',
  ]);
}

function restsOn({ control, observed, limits }: Verdict): string {
  return [control, observed, ...limits]
    .filter((part) => part !== '')
    .map((part) => ` ${md(`${part.charAt(0).toUpperCase()}${part.slice(1)}`)}.`)
    .join('');
}

/** Figures are of the time that each finding is about; those of the rows are of the whole period. */
function findingTable(document: ReportDocument): string[] {
  const findings = bySeverity(document.findings ?? []);
  if (findings.length === 0) return [];
  const zone = readerZone(document);
  const reporters = findings.filter((finding) => reportersText(document, finding) !== '');
  const hasStates = document.findingLog !== undefined;
  const heads = [
    'Result',
    'Host',
    'Tool',
    'Rule',
    'Confidence',
    'First',
    'Last',
    'Active min',
    'Requests',
    'Payload sent',
    ...(reporters.length > 0 ? ['Sensors'] : []),
    ...(hasStates ? ['State', 'Last change'] : []),
  ];
  const more = [statesSentence(document), logSentence(document) ?? ''].filter((text) => text !== '');
  return [
    '## Findings',
    '',
    ...table(
      heads,
      findings.map((finding) => [
        md(finding.exception === null ? OUTCOME_WORDS[finding.result] : `exempt by ${finding.exception}`),
        md(finding.host),
        md(toolNameOf(document, finding)),
        md(finding.rule),
        finding.confidence,
        longTime(finding.first, zone),
        longTime(finding.last, zone),
        finding.activeMinutes === null ? '–' : formatCount(finding.activeMinutes),
        finding.requests === null ? 'no estimate' : formatRange(finding.requests, 'host'),
        formatBytes(finding.payloadUp),
        ...(reporters.length > 0 ? [md(reportersText(document, finding))] : []),
        ...(hasStates ? [md(stateText(finding, zone)), md(lastChange(finding, zone))] : []),
      ]),
    ),
    `The figures of a finding cover only the time of that finding; those in the table below cover the whole period.${findings.some(({ confidence }) => confidence === 'possible') ? ` ${POSSIBLE_FIGURES}` : ''}`,
    '',
    ...more.flatMap((text) => [md(text), '']),
  ];
}

function matrixParts(document: ReportDocument): string[] {
  const rows = exposureMatrix(document);
  if (rows.length === 0) return [];
  return [
    '## Advisories',
    '',
    ...table(
      MATRIX_HEADS.map(({ head }) => head),
      rows.map((row) => MATRIX_HEADS.map(({ of }) => md(of(row)))),
    ),
  ];
}

function advisoryParts(document: ReportDocument, advisory: AdvisoryHeader): string[] {
  const { id, title, tool, severity, sources, action } = advisory;
  const rows = exposureRows(document, id);
  return [
    `## Advisory ${md(id)}`,
    '',
    `${md(title)} (${severity}): ${md(tool)} ${md(affectedText(advisory))}.`,
    '',
    ...(rows.length === 0
      ? [`${md(tool)} was not seen on any host in that time.`, '']
      : table(
          EXPOSURE_HEADS.map(({ head }) => head),
          rows.map((row) => EXPOSURE_HEADS.map(({ of }) => md(of(row)))),
        )),
    `What to do: ${md(action)}`,
    '',
    ...sources.map((source) => `- ${md(source)}`),
    '',
  ];
}

function rowTable(document: ReportDocument): string[] {
  const zone = readerZone(document);
  const outcomes = indexOutcomes(document);
  const { rows, hostsLeftOut } = useRows(document, outcomes);
  if (rows.length === 0) return [`${md(nothingSeen(document))}.`, ''];
  const heads = [
    'Host',
    'Name',
    'Tool',
    'Confidence',
    'First seen',
    'Last seen',
    'Active min',
    'Sent',
    'Received',
    'Requests',
    'Telemetry',
  ];
  const hasAdvisories = document.advisories !== undefined;
  if (hasAdvisories) heads.push('Advisory');
  if (outcomes !== null) heads.push('Policy');
  const lines = table(
    heads,
    rows.map(({ host, use, outcome, possible }) => {
      const maybe = possible.length === 0 ? '' : ` (may be ${possible.map(md).join(', ')})`;
      const cells = [
        md(host.host),
        host.name === null ? '' : md(host.name),
        md(use.name) + maybe,
        use.confidence,
        longTime(use.firstSeenEver, zone),
        longTime(use.lastSeen, zone),
        use.activeMinutes === null ? '–' : formatCount(use.activeMinutes),
        bytesText(use, 'bytesUp'),
        bytesText(use, 'bytesDown'),
        use.requests === null ? 'no estimate' : formatRange(use.requests, 'host'),
        use.telemetry === null || use.telemetry.share === null ? '–' : formatShare(use.telemetry.share),
      ];
      if (hasAdvisories) cells.push(md(exposureText(document, host.host, use.tool) ?? '–'));
      return outcome === null
        ? cells
        : [...cells, md(outcome.finding?.exception ?? OUTCOME_WORDS[outcome.kind])];
    }),
  );
  const leftOut = leftOutSentence(hostsLeftOut);
  return leftOut === '' ? lines : [...lines, leftOut, ''];
}

function breakdownTable({ by, rows }: Breakdown): string[] {
  return table(
    [by, 'Hosts', 'Tools', 'Sent', 'Received', 'Active min', 'Requests', 'Telemetry', 'Not visible'],
    rows.map((row) => [
      md(row.label),
      formatCount(row.hosts),
      formatCount(row.tools),
      formatBytes(row.bytesUp),
      formatBytes(row.bytesDown),
      row.activeMinutes === null ? '–' : formatCount(row.activeMinutes),
      row.requests === null ? 'no estimate' : formatRange(row.requests, 'total'),
      row.telemetryShare === null ? '–' : formatShare(row.telemetryShare),
      row.notVisibleShare === null ? '–' : formatShare(row.notVisibleShare),
    ]),
  );
}

function notSeen(document: ReportDocument): string[] {
  const spots = notVisibleRows(document);
  const loss = lossSentence(document);
  const unrecorded = unrecordedSentence(document);
  const sentences = [
    ...(unrecorded === null ? [] : [`Span: ${unrecorded}.`]),
    ...(loss === null ? [] : [`Lost: ${loss}.`]),
    ...damageSentences(document),
  ];
  return [
    '## What could not be seen',
    '',
    '“Not seen” in this report never means “not used”.',
    '',
    ...(spots.length === 0
      ? []
      : table(
          ['Not visible', 'Flows', 'Bytes', 'Share', 'What it means'],
          spots.map((spot) => [
            NOT_VISIBLE_NAMES[spot.kind],
            formatCount(spot.flows),
            formatBytes(spot.bytes),
            formatShare(spot.share),
            md(spot.effect ?? ''),
          ]),
        )),
    ...sentences.map((sentence) => `- ${md(sentence)}`),
    ...(sentences.length > 0 ? [''] : []),
  ];
}
