// The server as a function from request to answer: routes, and what stands before them. It knows no socket.

import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { WiretallyError } from '../model/errors.ts';
import type { Health } from '../model/health.ts';
import type { Comparison, ReportDocument } from '../model/report.ts';
import type { SensorHealth } from '../model/sensor.ts';
import { comparisonCsv } from '../report/format/comparison-csv.ts';
import { type Html, html, NOTHING } from '../report/html/markup.ts';
import { unixSeconds } from '../report/text/instant.ts';
import { blindSentences } from '../report/text/words.ts';
import { jsonChunks } from '../text/json-text.ts';
import { inParts } from '../text/text-parts.ts';
import type { Named, WrittenNames } from '../text/written-name.ts';
import { stepOf } from '../time/steps.ts';
import { openZone } from '../time/zone.ts';
import { ANALYZER_PATH, type Analyzer } from './analyzer.ts';
import * as answers from './api/openapi.ts';
import { openApi } from './api/openapi.ts';
import { sensorsCsv, TABLES, tableCsv } from './api/tables.ts';
import { SCRIPT_ASSET, STYLE_ASSET, ZOOM_ASSET } from './assets.ts';
import type { Documents } from './documents.ts';
import { FINDING_FORM, type FindingStates, StateForms } from './findings/finding-states.ts';
import type { FleetSensors } from './fleet.ts';
import { isOwnName } from './guard/clients.ts';
import { requireAsking } from './guard/forms.ts';
import { RateLimit } from './guard/rate-limit.ts';
import { Visitors, type WaysIn, type WebEnv } from './guard/visitors.ts';
import type { Identities } from './identity/identities.ts';
import { identityNote, OPENING_PATH, Openings } from './identity/openings.ts';
import { LEAST_GROUP, withoutSmallGroups } from './identity/small-groups.ts';
import { eventsOf } from './live/events.ts';
import { type EarlyHellos, type LiveNow, liveFigures } from './live/now.ts';
import type { Metrics } from './metrics/metrics.ts';
import { PageError } from './page-error.ts';
import { comparePage } from './pages/compare-view.ts';
import { type HealthShown, healthPage } from './pages/connections-view.ts';
import { fleetBody } from './pages/fleet-view.ts';
import { pageText, plainPage, type Standing } from './pages/frame.ts';
import { healthBody, receiversSection } from './pages/health-view.ts';
import { asData, FINDING_PATH, HEALTH_PATH, hostPath } from './pages/links.ts';
import { liveSection } from './pages/live-view.ts';
import * as views from './pages/views.ts';
import { againstOf, type Question, readQuestion, spanOf, toolIdOf, withToolId } from './question.ts';
import { comparePart, healthPart, hostNameOf, ofTool } from './selection.ts';

/** They say nothing of what was seen. */
const ASSETS = [STYLE_ASSET, SCRIPT_ASSET, ZOOM_ASSET];
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', ...ASSETS.map(({ path }) => path)]);
/** Lists of an answer go entry by entry. */
const JSON_DEPTH = 2;

export interface Site extends WaysIn {
  /** The page that analyses captures in the browser; null where it is not built. */
  readonly analyzer: Analyzer | null;
  readonly documents: Documents;
  readonly fleet: FleetSensors;
  readonly metrics: Metrics;
  /** What the sensor said last; null where there is none, or before. */
  readonly health: () => SensorHealth | null;
  /** Rates and the open window of a running sensor; null where there is none, or before. */
  readonly now: () => LiveNow | null;
  /** Hellos that no window contains yet; null after the first whole window, and without a sensor. */
  readonly early: () => EarlyHellos | null;
  readonly wiretally: string;
  /** Of the catalogue in force, by id and displayed name. */
  readonly tools: () => WrittenNames<Named>;
  /** Allowed Host names in addition to addresses and localhost. */
  readonly publicNames: readonly string[];
  readonly isTls: boolean;
  /** Pseudonym lookup and the users allowed to use it; null without one. */
  readonly identities: Identities | null;
  /** States of findings, and the users allowed to change them; null without a log. */
  readonly findings: FindingStates | null;
  /** Receivers file of a running sensor; null without one. */
  readonly receivers: string | null;
  /** Log of unexpected errors; the response refers to it. */
  readonly say: (text: string) => void;
}

type View = (document: ReportDocument, question: Question) => ReturnType<typeof views.tools>;

const PAGES: readonly (readonly [string, View])[] = [
  ['/tools', views.tools],
  ['/findings', views.findings],
  ['/services', views.services],
  ['/not-visible', views.notVisible],
  ['/method', views.method],
  ['/search', views.search],
];

