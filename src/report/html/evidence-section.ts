// Down to the evidence: every finding, and every use of a tool on a host, with the evidence for and against it.

import type {
  EvidenceItem,
  Finding,
  FindingService,
  HostReport,
  ReportDocument,
  ToolUse,
} from '../../model/report.ts';
import type { Zone } from '../../time/zone.ts';
import { findingActions } from '../text/finding-actions.ts';
import { lastChange, logSentence, statesSentence, stateText } from '../text/finding-life-words.ts';
import { bySeverity, findingNumbers, POSSIBLE_FIGURES } from '../text/finding-words.ts';
import { flowFilters } from '../text/flow-filters.ts';
import { clockTime, longTime, shortDay, shortTime } from '../text/instant.ts';
import { explainCommand } from '../text/next-command.ts';
import { bytesText, formatBytes, formatCount, formatRange, plural } from '../text/quantity.ts';
import { buildsText, reportersText } from '../text/words.ts';
import { copyable } from './copyable.ts';
import { type Html, html, join, NOTHING, onPaperOnly } from './markup.ts';
import { OUTCOME_STYLES, type OutcomeStyle, outcomeTag } from './outcome-style.ts';
import { type HostUse, type PageModel, toolName, usesOfRows } from './page-model.ts';
import type { Rows, Ways } from './ways.ts';

/** How much of each use stands on the page; less where there are many hosts. */
export interface Detail {
  readonly names: number;
  readonly evidence: number;
  /** Filters for other programs: all, those by name of findings, or none. */
  readonly filters: 'all' | 'findings' | 'none';
}

/** The same doubt comes up again for every name and runtime. */
const MAX_AGAINST = 5;

/** On paper they are open, a few to a sheet; the rest is on the screen. */
const LINES_ON_PAPER = 18;

/** The first findings of a large report have texts to copy; pages of a server have them for all. */
const LINES_WITH_ACTIONS = 40;

export function findingsSection(
  model: PageModel,
  { from, count: most }: Rows,
  detail: Detail,
  ways: Ways,
): Html {
  if (model.outcomes === null) return NOTHING;
  const findings = found(model);
  const kinds = [...new Set(findings.map(({ tone }) => tone))];
  const words = {
    viol: 'Violations',
    susp: 'Suspected',
    info: 'Info',
    exempt: 'Exempt',
    ok: 'Compliant',
    none: 'Other',
  };
  const count = (tone: string): number => findings.filter((each) => each.tone === tone).length;
  const shown = findings.slice(from, from + most);
  return html`<section id="findings" aria-labelledby="fh"><div class="sh"><h2 id="fh">Findings <span class="cnt">${findings.length}</span></h2>${findings.length === 0 ? '' : html`<div class="tools" role="group" aria-label="Filter findings"><button type="button" class="btn" data-f="" aria-pressed="true">All ${findings.length}</button>${kinds.map((tone) => html`<button type="button" class="btn" data-f="${tone}" aria-pressed="false">${words[tone]} ${count(tone)}</button>`)}<button type="button" class="btn" data-open="findings" aria-pressed="false">Open all</button></div>`}</div>
${findings.length === 0 ? html`<p class="lead">The policy found nothing to report.</p>` : html`<p class="sm soft">Each finding has the times, figures and evidence of what it is about alone. Open it for the evidence and for what speaks against it.</p>`}${statesNote(model.document)}
<div class="flist">${join(shown.map((each, i) => findingDetails(model, each, { detail, isOnScreenOnly: i >= LINES_ON_PAPER, hasActions: detail.filters === 'all' || (detail.filters === 'findings' && i < LINES_WITH_ACTIONS), ways })))}</div>${onPaperOnly(shown.length, LINES_ON_PAPER, 'line')}${ways.more(findings.length - shown.length, 'line')}</section>
`;
}

function statesNote(document: ReportDocument): Html {
  const texts = [statesSentence(document), logSentence(document) ?? ''].filter((text) => text !== '');
  return texts.length === 0 ? NOTHING : html`<p class="sm soft">${texts.join(' ')}</p>`;
}

