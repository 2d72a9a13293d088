// Runs `serve`: listens, gives its rights up, reads, and reads anew whenever the source has grown.

import { setTimeout } from 'node:timers/promises';
import { getConnInfo } from '@hono/node-server/conninfo';
import { newestFactDay } from '../../../catalogue/status.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { makeApp } from '../../../web/app.ts';
import { Documents } from '../../../web/documents.ts';
import { listen } from '../../../web/listen.ts';
import { makeMetrics } from '../../../web/metrics/metrics.ts';
import { printWarning } from '../../output/messages.ts';
import { CAPABILITY, confine } from '../../rights/confine.ts';
import { confinePlaces } from '../../rights/rights.ts';
import { packageVersion } from '../../version.ts';
import { readAccess } from './access.ts';
import type { ServeOptions } from './serve-options.ts';
import { openPageSource } from './source.ts';

const POLL_EVERY_MS = 2_000;
const READING_SHARE = 9;

/** Ends on SIGINT or SIGTERM. Throws LISTEN_FAILED, and what keeps the source from being read the first time. */
export async function runServe(inputs: readonly string[], options: ServeOptions): Promise<void> {
  const { credentials, tls } = readAccess(options);
  const say = (text: string): void => {
    if (options.quiet !== true) printWarning(text);
  };
  const source = await openPageSource(inputs, options);
  const documents = new Documents(source);
  const { tools } = await loadCatalogue(options.catalogue);
  const metrics = makeMetrics({
    documents,
    wiretally: packageVersion(),
    catalogueDay: () => newestFactDay(tools),
    health: null,
  });
  const app = makeApp({
    documents,
    metrics,
    wiretally: packageVersion(),
    publicNames: options.publicName.map((name) => name.toLowerCase()),
    isTls: tls !== null,
    credentials,
    addressOf: (context) => getConnInfo(context).remote.address ?? '',
    say,
  });
  // A port is taken before the right to listen is given up, and before anything that others made is read.
  const listening = await listen(app, options.listen, tls);
  confineServe(inputs, options, options.verbose === true ? printWarning : () => undefined);
  try {
    await documents.refresh();
    if (!documents.isReady && documents.trouble !== null) throw documents.trouble;
    say(`serving ${listening.url}`);
    await untilTold(documents);
  } finally {
    await listening.close();
  }
}

function confineServe(inputs: readonly string[], options: ServeOptions, say: (text: string) => void): void {
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  if (!options.sandbox || process.platform !== 'linux') {
    confine({ keep }, say);
    return;
  }
  const { policy, hosts, pseudonymize, catalogue } = options;
  const words = [...inputs, policy, hosts, pseudonymize, ...catalogue].filter((word) => word !== undefined);
  confinePlaces(keep, words, [], say);
}

/** Looks at the source often, and never reads it anew for more than a tenth of the time. */
async function untilTold(documents: Documents): Promise<void> {
  const told = new AbortController();
  const end = (): void => told.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  let pause = POLL_EVERY_MS;
  while (!told.signal.aborted) {
    await setTimeout(pause, undefined, { signal: told.signal }).catch(() => undefined);
    const before = performance.now();
    if (!told.signal.aborted) await documents.refresh();
    pause = Math.max(POLL_EVERY_MS, READING_SHARE * (performance.now() - before));
  }
}
