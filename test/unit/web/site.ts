// A server over a generated office, on its own port.
import { getConnInfo } from '@hono/node-server/conninfo';
import type { HealthAnswer } from '../../../src/diagnosis/health.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { FleetSensor } from '../../../src/model/fleet.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { ReportDocument, ToolUse } from '../../../src/model/report.ts';
import type { SensorHealth } from '../../../src/model/sensor.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { diagnosisOfSteps, healthKnowledge, healthOfSteps } from '../../../src/query/health.ts';
import { formatInstant } from '../../../src/time/instant.ts';
import { DAY_SECONDS, US } from '../../../src/time/units.ts';
import { openZone } from '../../../src/time/zone.ts';
import type { RequestedSpan } from '../../../src/web/address-question.ts';
import { makeApp } from '../../../src/web/app.ts';
import { Documents, FleetSensors, type PageSource } from '../../../src/web/documents.ts';
import { Connections } from '../../../src/web/guard/connections.ts';
import { type Listening, listen, type TlsKeys } from '../../../src/web/listen.ts';
import { makeMetrics } from '../../../src/web/metrics/metrics.ts';
import type { Site } from '../../../src/web/page-request.ts';
import { numbersAt } from '../cell-numbers.ts';

/** Every kind of page; the last does not exist. */
export const PLACES = [
  '/',
  '/hosts',
  '/hosts/10.20.1.5',
  '/tools',
  '/tools/claude-code',
  '/health',
  '/health?host=10.20.1.5',
  '/findings',
  '/compare',
  '/compare?since=2026-07-11&until=2026-07-15&against_since=2026-07-08&against_until=2026-07-11',
  '/services',
  '/not-visible',
  '/sensor',
  '/sensors',
  '/method',
  '/search?q=claude',
  '/no-such-page',
];

export interface MadeSite extends Listening {
  readonly documents: Documents;
  /** Log of the server. */
  readonly said: readonly string[];
  /** Another document, as if the source had grown. */
  change(document: ReportDocument): Promise<void>;
}

