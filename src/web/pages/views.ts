// Builds the pages: sections of the report on separate pages, with filters.

import type { Diagnosis } from '../../model/diagnosis.ts';
import { FINDING_STATES, type FindingResult, type FindingState } from '../../model/findings.ts';
import type { Health } from '../../model/health.ts';
import type { Finding, HostReport, ReportDocument, ReportService } from '../../model/report.ts';
import { compareHosts } from '../../net/address.ts';
import { findingContains, hostContains } from '../../query/view.ts';
import { evidenceSection, findingsSection } from '../../report/html/evidence-section.ts';
import { hostsSection } from '../../report/html/hosts-section.ts';
import { type Html, html, join, NOTHING } from '../../report/html/markup.ts';
import { type ChosenOrder, type PageModel, pageModel, toolName } from '../../report/html/page-model.ts';
import { sectionPart, sectionsOn } from '../../report/html/page-sections.ts';
import type { SectionLinks } from '../../report/html/section-links.ts';
import { verdictSection } from '../../report/html/verdict-section.ts';
import { GLOSSARY } from '../../report/sections/glossary.ts';
import { METHOD } from '../../report/sections/method.ts';
import { getPlace } from '../../report/sections/services.ts';
import { TELEMETRY } from '../../report/sections/telemetry.ts';
import { TOOLS } from '../../report/sections/tools.ts';
import { UNSEEN } from '../../report/sections/unseen.ts';
import { VIOLATORS } from '../../report/sections/violators.ts';
import { ENGLISH_WORDS, longTime } from '../../report/text/english-words.ts';
import { STATE_WORDS } from '../../report/text/finding-life-words.ts';
import { formatBytes, formatCount, plural } from '../../text/quantity.ts';
import { openZone } from '../../time/zone.ts';
import { getAddress, keepSpan, type Question } from '../address-question.ts';
import { hostKeys, type Order, type Sort, splitSort } from '../order.ts';
import { hostPart, listRules, selectPart, toolPart, unknownWord } from '../selection.ts';
import { hostTimeline } from './host-timeline.ts';
import {
  asData,
  buildHostLinks,
  buildPageLinks,
  buildRows,
  FINDING_PATH,
  FINDINGS_PATH,
  hostPath,
  pager,
  toolPath,
} from './links.ts';
import { type PageContent, renderHiddenInputs } from './page-frame.ts';
import { hostAxis, timeAxis } from './time-axis.ts';

const isFiltered = ({ q, group, host, tool }: Question): boolean => `${q}${group}${host}${tool}` !== '';

/** Maximum number of entries of a list on one page. */
const HOSTS = 100;
const LINES = 100;
const FOUND = 50;
const DETAIL = { names: 12, evidence: 16, filters: 'all' } as const;
const ALL_DETAIL = { names: 400, evidence: 200, filters: 'all' } as const;

type View = Pick<PageContent, 'title' | 'path' | 'document' | 'body'>;

/** `health`: connections of a short span, for the time axis. `live`: figures of a running sensor, above the verdict. */
export function overview(
  document: ReportDocument,
  question: Question,
  health: Health | null = null,
  live: Html = NOTHING,
): View {
  // Nothing is evaluated before a window of the sensor has closed.
  const isEarly = live !== NOTHING && document.period.since === null && document.stats.packets === 0;
  if (isEarly)
    return {
      title: 'Overview',
      path: '/',
      document,
      body: html`<h1 class="title">No records yet</h1>${live}`,
    };
  const shown = {
    ...document,
    tools: selectPart(document, { ...keepSpan(question), sort: question.sort }).tools,
  };
  const model = pageModel(shown);
  const links = buildPageLinks('/', question);
  const body = html`${live}${verdictSection(model, links)}${sectionPart(VIOLATORS, model, links)}${timeAxis(model, health)}${sectionPart(TOOLS, model, links)}${asData('tools', question)}${sectionPart(TELEMETRY, model, links)}${sectionsOn('overview', model, links)}`;
  return { title: 'Overview', path: '/', document, body };
}

