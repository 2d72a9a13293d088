// Builds the server as a function from request to answer: routes, and the checks before them. It opens no socket.

import { setTimeout } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { WiretallyError } from '../model/errors.ts';
import { type Html, html, NOTHING } from '../report/html/markup.ts';
import { blindSentences } from '../report/text/words.ts';
import { jsonLines } from '../text/json-text.ts';
import { joinParts } from '../text/text-parts.ts';
import { openZone } from '../time/zone.ts';
import { getAddress } from './address-question.ts';
import { ANALYZER_PATH, type Analyzer } from './analyzer-page.ts';
import { buildAnswer, CSV_ROUTES, openApi, ROUTES, warningsOf } from './api/openapi.ts';
import { SCRIPT_ASSET, STYLE_ASSET, ZOOM_ASSET } from './assets.ts';
import { FINDING_FORMS, StateForms } from './findings/finding-states.ts';
import { isAllowedHost } from './guard/clients.ts';
import { HEALTH_PATHS } from './guard/connections.ts';
import { requireAsking } from './guard/forms.ts';
import { RateLimit } from './guard/rate-limit.ts';
import { Visitors, type WebEnv } from './guard/visitors.ts';
import { identityNote, LOOKUP_PATH, PseudonymLookups } from './identity/pseudonym-lookups.ts';
import { makeEvents } from './live/event-stream.ts';
import { liveFigures } from './live/live-rates.ts';
import { PageError } from './page-error.ts';
import { type Forms, noSuchPage, PageRequest, type Site } from './page-request.ts';
import { FINDING_PATH, FINDINGS_PATH, hostPath } from './pages/links.ts';
import { type PageContent, pageText, plainPage, type SourceStatus } from './pages/page-frame.ts';
import { PAGES, PLACES } from './pages/pages.ts';
import { hostPage } from './pages/views.ts';
import { selectPart } from './selection.ts';

/** Assets need no access control, because they contain no data of the network. */
const ASSETS = [STYLE_ASSET, SCRIPT_ASSET, ZOOM_ASSET];
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', ...ASSETS.map(({ path }) => path)]);
/** Depth down to which lists of an answer are written entry by entry. */
const JSON_DEPTH = 2;

export function makeApp(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const forms: Forms = {
    lookups: site.identities && new PseudonymLookups(site.identities),
    states: site.findings && new StateForms(site.findings),
  };
  const makeRequest = (c: Context<WebEnv>): PageRequest => new PageRequest(site, forms, c);
  const page = (c: Context<WebEnv>, view: Omit<PageContent, 'sourceStatus' | 'isStill'>, isStill = false) =>
    c.html(pageText({ ...view, isStill, sourceStatus: buildSourceStatus(site) }));
  guardRequests(app, site);
  routeSystem(app, site);
  routeAnalyzer(app, site.analyzer);
  for (const { path, view } of PAGES)
    app.get(path, async (c) => {
      const pending = view(makeRequest(c));
      return (await isReadSoon(site, c, pending)) ? page(c, await pending) : pageBeforeReading(c);
    });
  routeForms(app, forms, makeRequest, page);
  app.route('/api/v1', buildApi(site, makeRequest));
  app.notFound((c) => refuse(c, noSuchPage()));
  app.onError((error, c) => refuse(c, buildRefusal(error, site)));
  return app;
}

/** Wait before a browser gets an interim page, instead of an empty window, while a large store is read for the first time. */
const READ_SOON_MS = 1000;
const LOOK_AGAIN_SECONDS = 1;

/** False if a browser needs an interim page until a document is whole. Programs wait for their answer. */
async function isReadSoon({ documents }: Site, c: Context<WebEnv>, page: Promise<unknown>): Promise<boolean> {
  if (documents.isWhole || c.req.header('accept')?.includes('text/html') !== true) return true;
  const hasEnded = page.then(
    () => true,
    () => true,
  );
  return (await Promise.race([hasEnded, setTimeout(READ_SOON_MS, false)])) || documents.isWhole;
}

function pageBeforeReading(c: Context<WebEnv>): Response | Promise<Response> {
  c.header('Refresh', String(LOOK_AGAIN_SECONDS));
  c.header('Retry-After', String(LOOK_AGAIN_SECONDS));
  return c.html(
    plainPage(
      'Reading the records',
      html`<p class="lead">The page appears here when all records are read.</p>`,
    ),
    503,
  );
}

/** Routes health checks, metrics, and the assets of the pages. */
function routeSystem(app: Hono<WebEnv>, { documents, metrics, rates }: Site): void {
  app.get('/healthz', (c) => c.text('alive\n'));
  app.get('/readyz', (c) =>
    documents.isReady
      ? c.text('ready\n')
      : c.text(`not ready: ${documents.trouble?.message ?? 'the source is being read'}\n`, 503),
  );
  app.get(
    '/events',
    makeEvents(documents, () => {
      const live = rates();
      return live === null ? null : JSON.stringify(liveFigures(live, Date.now() / 1000));
    }),
  );
  app.get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
  );
  for (const { path, type, text } of ASSETS)
    app.get(path, (c) =>
      c.body(text, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
    );
}

