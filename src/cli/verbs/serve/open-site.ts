// Pages of a source, listened for: what `serve` and the pages of `watch` have in common.

import { getConnInfo } from '@hono/node-server/conninfo';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { newestFactDay } from '../../../catalogue/status.ts';
import { packageVersion } from '../../../files/version.ts';
import type { SensorHealth } from '../../../model/sensor.ts';
import { makeApp } from '../../../web/app.ts';
import { Documents } from '../../../web/documents.ts';
import { FleetSensors } from '../../../web/fleet.ts';
import { certificateName } from '../../../web/guard/clients.ts';
import { Connections } from '../../../web/guard/connections.ts';
import { type Listening, listen } from '../../../web/listen.ts';
import { makeMetrics } from '../../../web/metrics/metrics.ts';
import type { PageSource } from '../../../web/page-source.ts';
import { readAccess } from './access.ts';
import { identitiesOf } from './investigators.ts';
import type { ListenOptions } from './listen-options.ts';

export interface Shown {
  readonly source: PageSource;
  readonly catalogue: () => Catalogue;
  /** What the sensor said last; null where there is none. */
  readonly health: (() => SensorHealth | null) | null;
  readonly say: (text: string) => void;
}

export interface OpenSite extends Listening {
  readonly documents: Documents;
}

/** Throws USAGE for a fault of the access control, and LISTEN_FAILED. */
export async function openSite(options: ListenOptions, shown: Shown): Promise<OpenSite> {
  const access = readAccess(options);
  const { credentials, tls, proxy } = access;
  const connections = new Connections();
  const identities = identitiesOf(options, access, shown.source);
  const { catalogue, health, say } = shown;
  const catalogueDay = (): string | null => newestFactDay(catalogue().tools);
  const documents = new Documents(shown.source);
  const fleet = new FleetSensors(shown.source);
  const wiretally = packageVersion();
  const app = makeApp({
    documents,
    fleet,
    metrics: makeMetrics({ documents, fleet, wiretally, catalogueDay, health }),
    health: health ?? (() => null),
    wiretally,
    tools: () => catalogue().written,
    publicNames: options.publicName.map((name) => name.toLowerCase()),
    isTls: tls !== null,
    credentials,
    proxy,
    certificateName: tls === null || tls.clientCa === null ? null : certificateName,
    identities,
    addressOf: (context) => getConnInfo(context).remote.address ?? '',
    onProxy: (address) => connections.trust(address),
    say,
  });
  return { ...(await listen(app, options.listen, tls, connections)), documents };
}