/** Without a policy every use; with one, the uses that it says nothing against. */
export function evidenceSection(model: PageModel, { from, count }: Rows, detail: Detail, ways: Ways): Html {
  const { shown, all } = notFound(model, { from, count });
  if (all === 0) return NOTHING;
  // On paper findings come with their evidence; uses that the policy says nothing against do not.
  const isPrinted = model.outcomes === null;
  return html`<section id="evidence"${isPrinted ? '' : html` class="np"`} aria-labelledby="eh"><div class="sh"><h2 id="eh">${model.outcomes === null ? 'Evidence' : 'Other use'} <span class="cnt">${all}</span></h2><div class="tools"><button type="button" class="btn" data-open="evidence" aria-pressed="false">Open all</button></div></div>
<p class="sm soft">One line per host and tool or provider. Open it for the names, the fingerprints and the evidence behind it.</p>
<div class="flist">${join(shown.map((each, i) => useDetails(model, each, detail, i >= LINES_ON_PAPER)))}</div>${onPaperOnly(shown.length, LINES_ON_PAPER, 'line')}${ways.more(all - shown.length, 'line')}</section>
`;
}

interface Found {
  readonly finding: Finding;
  readonly tone: OutcomeStyle['tone'];
  /** The row of its host and tool, where the report has one. */
  readonly row: HostUse | null;
  readonly anchor: string;
}

/** What decides a row is found under the row's anchor; what else was found of it has one of its own. */
function found(model: PageModel): Found[] {
  const findings = model.document.findings ?? [];
  const wanted = new Set(findings.map(({ host }) => host));
  const rows = new Map(
    [...usesOfRows(model.rows.filter(({ host }) => wanted.has(host.host)))].map((each) => [
      `${each.host.host}\n${each.use.tool}`,
      each,
    ]),
  );
  // A chosen order stays.
  return (model.chosen === null ? bySeverity(findings) : findings).map((finding, i) => {
    const row = rows.get(`${finding.host}\n${finding.tool}`) ?? null;
    const anchor = row !== null && row.outcome?.finding === finding ? row.anchor : `finding-${i}`;
    return { finding, tone: OUTCOME_STYLES[finding.result].tone, row, anchor };
  });
}

/** Some of the uses that no finding is about, and how many there are. */
function notFound(model: PageModel, { from, count }: Rows): { shown: HostUse[]; all: number } {
  const shown: HostUse[] = [];
  let all = 0;
  for (const each of usesOfRows(model.rows)) {
    if (each.outcome?.finding) continue;
    if (all >= from && all < from + count) shown.push(each);
    all++;
  }
  return { shown, all };
}

/** Anchors that are on the page when each section has so many lines: nothing links to what was left out. */
export function shownAnchors(model: PageModel, maxRows: number): ReadonlySet<string> {
  const shown = [...found(model).slice(0, maxRows), ...notFound(model, { from: 0, count: maxRows }).shown];
  return new Set(shown.map(({ anchor }) => anchor));
}

interface Shown {
  readonly hasActions: boolean;
  readonly detail: Detail;
  readonly isOnScreenOnly: boolean;
  readonly ways: Ways;
}

