// Renders the summary for managers on one sheet: the question, the answer, findings, doubts, tasks with their owners,
// and a glossary. Lists are truncated, so that every report fits on one page.

import { CONFIDENCES } from '../../model/confidence.ts';
import { MCP_RULE } from '../../model/findings.ts';
import { addTo, groupBy } from '../../model/grouped-by.ts';
import type { Finding, ReportDocument } from '../../model/report.ts';
import { capitalize, formatCount } from '../../text/quantity.ts';
import type { Zone } from '../../time/zone.ts';
import { withRelayName } from '../document/relay-name.ts';
import { countClients } from '../text/client-hosts.ts';
import { reportDays } from '../text/day-strip.ts';
import { messagesFor, type ReportWords } from '../text/english-words.ts';
import { sortBySeverity } from '../text/finding-words.ts';
import { readerZone, unixSeconds } from '../text/instant-text.ts';
import { nothingSeen, selectionWords } from '../text/nothing-seen.ts';
import { type Doubt, findResponsible, listDoubts } from '../text/plain-doubts.ts';
import { isBreach } from '../text/policy-outcome.ts';
import type { RenderOptions } from '../text/render-options.ts';
import type { CountedAs } from '../text/rule-count.ts';
import { buildVerdicts, type Verdict } from '../text/verdict.ts';
import { type Html, html } from './markup.ts';
import { renderSheet } from './page-head.ts';
import { toolName } from './page-model.ts';

const MAX_RULES = 3;
const MAX_FINDINGS = 4;
const MAX_DOUBTS = 4;
const MAX_TOOLS = 5;
/** Maximum characters of a title, of a name, and of an IPv6 address. */
const MAX_TITLE = 60;
const MAX_NAME = 26;
const MAX_ADDRESS = 39;
const MAX_COMMAND = 70;

type Words = ReportWords['summary'];

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
  const policy = document.policy === undefined ? null : cut(document.policy.name, MAX_TITLE);
  const selected = selectionWords(document, messages);
  const judged = buildVerdicts(document, messages);
  const all = listDoubts(document, judged);
  const doubts = all.slice(0, MAX_DOUBTS);
  const list = (sentences: readonly string[]): Html =>
    html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
  const body = html`<div class="brief"><h1>${words.heading}</h1>
<h2>${words.asked}</h2>
<p>${words.question(policy, span, document.period.timezone, countClients(document))}${selected === null ? '' : ` ${messages.page.verdict.only(cut(selected, MAX_COMMAND))}`}</p>
<h2>${words.answer}</h2>
${policy === null ? html`<div class="box info"><b>${words.noPolicy}</b> ${words.noVerdict}</div>` : renderAnswer(document, judged, messages)}
<h2>${words.sure}</h2>
${renderFindings(document, zone, messages)}
${list(listCertainUse(document, judged, messages))}
<h2>${words.unsure}</h2>
${list(listUncertainUse(judged, doubts, all.length > doubts.length, messages))}
<h2>${words.todo}</h2>
${renderToDo(judged, doubts, words)}
<h2>${words.terms}</h2>
<dl class="terms">${listTerms(document, judged, words).map(({ term, meaning }) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl></div>`;
  const date =
    document.generated === null ? null : messages.date(zone.dayOf(unixSeconds(document.generated)));
  const { wiretally, catalogue, stats, command } = document;
  const footer = html`${words.made(wiretally, catalogue, date, stats.packets)}<br>${words.toCheck}: <code>${cut(`wiretally ${command}`, MAX_COMMAND)} --format html</code>${document.policy === undefined ? '' : html`<br>${words.sha256}: <code>${document.policy.sha256}</code>`}`;
  return renderSheet(words.title(span), body, footer, messages.tag);
}

