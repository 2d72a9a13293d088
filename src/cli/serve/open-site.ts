// Opens the server for the pages of a source: shared code of `serve` and the pages of `watch`.

import { getConnInfo } from '@hono/node-server/conninfo';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { findNewestFactDay } from '../../catalogue/freshness.ts';
import { packageVersion } from '../../files/package-version.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { ANALYZER } from '../../web/analyzer-page.ts';
import { makeApp } from '../../web/app.ts';
import { Documents, FleetSensors, type PageSource } from '../../web/documents.ts';
import type { FindingStates } from '../../web/findings/finding-states.ts';
import { certificateName } from '../../web/guard/clients.ts';
import { Connections } from '../../web/guard/connections.ts';
import { type Listening, listen } from '../../web/listen.ts';
import type { EarlyHellos, LiveRates } from '../../web/live/live-rates.ts';
import { makeMetrics } from '../../web/metrics/metrics.ts';
import { readAccess, requireTokens } from './access.ts';
import { findIdentities } from './investigators.ts';
import type { ListenOptions } from './listen-options.ts';

export interface Shown {
  readonly source: PageSource;
  readonly catalogue: () => Catalogue;
  /** Returns the sensor's last status; null if there is none. */
  readonly health: (() => SensorHealth | null) | null;
  /** States of findings; absent or null without a log. */
  readonly findings?: FindingStates | null;
  readonly print: (text: string) => void;
  /** The same field as in Site; absent without a receivers file. */
  readonly receivers?: string | null;
  /** The same fields as in Site; absent without a running sensor. */
  readonly rates?: () => LiveRates | null;
  readonly early?: () => EarlyHellos | null;
}

export interface OpenSite extends Listening {
  readonly documents: Documents;
}

/** Throws USAGE for a fault of the access control, and LISTEN_FAILED. */
export async function openSite(options: ListenOptions, shown: Shown): Promise<OpenSite> {
  const access = readAccess(options);
  const { credentials, tls, proxy } = access;
  const connections = new Connections();
  const identities = findIdentities(options, access, shown.source);
  const { catalogue, health, print, findings = null } = shown;
  requireTokens('--finding-editor', findings?.editors ?? [], access);
  const catalogueDay = (): string | null => findNewestFactDay(catalogue().tools);
  const documents = new Documents(shown.source);
  const fleet = new FleetSensors(shown.source);
  const wiretally = packageVersion();
  const app = makeApp({
    analyzer: ANALYZER,
    documents,
    fleet,
    metrics: makeMetrics({ documents, fleet, wiretally, catalogueDay, health, findings }),
    health: health ?? (() => null),
    rates: shown.rates ?? (() => null),
    early: shown.early ?? (() => null),
    wiretally,
    tools: () => catalogue().written,
    publicNames: options.publicName.map((name) => name.toLowerCase()),
    isTls: tls !== null,
    credentials,
    proxy,
    certificateName: tls === null || tls.clientCa === null ? null : certificateName,
    identities,
    findings,
    receivers: shown.receivers ?? null,
    addressOf: (context) => getConnInfo(context).remote.address ?? '',
    onProxy: (address) => connections.trust(address),
    print,
  });
  return { ...(await listen(app, options.listen, tls, connections)), documents };
}