const JSON_ANSWERS: readonly (readonly [
  string,
  (document: ReportDocument, question: Question) => unknown,
])[] = [
  ['/report', answers.reportAnswer],
  ['/hosts', answers.hostsAnswer],
  ['/tools', answers.toolsAnswer],
  ['/findings', answers.findingsAnswer],
  ['/not-visible', answers.notVisibleAnswer],
];

export function makeApp(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const { documents, fleet } = site;
  const openings = site.identities === null ? null : new Openings(site.identities);
  const states = site.findings === null ? null : new StateForms(site.findings);
  guardRequests(app, site);

  app.get('/healthz', (c) => c.text('alive\n'));
  app.get('/readyz', (c) =>
    documents.isReady
      ? c.text('ready\n')
      : c.text(`not ready: ${documents.trouble?.message ?? 'the source is being read'}\n`, 503),
  );
  app.get(
    '/events',
    eventsOf(documents, () => {
      const now = site.now();
      return now === null ? null : JSON.stringify(liveFigures(now, Date.now() / 1000));
    }),
  );
  app.get('/metrics', async (c) =>
    c.body(await site.metrics.text(), 200, { 'Content-Type': site.metrics.contentType }),
  );
  for (const { path, type, text } of ASSETS)
    app.get(path, (c) =>
      c.body(text, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
    );

  if (site.analyzer !== null) routeAnalyzer(app, site.analyzer);

  const written = (c: Context): Question => readQuestion(new URL(c.req.url).searchParams);
  const asked = async (c: Context): Promise<{ question: Question; document: ReportDocument }> => {
    const question = written(c);
    const document = await documents.about(spanOf(question, documents.timezone));
    return { question: withToolId(question, site.tools(), document), document: whole(document) };
  };
  const toolIn = (c: Context, document: ReportDocument): string =>
    toolIdOf(c.req.param('tool') ?? '', site.tools(), document, 404);
  const whole = (document: ReportDocument): ReportDocument => {
    const shown = site.findings?.show(document) ?? document;
    return openings === null ? shown : withoutSmallGroups(shown);
  };
  const compared = async (c: Context) => {
    const asking = written(c);
    const spans = againstOf(asking, documents.timezone);
    // One after the other, as all documents are made.
    const document = whole(await documents.about(spans?.after ?? spanOf(asking, documents.timezone)));
    const question = withToolId(asking, site.tools(), document);
    const before = spans === null ? null : whole(await documents.about(spans.before));
    const comparison = before === null ? null : comparePart(before, document, question);
    return { question, document, comparison };
  };
  const connections = async (question: Question, document: ReportDocument, host: string | null) => {
    const facts = await documents.health(spanOf(question, documents.timezone));
    const least = Math.max(facts.leastHosts, openings === null ? 1 : LEAST_GROUP);
    return { facts, ...healthPart(facts, document, question, host, least) };
  };
  const healthAsked = async (
    c: Context,
  ): Promise<{ question: Question; document: ReportDocument; shown: HealthShown }> => {
    const { question, document } = await asked(c);
    const host = question.host === '' ? null : hostNameOf(document, question.host);
    const { facts, health, attempts } = await connections(question, document, host);
    const span = spanOf(question, documents.timezone);
    const diagnosis = host === null ? null : await documents.diagnosis(span, host);
    const fits = ofTool(facts.known, question.tool);
    return {
      question,
      document,
      shown: {
        ...{ health, attempts, host },
        diagnosis:
          diagnosis === null
            ? null
            : { diagnoses: diagnosis.diagnoses.filter(fits), checked: diagnosis.checked.filter(fits) },
      },
    };
  };
  /** For the time axis of a short span; null for a long one, and where the source cannot be read any more: pages stay. */
  const shortHealth = async (
    question: Question,
    document: ReportDocument,
    host: string | null = null,
  ): Promise<Health | null> => {
    const { since, until } = document.period;
    if (since === null || until === null || stepOf(unixSeconds(until) - unixSeconds(since)) === 'day')
      return null;
    try {
      return (await connections(question, document, host)).health;
    } catch (error) {
      if (error instanceof WiretallyError) return null;
      throw error;
    }
  };
  const page = (c: Context, question: Question, view: ReturnType<typeof views.tools>, isStill = false) =>
    c.html(pageText({ ...view, question, isStill, standing: standingOf(site) }));

  app.get('/', async (c) => {
    const { question, document } = await asked(c);
    const early = site.early();
    const hellos = early === null ? null : { ...early, document: whole(early.document) };
    const live = liveSection(document, site.now(), hellos, Date.now() / 1000);
    const health = await shortHealth(question, document);
    return page(c, question, views.overview(document, question, health, live));
  });
  app.get('/hosts', async (c) => {
    const { question, document } = await asked(c);
    return page(c, question, views.hosts(document, question, await shortHealth(question, document)));
  });
  for (const [path, view] of PAGES)
    app.get(path, async (c) => {
      const { question, document } = await asked(c);
      return page(c, question, view(document, question));
    });
  app.get('/sensor', async (c) => {
    const { question, document } = await asked(c);
    const body = html`${healthBody(document, site.health())}${receiversSection(site.receivers)}${asData('coverage', question, 'not-visible')}`;
    return page(c, question, { title: 'Sensor', path: '/sensor', document, body });
  });
  app.get(HEALTH_PATH, async (c) => {
    const { question, document, shown } = await healthAsked(c);
    return page(
      c,
      question,
      healthPage(document, question, shown, views.hostForm(HEALTH_PATH, document, question)),
    );
  });
  app.get('/sensors', async (c) => {
    const { question, document } = await asked(c);
    const body = fleetBody(await fleet.states(), document.period.timezone);
    return page(c, question, { title: 'Sensors', path: '/sensors', document, body });
  });
  app.get('/compare', async (c) => {
    const { question, document, comparison } = await compared(c);
    return page(
      c,
      question,
      comparePage(document, comparison, question, documents.latest?.period.until ?? null),
    );
  });
  app.get('/hosts/:host', async (c) => {
    const { question, document } = await asked(c);
    const host = c.req.param('host');
    const form = openings?.form(c.get('visitor'), host) ?? NOTHING;
    const health = await shortHealth(question, document, hostNameOf(document, host));
    return page(c, question, views.oneHost(document, question, host, health, form));
  });
  if (openings !== null) {
    app.get('/hosts/:host/identity', (c) => c.redirect(hostPath(c.req.param('host')), 303));
    app.post('/hosts/:host/identity', async (c) => {
      const { question, document } = await asked(c);
      const host = c.req.param('host');
      // A host that is not shown has nothing to be opened.
      const shown = (note: Html) => views.oneHost(document, question, host, null, note);
      shown(NOTHING);
      const identity = await openings.open(c, host);
      return page(c, question, shown(identityNote(identity)), true);
    });
  }
  if (states !== null) {
    app.get(FINDING_PATH, async (c) => {
      const { question, document } = await asked(c);
      const finding = views.findingOf(document, c.req.query('id') ?? '');
      const section = states.section(document, finding, c.get('visitor'));
      return page(c, question, views.oneFinding(document, question, finding, section));
    });
    app.post(FINDING_PATH, async (c) => {
      const id = await states.change(c, whole(await documents.about({})));
      return c.redirect(`${FINDING_PATH}?${new URLSearchParams({ id })}`, 303);
    });
  }
  app.get('/tools/:tool', async (c) => {
    const { question, document } = await asked(c);
    const tool = toolIn(c, document);
    const health = await shortHealth({ ...question, tool }, document);
    return page(c, question, views.oneTool(document, question, tool, health));
  });

  const api = new Hono();
  for (const [path, answer] of JSON_ANSWERS)
    api.get(path, async (c) => {
      const { question, document } = await asked(c);
      return json(answer(document, question));
    });
  api.get('/hosts/:host', async (c) => {
    const { question, document } = await asked(c);
    return json(answers.hostAnswer(document, question, c.req.param('host')));
  });
  api.get('/tools/:tool', async (c) => {
    const { question, document } = await asked(c);
    return json(answers.toolAnswer(document, question, toolIn(c, document)));
  });
  for (const table of TABLES)
    api.get(`/${table}.csv`, async (c) => {
      const { question, document } = await asked(c);
      return csv(tableCsv(answers.reportAnswer(document, question), table), table);
    });
  api.get('/compare', async (c) => {
    const { document, comparison } = await compared(c);
    return json(answers.compareAnswer(document, requireComparison(comparison)));
  });
  api.get('/compare.csv', async (c) => {
    const { comparison } = await compared(c);
    return csv(comparisonCsv(requireComparison(comparison)), 'compare');
  });
  api.get('/health', async (c) => {
    const { document, shown } = await healthAsked(c);
    return json(answers.healthAnswer(document, shown.health, shown.diagnosis));
  });
  api.get('/sensors', async () => json(answers.sensorsAnswer(site.wiretally, await fleet.states())));
  api.get('/sensors.csv', async () => csv(sensorsCsv(await fleet.states()), 'sensors'));
  api.get('/status', () =>
    json({
      wiretally: site.wiretally,
      isReady: documents.isReady,
      trouble: documents.trouble?.message ?? null,
      version: documents.version,
    }),
  );
  const description = openApi(site.wiretally);
  api.get('/openapi.json', () => json(description));
  app.route('/api/v1', api);

  app.notFound((c) => refuse(c, new PageError(404, 'there is no such page', 'begin at /')));
  app.onError((error, c) => refuse(c, refusalOf(error, site)));
  return app;
}

function routeAnalyzer(app: Hono<WebEnv>, { policy, files }: Analyzer): void {
  app.get(ANALYZER_PATH.slice(0, -1), (c) => c.redirect(ANALYZER_PATH, 308));
  for (const [name, { type, content }] of files)
    app.get(`${ANALYZER_PATH}${name}`, (c) => {
      c.set('policy', policy);
      return c.body(content, 200, { 'Content-Type': type });
    });
}

function guardRequests(app: Hono<WebEnv>, site: Site): void {
  const limit = new RateLimit();
  const visitors = new Visitors(site);
  const forms = [
    ...(site.identities === null ? [] : [OPENING_PATH]),
    ...(site.findings === null || site.findings.editors.size === 0 ? [] : [FINDING_FORM]),
  ];
  // Runs last, as it is the first: the analyzer has a policy of its own.
  app.use(async (c, next) => {
    await next();
    const policy = c.get('policy');
    if (policy !== undefined) c.res.headers.set('Content-Security-Policy', policy);
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ['data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      xFrameOptions: 'DENY',
      strictTransportSecurity: site.isTls ? 'max-age=31536000' : false,
      permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
    }),
  );
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    if (!isOwnName(c.req.header('host') ?? '', site.publicNames))
      throw new PageError(
        421,
        'this server is not called so',
        'ask by its address, or start it with --public-name',
      );
    requireAsking(c, forms);
    const { countedAs, name } = await visitors.recognize(c);
    await limit.take(countedAs);
    if (name === null && !visitors.takesAnybody && !OPEN_PATHS.has(c.req.path)) throw visitors.refusal(c);
    c.set('visitor', name);
    await next();
  });
}

