// Lists every page of the server by its path.

import type { HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { diagnosisSection } from '../../report/html/diagnosis-section.ts';
import { healthSection } from '../../report/html/health-section.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { findKnownName } from '../../report/html/page-model.ts';
import { sectionsOn } from '../../report/html/page-sections.ts';
import { ENGLISH_WORDS } from '../../report/text/english-words.ts';
import { clockTime, readerZone } from '../../report/text/instant-text.ts';
import { formatCount, joinWords, plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { getAddress, keepSpan, type Question } from '../address-question.ts';
import { type EarlyHellos, type LiveFigures, type LiveRates, liveFigures } from '../live/live-rates.ts';
import { noSuchPage, type PageAnswer, type PageRequest } from '../page-request.ts';
import { getHostName, type HealthShown } from '../selection.ts';
import { comparePage } from './compare-view.ts';
import { fleetBody } from './fleet-view.ts';
import { healthBody, receiversSection } from './health-view.ts';
import {
  asData,
  buildPageLinks,
  FINDING_PATH,
  FINDINGS_PATH,
  HEALTH_PATH,
  hostPath,
  toolPath,
} from './links.ts';
import type { PageContent } from './page-frame.ts';
import * as views from './views.ts';

type PageView = Omit<PageContent, 'sourceStatus' | 'isStill'>;

interface Page {
  readonly path: string;
  /** Name in the navigation; absent for pages that other pages link to. */
  readonly place?: string;
  readonly view: (request: PageRequest) => Promise<PageView>;
}

/** Builds a page that needs only the document. */
const fromDocument =
  (
    view: (
      document: PageAnswer['document'],
      question: PageAnswer['question'],
      request: PageRequest,
    ) => Omit<PageView, 'question'> | Promise<Omit<PageView, 'question'>>,
  ): Page['view'] =>
  async (request) => {
    const { question, document } = await request.readAnswer();
    return { question, ...(await view(document, question, request)) };
  };

/** Pages in the order of the navigation. */
export const PAGES: readonly Page[] = [
  {
    path: '/',
    place: 'Overview',
    view: async (request) => {
      const { question, document } = await request.readSummary();
      const { site } = request;
      const early = site.early();
      const hellos = early === null ? null : { ...early, document: request.shown(early.document) };
      const live = liveSection(document, site.rates(), hellos, Date.now() / 1000);
      const health = await request.readShortHealth({ question, document });
      return { question, ...views.overview(document, question, health, live) };
    },
  },
  {
    path: '/hosts',
    place: 'Hosts',
    view: fromDocument(async (document, question, request) =>
      views.hosts(document, question, await request.readShortHealth({ question, document })),
    ),
  },
  { path: '/tools', place: 'Tools', view: fromDocument(views.tools) },
  { path: '/services', place: 'Services', view: fromDocument(views.services) },
  {
    path: HEALTH_PATH,
    place: 'Health',
    view: async (request) => {
      const { question, document, shown } = await request.readHealth();
      const form = views.hostForm(HEALTH_PATH, document, question);
      return { question, ...healthPage(document, question, shown, form) };
    },
  },
  {
    path: FINDINGS_PATH,
    place: 'Findings',
    view: fromDocument((document, question, { forms, c }) =>
      views.findings(
        document,
        question,
        (part) => forms.states?.formAtOnce(question, part, c.get('visitor')) ?? NOTHING,
      ),
    ),
  },
  {
    path: '/compare',
    place: 'Compare',
    view: async (request) => {
      const { question, document, comparison } = await request.readComparison();
      const keptUntil = request.site.documents.latest?.period.until ?? null;
      return { question, ...comparePage(document, comparison, question, keptUntil) };
    },
  },
  { path: '/not-visible', place: 'Not visible', view: fromDocument(views.notVisible) },
  {
    path: '/sensor',
    place: 'Sensor',
    view: fromDocument((document, question, { site }) => {
      const body = html`${healthBody(document, site.health())}${receiversSection(site.receivers)}${asData('coverage', question, 'not-visible')}`;
      return { title: 'Sensor', path: '/sensor', document, body };
    }),
  },
  {
    path: '/sensors',
    place: 'Sensors',
    view: fromDocument(async (document, _, { site }) => {
      const body = fleetBody(await site.fleet.states(), document.period.timezone);
      return { title: 'Sensors', path: '/sensors', document, body };
    }),
  },
  { path: '/method', place: 'Method', view: fromDocument(views.method) },
  { path: '/search', view: fromDocument(views.search) },
  {
    path: '/hosts/:host',
    view: fromDocument(async (document, question, request) => {
      const { host, forms, c } = request;
      const form = forms.lookups?.form(c.get('visitor'), host) ?? NOTHING;
      const health = await request.readShortHealth({ question, document }, getHostName(document, host));
      const diagnoses = await request.readHostDiagnoses({ question, document }, host);
      return views.hostPage(document, question, host, { health, diagnoses, more: form });
    }),
  },
  {
    path: '/tools/:tool',
    view: fromDocument(async (document, question, request) => {
      const tool = request.toolIn(document);
      const health = await request.readShortHealth({ question: { ...question, tool }, document });
      return views.toolPage(document, question, tool, health);
    }),
  },
  {
    path: FINDING_PATH,
    view: async (request) => {
      const { states } = request.forms;
      if (states === null) throw noSuchPage();
      const { question, document } = await request.readAnswer();
      const finding = views.requireFinding(document, request.c.req.query('id') ?? '');
      const section = states.section(document, finding, request.c.get('visitor'));
      return { question, ...views.findingPage(document, question, finding, section) };
    },
  },
];

export const PLACES = PAGES.flatMap(({ path, place }) =>
  place === undefined ? [] : [[path, place] as const],
);

// The page of the health of connections: figures over time by tool and name, and the diagnoses of one host.

/** `form`: the filters. */
function healthPage(
  document: ReportDocument,
  question: Question,
  { health, attempts, host, diagnosis }: HealthShown,
  form: Html,
): Pick<PageContent, 'title' | 'path' | 'document' | 'body'> {
  const zone = readerZone(document);
  const span = keepSpan(question);
  const { tool } = question;
  // A service of a vendor has another name in the tables than the tool of the catalogue.
  const tools = health.tools.map((row) => ({ ...row, name: findKnownName(document, row.tool) ?? row.name }));
  // A host or tool without use has no other page.
  const hasHost = document.hosts.some((candidate) => candidate.host === host);
  const hasTool = document.hosts.some(({ tools, providers }) =>
    [...tools, ...providers].some((use) => use.tool === tool),
  );
  const about = [
    ...(host === null || !hasHost
      ? []
      : [html`<a href="${getAddress(hostPath(host), span)}">All of host ${host}</a>`]),
    ...(!hasTool ? [] : [html`<a href="${getAddress(toolPath(tool), span)}">All of tool ${tool}</a>`]),
    ...(host === null
      ? []
      : [html`<a href="${getAddress(HEALTH_PATH, question, { host: '' })}">all hosts</a>`]),
  ];
  const body = html`<h1 class="title">Health${host === null ? '' : html` of <span class="mono">${host}</span>`}</h1>${form}${about.length === 0 ? NOTHING : html`<p class="sm pager">${about}</p>`}${healthSection(
    { ...health, tools },
    zone,
    {
      tool: (id) => getAddress(HEALTH_PATH, question, { tool: id }),
      name: (name) => getAddress(HEALTH_PATH, question, { q: name }),
    },
  )}${host === null || diagnosis === null ? NOTHING : diagnosisSection(host, diagnosis, zone)}${sectionsOn('health', { document: { ...document, attempts }, messages: ENGLISH_WORDS }, buildPageLinks(HEALTH_PATH, question))}<p class="as">These figures as <a href="${getAddress('/api/v1/health', question)}">JSON</a>.</p>`;
  return { title: 'Health', path: HEALTH_PATH, document, body };
}

// The part of the Overview about a running sensor: rates, loss, the end of the open window, and provisional rows.

/** Maximum number of hosts with provisional rows; the first window shows all of them. */
const MAX_HOSTS = 100;
/** Maximum number of tools in one row. */
const MAX_NAMES = 6;

const FIGURES: readonly (readonly [keyof LiveFigures, string])[] = [
  ['rate', 'Packets per second'],
  ['bits', 'Traffic'],
  ['lost', 'Lost since the start'],
  ['closes', 'Next records in'],
];

function liveSection(
  document: ReportDocument,
  rates: LiveRates | null,
  early: EarlyHellos | null,
  nowSeconds: number,
): Html {
  if (rates === null) return NOTHING;
  const figures = liveFigures(rates, nowSeconds);
  const rows = FIGURES.map(
    ([name, words]) => html`<div><dt>${words}</dt><dd data-live="${name}">${figures[name]}</dd></div>`,
  );
  return html`<section class="now" aria-labelledby="nh"><h2 id="nh">Live</h2><dl class="facts2">${rows}</dl>${early === null ? NOTHING : provisionalRows(early, readerZone(document))}</section>`;
}

function provisionalRows({ document, isCut }: EarlyHellos, zone: Zone): Html {
  const hosts = document.hosts.filter(({ tools, providers }) => tools.length + providers.length > 0);
  const head = html`<h3 id="ph">Before the first records</h3>`;
  if (hosts.length === 0)
    return html`${head}<p class="soft">No ClientHello to an AI service was seen yet. The first records show what was used.</p>`;
  const cut = isCut ? ' More hellos were sent than are evaluated before the first records.' : '';
  const more = hosts.length - MAX_HOSTS;
  return html`${head}<p class="soft">Provisional: ClientHellos only. A server name alone proves no use. The first records show whether a connection was established, and what for.${cut}</p><div class="scroll" role="region" aria-label="Provisional rows, table" tabindex="0"><table class="un prov"><caption class="sr">Hosts with a ClientHello to an AI service, before the first window</caption><thead><tr><th scope="col">Host</th><th scope="col">Tool or service</th><th scope="col">Confidence</th><th scope="col">First hello</th></tr></thead><tbody>${hosts.slice(0, MAX_HOSTS).map((host) => provisionalRow(host, zone))}</tbody></table></div>${more > 0 ? html`<p class="sm soft">${plural(more, 'more host')}.</p>` : NOTHING}`;
}

function provisionalRow(host: HostReport, zone: Zone): Html {
  const { host: address, name, groups, tools, providers } = host;
  const uses = [...providers, ...tools];
  const first = uses.map(({ firstSeen }) => firstSeen).reduce((a, b) => (a < b ? a : b));
  const who = [name ?? '', ...groups].filter((word) => word !== '').map(visibleText);
  return html`<tr><th scope="row"><span class="mono">${address}</span>${who.length === 0 ? '' : html` <span class="soft">${who.join(', ')}</span>`}</th><td>${getNames(providers, tools)}</td><td>possible, provisional</td><td>${clockTime(first, zone)}</td></tr>`;
}

/** "Anthropic API; may be Claude Code, or another program": a name that several tools use leaves the tool open. */
function getNames(providers: readonly ToolUse[], tools: readonly ToolUse[]): string {
  const list = (uses: readonly ToolUse[]): string => {
    const names = uses.slice(0, MAX_NAMES).map(({ name }) => visibleText(name));
    const more = uses.length - names.length;
    return `${joinWords(names)}${more > 0 ? ` or ${formatCount(more)} more` : ''}`;
  };
  const parts = [...(providers.length === 0 ? [] : [list(providers)])];
  if (tools.length > 0) parts.push(`may be ${list(tools)}, or another program`);
  return parts.join('; ');
}
