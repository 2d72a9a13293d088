// Renders the evidence: every finding, and every use of a tool on a host, with the evidence for and against it.

import { mergeEvidence } from '../../model/merge-evidence.ts';
import type {
  EvidenceItem,
  Finding,
  FindingService,
  HostReport,
  ReportDocument,
  ToolUse,
} from '../../model/report.ts';
import { readSentence } from '../../model/sentences.ts';
import { findBytes, withheldByReason } from '../../model/withheld.ts';
import { formatCount } from '../../text/quantity.ts';
import type { Zone } from '../../time/zone.ts';
import type { Rows } from '../sections/section.ts';
import { type ReportWords, wordFor } from '../text/english-words.ts';
import { findingActions } from '../text/finding-actions.ts';
import { lastChange, logSentence, statesSentence, stateText } from '../text/finding-life-words.ts';
import { findingNumbers, sortBySeverity } from '../text/finding-words.ts';
import { buildFlowFilters } from '../text/flow-filters.ts';
import { clockTime } from '../text/instant-text.ts';
import { explainCommand, sliceCommand } from '../text/next-command.ts';
import { amountParts } from '../text/use-bytes.ts';
import { buildsText, reportersText } from '../text/words.ts';
import type { HostUse } from './host-row.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import { OUTCOME_STYLES, type OutcomeStyle, outcomeTag } from './outcome-style.ts';
import { type PageModel, toolName, usesOfRows } from './page-model.ts';
import { copyable, formatPhrase, notePrintedPart } from './phrases.ts';
import { figuresOf, isNotFound } from './row-figures.ts';
import type { SectionLinks } from './section-links.ts';

/** The amount of detail for each use. Pages with many hosts have less. */
export interface Detail {
  readonly names: number;
  readonly evidence: number;
  /** Filters for other programs: all, only filters by name for findings, or none. */
  readonly filters: 'all' | 'findings' | 'none';
}

/** Maximum doubts, because the same doubt applies to every name and runtime. */
const MAX_AGAINST = 5;

/** Lines that are open on paper, a few per sheet. The screen has all of them. */
const LINES_ON_PAPER = 18;

/** Maximum findings of a large report with texts to copy. Pages of a server have them for all findings. */
const LINES_WITH_ACTIONS = 40;

/** `isWholePage`: the title of the page is the heading, and screen readers alone need both. */
export function findingsSection(
  model: PageModel,
  { from, count: most }: Rows,
  detail: Detail,
  links: SectionLinks,
  isWholePage = false,
): Html {
  if (model.outcomes === null) return NOTHING;
  const findings = listFound(model);
  const kinds = [...new Set(findings.map(({ tone }) => tone))];
  const { messages } = model;
  const words = messages.page.evidence;
  const count = (tone: string): number => findings.filter((finding) => finding.tone === tone).length;
  const shown = findings.slice(from, from + most);
  return html`<section id="findings" aria-labelledby="fh"><div class="sh"><h2 id="fh"${isWholePage ? html` class="sr"` : ''}>${words.findings} <span class="cnt">${findings.length}</span></h2>${findings.length === 0 ? '' : html`<div class="tools" role="group" aria-label="${words.filter}"><button type="button" class="btn" data-f="" aria-pressed="true">${words.all(findings.length)}</button>${kinds.map((tone) => html`<button type="button" class="btn" data-f="${tone}" aria-pressed="false">${words.tones[tone]} ${count(tone)}</button>`)}<button type="button" class="btn" data-open="findings" aria-pressed="false">${words.openAll}</button></div>`}</div>
${findings.length === 0 ? html`<p class="lead">${words.nothingFound}</p>` : html`<p class="sm soft">${words.findingsLead}</p>`}${renderStates(model.document, messages)}
<div class="flist">${join(shown.map((finding, i) => renderFinding(model, finding, { detail, isOpen: detail.filters === 'all' && findings.length === 1, isOnScreenOnly: i >= LINES_ON_PAPER, hasActions: detail.filters === 'all' || (detail.filters === 'findings' && i < LINES_WITH_ACTIONS), links })))}</div>${notePrintedPart(shown.length, LINES_ON_PAPER, 'line', messages)}${links.more(findings.length - shown.length, 'line')}</section>
`;
}