function standingOf({ documents, wiretally, health, analyzer }: Site): Standing {
  const { trouble } = documents;
  return {
    hasAnalyzer: analyzer !== null,
    blind: blindSentences(health(), openZone(documents.timezone), Date.now() / 1000),
    wiretally,
    version: documents.version,
    trouble:
      trouble === null ? null : `The shown data is old; the source cannot be read again: ${trouble.message}`,
  };
}

function json(value: unknown): Response {
  return new Response(textStream(jsonLines(value)), {
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  });
}

function csv(chunks: Iterable<string>, table: string): Response {
  return new Response(textStream(chunks), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="wiretally-${table}.csv"`,
    },
  });
}

function requireComparison(comparison: Comparison | null): Comparison {
  if (comparison !== null) return comparison;
  throw new PageError(
    400,
    'a comparison is of two spans with something in them',
    'give since, until, against_since and against_until',
  );
}

function* jsonLines(value: unknown): Iterable<string> {
  yield* jsonChunks(value, JSON_DEPTH);
  yield '\n';
}

/** What is not a word for the visitor stays in the log. */
function refusalOf(error: Error, { say }: Site): PageError {
  if (error instanceof PageError) return error;
  if (error instanceof WiretallyError) return new PageError(503, error.message, error.next);
  say(`a page failed: ${error.stack ?? error.message}`);
  return new PageError(500, 'this page failed; the log of the server says why');
}

function refuse(c: Context, { status, message, next }: PageError): Response {
  if (c.req.path.startsWith('/api/')) return c.json({ error: { status, what: message, next } }, status);
  const words: Html = html`<p class="lead">${sentence(message)}</p>${next === null ? '' : html`<p>${sentence(next)}</p>`}`;
  return c.html(plainPage(TITLES[status], words), status);
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

const TITLES: Readonly<Record<PageError['status'], string>> = {
  400: 'That cannot be asked',
  401: 'Who are you?',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not here',
  413: 'Too much',
  421: 'Wrong name',
  429: 'Too often',
  500: 'Failed',
  503: 'Not now',
};

const PART_LENGTH = 65_536;

/** A text that is written while it is made, as fast as the other side reads it. */
function textStream(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  const parts = inParts(chunks, PART_LENGTH)[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = parts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      parts.return?.();
    },
  });
}