function findingDetails(
  model: PageModel,
  { finding, tone, row, anchor }: Found,
  { detail, isOnScreenOnly, hasActions, ways }: Shown,
): Html {
  const { document, zone } = model;
  const name = toolName(document, finding.tool);
  const names = row !== null && detail.names > 0 ? nameTable(row.use, detail.names) : NOTHING;
  const prints =
    row !== null && detail.names > 0 && row.use.fingerprints.length > 0
      ? fingerprintTable(row.use, detail.names)
      : NOTHING;
  const whole = html`<p class="sm soft">Names and fingerprints of ${name} on this host over the whole period:</p>${names}${prints}`;
  return html`<details class="f${isOnScreenOnly ? ' np' : ''}" data-k="${tone}"${searchWords(row?.host ?? null)}><summary><span class="fs">${outcomeTag(finding.result)}</span><span class="fh mono">${finding.host}</span><span class="ft">${name}: ${longTime(finding.first, zone)} to ${longTime(finding.last, zone)}</span><span class="fc soft">${finding.confidence}${isProvisional(finding) ? ', provisional' : ''}${stateOnLine(finding, zone)}</span></summary>
<div class="fb" id="${anchor}"><p>${findingNumbers(finding).join(', ')}.${provisionalSentence(finding, zone)}${finding.confidence === 'possible' ? ` ${POSSIBLE_FIGURES}` : ''}</p>${findingFacts(model, finding)}${row === null ? NOTHING : buildsLine(row.use)}
${evidenceTable(model, finding.tool, finding.evidence, detail)}${names === NOTHING && prints === NOTHING ? '' : whole}${against(model, finding.host, finding.tool, finding.against, finding.next)}${row === null || detail.filters === 'none' ? NOTHING : filters(row, finding.evidence, detail)}${hasActions ? actions(document, finding, row?.host ?? null, name) : NOTHING}${diagnosisLink(finding, ways)}${stateLink(finding, ways)}</div></details>
`;
}

function stateLink(finding: Finding, ways: Ways): Html {
  const to = ways.finding(finding);
  return to === null ? NOTHING : html`<p><a href="${to}">State and changes of this finding</a></p>`;
}

function diagnosisLink({ result, host, tool }: Finding, ways: Ways): Html {
  const to = result === 'attempted' ? ways.health({ host, tool }) : null;
  return to === null ? NOTHING : html`<p><a href="${to}">Health and diagnosis of these connections</a></p>`;
}

const stateOnLine = (finding: Finding, zone: Zone): string =>
  finding.life === undefined ? '' : `, ${stateText(finding, zone)}`;

const isProvisional = ({ provisionalUntil }: Finding): boolean => provisionalUntil !== undefined;

const provisionalSentence = ({ provisionalUntil }: Finding, zone: Zone): string =>
  provisionalUntil === undefined
    ? ''
    : ` Provisional until ${clockTime(provisionalUntil, zone)}: other signs may explain it.`;

/** Search words of a line in addition to its text. */
function searchWords(host: HostReport | null): Html {
  const words = host === null ? [] : [...(host.name === null ? [] : [host.name]), ...host.groups];
  return words.length === 0 ? NOTHING : html` data-q="${words.join(' ')}"`;
}

function useDetails(model: PageModel, each: HostUse, detail: Detail, isOnScreenOnly: boolean): Html {
  const { host, use, outcome } = each;
  const tone = OUTCOME_STYLES[outcome?.kind ?? 'observed'].tone;
  const doubts = use.evidence.filter((item) => !item.for);
  return html`<details class="f${isOnScreenOnly ? ' np' : ''}" data-k="${tone}"${searchWords(host)}><summary><span class="fs">${outcome === null ? html`<span class="tag none">${each.isProvider ? 'provider' : use.kind}</span>` : outcomeTag(outcome.kind)}</span><span class="fh mono">${host.host}</span><span class="ft">${use.name}${each.isProvider ? ', tool not known' : ''}: ${longTime(use.firstSeen, model.zone)} to ${longTime(use.lastSeen, model.zone)}</span><span class="fc soft">${use.confidence}</span></summary>
<div class="fb" id="${each.anchor}">${amounts(use)}${reportedBy(model, use)}
${evidenceTable(model, use.tool, use.evidence, detail)}${detail.names > 0 ? nameTable(use, detail.names) : ''}${detail.names > 0 && use.fingerprints.length > 0 ? fingerprintTable(use, detail.names) : ''}${against(model, host.host, use.tool, doubts, null)}${detail.filters === 'all' ? filters(each, use.evidence, detail) : NOTHING}</div></details>
`;
}

function reportedBy({ document }: PageModel, use: ToolUse): Html {
  const reporters = reportersText(document, use);
  return reporters === '' ? NOTHING : html`<p>Reported by ${reporters}.</p>`;
}