function renderStates(document: ReportDocument, messages: ReportWords): Html {
  const texts = [statesSentence(document, messages), logSentence(document, messages) ?? ''].filter(
    (text) => text !== '',
  );
  return texts.length === 0 ? NOTHING : html`<p class="sm soft">${texts.join(' ')}</p>`;
}

/** Lists every use without a policy; with a policy, uses without a finding. */
export function evidenceSection(
  model: PageModel,
  { from, count }: Rows,
  detail: Detail,
  links: SectionLinks,
): Html {
  const { shown, all } = listUses(model, { from, count });
  if (all === 0) return NOTHING;
  const { messages } = model;
  const words = messages.page.evidence;
  // On paper, findings include their evidence; uses without a finding are absent.
  const isPrinted = model.outcomes === null;
  return html`<section id="evidence"${isPrinted ? '' : html` class="np"`} aria-labelledby="eh"><div class="sh"><h2 id="eh">${model.outcomes === null ? words.evidence : words.otherUse} <span class="cnt">${all}</span></h2><div class="tools"><button type="button" class="btn" data-open="evidence" aria-pressed="false">${words.openAll}</button></div></div>
<p class="sm soft">${words.evidenceLead}</p>
<div class="flist">${join(shown.map((hostUse, i) => useDetails(model, hostUse, detail, i >= LINES_ON_PAPER)))}</div>${notePrintedPart(shown.length, LINES_ON_PAPER, 'line', messages)}${links.more(all - shown.length, 'line')}</section>
`;
}

interface Found {
  readonly finding: Finding;
  readonly tone: OutcomeStyle['tone'];
  /** The row of its host and tool, if the report has one. */
  readonly row: HostUse | null;
  /** Null if the report does not contain the host. */
  readonly host: HostReport | null;
  readonly anchor: string;
}

/** Lists findings with anchors. The finding that decides a row has the row's anchor; every other one has its own. */
function listFound(model: PageModel): Found[] {
  const findings = model.document.findings ?? [];
  const findingHosts = new Set(findings.map(({ host }) => host));
  // A host with attempts only has no row.
  const hosts = new Map(
    model.document.hosts.filter(({ host }) => findingHosts.has(host)).map((host) => [host.host, host]),
  );
  const rows = new Map(
    [...usesOfRows(model.rows.filter(({ host }) => findingHosts.has(host.host)))].map((hostUse) => [
      `${hostUse.host.host}\n${hostUse.use.tool}`,
      hostUse,
    ]),
  );
  // A selected order is not changed.
  return (model.chosen === null ? sortBySeverity(findings) : findings).map((finding, i) => {
    const row = rows.get(`${finding.host}\n${finding.tool}`) ?? null;
    const anchor = row !== null && row.outcome?.finding === finding ? row.anchor : `finding-${i}`;
    const host = hosts.get(finding.host) ?? null;
    return { finding, tone: OUTCOME_STYLES[finding.result].tone, row, host, anchor };
  });
}

/** Lists some of the uses without a finding, and their total number. It reads only rows that contain such uses. */
function listUses(model: PageModel, { from, count }: Rows): { shown: HostUse[]; all: number } {
  const shown: HostUse[] = [];
  const { notFoundOfRow } = figuresOf(model);
  let all = 0;
  model.rows.forEach((row, r) => {
    const first = all;
    all += notFoundOfRow[r] ?? 0;
    if (all <= from || first >= from + count) return;
    for (const [i, hostUse] of row.uses.filter(isNotFound).entries())
      if (first + i >= from && first + i < from + count) shown.push(hostUse);
  });
  return { shown, all };
}