export function hosts(document: ReportDocument, question: Question, health: Health | null = null): View {
  const part = selectPart(document, question);
  const model = pageModel(part, chosenOrder(part, question.sort));
  const rows = buildRows(question, HOSTS);
  const strip = hostsSection(model, rows, buildPageLinks('/hosts', question));
  const body = html`<h1 class="title">Hosts</h1>${hostForm('/hosts', document, question, { orders: HOST_ORDERS })}${timeAxis(model, health)}${strip === NOTHING ? html`<p class="lead">${isFiltered(question) ? 'No host with an AI coding tool fits.' : 'No AI coding tool was seen on any host.'} That does not prove that none was used.</p>` : strip}${pager('/hosts', question, rows, model.rows.length)}${asData('hosts', question)}`;
  return { title: 'Hosts', path: '/hosts', document, body };
}

/** Content of the page of a host in addition to its document. */
interface AroundHost {
  readonly health: Health | null;
  readonly diagnoses: readonly Diagnosis[];
  readonly more: Html;
}

export function hostPage(
  document: ReportDocument,
  question: Question,
  word: string,
  { health, diagnoses, more }: AroundHost,
): View {
  const { host, ...part } = hostPart(document, word);
  const model = pageModel(part);
  const path = hostPath(host.host);
  const links = buildHostLinks(path, question);
  const rows = { from: 0, count: Number.MAX_SAFE_INTEGER };
  const hasUse = host.tools.length + host.providers.length > 0;
  const body = html`<h1 class="title">Host <span class="mono">${host.host}</span></h1>${hostFacts(host)}${more}
${hasUse ? '' : html`<p class="lead">No AI coding tool was seen on this host. That does not prove that none was used.</p>`}${hostAxis(model, health)}${hostTimeline(model, host, diagnoses, links)}${healthLink({ host: host.host }, 'Health and diagnosis of the connections of this host', links)}${hostsSection(model, rows, links)}${sectionsOn('host', model, links)}${findingsSection(model, rows, ALL_DETAIL, links)}${evidenceSection(model, rows, ALL_DETAIL, links)}${sectionPart(UNSEEN, model, links)}${asData('hosts', { ...question, host: host.host })}${asData('evidence', { ...question, host: host.host }, 'hosts')}`;
  return { title: `Host ${host.host}`, path, document, body };
}

function healthLink(
  part: { readonly host?: string; readonly tool?: string },
  words: string,
  links: SectionLinks,
): Html {
  const to = links.health(part);
  return to === null ? NOTHING : html`<p class="as"><a href="${to}">${words}</a></p>`;
}

