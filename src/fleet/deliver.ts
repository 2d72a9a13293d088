// Delivers a spool with one loop per destination, and receives signed configurations meanwhile.

import type { SignedConfigLoop } from './configuration/signed-config-loop.ts';
import { Cursor } from './delivery/cursor.ts';
import type { DestinationAddress } from './delivery/destination.ts';
import { Shipper, type ShipperOptions, shippedText } from './delivery/shipper.ts';
import { enforceSpoolLimit } from './delivery/spool-limit.ts';
import { lockSpool } from './delivery/spool-lock.ts';

export interface DeliverOptions extends Pick<ShipperOptions, 'folder' | 'print' | 'pause' | 'signal'> {
  readonly destinations: readonly DestinationAddress[];
  readonly signedConfigs: SignedConfigLoop | null;
  /** Delivers what is pending, then ends. */
  readonly isOnce: boolean;
  /** Interval of the search for new windows. */
  readonly everyMs: number;
  /** Maximum size of the spool; null for no limit. */
  readonly mostBytes: number | null;
  readonly leastFreeBytes: number;
  /** Retention days of delivered windows without a signed configuration; null means as long as there is space. */
  readonly keepDays: number | null;
}

/** Delivers until the signal, or once. Throws STORE_BUSY, and with `isOnce` also the errors of a destination. */
export async function deliver(options: DeliverOptions): Promise<void> {
  const { folder, destinations, signedConfigs, isOnce, everyMs, print, pause, signal } = options;
  const release = lockSpool(folder);
  try {
    const shippers = listShippers(options);
    if (!isOnce) print(`delivering ${folder} to ${destinations.map(({ name }) => name).join(', ')}`);
    const runs = shippers.map(({ shipper }) => (isOnce ? shipper.once() : shipper.follow(everyMs)));
    // Receiving continues during the delivery.
    const delivering = new AbortController();
    const receiving = isOnce
      ? signedConfigs?.once()
      : signedConfigs?.follow(AbortSignal.any([signal, delivering.signal]), pause);
    const received = Promise.allSettled([receiving]);
    const delivered = await Promise.allSettled(runs).finally(() => delivering.abort());
    const ended = [...delivered, ...(await received)];
    for (const { to, shipper } of shippers) print(shippedText(shipper.shipped, to.name));
    const failed = ended.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } finally {
    release();
  }
}

function listShippers({
  folder,
  destinations,
  signedConfigs,
  mostBytes,
  leastFreeBytes,
  keepDays,
  print,
  pause,
  signal,
}: DeliverOptions): { readonly to: DestinationAddress; readonly shipper: Shipper }[] {
  const cursors = destinations.map((to) => Cursor.of(folder, to.name));
  const paths = new Set(cursors.map(({ path }) => path));
  const days = (): number | null => signedConfigs?.keepDays() ?? keepDays;
  const limit = { folder, mostBytes, leastFreeBytes, keepDays: days, print };
  let last = Promise.resolve();
  const limitSpool = (): Promise<void> => {
    // Includes destinations of other processes: their undelivered windows must be kept.
    const others = Cursor.all(folder).filter(({ path }) => !paths.has(path));
    last = last.catch(() => undefined).then(() => enforceSpoolLimit(limit, [...cursors, ...others]));
    return last;
  };
  return destinations.map((to, i) => {
    const cursor = cursors[i] ?? Cursor.of(folder, to.name);
    return { to, shipper: new Shipper({ folder, to, cursor, print, limitSpool, pause, signal }) };
  });
}
