// Every page of the server, by its address.

import { html, NOTHING } from '../../report/html/markup.ts';
import { type Asked, type Asking, noSuchPage } from '../asking.ts';
import { hostNameOf } from '../selection.ts';
import { comparePage } from './compare-view.ts';
import { healthPage } from './connections-view.ts';
import { fleetBody } from './fleet-view.ts';
import type { PageContent } from './frame.ts';
import { healthBody, receiversSection } from './health-view.ts';
import { asData, FINDING_PATH, HEALTH_PATH } from './links.ts';
import { liveSection } from './live-view.ts';
import * as views from './views.ts';

type PageView = Omit<PageContent, 'standing' | 'isStill'>;

interface Page {
  readonly path: string;
  /** Its name in the navigation; absent: another page leads to it. */
  readonly place?: string;
  readonly view: (asking: Asking) => Promise<PageView>;
}

/** A page about the document alone. */
const of =
  (
    view: (
      document: Asked['document'],
      question: Asked['question'],
      asking: Asking,
    ) => Omit<PageView, 'question'> | Promise<Omit<PageView, 'question'>>,
  ): Page['view'] =>
  async (asking) => {
    const { question, document } = await asking.asked();
    return { question, ...(await view(document, question, asking)) };
  };

/** In the order of the navigation. */
export const PAGES: readonly Page[] = [
  {
    path: '/',
    place: 'Overview',
    view: of(async (document, question, asking) => {
      const { site } = asking;
      const early = site.early();
      const hellos = early === null ? null : { ...early, document: asking.shown(early.document) };
      const live = liveSection(document, site.now(), hellos, Date.now() / 1000);
      return views.overview(document, question, await asking.shortHealth({ question, document }), live);
    }),
  },
  {
    path: '/hosts',
    place: 'Hosts',
    view: of(async (document, question, asking) =>
      views.hosts(document, question, await asking.shortHealth({ question, document })),
    ),
  },
  { path: '/tools', place: 'Tools', view: of(views.tools) },
  { path: '/services', place: 'Services', view: of(views.services) },
  {
    path: HEALTH_PATH,
    place: 'Health',
    view: async (asking) => {
      const { question, document, shown } = await asking.health();
      const form = views.hostForm(HEALTH_PATH, document, question);
      return { question, ...healthPage(document, question, shown, form) };
    },
  },
  { path: '/findings', place: 'Findings', view: of(views.findings) },
  {
    path: '/compare',
    place: 'Compare',
    view: async (asking) => {
      const { question, document, comparison } = await asking.compared();
      const keptUntil = asking.site.documents.latest?.period.until ?? null;
      return { question, ...comparePage(document, comparison, question, keptUntil) };
    },
  },
  { path: '/not-visible', place: 'Not visible', view: of(views.notVisible) },
  {
    path: '/sensor',
    place: 'Sensor',
    view: of((document, question, { site }) => {
      const body = html`${healthBody(document, site.health())}${receiversSection(site.receivers)}${asData('coverage', question, 'not-visible')}`;
      return { title: 'Sensor', path: '/sensor', document, body };
    }),
  },
  {
    path: '/sensors',
    place: 'Sensors',
    view: of(async (document, _, { site }) => {
      const body = fleetBody(await site.fleet.states(), document.period.timezone);
      return { title: 'Sensors', path: '/sensors', document, body };
    }),
  },
  { path: '/method', place: 'Method', view: of(views.method) },
  { path: '/search', view: of(views.search) },
  {
    path: '/hosts/:host',
    view: of(async (document, question, asking) => {
      const { host, forms, c } = asking;
      const form = forms.openings?.form(c.get('visitor'), host) ?? NOTHING;
      const health = await asking.shortHealth({ question, document }, hostNameOf(document, host));
      return views.oneHost(document, question, host, health, form);
    }),
  },
  {
    path: '/tools/:tool',
    view: of(async (document, question, asking) => {
      const tool = asking.toolIn(document);
      const health = await asking.shortHealth({ question: { ...question, tool }, document });
      return views.oneTool(document, question, tool, health);
    }),
  },
  {
    path: FINDING_PATH,
    view: async (asking) => {
      const { states } = asking.forms;
      if (states === null) throw noSuchPage();
      const { question, document } = await asking.asked();
      const finding = views.findingOf(document, asking.c.req.query('id') ?? '');
      const section = states.section(document, finding, asking.c.get('visitor'));
      return { question, ...views.oneFinding(document, question, finding, section) };
    },
  },
];

export const PLACES = PAGES.flatMap(({ path, place }) =>
  place === undefined ? [] : [[path, place] as const],
);
