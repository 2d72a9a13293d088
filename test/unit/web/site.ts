// A server over a made office, on a port of its own.
import { getConnInfo } from '@hono/node-server/conninfo';
import type { ReportDocument, ToolUse } from '../../../src/model/report.ts';
import type { SensorHealth } from '../../../src/model/sensor.ts';
import { formatInstant } from '../../../src/time/instant.ts';
import { DAY_SECONDS, US } from '../../../src/time/units.ts';
import { openZone } from '../../../src/time/zone.ts';
import { makeApp, type Site } from '../../../src/web/app.ts';
import { Documents } from '../../../src/web/documents.ts';
import { type Listening, listen, type TlsKeys } from '../../../src/web/listen.ts';
import { makeMetrics } from '../../../src/web/metrics/metrics.ts';
import type { SpanAsked } from '../../../src/web/page-source.ts';

/** Every kind of page; the last is not there. */
export const PLACES = [
  '/',
  '/hosts',
  '/hosts/10.20.1.5',
  '/tools',
  '/tools/claude-code',
  '/findings',
  '/compare',
  '/compare?since=2026-07-11&until=2026-07-15&against_since=2026-07-08&against_until=2026-07-11',
  '/not-visible',
  '/sensor',
  '/method',
  '/search?q=claude',
  '/no-such-page',
];

export interface MadeSite extends Listening {
  readonly documents: Documents;
  /** What the server wrote to its log. */
  readonly said: readonly string[];
  /** Another document, as if the source had grown. */
  change(document: ReportDocument): Promise<void>;
}

/** The days of a document that lie in a span, as if no other were kept. */
function aboutSpan(document: ReportDocument, { since, until }: SpanAsked): ReportDocument {
  if (since === undefined && until === undefined) return document;
  const zone = openZone(document.period.timezone);
  const { coverage, period } = document;
  const isInside = (day: string): boolean => {
    const start = zone.startOfDay(day);
    return start >= (since ?? start) && start < (until ?? Number.POSITIVE_INFINITY);
  };
  const days = coverage.filter(({ date }) => isInside(date));
  const instant = (seconds: number | undefined, edge: string | null): string | null =>
    seconds === undefined ? edge : formatInstant(seconds * US);
  const [first, last] = [days[0]?.date, days.at(-1)?.date];
  const uses = (all: readonly ToolUse[]): ToolUse[] =>
    all
      .map((use) => ({ ...use, days: use.days.filter(({ date }) => isInside(date)) }))
      .filter((use) => use.days.length > 0);
  return {
    ...document,
    period: { ...period, since: instant(since, period.since), until: instant(until, period.until) },
    coverage: days,
    observedBy:
      first === undefined || last === undefined
        ? []
        : [
            {
              sensor: 'office',
              first: formatInstant(zone.startOfDay(first) * US),
              last: formatInstant((zone.startOfDay(last) + DAY_SECONDS) * US),
            },
          ],
    hosts: document.hosts.map((host) => ({
      ...host,
      presence: host.presence.filter(isInside),
      tools: uses(host.tools),
      providers: uses(host.providers),
    })),
  };
}

export async function siteOver(
  document: ReportDocument,
  options: Partial<Site> = {},
  health: SensorHealth | null = null,
  port = 0,
  tls: TlsKeys | null = null,
): Promise<MadeSite> {
  let [current, version] = [document, 1];
  const said: string[] = [];
  const documents = new Documents({
    timezone: 'Asia/Shanghai',
    version: () => String(version),
    identity: () => null,
    document: async (span) => aboutSpan(current, span),
  });
  await documents.refresh();
  const metrics = makeMetrics({
    documents,
    wiretally: '0.1.0',
    catalogueDay: () => '2026-07-01',
    health: health === null ? null : () => health,
  });
  const app = makeApp({
    documents,
    metrics,
    health: () => health,
    wiretally: '0.1.0',
    publicNames: [],
    isTls: false,
    credentials: null,
    proxyHeader: null,
    certificateName: null,
    identities: null,
    addressOf: (context) => getConnInfo(context).remote.address ?? '',
    say: (text) => said.push(text),
    ...options,
  });
  const listening = await listen(app, { host: '127.0.0.1', port }, tls);
  return {
    ...listening,
    documents,
    said,
    async change(next) {
      [current, version] = [next, version + 1];
      await documents.refresh();
    },
  };
}