/** Routes the forms. */
function routeForms(
  app: Hono<WebEnv>,
  { lookups, states }: Forms,
  makeRequest: (c: Context<WebEnv>) => PageRequest,
  page: (
    c: Context<WebEnv>,
    view: Omit<PageContent, 'sourceStatus' | 'isStill'>,
    isStill: boolean,
  ) => Response,
): void {
  if (lookups !== null) {
    app.get('/hosts/:host/identity', (c) => c.redirect(hostPath(c.req.param('host')), 303));
    app.post('/hosts/:host/identity', async (c) => {
      const { question, document } = await makeRequest(c).readAnswer();
      const host = c.req.param('host');
      // Only hosts on the page can be looked up.
      const shown = (note: Html) =>
        hostPage(document, question, host, { health: null, diagnoses: [], more: note });
      shown(NOTHING);
      return page(c, { question, ...shown(identityNote(await lookups.lookUp(c, host))) }, true);
    });
  }
  if (states !== null) {
    app.post(FINDING_PATH, async (c) => {
      const request = makeRequest(c);
      const id = await states.change(c, request.shown(await request.site.documents.findDocument({})));
      // The keys go on at the result.
      return c.redirect(`${FINDING_PATH}?${new URLSearchParams({ id })}#chh`, 303);
    });
    app.post(FINDINGS_PATH, async (c) => {
      const { question, document } = await makeRequest(c).readAnswer();
      await states.acknowledge(c, question, selectPart(document, question));
      return c.redirect(`${getAddress(FINDINGS_PATH, question)}#findings`, 303);
    });
  }
}

function buildApi(site: Site, makeRequest: (c: Context<WebEnv>) => PageRequest): Hono<WebEnv> {
  const api = new Hono<WebEnv>();
  for (const route of ROUTES)
    api.get(route.path.replace(/\{(\w+)\}/, ':$1'), async (c) =>
      json(await buildAnswer(route, makeRequest(c))),
    );
  for (const { table, give } of CSV_ROUTES)
    api.get(`/${table}.csv`, async (c) => {
      const given = await give(makeRequest(c));
      const answer = csv(given.lines, table);
      for (const warning of warningsOf(given, site)) answer.headers.append('Warning', warning);
      return answer;
    });
  // Made at the first request: its schemas take a tenth of a second of the start.
  let description: object | null = null;
  api.get('/openapi.json', () => {
    description ??= openApi(site.wiretally);
    return json(description);
  });
  return api;
}

function routeAnalyzer(app: Hono<WebEnv>, analyzer: Analyzer | null): void {
  app.get(ANALYZER_PATH.slice(0, -1), (c) => c.redirect(ANALYZER_PATH, 308));
  if (analyzer === null) {
    app.get(ANALYZER_PATH, () => {
      throw new PageError(
        404,
        'the page that analyzes captures is not built on this server',
        'packages contain it; in a clone, install emscripten and make, run "npm run build:browser", and start the server again',
      );
    });
    return;
  }
  const { policy, files } = analyzer;
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
    ...(site.identities === null ? [] : [LOOKUP_PATH]),
    ...(site.findings === null || site.findings.editors.size === 0 ? [] : [FINDING_FORMS]),
  ];
  // Registered first, so its second half runs last: the analyzer page has its own content security policy.
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
    if (!isAllowedHost(c.req.header('host') ?? '', site.publicNames))
      throw new PageError(
        421,
        'unknown host name',
        'use the address of the server, or start it with --public-name',
      );
    requireAsking(c, forms);
    const { countedAs, name } = await visitors.recognize(c);
    await limit.take(HEALTH_PATHS.has(c.req.path) ? `health ${countedAs}` : countedAs);
    if (name === null && !visitors.allowsAnyClient && !OPEN_PATHS.has(c.req.path)) throw visitors.refusal(c);
    c.set('visitor', name);
    c.set('client', countedAs);
    await next();
  });
}

function buildSourceStatus({ documents, wiretally, health, analyzer, rates }: Site): SourceStatus {
  const { trouble } = documents;
  const live = rates();
  return {
    places: PLACES,
    hasAnalyzer: analyzer !== null,
    interfaceWarnings: blindSentences(health(), openZone(documents.timezone), Date.now() / 1000),
    closes: live === null ? null : liveFigures(live, Date.now() / 1000).closes,
    wiretally,
    version: documents.version,
    trouble:
      trouble === null ? null : `The shown data is old; the source cannot be read again: ${trouble.message}`,
  };
}

function json(value: unknown): Response {
  return new Response(textStream(jsonLines(value, JSON_DEPTH)), {
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

/** Builds the error page. Internal details appear only in the log. */
function buildRefusal(error: Error, { print }: Site): PageError {
  if (error instanceof PageError) return error;
  if (error instanceof WiretallyError) return new PageError(503, error.message, error.next);
  print(`a page failed: ${error.stack ?? error.message}`);
  return new PageError(500, 'this page failed; the server log contains the reason');
}

function refuse(c: Context, { status, message, next }: PageError): Response {
  if (c.req.path.startsWith('/api/')) return c.json({ error: { status, what: message, next } }, status);
  const words: Html = html`<p class="lead">${sentence(message)}</p>${next === null ? '' : html`<p>${sentence(next)}</p>`}`;
  return c.html(plainPage(TITLES[status], words), status);
}

/** Begins a message with a capital letter, unless it begins with the name of a file. */
const sentence = (words: string): string =>
  /^\S+:/.test(words) ? `${words}.` : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

const TITLES: Readonly<Record<PageError['status'], string>> = {
  400: 'Invalid request',
  401: 'Authentication required',
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

/** Streams a text while it is made, as fast as the client reads it. */
function textStream(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  const parts = joinParts(chunks, PART_LENGTH)[Symbol.iterator]();
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
