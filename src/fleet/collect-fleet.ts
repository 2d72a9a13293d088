// Collects the windows of a fleet: from a broker into a store, until a signal or once.

import { isFolder } from '../files/error-code.ts';
import type { Attributor } from '../store/attributor.ts';
import { isOnServer } from '../store/on-server.ts';
import { openSummed } from '../store/open.ts';
import { buildSensorNotes } from '../store/sensor-notes.ts';
import type { Store } from '../store/store.ts';
import { openUsageLog } from '../store/usage-log.ts';
import { Collector, type CollectorOptions, collectedText } from './delivery/collector.ts';
import { CrashCounts } from './delivery/crash-counts.ts';
import { NameGuard } from './delivery/name-guard.ts';
import { brokerName } from './delivery/nats.ts';
import { Quarantine } from './delivery/quarantine.ts';

interface CollectOptions
  extends Omit<CollectorOptions, 'store' | 'guard' | 'aside' | 'crashCounts' | 'nowMs'> {
  readonly path: string;
  readonly attributor: Attributor;
  readonly asideFolder: string;
  /** Collects what is pending, then ends. */
  readonly isOnce: boolean;
}

/** Throws STORE_BUSY, and with `isOnce` also BROKER_FAILED, STORE_WRITE. */
export async function collect(options: CollectOptions): Promise<void> {
  const { path, attributor, asideFolder, isOnce, ...given } = options;
  const { access, durable, print } = given;
  const store = await openCollected(path, attributor);
  try {
    const collector = new Collector({
      ...given,
      store,
      guard: new NameGuard(buildSensorNotes(path)),
      aside: new Quarantine(asideFolder),
      crashCounts: new CrashCounts(asideFolder, durable),
      nowMs: Date.now,
    });
    if (!isOnce) print(`collecting from ${brokerName(access)} into ${path}`);
    try {
      await (isOnce ? collector.once() : collector.follow());
    } finally {
      print(collectedText(collector.collected));
    }
  } finally {
    await store.close();
  }
}

/**
 * Opens the store. Windows are appended to the files of a folder, and readers ignore duplicates: to search for them first
 * would require reading a day of a fleet for every few windows.
 */
async function openCollected(
  path: string,
  attributor: Attributor,
): Promise<Pick<Store, 'put' | 'settle' | 'close'>> {
  const store = await openSummed(path, { mode: 'write', keepsMinutes: true }, attributor);
  if (isOnServer(path) || !isFolder(path)) return store;
  await store.close();
  const log = await openUsageLog(path);
  return {
    async put(windows) {
      await log.put(windows);
      return { added: windows.length, replaced: 0, ignored: 0 };
    },
    close: () => log.close(),
  };
}
