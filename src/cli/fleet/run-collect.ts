// Runs `collect`: opens the store, then the carrier, and runs until it is interrupted.

import { resolve } from 'node:path';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { isFolder } from '../../files/error-code.ts';
import { packageVersion } from '../../files/version.ts';
import { Collector, collectedText } from '../../fleet/delivery/collector.ts';
import { InHand } from '../../fleet/delivery/in-hand.ts';
import { NameGuard } from '../../fleet/delivery/name-guard.ts';
import { carrierName } from '../../fleet/delivery/nats.ts';
import { SetAside } from '../../fleet/delivery/set-aside.ts';
import { WiretallyError } from '../../model/errors.ts';
import { readSensors } from '../../query/inputs/sensors-file.ts';
import { type Attributor, attributorOf } from '../../store/attributor.ts';
import { isOnServer } from '../../store/on-server.ts';
import { loadEngine, openSummed } from '../../store/open.ts';
import { sensorNotesOf } from '../../store/sensor-notes.ts';
import { serverOf } from '../../store/servers.ts';
import type { Store } from '../../store/store.ts';
import { openUsageLog } from '../../store/usage-log.ts';
import { carrierAccess, carrierFiles, carriesInClear } from '../input/carrier.ts';
import { interruptible, pause } from '../output/interrupt.ts';
import { printWarning } from '../output/messages.ts';
import { requireSafeOutputs } from '../output/output-guard.ts';
import { confineCarrier } from '../rights/confine-carrier.ts';
import { urlPlace } from '../rights/servers.ts';
import type { CollectOptions } from './options.ts';

/**
 * A folder is added to at the ends of its files, where what comes twice counts once when it is read: to look for it first
 * would mean to read a day of a fleet for every few windows.
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

/** Throws USAGE, STORE_BUSY, and with --once CARRIER_FAILED, STORE_WRITE. */
export async function runCollect(address: string, options: CollectOptions): Promise<void> {
  const say = (text: string): void => {
    if (options.quiet !== true) printWarning(text);
  };
  const { store: path } = options;
  if (!/^[\w-]{1,32}$/.test(options.durable)) {
    throw new WiretallyError('USAGE', `--durable must be letters, digits, - or _, not "${options.durable}"`);
  }
  const access = carrierAccess(address, options, process.env);
  if (carriesInClear(access))
    say(`${access.url.host}: windows come from there in clear; use tls:// or --tls-ca`);
  requireSafeOutputs(carrierFiles(options), { store: path });
  const server = serverOf(path);
  const isServer = server !== null;
  const own = isServer ? 'wiretally' : path.replace(/\/+$/, '');
  const asideFolder = options.setAside ?? `${own}.refused`;
  const attributor = attributorOf(
    await loadCatalogue(options.catalogue),
    packageVersion(),
    await readSensors(options),
  );
  if (!isServer) await loadEngine();
  confineCarrier(
    {
      folders: path.endsWith('/') ? [path, asideFolder] : [asideFolder],
      files: isServer ? [] : [path],
      reads: [...carrierFiles(options), ...(server?.secretFiles(process.env) ?? [])],
      servers: [
        urlPlace(access.url, Number(access.url.port)),
        ...(server === null ? [] : [server.placeOf(path)]),
      ],
    },
    options,
    options.verbose === true ? printWarning : () => undefined,
  );
  await interruptible(async (signal) => {
    const store = await openCollected(path, attributor);
    try {
      const collector = new Collector({
        access,
        durable: options.durable,
        store,
        guard: new NameGuard(sensorNotesOf(path)),
        aside: new SetAside(resolve(asideFolder)),
        inHand: new InHand(resolve(asideFolder), options.durable),
        onlyPseudonyms: options.onlyPseudonyms === true,
        say,
        nowMs: Date.now,
        pause,
        signal,
      });
      if (options.once !== true) say(`collecting from ${carrierName(access)} into ${path}`);
      try {
        await (options.once === true ? collector.once() : collector.follow());
      } finally {
        say(collectedText(collector.collected));
      }
    } finally {
      await store.close();
    }
  });
}
