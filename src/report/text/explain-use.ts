// Explains the uses of hosts in another language than English, from the texts of the evidence of a report.

import { mergeEvidence } from '../../model/merge-evidence.ts';
import type { EvidenceItem, HostReport, ReportAttempt, ReportDocument, ToolUse } from '../../model/report.ts';
import { readSentence, type Sentence } from '../../model/sentences.ts';
import { findBytes, withheldByReason } from '../../model/withheld.ts';
import { formatCount } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { type ReportWords, wordFor } from './english-words.ts';
import { buildFlowFilters } from './flow-filters.ts';
import { readerZone } from './instant-text.ts';
import { sliceCommand } from './next-command.ts';
import { amountParts } from './use-bytes.ts';
import { buildsText, reportersText } from './words.ts';

export interface Explained {
  readonly document: ReportDocument;
  readonly hosts: readonly HostReport[];
  readonly attempts: readonly ReportAttempt[];
  /** Id of the tool; null: all. */
  readonly tool: string | null;
  readonly program: string | undefined;
}

/** Returns lines of text. Lines with an indent of four are copied as they are. */
export function formatExplanation(explained: Explained, words: ReportWords): string[] {
  const { document, hosts, attempts, tool } = explained;
  const lines = hosts.flatMap((host) =>
    [
      ...host.tools.map((use) => ({ use, isProvider: false })),
      ...host.providers.map((use) => ({ use, isProvider: true })),
    ]
      .filter(({ use }) => tool === null || use.tool === tool)
      .flatMap(({ use, isProvider }) => ['', ...useLines(explained, host, use, isProvider, words)]),
  );
  const tried = attempts.map((attempt) => `  ${attemptText(attempt, document, words)}`);
  if (tried.length > 0)
    lines.push('', `${words.sections.attempts.title}:`, ...tried, words.sections.attempts.note);
  return lines.length > 0
    ? lines.slice(1)
    : [words.page.hosts.noTool(tool === null ? [] : [tool], hosts.length)];
}

function useLines(
  { document, program }: Explained,
  host: HostReport,
  use: ToolUse,
  isProvider: boolean,
  words: ReportWords,
): string[] {
  const own = words.page.evidence;
  const zone = readerZone(document);
  const name = visibleText(use.name);
  const title = `${isProvider ? words.provider(name) : name}, ${visibleText(host.host)}: ${words.confidences[use.confidence]}`;
  const span = words.timeSpan(use.firstSeen, use.lastSeen, zone);
  const [reporters, builds] = [
    reportersText(document, use, words),
    use.builds === undefined ? null : buildsText(use.builds, words),
  ];
  const item = (sign: string, evidence: EvidenceItem): string =>
    `  ${sign} ${formatPhrase(evidence.detail, readSentence(evidence), words)} (${words.flows(evidence.flows)}${words.listSeparator}${words.time(evidence.first, zone)})`;
  const all = mergeEvidence(use.evidence);
  const against = all.filter((evidence) => !evidence.for);
  const withheld = withheldByReason(use).flatMap(({ fields, reason, sentence, isPart }) => [
    `${isPart ? own.incomplete : own.withheld}:`,
    `  ${fields.map((field) => wordFor(words.figures, field)).join(words.listSeparator)}: ${formatPhrase(reason, sentence, words)}`,
  ]);
  return [
    title,
    `${span} (${zone.name}): ${amountParts(use, words).join(words.listSeparator)}`,
    ...(reporters === '' ? [] : [own.reportedBy(reporters)]),
    ...(builds === null ? [] : [own.builds(builds)]),
    `${own.whatWireShowed}:`,
    ...all.filter((evidence) => evidence.for).map((evidence) => item('+', evidence)),
    `${own.against}:`,
    ...(against.length === 0 ? [`  ${own.nothingAgainst}`] : against.map((evidence) => item('-', evidence))),
    `${own.serverNames}:`,
    ...use.names.map((served) => {
      const bytes = findBytes(use, 'bytesUp', served);
      const sent = bytes === null ? [] : [own.sent(words.bytes(bytes))];
      return `  ${visibleText(served.name)}: ${[wordFor(words.roles, served.role), words.flows(served.flows), ...sent].join(words.listSeparator)}`;
    }),
    ...withheld,
    ...filterLines(document, host, use, program, words),
  ];
}

function filterLines(
  document: ReportDocument,
  host: HostReport,
  use: ToolUse,
  program: string | undefined,
  words: ReportWords,
): string[] {
  const [filter] = buildFlowFilters(
    { host, names: use.names.map(({ name }) => name), evidence: use.evidence },
    words,
  );
  const slice = sliceCommand(document, { host, tool: use.tool }, null, program);
  if (filter === undefined || slice === null) return [];
  const { packets, packetsNote } = words.filters;
  return [
    words.page.evidence.findFlows,
    `  ${filter.program}${filter.note === null ? '' : ` (${filter.note})`}`,
    `    ${filter.text}`,
    `  ${packets} (${packetsNote(slice.hasCaptures)})`,
    `    ${slice.text}`,
  ];
}

function attemptText(attempt: ReportAttempt, document: ReportDocument, words: ReportWords): string {
  const zone = readerZone(document);
  const { name, result, leg, fault, attempts, firstSeen, lastSeen } = attempt;
  return [
    `${visibleText(name)}: ${words.sections.attempts.result(result)}`,
    `${words.heads.attempts} ${formatCount(attempts)}`,
    `${words.heads.where} ${leg === null ? words.notKnown : words.legs[leg]}`,
    `${words.heads.fault} ${fault ?? words.notKnown}`,
    words.timeSpan(firstSeen, lastSeen, zone),
  ].join(words.listSeparator);
}

const formatPhrase = (text: string, sentence: Sentence | null, words: ReportWords): string =>
  visibleText(sentence === null ? text : words.sentenceText(sentence));