/** The days of a document in a span, as if no others were stored. */
function aboutSpan(document: ReportDocument, { since, until }: RequestedSpan): ReportDocument {
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

const sensor = (name: string, more: Partial<FleetSensor>): FleetSensor => ({
  sensor: name,
  first: '2026-07-01T00:00:00.000000Z',
  last: '2026-07-12T09:00:00.000000Z',
  lagSeconds: 40,
  windows: 16_000,
  coverage: 0.998,
  packets: 1_000_000,
  kernelDrops: 12,
  program: '0.1.0',
  catalogue: '2026.11.1',
  policy: '337bdae0fe310d22d3dc8da22147cc4331685e55981c98351c37834b582bdf7c',
  signedConfig: { revision: 3, sha256: 'ab'.repeat(32) },
  keptFrom: '2026-07-01',
  clockAheadSeconds: 0.2,
  arrived: '2026-07-12T09:00:30.000000Z',
  keepsName: true,
  state: 'delivering',
  refused: null,
  ...more,
});
const NEVER = {
  first: null,
  last: null,
  lagSeconds: null,
  windows: 0,
  coverage: null,
  packets: 0,
  kernelDrops: 0,
};
/** One of each kind, sorted by name. */
export const FLEET: readonly FleetSensor[] = [
  sensor('berlin-1', { clockAheadSeconds: 75.5 }),
  sensor('lab<script>alert(1)</script>', {
    state: 'ended',
    keepsName: false,
    lagSeconds: 864_000,
    signedConfig: null,
  }),
  sensor('oslo-2', {
    state: 'silent',
    lagSeconds: 10_800,
    last: '2026-07-12T06:00:00.000000Z',
    signedConfig: { revision: 2, sha256: 'cd'.repeat(32) },
    refused: { windows: 4, last: '2026-07-11T10:00:00.000000Z', reason: 'too large' },
  }),
  sensor('paris-1', { ...NEVER, state: 'never', clockAheadSeconds: null }),
];

const catalogue = await loadCatalogue();

export const HOSTILE_NAME = 'x.<img src=x onerror=alert(1)>.test';

const tried = (kind: OutcomeKind, count: number, more: Partial<OutcomeCell> = {}): OutcomeCell => ({
  ...{ host: '10.20.1.5', name: 'api.anthropic.com', server: '160.79.104.10', port: 443, kind, detail: 0 },
  ...numbersAt(HEALTH_START * US, 0),
  ...{ count, segments: 40 * count, repeated: count },
  ...more,
});
const HEALTH_START = Date.parse('2026-07-10T00:00:00Z') / 1000;
const delays = (bucket: number, count: number): number[] => [
  ...Array.from({ length: bucket }, () => 0),
  count,
];
const served = (count: number): OutcomeCell =>
  tried('served', count, { handshakeDelays: delays(9, count), answerDelays: delays(14, count) });
const known = healthKnowledge(catalogue);

/** Three days: connections that work, then a firewall that drops SYNs; a name as no catalogue has one. */
export const HEALTH: HealthAnswer = {
  ...healthOfSteps(
    {
      step: 'day',
      steps: [
        { startSeconds: HEALTH_START, cells: [served(90), tried('synSilent', 3, { name: HOSTILE_NAME })] },
        {
          startSeconds: HEALTH_START + DAY_SECONDS,
          cells: [served(40), tried('synSilent', 12, { value: 36 })],
        },
        {
          startSeconds: HEALTH_START + 2 * DAY_SECONDS,
          cells: [
            tried('synSilent', 60, { value: 180 }),
            tried('dnsError', 9, { host: '10.20.1.6', server: '10.20.0.1', port: 53, detail: 3 }),
          ],
        },
      ],
    },
    catalogue,
  ),
  known: {
    ...known,
    toolsOf: (name) => (name === HOSTILE_NAME ? ['claude-code'] : known.toolsOf(name)),
  },
};

/** An hour from 02:00 UTC on 10 July 2026 by minutes, without its minutes 20 to 29. */
export const HOUR: HealthAnswer = {
  ...HEALTH,
  step: 'minute',
  steps: Array.from({ length: 60 }, (_, minute) => minute)
    .filter((minute) => minute < 20 || minute > 29)
    .map((minute) => ({
      startSeconds: HEALTH_START + 2 * 3600 + minute * 60,
      cells: [served(minute + 1)],
    })),
};

export async function siteOver(
  document: ReportDocument,
  options: Partial<Site> = {},
  health: SensorHealth | null = null,
  port = 0,
  tls: TlsKeys | null = null,
  connections: HealthAnswer = HEALTH,
): Promise<MadeSite> {
  let [current, version] = [document, 1];
  const said: string[] = [];
  const source: PageSource = {
    timezone: 'Asia/Shanghai',
    version: () => String(version),
    identity: () => null,
    document: async (span) => aboutSpan(current, span),
    health: async () => connections,
    diagnosis: async (_, host) => diagnosisOfSteps(connections, [], host),
    sensors: async () => FLEET,
  };
  const documents = new Documents(source);
  const fleet = options.fleet ?? new FleetSensors(source);
  await documents.refresh();
  const metrics = makeMetrics({
    documents,
    fleet,
    wiretally: '0.1.0',
    catalogueDay: () => '2026-07-01',
    findings: options.findings ?? null,
    health: health === null ? null : () => health,
  });
  const open = new Connections();
  const app = makeApp({
    analyzer: null,
    documents,
    fleet,
    metrics,
    health: () => health,
    rates: () => null,
    early: () => null,
    wiretally: '0.1.0',
    tools: () => catalogue.written,
    publicNames: [],
    isTls: false,
    credentials: null,
    proxy: null,
    certificateName: null,
    identities: null,
    findings: null,
    receivers: null,
    addressOf: (context) => getConnInfo(context).remote.address ?? '',
    onProxy: (address) => open.trust(address),
    print: (text) => said.push(text),
    ...options,
  });
  const listening = await listen(app, { host: '127.0.0.1', port }, tls, open);
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