function buildsLine({ builds }: ToolUse): Html {
  const text = builds === undefined ? null : buildsText(builds);
  return text === null ? NOTHING : html`<p>Builds that can have run: ${text}.</p>`;
}

function amounts(use: ToolUse): Html {
  const parts = [
    ...(use.activeMinutes === null ? [] : [`${formatCount(use.activeMinutes)} active minutes`]),
    use.requests === null ? 'no estimate of requests' : `${formatRange(use.requests, 'host')} requests`,
    `${bytesText(use, 'bytesUp')} sent`,
    `${bytesText(use, 'bytesDown')} received`,
    plural(use.flows, 'flow'),
  ];
  const withheld = use.withheld.map((each) => `${each.field}: ${each.reason}`);
  return html`<p>${parts.join(', ')}.${withheld.length === 0 ? '' : ` Withheld: ${withheld.join('; ')}.`}</p>${use.calibration === undefined ? '' : html`<p class="sm soft">${use.calibration}</p>`}${buildsLine(use)}`;
}

function findingFacts(model: PageModel, finding: Finding): Html {
  const reporters = reportersText(model.document, finding);
  const facts: [string, string][] = [
    ['Rule', `${finding.rule} rev ${finding.rev}`],
    ['Severity', finding.severity],
    ['Confidence', finding.confidence],
    ['First', longTime(finding.first, model.zone)],
    ['Last', longTime(finding.last, model.zone)],
    ...(reporters === '' ? [] : [['Reported by', reporters] as [string, string]]),
    ...(finding.service === undefined ? [] : serviceFacts(finding.service)),
    ...(finding.exception === null ? [] : [['Exception', finding.exception] as [string, string]]),
    ...lifeFacts(finding, model.zone),
    ...(finding.references.length === 0
      ? []
      : [['References', finding.references.join(', ')] as [string, string]]),
  ];
  return html`<dl class="kv">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function lifeFacts(finding: Finding, zone: Zone): [string, string][] {
  const { life } = finding;
  if (life === undefined) return [];
  return [
    ['State', stateText(finding, zone)],
    ...(life.last === null ? [] : [['Last change', lastChange(finding, zone)] as [string, string]]),
    ...(life.assignee === null ? [] : [['Assigned to', life.assignee] as [string, string]]),
  ];
}

const serviceFacts = ({
  class: serviceClass,
  exposed,
  clients,
  probes,
}: FindingService): [string, string][] => [
  ['Class', serviceClass],
  ['Reached from other networks', exposed ? 'yes' : 'no'],
  ['Clients', clients.length === 0 ? 'none' : clients.map(({ host }) => host).join(', ')],
  ...(probes === 0 ? [] : [['Probes', formatCount(probes)] as [string, string]]),
];

/** "claude-code: pair" finds the line: one file for each tool, one id for each rule. */
const catalogueLine = (tool: string, item: EvidenceItem): string =>
  item.rule.includes('/') ? item.rule : `${tool}: ${item.rule}`;

/** "07-13 09:33 to 10:48", "07-13 09:33 to 07-14 10:48", "07-13 09:33". */
function spanText(first: string, last: string, zone: Zone): string {
  const [from, to] = [shortTime(first, zone), shortTime(last, zone)];
  if (from === to) return from;
  return `${from} to ${shortDay(first, zone) === shortDay(last, zone) ? clockTime(last, zone) : to}`;
}

/** Where a page has little room for names, it has none for what finds a flow in other programs. */
const NAMES_WITH_IDS = 6;
const MAX_IDS = 2;

function evidenceTable(model: PageModel, tool: string, items: readonly EvidenceItem[], detail: Detail): Html {
  const evidence = items.filter((item) => item.for).slice(0, detail.evidence);
  const ids = ({ communityIds }: EvidenceItem): Html =>
    detail.names < NAMES_WITH_IDS || communityIds.length === 0
      ? NOTHING
      : html`<br>${communityIds.slice(0, MAX_IDS).map((id) => html`<code class="sm">${id}</code> `)}`;
  const when = ({ first, last, flows }: EvidenceItem): string =>
    `${spanText(first, last, model.zone)}, ${plural(flows, 'flow')}`;
  if (evidence.length === 0) return NOTHING;
  return html`<table class="ev"><caption class="sr">Evidence</caption><thead><tr><th scope="col">Evidence</th><th scope="col">What the wire showed</th><th scope="col">When, and in which flows</th><th scope="col">Catalogue line</th></tr></thead><tbody>${evidence.map((item) => html`<tr><th scope="row">${item.kind}</th><td>${item.detail}</td><td>${when(item)}${ids(item)}</td><td><code>${catalogueLine(tool, item)}</code></td></tr>`)}</tbody></table>`;
}

function actions(document: ReportDocument, finding: Finding, host: HostReport | null, name: string): Html {
  const texts = findingActions(document, finding, host, name);
  if (texts.length === 0) return NOTHING;
  return html`<div class="cps"><p class="sm soft">What to do, as texts to copy:</p>${texts.map(({ what, text, note }) => copyable(what, text, note))}</div>`;
}

function filters({ host, use }: HostUse, evidence: readonly EvidenceItem[], detail: Detail): Html {
  const names = use.names.map(({ name }) => name);
  const found = flowFilters({ host, names, evidence }).slice(0, detail.filters === 'all' ? undefined : 1);
  if (found.length === 0) return NOTHING;
  return html`<div class="cps"><p class="sm soft">Find these flows in other programs:</p>${found.map(({ program, text, note }) => copyable(program, text, note))}</div>`;
}

function nameTable(use: ToolUse, most: number): Html {
  const rows = use.names.slice(0, most);
  return html`<table class="ev nt"><caption class="sr">Server names</caption><thead><tr><th scope="col">Server name</th><th scope="col">Role</th><th scope="col">Owner</th><th scope="col" class="n">Flows</th><th scope="col" class="n">Sent</th><th scope="col" class="n">Received</th></tr></thead><tbody>${rows.map((name) => html`<tr><th scope="row"><code>${name.name}</code></th><td>${name.role}</td><td>${name.specificity}</td><td class="n">${formatCount(name.flows)}</td><td class="n">${formatBytes(name.bytesUp)}</td><td class="n">${formatBytes(name.bytesDown)}</td></tr>`)}</tbody></table>${use.names.length > most ? html`<p class="sm soft">${plural(use.names.length - most, 'more name')}.</p>` : ''}`;
}

function fingerprintTable(use: ToolUse, most: number): Html {
  return html`<table class="ev nt"><caption class="sr">Fingerprints of the handshakes</caption><thead><tr><th scope="col">JA4</th><th scope="col">Runtime</th><th scope="col">ALPN</th><th scope="col" class="n">Flows</th></tr></thead><tbody>${use.fingerprints.slice(0, most).map((each) => html`<tr><th scope="row"><code>${each.ja4}</code></th><td>${each.runtime ?? 'not known'}</td><td>${each.alpn.join(', ') || 'none'}</td><td class="n">${formatCount(each.flows)}</td></tr>`)}</tbody></table>`;
}

function against(
  model: PageModel,
  host: string,
  tool: string,
  items: readonly EvidenceItem[],
  next: string | null,
): Html {
  const speaks = [...new Set(items.map((item) => item.detail))].slice(0, MAX_AGAINST);
  const command = explainCommand(model.document, { host, tool });
  return html`<dl class="ag"><div><dt>What speaks against it</dt><dd>${speaks.length === 0 ? 'Nothing that the packets show.' : `${speaks.join('. ')}.`}</dd></div>${next === null ? '' : html`<div><dt>Next step</dt><dd>${next}</dd></div>`}${command === null ? '' : html`<div><dt>See the evidence again</dt><dd><code>${command}</code></dd></div>`}</dl>`;
}
