// Runs `serve`: listens, gives its rights up, reads, and reads again whenever the source has grown.

import { loadCatalogue } from '../../../files/catalogue-files.ts';
import type { Documents } from '../../../web/documents.ts';
import { interruptible, pause } from '../../output/interrupt.ts';
import { printWarning } from '../../output/messages.ts';
import { CAPABILITY, confine } from '../../rights/confine.ts';
import { confinePlaces } from '../../rights/rights.ts';
import { requireIdentityLog, startIdentityLog } from './investigators.ts';
import { openSite } from './open-site.ts';
import type { ServeOptions } from './serve-options.ts';
import { openPageSource } from './source.ts';

const POLL_EVERY_MS = 2_000;
const READING_SHARE = 9;

/** Ends on SIGINT or SIGTERM. Throws LISTEN_FAILED, and what keeps the source from being read the first time. */
export async function runServe(inputs: readonly string[], options: ServeOptions): Promise<void> {
  const say = (text: string): void => {
    if (options.quiet !== true) printWarning(text);
  };
  requireIdentityLog(options, inputs);
  const source = await openPageSource(inputs, options);
  const catalogue = await loadCatalogue(options.catalogue);
  // A port is taken before the right to listen is given up, and before anything that others made is read.
  const site = await openSite(options, {
    source,
    catalogue: () => catalogue,
    health: null,
    say,
  });
  const { documents } = site;
  await startIdentityLog(options);
  confineServe(inputs, options, options.verbose === true ? printWarning : () => undefined);
  try {
    await documents.refresh();
    if (!documents.isReady && documents.trouble !== null) throw documents.trouble;
    say(`serving ${site.url}`);
    await untilTold(documents);
  } finally {
    await site.close();
  }
}

function confineServe(inputs: readonly string[], options: ServeOptions, say: (text: string) => void): void {
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  if (!options.sandbox || process.platform !== 'linux') {
    confine({ keep }, say);
    return;
  }
  const { policy, hosts, sensors, pseudonymize, catalogue, identityLog } = options;
  const words = [...inputs, policy, hosts, sensors, pseudonymize, ...catalogue].filter(
    (word) => word !== undefined,
  );
  confinePlaces(keep, words, identityLog === undefined ? [] : [identityLog], say);
}

/** Checks the source often, and never reads it again for more than a tenth of the time. */
async function untilTold(documents: Documents): Promise<void> {
  await interruptible(async (signal) => {
    let waitMs = POLL_EVERY_MS;
    while (!signal.aborted) {
      await pause(waitMs, signal);
      const before = performance.now();
      if (!signal.aborted) await documents.refresh();
      waitMs = Math.max(POLL_EVERY_MS, READING_SHARE * (performance.now() - before));
    }
  });
}