/** Lists the anchors on the page for this number of lines per section, so that no link leads to an omitted part. */
export function listAnchors(model: PageModel, maxRows: number): ReadonlySet<string> {
  const shown = [
    ...listFound(model).slice(0, maxRows),
    ...listUses(model, { from: 0, count: maxRows }).shown,
  ];
  return new Set(shown.map(({ anchor }) => anchor));
}

interface Shown {
  readonly hasActions: boolean;
  readonly detail: Detail;
  readonly isOpen: boolean;
  readonly isOnScreenOnly: boolean;
  readonly links: SectionLinks;
}

function renderFinding(
  model: PageModel,
  { finding, tone, row, host, anchor }: Found,
  { detail, isOpen, isOnScreenOnly, hasActions, links }: Shown,
): Html {
  const { document, zone, messages } = model;
  const words = messages.page.evidence;
  const name = toolName(document, finding.tool);
  const names = row !== null && detail.names > 0 ? nameTable(row.use, detail.names, messages) : NOTHING;
  const prints =
    row !== null && detail.names > 0 && row.use.fingerprints.length > 0
      ? renderPrints(row.use, detail.names, messages)
      : NOTHING;
  const whole = html`<p class="sm soft">${words.wholePeriod(name)}</p>${names}${prints}`;
  return html`<details class="f${isOnScreenOnly ? ' np' : ''}" data-k="${tone}"${isOpen ? html` open` : NOTHING}${searchWords(host)}><summary><span class="fs">${outcomeTag(finding.result, messages)}</span><span class="fh mono">${finding.host}${nameLine(host)}</span><span class="ft">${name}: ${messages.timeSpan(finding.first, finding.last, zone)}</span><span class="fc soft">${[messages.confidences[finding.confidence], ...(isProvisional(finding) ? [words.provisional] : []), ...stateOnLine(finding, zone, messages)].join(messages.listSeparator)}</span></summary>
<div class="fb" id="${anchor}"><p>${findingNumbers(finding, '–', messages).join(messages.listSeparator)}${messages.fullStop.trimEnd()}${provisionalSentence(finding, zone, messages)}${finding.confidence === 'possible' ? ` ${messages.findings.possibleFigures}` : ''}</p>${renderFacts(model, finding)}${row === null ? NOTHING : renderBuilds(row.use, messages)}
${renderItems(model, finding.tool, finding.evidence, detail)}${names === NOTHING && prints === NOTHING ? '' : whole}${listContradictions(model, finding.host, finding.tool, finding.against, messages.findings.next(finding, finding.next))}${row === null || detail.filters === 'none' ? NOTHING : renderFilters(model, row, finding, detail)}${hasActions ? renderActions(document, finding, host, { name, messages }) : NOTHING}${renderLink(finding, links, messages)}${stateLink(finding, links, messages)}</div></details>
`;
}

function stateLink(finding: Finding, links: SectionLinks, { page }: ReportWords): Html {
  const to = links.finding(finding);
  return to === null ? NOTHING : html`<p><a href="${to}">${page.evidence.stateLink}</a></p>`;
}

function renderLink({ result, host, tool }: Finding, links: SectionLinks, { page }: ReportWords): Html {
  const to = result === 'attempted' ? links.health({ host, tool }) : null;
  return to === null ? NOTHING : html`<p><a href="${to}">${page.evidence.healthLink}</a></p>`;
}

const stateOnLine = (finding: Finding, zone: Zone, messages: ReportWords): string[] =>
  finding.life === undefined ? [] : [stateText(finding, zone, messages)];

const isProvisional = ({ provisionalUntil }: Finding): boolean => provisionalUntil !== undefined;

const provisionalSentence = ({ provisionalUntil }: Finding, zone: Zone, { page }: ReportWords): string =>
  provisionalUntil === undefined
    ? ''
    : ` ${page.evidence.provisionalUntil(clockTime(provisionalUntil, zone))}`;

const nameLine = (host: HostReport | null): Html =>
  host === null || host.name === null ? NOTHING : html`<span class="fn soft"> ${host.name}</span>`;

