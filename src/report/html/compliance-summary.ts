// The compliance summary: the verdict of each rule and its limits on one sheet.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { hidesNames } from '../../model/window-words.ts';
import { formatCount, formatRange } from '../../text/quantity.ts';
import type { Zone } from '../../time/zone.ts';
import { withRelayName } from '../document/relay-name.ts';
import {
  caveatSentences,
  damageSentences,
  lossSentence,
  notVisibleSentence,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { reportDays } from '../text/day-strip.ts';
import { messagesFor, type ReportWords } from '../text/english-words.ts';
import { bySeverity, isGrave } from '../text/finding-words.ts';
import { readerZone, unixSeconds } from '../text/instant-text.ts';
import { darkShare, notVisibleRows } from '../text/not-visible-text.ts';
import { nothingSeen } from '../text/nothing-seen.ts';
import type { RenderOptions } from '../text/render-options.ts';
import { type Verdict, verdicts } from '../text/verdict.ts';
import { type Html, html, NOTHING } from './markup.ts';
import { sheet } from './page-head.ts';
import { toolName } from './page-model.ts';

/** More lines than this are no summary; all findings stand in the page and in the other formats. */
const MAX_FINDINGS = 12;
const MAX_TOOLS = 10;

export async function renderSummary(
  given: ReportDocument,
  { language }: Pick<RenderOptions, 'language'> = {},
): Promise<string> {
  const messages = await messagesFor(language);
  const document = withRelayName(given, messages.relayName);
  const words = messages.summary;
  const zone = readerZone(document);
  const days = reportDays(document, zone);
  const span = days.count === 0 ? words.noPackets : messages.span(days.first, days.last);
  const policy = document.policy?.name ?? words.noPolicyGiven;
  const body = html`<h1>${words.heading}</h1>
<p class="soft">${words.about(policy, span, document.period.timezone, document.hosts.length)}</p>
${document.policy === undefined ? html`<div class="box info"><b>${words.noPolicy}</b> ${words.noVerdict}</div>` : verdicts(document, messages).map((verdict) => verdictBox(verdict, messages))}
${findingsTable(document, zone, messages)}
${toolsTable(document, messages)}
<div class="end"><h2>${words.limits}</h2>
<ul>${limitSentences(document, messages).map((sentence) => html`<li>${sentence}</li>`)}</ul>
<h2>${words.toCheck}</h2>
<p><code>wiretally ${document.command}</code></p>${document.policy === undefined ? '' : html`<p class="sm soft">SHA-256 <code>${document.policy.sha256}</code></p>`}</div>`;
  const made =
    document.generated === null ? null : messages.date(zone.dayOf(unixSeconds(document.generated)));
  const footer = words.made(document.wiretally, document.catalogue, made, document.stats.packets);
  return sheet(words.title(span), body, html`${footer}`, messages.tag);
}

const TONES = { compliant: 'ok', violated: 'viol', inconclusive: 'susp' } as const;

function verdictBox(verdict: Verdict, { fullStop, listSeparator }: ReportWords): Html {
  const { label, headline, sentence, counts, observed, limits } = verdict;
  const sentences = [
    capital(sentence),
    ...(counts.length === 0 ? [] : [counts.join(listSeparator)]),
    ...[observed, ...limits].filter((part) => part !== '').map(capital),
  ];
  return html`<div class="box ${TONES[verdict.summary.verdict]}"><b>${label}</b> ${headline}<br>${sentences
    .map((each) => `${each}${fullStop}`)
    .join('')
    .trimEnd()}</div>
`;
}

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

function heads(titles: readonly string[], numbersFrom: number): Html {
  return html`<tr>${titles.map((title, i) => html`<th scope="col"${i >= numbersFrom ? html` class="n"` : ''}>${title}</th>`)}</tr>`;
}

function findingsTable(document: ReportDocument, zone: Zone, messages: ReportWords): Html {
  const words = messages.summary;
  const findings = bySeverity(document.findings ?? []).filter(isGrave);
  if (findings.length === 0) return NOTHING;
  const names = new Map(document.hosts.map(({ host, name }) => [host, name]));
  const nameOf = ({ host }: Finding): Html | string => {
    const name = names.get(host) ?? null;
    return name === null ? '' : html`<br><code>${name}</code>`;
  };
  const row = (finding: Finding): Html =>
    html`<tr><td>${messages.outcomes[finding.result]}${finding.life === undefined ? '' : html`<br><span class="sm soft">${messages.findings.states[finding.life.state]}</span>`}</td><td class="host"><code>${finding.host}</code>${nameOf(finding)}</td><td>${toolName(document, finding.tool)}</td><td>${finding.rule}</td><td>${messages.confidences[finding.confidence]}</td><td>${messages.time(finding.first, zone)}</td><td>${messages.time(finding.last, zone)}</td><td class="n">${finding.requests === null ? '–' : formatRange(finding.requests, 'host')}</td><td class="n">${messages.bytes(finding.payloadUp)}</td></tr>`;
  const more = findings.length - MAX_FINDINGS;
  return html`<h2>${words.findings}</h2>
<div class="scroll" role="region" aria-label="${words.findings}" tabindex="0"><table><thead>${heads(words.findingHeads, 7)}</thead><tbody>${findings.slice(0, MAX_FINDINGS).map(row)}</tbody></table></div>${more > 0 ? html`<p class="sm soft">${words.moreFindings(more)}</p>` : ''}`;
}

function toolsTable(document: ReportDocument, messages: ReportWords): Html {
  const { summary: words, bytes, fullStop } = messages;
  const tools = document.tools.filter((tool) => tool.hosts > 0);
  if (tools.length === 0)
    return html`<h2>${words.tools}</h2><p>${nothingSeen(document, messages)}${fullStop.trimEnd()}</p>`;
  const more = tools.length - MAX_TOOLS;
  return html`<h2>${words.tools}</h2>
<div class="scroll" role="region" aria-label="${words.tools}" tabindex="0"><table><thead>${heads(words.toolHeads, 2)}</thead><tbody>${tools.slice(0, MAX_TOOLS).map((tool) => html`<tr><th scope="row">${tool.name}</th><td>${tool.vendor}</td><td class="n">${formatCount(tool.hosts)}</td><td class="n">${bytes(tool.bytesUp)}</td><td class="n">${tool.telemetryPayloadUp === null ? words.notToldApart : bytes(tool.telemetryPayloadUp)}</td></tr>`)}</tbody></table></div>${more > 0 ? html`<p class="sm soft">${words.moreTools(more)}</p>` : ''}`;
}

/** Sentences, the first about what was not visible. */
export function limitSentences(document: ReportDocument, messages: ReportWords): string[] {
  const { summaryLimits: phrases } = messages;
  return phrases === undefined ? englishLimits(document) : limitTexts(phrases, messages, document);
}

const MAX_DAMAGE = 3;

function englishLimits(document: ReportDocument): string[] {
  const loss = lossSentence(document);
  const unrecorded = unrecordedSentence(document);
  return [
    `Not visible: ${notVisibleSentence(document)}.`,
    ...(unrecorded === null ? [] : [`There are ${unrecorded}.`]),
    ...(loss === null ? [] : [`Lost: ${loss}.`]),
    ...[...damageSentences(document), ...caveatSentences(document)]
      .slice(0, MAX_DAMAGE)
      .map((sentence) => `${sentence}.`),
    '“Not seen” does not mean “not used”. Networks that do not pass the sensor are not in this summary.',
    'A finding is evidence about a machine, not about a person.',
  ];
}

type LimitPhrases = NonNullable<ReportWords['summaryLimits']>;

/** Gaps that a sheet lists. */
const MAX_GAPS = 4;

/** Sentences with their full stops. */
function limitTexts(phrases: LimitPhrases, words: ReportWords, document: ReportDocument): string[] {
  const zone = readerZone(document);
  const time = (instant: string | null): string | null =>
    instant === null ? null : words.time(instant, zone);
  const { share } = words;
  const some = (amount: number, text: (amount: number) => string): string[] =>
    amount === 0 ? [] : [text(amount)];
  const { packets, kernelDrops, evictedFlows, snaplenCut, malformed } = document.stats;
  const { clockErrors, withheld } = document;
  const gaps = document.coverage.flatMap((day) => day.gaps);
  return [
    hiddenText(phrases, words, document),
    ...(document.unrecorded ?? []).map(({ from, to }) =>
      phrases.unrecorded(words.time(from, zone), time(to)),
    ),
    ...some(kernelDrops, (drops) => phrases.lost(share(drops / (packets + drops)))),
    ...some(evictedFlows, phrases.evicted),
    ...gaps.slice(0, MAX_GAPS).map(({ from, to }) => phrases.gap(words.time(from, zone), time(to))),
    ...some(Math.max(0, gaps.length - MAX_GAPS), phrases.moreGaps),
    ...(clockErrors === undefined ? [] : [phrases.clockErrors(clockErrors.packets)]),
    ...(withheld === undefined ? [] : [phrases.withheld(withheld.hosts, withheld.leastHosts)]),
    ...(document.interrupted === true ? [phrases.interrupted] : []),
    ...some(document.incomplete?.length ?? 0, phrases.unread),
    ...some(snaplenCut, phrases.cutShort),
    ...some(
      Object.values(malformed).reduce((sum, amount) => sum + amount, 0),
      phrases.malformed,
    ),
    phrases.notSeen,
    phrases.machine,
  ];
}

function hiddenText(
  phrases: LimitPhrases,
  { share: text, listSeparator, blindSpots }: ReportWords,
  document: ReportDocument,
): string {
  const hidden = notVisibleRows(document).filter(({ kind }) => hidesNames(kind));
  if (hidden.length === 0) return phrases.nothingHidden;
  const kinds = hidden.map(({ kind, share }) => `${blindSpots.kinds[kind]} ${text(share)}`);
  return phrases.hidden(text(darkShare(document)), kinds.join(listSeparator));
}