function hostFacts(host: HostReport): Html {
  const facts: [string, string][] = [
    ['Name', host.name ?? ''],
    ['MAC', host.behindRouter === true ? 'of a router: proves nothing of this host' : (host.mac ?? '')],
    ['Addresses', (host.addresses ?? []).join(', ')],
    ['Same machine', (host.sameMachine ?? []).join(', ')],
    ['Machines', host.severalMachines === true ? 'several showed this address' : ''],
    ['Groups', host.groups.join(', ')],
    ['Traffic', `${formatBytes(host.bytes)}, ${plural(host.flows, 'flow')}`],
    ['On the network', plural(host.presence.length, 'day')],
  ];
  return html`<dl class="facts2">${facts.filter(([, value]) => value !== '').map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function tools(document: ReportDocument, question: Question): View {
  const model = pageModel(selectPart(document, question));
  const links = buildPageLinks('/tools', question);
  const section = sectionPart(TOOLS, model, links, 'Tools');
  const body = html`<h1 class="title">Tools</h1>${hostForm('/tools', document, question, { orders: TOOL_ORDERS })}${section === NOTHING ? html`<p class="lead">${isFiltered(question) ? 'No AI coding tool fits.' : 'No AI coding tool was seen.'} That does not prove that none was used.</p>` : section}${asData('tools', question)}${sectionPart(TELEMETRY, model, links)}`;
  return { title: 'Tools', path: '/tools', document, body };
}

export function toolPage(
  document: ReportDocument,
  question: Question,
  id: string,
  health: Health | null,
): View {
  const part = toolPart(document, id);
  const model = pageModel(part);
  const path = toolPath(id);
  const links = buildPageLinks(path, question);
  const name = toolName(part, id);
  const rows = buildRows(question, HOSTS);
  // One page number applies to all three lists: the hosts, their evidence and the findings.
  const all = Math.max(model.rows.length, part.findings?.length ?? 0);
  const body = html`<h1 class="title">${name}</h1><p class="soft">Catalogue id <code>${id}</code></p>${timeAxis(model, health, name)}${healthLink({ tool: id }, 'Health of the connections of this tool', links)}${sectionPart(TOOLS, model, links)}${sectionPart(TELEMETRY, model, links)}${hostsSection(model, rows, links)}${pager(path, question, rows, all)}${sectionsOn('tool', model, links)}${asData('hosts', { ...question, tool: id })}${findingsSection(model, rows, DETAIL, links)}${evidenceSection(model, rows, DETAIL, links)}${pager(path, question, rows, all)}${asData('evidence', { ...question, tool: id }, 'hosts')}`;
  return { title: name, path, document, body };
}

/** `form`: the form of an editor for the findings of the list. */
export function findings(
  document: ReportDocument,
  question: Question,
  form: (part: ReportDocument) => Html = () => NOTHING,
): View {
  const part = selectPart(document, question);
  const rows = buildRows(question, LINES);
  const view = { title: 'Findings', path: FINDINGS_PATH, document };
  if (document.findings === undefined) {
    const none = html`<h1 class="title">Findings</h1><p class="lead">No policy was given, so nothing is evaluated: start with <code>--policy FILE</code>.</p>`;
    return { ...view, body: none };
  }
  const results = [...new Set(document.findings.map(({ result }) => result))].sort();
  const states = document.findingLog === undefined ? [] : FINDING_STATES;
  const shown = part.findings?.length ?? 0;
  const note =
    `${question.state}${question.rule}` === ''
      ? NOTHING
      : html`<p class="sm soft">${formatCount(shown)} of ${plural(document.findings.length, 'finding')}: a filter hides nothing from the verdict and the totals.</p>`;
  const model = pageModel(part, question.sort === '' ? null : { words: question.sort, column: null });
  const list =
    shown === 0 && document.findings.length > 0
      ? html`<p class="lead">No finding fits.</p>`
      : findingsSection(model, rows, DETAIL, buildPageLinks(FINDINGS_PATH, question), true);
  const choices = { results, rules: listRules(document), states, orders: FINDING_ORDERS };
  const body = html`<h1 class="title">Findings</h1>${hostForm(FINDINGS_PATH, document, question, choices)}${note}${form(part)}${list}${pager(FINDINGS_PATH, question, rows, shown)}${asData('findings', question)}`;
  return { ...view, body };
}

/** Throws PageError 404. */
export function requireFinding({ findings = [] }: ReportDocument, id: string): Finding {
  const found = findings.find((finding) => finding.id === id);
  if (found !== undefined) return found;
  throw unknownWord(
    404,
    'no such finding in this span',
    id,
    findings.map((finding) => finding.id),
    'go to /findings',
  );
}

export function findingPage(
  document: ReportDocument,
  question: Question,
  finding: Finding,
  state: Html,
): View {
  const { host } = finding;
  const span = keepSpan(question);
  const part = {
    ...document,
    hosts: document.hosts.filter((candidate) => candidate.host === host),
    findings: [finding],
  };
  const links = { ...buildPageLinks(FINDING_PATH, question), finding: () => null };
  const section = findingsSection(pageModel(part), { from: 0, count: 1 }, ALL_DETAIL, links, true);
  const body = html`<h1 class="title">Finding</h1><p class="soft"><code>${finding.id}</code></p><p class="sm pager"><a href="${getAddress(FINDINGS_PATH, span, { host })}">All findings of host ${host}</a><a href="${getAddress(FINDINGS_PATH, span, { rule: finding.rule })}">All findings of rule ${finding.rule}</a></p>${state}${section}`;
  return { title: 'Finding', path: FINDINGS_PATH, document, body };
}

export function notVisible(document: ReportDocument, question: Question): View {
  const model = pageModel(selectPart(document, question));
  const links = buildPageLinks('/not-visible', question);
  const body = html`<h1 class="title">Not visible</h1>${hostForm('/not-visible', document, question)}${sectionPart(UNSEEN, model, links, 'Not visible')}${sectionsOn('notVisible', model, links)}${asData('not-visible', question)}`;
  return { title: 'Not visible', path: '/not-visible', document, body };
}

export function services(document: ReportDocument, question: Question): View {
  const model = pageModel(selectPart(document, question));
  const none = html`<p class="lead">No AI service was seen on these networks. That does not prove that there is none. One appears here after the first records with its clear-text HTTP.</p>`;
  const body = html`<h1 class="title">Services</h1>${hostForm('/services', document, question)}${serviceMapSection(model, question)}${model.document.services.length === 0 ? none : ''}${sectionsOn('services', model, buildPageLinks('/services', question))}`;
  return { title: 'Services', path: '/services', document, body };
}

export function method(document: ReportDocument, question: Question): View {
  const model = pageModel(document);
  const links = buildPageLinks('/method', question);
  const body = html`<h1 class="title">Method</h1>${[METHOD, GLOSSARY].map((section) => sectionPart(section, model, links, 'Method'))}`;
  return { title: 'Method', path: '/method', document, body };
}

export function search(document: ReportDocument, question: Question): View {
  const part = question.q.toLowerCase();
  const span = keepSpan(question);
  const model: PageModel = pageModel(document);
  const select = <T>(items: readonly T[], matches: (item: T) => boolean): readonly T[] =>
    part === '' ? [] : items.filter(matches);
  const hosts = select(document.hosts, (host) => hostContains(host, part));
  const tools = select(document.tools, ({ tool, name, vendor }) =>
    [tool, name, vendor].some((word) => word.toLowerCase().includes(part)),
  );
  const uses = document.hosts.flatMap((host) => [...host.tools, ...host.providers]);
  const names = new Set(uses.flatMap((use) => use.names.map(({ name }) => name)));
  const servers = select([...names].sort(), (name) => name.includes(part));
  const found = select(document.findings ?? [], (finding) => findingContains(finding, part));
  const list = <T>(title: string, all: readonly T[], show: (item: T) => Html, more: string): Html =>
    all.length === 0
      ? NOTHING
      : html`<section><h2>${title} <span class="cnt">${all.length}</span></h2><ul class="results">${all.slice(0, FOUND).map((item) => html`<li>${show(item)}</li>`)}</ul>${all.length > FOUND ? html`<p class="sm"><a href="${more}">All of them</a></p>` : ''}</section>`;
  const [q, filter] = [question.q, { q: question.q }];
  const sections = [
    list(
      'Tools',
      tools,
      ({ tool, name, vendor }) =>
        html`<a href="${getAddress(toolPath(tool), span)}">${name}</a> <span class="soft">${vendor}</span>`,
      getAddress('/tools', span),
    ),
    list(
      'Hosts',
      hosts,
      ({ host, name, groups }) =>
        html`<a class="mono" href="${getAddress(hostPath(host), span)}">${host}</a> <span class="soft">${[name ?? '', ...groups].join(' ')}</span>`,
      getAddress('/hosts', span, filter),
    ),
    list(
      'Server names',
      servers,
      (name) => html`<a href="${getAddress('/hosts', span, { q: name })}"><code>${name}</code></a>`,
      getAddress('/hosts', span, filter),
    ),
    list(
      'Findings',
      found,
      (finding) =>
        html`<a href="${getAddress(FINDINGS_PATH, span, { host: finding.host, tool: finding.tool })}">${ENGLISH_WORDS.outcomes[finding.result]}: <span class="mono">${finding.host}</span>, ${toolName(model.document, finding.tool)}</a>`,
      getAddress(FINDINGS_PATH, span, filter),
    ),
  ].filter((section) => section !== NOTHING);
  const body = html`<h1 class="title">Search</h1><p class="lead">${q === '' ? 'Type a part of an address, a name, a group, a tool or a rule above.' : sections.length === 0 ? html`Nothing that was seen in this span holds “${q}”.` : html`What holds “${q}”.`}</p>${sections}`;
  return { title: 'Search', path: '/search', document, body };
}

/** Choices of a form in addition to search words, groups and tools. */
interface Choices {
  readonly results?: readonly FindingResult[];
  readonly rules?: readonly string[];
  readonly states?: readonly FindingState[];
  readonly orders?: OrderWords;
}

export function hostForm(
  path: string,
  document: ReportDocument,
  question: Question,
  { results = [], rules = [], states = [], orders = [] }: Choices = {},
): Html {
  const groups = [...new Set(document.hosts.flatMap((host) => [...host.groups]))].sort();
  const tools = document.tools.map(({ tool, name }) => [tool, name] as const);
  const { q, group, tool, result, rule, state } = question;
  const rest = {
    ...question,
    q: '',
    group: '',
    tool: '',
    result: '',
    rule: '',
    state: '',
    sort: '' as const,
  };
  return html`<form class="ask" action="${path}#list">${renderHiddenInputs(rest)}<label>Host, name, group or tool <input name="q" type="search" value="${q}" maxlength="256" size="20"></label>${choice(
    'group',
    'Group',
    group,
    groups.map((option) => [option, option]),
  )}${choice('tool', 'Tool', tool, tools)}${choice(
    'result',
    'Result',
    result,
    results.map((option) => [option, ENGLISH_WORDS.outcomes[option]]),
  )}${choice(
    'rule',
    'Rule',
    rule,
    rules.map((option) => [option, option]),
  )}${choice(
    'state',
    'State',
    state,
    states.map((option) => [option, STATE_WORDS[option]]),
  )}${choice('sort', 'Order', question.sort, orders, 'usual')}<button class="btn">Filter</button>${getAddress(path, question) === getAddress(path, rest) ? '' : html`<span class="presets"><a href="${getAddress(path, rest)}">no filter</a></span>`}</form><div id="list"></div>`;
}

function choice(
  name: string,
  label: string,
  chosen: string,
  options: readonly (readonly [string, string])[],
  none = 'any',
): Html {
  if (options.length === 0) return NOTHING;
  const isKnown = chosen === '' || options.some(([value]) => value === chosen);
  const all: readonly (readonly [string, string])[] = isKnown ? options : [...options, [chosen, chosen]];
  return html`<label>${label} <select name="${name}"><option value="">${none}</option>${all.map(([value, text]) => html`<option value="${value}"${value === chosen ? html` selected` : ''}>${text}</option>`)}</select></label>`;
}

// Orders that the pages offer, and the text in the column of the chosen order.

type OrderWords = readonly (readonly [Sort, string])[];

const HOST_ORDERS: OrderWords = [
  ['address', 'address'],
  ['name', 'name'],
  ['minutes', 'active minutes'],
  ['sent', 'bytes sent'],
  ['received', 'bytes received'],
  ['first', 'first seen'],
  ['last', 'last seen'],
  ['findings', 'findings'],
];

const TOOL_ORDERS: OrderWords = [
  ['name', 'name'],
  ['hosts', 'hosts'],
  ['minutes', 'active minutes'],
  ['sent', 'bytes sent'],
  ['received', 'bytes received'],
  ['first', 'first seen'],
  ['findings', 'findings'],
];

const FINDING_ORDERS: OrderWords = [
  ['address', 'host'],
  ['name', 'name of the host'],
  ['tool', 'tool'],
  ['minutes', 'active minutes'],
  ['sent', 'payload sent'],
  ['first', 'first'],
  ['last', 'last'],
];

/** Returns null for the default order, by outcome. */
function chosenOrder(document: ReportDocument, sort: Sort): ChosenOrder | null {
  const { order, isReversed } = splitSort(sort);
  const words = HOST_ORDERS.find(([key]) => key === order)?.[1];
  if (order === null || words === undefined) return null;
  const key = hostKeys(document.findings ?? [])[order];
  const text = makeText(order, document.period.timezone);
  const column =
    key === undefined || text === null
      ? null
      : {
          head: `${words.charAt(0).toUpperCase()}${words.slice(1)}`,
          text: (host: HostReport) => text(key(host)),
        };
  return { words: `${words}, as was chosen${isReversed ? ', the other way round' : ''}`, column };
}

/** Returns null if a row already shows the value. */
function makeText(order: Order, timezone: string): ((key: number | string | null) => string) | null {
  if (order === 'address' || order === 'name' || order === 'tool' || order === 'hosts') return null;
  const zone = openZone(timezone);
  return (key) => {
    if (key === null) return '–';
    if (typeof key === 'string') return longTime(key, zone);
    return order === 'sent' || order === 'received' ? formatBytes(key) : formatCount(key);
  };
}

// A map of AI services and their clients: services down, clients across, requests in the cells.

const MAX_SERVICES = 60;
/** Maximum number of clients: most services have fewer. */
const MAX_CLIENTS = 24;

/** Returns NOTHING without services. */
function serviceMapSection({ document }: PageModel, question: Question): Html {
  const services = document.services.filter(({ clients }) => clients.length > 0);
  if (services.length === 0) return NOTHING;
  const used = new Map<string, number>();
  for (const { clients } of services)
    for (const { host } of clients) used.set(host, (used.get(host) ?? 0) + 1);
  const clients = [...used]
    .sort((a, b) => b[1] - a[1] || compareHosts(a[0], b[0]))
    .slice(0, MAX_CLIENTS)
    .map(([host]) => host)
    .sort(compareHosts);
  const rows = services.slice(0, MAX_SERVICES).map((service) => {
    const cells = clients.map((host) => html`<td class="n">${formatCell(service, host)}</td>`);
    return html`<tr><th scope="row">${service.product} <span class="mono sn">${getPlace(service)}</span></th>${cells}</tr>`;
  });
  const heads = clients.map((host) => html`<th scope="col" class="n">${hostLink(host, question)}</th>`);
  const left = [
    ...(used.size > clients.length ? [plural(used.size - clients.length, 'more client')] : []),
    ...(services.length > rows.length ? [plural(services.length - rows.length, 'more service')] : []),
  ];
  return html`<section id="map" aria-labelledby="maph"><h2 id="maph">Services and their clients</h2><p class="lead">Requests of each client. A relay is a service; its clients are the users.</p>
<div class="scroll" role="region" aria-label="Services and their clients, table" tabindex="0"><table><caption class="sr">Requests of each client to each AI service</caption><thead><tr><th scope="col">Service</th>${heads}</tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div>${left.length === 0 ? '' : html`<p class="sm soft">${left.join(' and ')} in the data.</p>`}</section>
`;
}

function formatCell({ clients }: ReportService, host: string): string {
  const client = clients.find((candidate) => candidate.host === host);
  if (client === undefined) return '';
  const { min, max } = client.requests ?? { min: 0, max: null };
  if (max === null && min === 0) return '?';
  return max === null ? `${formatCount(min)}+` : formatCount(min);
}

const hostLink = (host: string, question: Question): Html =>
  html`<a href="${getAddress(hostPath(host), keepSpan(question))}">${host}</a>`;