/** Returns search words of a line in addition to its text. */
function searchWords(host: HostReport | null): Html {
  const words = host === null ? [] : [...(host.name === null ? [] : [host.name]), ...host.groups];
  return words.length === 0 ? NOTHING : html` data-q="${words.join(' ')}"`;
}

function useDetails(model: PageModel, hostUse: HostUse, detail: Detail, isOnScreenOnly: boolean): Html {
  const { host, use, outcome } = hostUse;
  const { messages, zone } = model;
  const words = messages.page.evidence;
  const tone = OUTCOME_STYLES[outcome?.kind ?? 'observed'].tone;
  const doubts = use.evidence.filter((item) => !item.for);
  return html`<details class="f${isOnScreenOnly ? ' np' : ''}" data-k="${tone}"${searchWords(host)}><summary><span class="fs">${outcome === null ? html`<span class="tag none">${hostUse.isProvider ? words.providerTag : wordFor(words.kinds, use.kind)}</span>` : outcomeTag(outcome.kind, messages)}</span><span class="fh mono">${host.host}${nameLine(host)}</span><span class="ft">${use.name}${hostUse.isProvider ? `${messages.listSeparator}${words.toolNotKnown}` : ''}: ${messages.timeSpan(use.firstSeen, use.lastSeen, zone)}</span><span class="fc soft">${messages.confidences[use.confidence]}</span></summary>
<div class="fb" id="${hostUse.anchor}">${renderAmounts(use, messages)}${renderReporters(model, use)}
${renderItems(model, use.tool, use.evidence, detail)}${detail.names > 0 ? nameTable(use, detail.names, messages) : ''}${detail.names > 0 && use.fingerprints.length > 0 ? renderPrints(use, detail.names, messages) : ''}${listContradictions(model, host.host, use.tool, doubts, null)}${detail.filters === 'all' ? renderFilters(model, hostUse, null, detail) : NOTHING}</div></details>
`;
}

function renderReporters({ document, messages }: PageModel, use: ToolUse): Html {
  const reporters = reportersText(document, use, messages);
  return reporters === '' ? NOTHING : html`<p>${messages.page.evidence.reportedBy(reporters)}</p>`;
}

function renderBuilds({ builds }: ToolUse, messages: ReportWords): Html {
  const text = builds === undefined ? null : buildsText(builds, messages);
  return text === null ? NOTHING : html`<p>${messages.page.evidence.builds(text)}</p>`;
}

function renderAmounts(use: ToolUse, messages: ReportWords): Html {
  const words = messages.page.evidence;
  const withheld = withheldByReason(use).map(
    ({ fields, reason, sentence, isPart }) =>
      html` ${isPart ? words.incomplete : words.withheld}: ${fields.map((field) => wordFor(messages.figures, field)).join(messages.listSeparator)} (${formatPhrase(reason, sentence, messages)})${messages.fullStop.trimEnd()}`,
  );
  return html`<p>${amountParts(use, messages).join(messages.listSeparator)}${messages.fullStop.trimEnd()}${withheld}</p>${use.calibration === undefined ? '' : html`<p class="sm soft">${formatPhrase(use.calibration, readSentence(use), messages)}</p>`}${renderBuilds(use, messages)}`;
}

