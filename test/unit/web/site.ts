// A server over a made office, on a port of its own.
import { getConnInfo } from '@hono/node-server/conninfo';
import type { ReportDocument } from '../../../src/model/report.ts';
import type { SensorHealth } from '../../../src/model/sensor.ts';
import { makeApp, type Site } from '../../../src/web/app.ts';
import { Documents } from '../../../src/web/documents.ts';
import { type Listening, listen, type TlsKeys } from '../../../src/web/listen.ts';
import { makeMetrics } from '../../../src/web/metrics/metrics.ts';

/** Every kind of page; the last is not there. */
export const PLACES = [
  '/',
  '/hosts',
  '/hosts/10.20.1.5',
  '/tools',
  '/tools/claude-code',
  '/findings',
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
    document: async (span) => ({
      ...current,
      period: {
        ...current.period,
        ...(span.since === undefined ? {} : { since: new Date(span.since * 1000).toISOString() }),
      },
    }),
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