/** Shortens "OpenAI Codex (CLI, IDE, cloud)" to "OpenAI Codex". */
const shortenName = (name: string): string =>
  cut([...name].length > MAX_NAME ? name.replace(/ \(.*$/, '') : name, MAX_NAME);

const cut = (text: string, most: number): string => {
  const signs = [...text];
  return signs.length <= most ? text : `${signs.slice(0, most - 1).join('')}…`;
};

const TONES = { compliant: 'ok', violated: 'viol', inconclusive: 'susp' } as const;

function renderAnswer(document: ReportDocument, judged: readonly Verdict[], messages: ReportWords): Html {
  const { summary: words } = messages;
  const others = judged.slice(MAX_RULES);
  const count = (verdict: Verdict['summary']['verdict']): string =>
    formatCount(others.filter(({ summary }) => summary.verdict === verdict).length);
  return html`${judged.slice(0, MAX_RULES).map((verdict) => renderVerdict(document, verdict, judged.length > 1, messages))}${others.length === 0 ? '' : html`<p>${words.moreRules(others.length, count('violated'), count('inconclusive'))}</p>`}`;
}

function renderVerdict(
  { findings = [] }: ReportDocument,
  { label, title, from, sentence, summary, rule }: Verdict,
  hasId: boolean,
  messages: ReportWords,
): Html {
  const { summary: words, fullStop } = messages;
  const breaches = findings.filter((finding) => finding.rule === rule.id && isBreach(finding));
  const grades = CONFIDENCES.filter((grade) => breaches.some(({ confidence }) => confidence === grade));
  const unseen = 1 - (summary.observed?.share ?? 0);
  const strength =
    grades.length === 0
      ? ''
      : words.strength(
          grades.map((grade) => messages.confidences[grade]).join(messages.listSeparator),
          unseen > 0 ? messages.share(unseen) : null,
        );
  const text =
    summary.verdict === 'inconclusive'
      ? words.cannotSay
      : `${capitalize(sentence)}${fullStop}${strength}`.trimEnd();
  return html`<div class="box ${TONES[summary.verdict]}"><b>${label}</b> ${words.rule(cut(title, MAX_TITLE), from)}${hasId ? html` (${cut(rule.id, MAX_NAME)})` : ''}<br>${text}</div>
`;
}

/** Counts hosts of all rules once. */
const countHosts = (judged: readonly Verdict[], as: CountedAs): number =>
  new Set(judged.flatMap(({ found }) => found.hosts[as].map(({ host }) => host))).size;

function renderFindings(document: ReportDocument, zone: Zone, messages: ReportWords): Html | '' {
  const words = messages.summary;
  const breaches = sortBySeverity(document.findings ?? []).filter(isBreach);
  // Several rules may concern one use, which the sheet lists once.
  const findings = [...groupBy(breaches, ({ host, tool }) => `${host} ${tool}`).values()].flatMap(
    ([gravest]) => gravest ?? [],
  );
  if (findings.length === 0) return '';
  const names = new Map(document.hosts.map(({ host, name }) => [host, name]));
  const heads = Object.values(words.findingHeads);
  const renderRow = (finding: Finding): Html => {
    const { result, host, tool, confidence, first, last } = finding;
    const name = names.get(host) ?? null;
    return html`<tr><td>${messages.outcomes[result]}${finding.life === undefined ? '' : html` <span class="sm soft">${messages.findings.states[finding.life.state]}</span>`}</td><td><code>${cut(host, MAX_ADDRESS)}</code>${name === null ? '' : html` <code>${shortenName(name)}</code>`}</td><td>${shortenName(finding.service?.product ?? toolName(document, tool))}</td><td>${messages.confidences[confidence]}</td><td>${messages.time(first, zone)}</td><td>${messages.time(last, zone)}</td></tr>`;
  };
  // The line about further rows would be as high as one row.
  const shown = findings.length === MAX_FINDINGS + 1 ? findings.length : MAX_FINDINGS;
  const more = findings.length - shown;
  return html`<div class="scroll" role="region" aria-label="${words.sure}" tabindex="0"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${findings.slice(0, shown).map(renderRow)}</tbody></table></div>${more > 0 ? html`<p class="sm soft">${words.moreFindings(more)}</p>` : ''}`;
}

function listCertainUse(
  document: ReportDocument,
  judged: readonly Verdict[],
  messages: ReportWords,
): string[] {
  const { summary: words, listSeparator, fullStop } = messages;
  const formatCounted = (as: CountedAs, text: (count: number) => string): string[] => {
    const count = countHosts(judged, as);
    return count === 0 ? [] : [text(count)];
  };
  const tools = document.tools.filter(({ hosts }) => hosts > 0);
  const services = groupBy(listCertainServices(document), ({ product }) => product);
  const list = (counts: readonly (readonly [name: string, count: number])[]): string => {
    const named = counts
      .slice(0, MAX_TOOLS)
      .map(([name, count]) => `${shortenName(name)} ${formatCount(count)}`);
    const more = counts.length - MAX_TOOLS;
    return more > 0 ? messages.andMore(named, more) : named.join(listSeparator);
  };
  return [
    ...(judged.length > 0 && countHosts(judged, 'violation') === 0 ? [words.noFinding] : []),
    ...formatCounted('grace', words.grace),
    ...formatCounted('exempt', words.exempt),
    ...formatCounted('aside', words.aside),
    ...formatCounted('notSince', words.stopped),
    tools.length === 0
      ? `${nothingSeen(document, messages)}${fullStop}`.trimEnd()
      : words.toolsSeen(
          list(tools.map(({ name, hosts }) => [name, hosts] as const).sort((a, b) => b[1] - a[1])),
        ),
    ...(services.size === 0
      ? []
      : [words.servicesSeen(list([...services].map(([product, own]) => [product, own.length])))]),
  ];
}

const listCertainServices = ({ services }: ReportDocument): ReportDocument['services'] =>
  services.filter(({ confidence }) => confidence !== 'possible');

function listUncertainUse(
  judged: readonly Verdict[],
  doubts: readonly Doubt[],
  isMore: boolean,
  { summary: words, verdict, share: text, listSeparator, fullStop }: ReportWords,
): string[] {
  const suspects = countHosts(judged, 'suspected');
  const possible = countHosts(judged, 'possible');
  return [
    ...(suspects === 0 ? [] : [words.suspected(suspects)]),
    ...(possible === 0 ? [] : [`${verdict.possible(possible)}${fullStop}`.trimEnd()]),
    ...doubts.map(({ kind, share, rules }) => {
      const doubt = words.doubts[kind].doubt(share === null ? null : text(share));
      return rules.length === 0
        ? doubt
        : `${rules.map((id) => cut(id, MAX_NAME)).join(listSeparator)}: ${doubt}`;
    }),
    ...(isMore ? [words.moreDoubts] : []),
    words.notSeen,
    words.machine,
  ];
}

/** Lists each task once, with the person responsible. The owner of a violated rule is named if there is only one. */
function renderToDo(judged: readonly Verdict[], doubts: readonly Doubt[], words: Words): Html {
  const violated = countHosts(judged, 'violation');
  const owners = new Set(
    judged.filter(({ found }) => found.hosts.violation.length > 0).map(({ rule }) => rule.owner),
  );
  const [owner = null] = owners.size === 1 ? owners : [];
  const kinds = new Set(doubts.map(({ kind }) => kind));
  if (countHosts(judged, 'suspected') > 0) kinds.add('programs');
  const tasks = new Map<string, string[]>();
  const add = (who: string, what: string): void => addTo(tasks, who, what);
  if (violated > 0) add(shortenName(owner ?? words.who.owner), words.violations(violated));
  for (const kind of kinds) add(words.who[findResponsible(kind)], words.doubts[kind].what);
  if (tasks.size === 0) add(words.who.owner, words.nothingToDo);
  return html`<dl class="todo">${[...tasks].map(([who, what]) => html`<dt>${who}</dt><dd>${what.join(' ')}</dd>`)}</dl>`;
}

/** Lists the terms that the sheet contains. */
function listTerms(
  document: ReportDocument,
  judged: readonly Verdict[],
  { meanings }: Words,
): Words['meanings'][keyof Words['meanings']][] {
  const some = (as: CountedAs): boolean => countHosts(judged, as) > 0;
  const isShown: Readonly<Record<keyof Words['meanings'], boolean>> = {
    rule: document.policy !== undefined,
    host: true,
    scope: judged.length > 0,
    verdict: judged.length > 0,
    finding: true,
    confidence: (document.findings ?? []).some(isBreach),
    suspected: some('suspected'),
    observed: true,
    tunnel: true,
    gracePeriod: judged.some(({ rule }) => rule.graceUntil !== null),
    exception: some('exempt') || some('violation'),
    telemetry: some('aside') || judged.some(({ rule }) => rule.telemetry !== undefined),
    gateway: judged.some(({ rule }) => rule.via !== undefined),
    service:
      listCertainServices(document).length > 0 ||
      judged.some(({ rule }) => rule.services !== undefined || rule.id === MCP_RULE),
  };
  return Object.entries(meanings).flatMap(([name, meaning]) =>
    isShown[name as keyof typeof isShown] ? [meaning] : [],
  );
}