function renderFacts(model: PageModel, finding: Finding): Html {
  const { messages, zone } = model;
  const { heads } = messages;
  const words = messages.page.evidence;
  const facts: readonly (readonly [string, string])[] = [
    [heads.rule, words.rule(finding.rule, finding.rev)],
    [heads.severity, words.severities[finding.severity]],
    [heads.confidence, messages.confidences[finding.confidence]],
    [heads.first, messages.time(finding.first, zone)],
    [heads.last, messages.time(finding.last, zone)],
    [words.reporters, reportersText(model.document, finding, model.messages)],
    ...(finding.service === undefined ? [] : renderService(finding.service, messages)),
    [words.exception, finding.exception ?? ''],
    [heads.state, stateText(finding, zone, messages)],
    [heads.lastChange, lastChange(finding, zone, messages)],
    [words.assignedTo, finding.life?.assignee ?? ''],
    [words.references, finding.references.join(messages.listSeparator)],
  ];
  const filled = facts.filter(([, value]) => value !== '');
  return html`<dl class="kv">${filled.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function renderService(
  { class: serviceClass, exposed, clients, probes }: FindingService,
  { heads, yes, no, none, listSeparator, page: { evidence: words } }: ReportWords,
): (readonly [string, string])[] {
  return [
    [words.serviceClass, serviceClass],
    [words.exposed, exposed ? yes : no],
    [heads.clients, clients.length === 0 ? none : clients.map(({ host }) => host).join(listSeparator)],
    [words.probes, probes === 0 ? '' : formatCount(probes)],
  ];
}

/** Returns "claude-code: pair" to find the line: one file for each tool, one id for each rule. */
const catalogueLine = (tool: string, item: EvidenceItem): string =>
  item.rule.includes('/') ? item.rule : `${tool}: ${item.rule}`;

/** Returns "07-13 09:33 to 10:48", "07-13 09:33 to 07-14 10:48", or "07-13 09:33". */
function spanText(first: string, last: string, { zone, messages }: PageModel): string {
  const { shortTime, shortDay, between } = messages;
  const [from, to] = [shortTime(first, zone), shortTime(last, zone)];
  if (from === to) return from;
  return between(from, shortDay(first, zone) === shortDay(last, zone) ? clockTime(last, zone) : to);
}

/** A page that lists fewer names than this omits the identifiers that find a flow in other programs. */
const NAMES_WITH_IDS = 6;
const MAX_IDS = 2;

function renderItems(model: PageModel, tool: string, items: readonly EvidenceItem[], detail: Detail): Html {
  const { messages } = model;
  const words = messages.page.evidence;
  const evidence = mergeEvidence(items.filter((item) => item.for)).slice(0, detail.evidence);
  const renderIds = ({ communityIds }: EvidenceItem): Html =>
    detail.names < NAMES_WITH_IDS || communityIds.length === 0
      ? NOTHING
      : html`<br>${communityIds.slice(0, MAX_IDS).map((id) => html`<code class="sm">${id}</code> `)}`;
  const formatWhen = ({ first, last, flows }: EvidenceItem): string =>
    `${spanText(first, last, model)}${messages.listSeparator}${messages.flows(flows)}`;
  if (evidence.length === 0) return NOTHING;
  return html`<table class="ev"><caption class="sr">${words.evidence}</caption><thead><tr><th scope="col">${words.evidence}</th><th scope="col">${words.whatWireShowed}</th><th scope="col">${words.when}</th><th scope="col">${words.catalogueLine}</th></tr></thead><tbody>${evidence.map((item) => html`<tr><th scope="row">${messages.evidenceKinds[item.kind]}</th><td>${formatPhrase(item.detail, readSentence(item), messages)}</td><td>${formatWhen(item)}${renderIds(item)}</td><td><code>${catalogueLine(tool, item)}</code></td></tr>`)}</tbody></table>`;
}

function renderActions(
  document: ReportDocument,
  finding: Finding,
  host: HostReport | null,
  { name, messages }: { readonly name: string; readonly messages: ReportWords },
): Html {
  const texts = findingActions(document, finding, host, name, messages);
  if (texts.length === 0) return NOTHING;
  return html`<div class="cps"><p class="sm soft">${messages.page.evidence.toCopy}</p>${texts.map(({ what, text, note }) => copyable(what, text, note))}</div>`;
}

/** Builds filters for the finding, or for the use if it has no finding. */
function renderFilters(
  { document, messages }: PageModel,
  { host, use }: HostUse,
  finding: Finding | null,
  detail: Detail,
): Html {
  const { evidence } = finding ?? use;
  const names = use.names.map(({ name }) => name);
  const found = buildFlowFilters({ host, names, evidence }, messages).slice(
    0,
    detail.filters === 'all' ? undefined : 1,
  );
  if (found.length === 0) return NOTHING;
  const slice = sliceCommand(document, { host, tool: use.tool }, finding);
  const { packets, packetsNote } = messages.filters;
  return html`<div class="cps"><p class="sm soft">${messages.page.evidence.findFlows}</p>${found.map(({ program, text, note }) => copyable(program, text, note))}${slice === null ? NOTHING : copyable(packets, slice.text, packetsNote(slice.hasCaptures))}</div>`;
}

function nameTable(use: ToolUse, most: number, messages: ReportWords): Html {
  const { heads, roles, owners } = messages;
  const words = messages.page.evidence;
  const rows = use.names.slice(0, most);
  const bytes = (name: ToolUse['names'][number], field: 'bytesUp' | 'bytesDown'): string => {
    const count = findBytes(use, field, name);
    return count === null ? '–' : messages.bytes(count);
  };
  return html`<table class="ev nt"><caption class="sr">${words.serverNames}</caption><thead><tr><th scope="col">${words.serverName}</th><th scope="col">${words.role}</th><th scope="col">${words.owner}</th><th scope="col" class="n">${heads.flows}</th><th scope="col" class="n">${heads.sent}</th><th scope="col" class="n">${heads.received}</th></tr></thead><tbody>${rows.map((name) => html`<tr><th scope="row"><code>${name.name}</code></th><td data-l="${words.role}">${wordFor(roles, name.role)}</td><td data-l="${words.owner}">${wordFor(owners, name.specificity)}</td><td class="n" data-l="${heads.flows}">${formatCount(name.flows)}</td><td class="n" data-l="${heads.sent}">${bytes(name, 'bytesUp')}</td><td class="n" data-l="${heads.received}">${bytes(name, 'bytesDown')}</td></tr>`)}</tbody></table>${use.names.length > most ? html`<p class="sm soft">${words.moreNames(use.names.length - most)}</p>` : ''}`;
}

function renderPrints(use: ToolUse, most: number, messages: ReportWords): Html {
  const words = messages.page.evidence;
  return html`<table class="ev nt"><caption class="sr">${words.fingerprints}</caption><thead><tr><th scope="col">JA4</th><th scope="col">${words.runtime}</th><th scope="col">ALPN</th><th scope="col" class="n">${messages.heads.flows}</th></tr></thead><tbody>${use.fingerprints.slice(0, most).map((fingerprint) => html`<tr><th scope="row">${fingerprint.ja4 === '' ? words.notLogged : html`<code>${fingerprint.ja4}</code>`}</th><td data-l="${words.runtime}">${fingerprint.runtime === null ? messages.notKnown : fingerprint.runtime}</td><td data-l="ALPN">${fingerprint.alpn.join(messages.listSeparator) || messages.none}</td><td class="n" data-l="${messages.heads.flows}">${formatCount(fingerprint.flows)}</td></tr>`)}</tbody></table>`;
}

function listContradictions(
  model: PageModel,
  host: string,
  tool: string,
  items: readonly EvidenceItem[],
  next: string | null,
): Html {
  const { messages } = model;
  const words = messages.page.evidence;
  const speaks = mergeEvidence(items).slice(0, MAX_AGAINST);
  const doubts = new Set(speaks.flatMap(({ rule }) => words.doubt(rule) ?? []));
  const statements = join(
    speaks.map((item) => formatPhrase(item.detail, readSentence(item), messages)),
    messages.fullStop,
  );
  const command = explainCommand(model.document, { host, tool });
  return html`<dl class="ag"><div><dt>${words.against}</dt><dd>${speaks.length === 0 ? words.nothingAgainst : html`${[...doubts].map((doubt) => `${doubt} `)}${statements}${messages.fullStop.trimEnd()}`}</dd></div>${next === null ? '' : html`<div><dt>${words.nextStep}</dt><dd>${next}</dd></div>`}${command === null ? '' : html`<div><dt>${words.seeAgain}</dt><dd><code>${command}</code></dd></div>`}</dl>`;
}
