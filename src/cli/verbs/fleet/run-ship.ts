// Runs `ship`: one loop for each destination, over one spool.

import { statSync } from 'node:fs';
import { WiretallyError } from '../../../model/errors.ts';
import { Cursor } from '../../../sensor/delivery/cursor.ts';
import type { DestinationAddress } from '../../../sensor/delivery/destination.ts';
import { freeBytesOf, makeRoom } from '../../../sensor/delivery/make-room.ts';
import { natsDestination } from '../../../sensor/delivery/nats-destination.ts';
import { Shipper, shippedText } from '../../../sensor/delivery/shipper.ts';
import { lockSpool } from '../../../sensor/delivery/spool-lock.ts';
import { storeDestination } from '../../../sensor/delivery/store-destination.ts';
import { isOnServer } from '../../../store/on-server.ts';
import { serverOf } from '../../../store/servers.ts';
import { carrierAccess, carrierFiles, carriesInClear, isNats } from '../../input/carrier.ts';
import { requireTrust } from '../../input/signed-config-options.ts';
import { interruptible, pause } from '../../output/interrupt.ts';
import { printWarning } from '../../output/messages.ts';
import { confineCarrier } from '../../rights/confine-carrier.ts';
import { urlPlace } from '../../rights/servers.ts';
import type { ShipOptions } from './options.ts';
import { openSignedConfigLoop, type SignedConfigLoop } from './receive-signed-config.ts';

const MIB = 1 << 20;

/** Throws USAGE, STORE_BUSY, and with --once what the destination says. */
export async function runShip(folder: string, options: ShipOptions): Promise<void> {
  const say = (text: string): void => {
    if (options.quiet !== true) printWarning(text);
  };
  requireSpool(folder);
  const addresses = [...new Set(options.to)];
  const access = addresses.filter(isNats).map((address) => carrierAccess(address, options, process.env));
  for (const each of access)
    if (carriesInClear(each)) say(`${each.url.host}: windows go there in clear; use tls:// or --tls-ca`);
  const servers = addresses.filter(isOnServer);
  const folders = addresses.filter((address) => !isNats(address) && !isOnServer(address));
  for (const to of folders) requireFolder(folder, to);
  const destinations: DestinationAddress[] = [
    ...access.map(natsDestination),
    ...[...servers, ...folders].map(storeDestination),
  ];
  requireTrust(options);
  const { signedConfig, trust } = options;
  const signedConfigs =
    signedConfig === undefined
      ? null
      : openSignedConfigLoop({ folder, file: signedConfig, trust, from: access, say });
  confineCarrier(
    {
      folders: [folder, ...folders],
      files: signedConfig === undefined ? [] : [signedConfig],
      reads: [
        ...carrierFiles(options),
        ...new Set(servers.flatMap((to) => serverOf(to)?.secretFiles(process.env) ?? [])),
      ],
      servers: [
        ...access.map(({ url }) => urlPlace(url, Number(url.port))),
        ...servers.flatMap((to) => serverOf(to)?.placeOf(to) ?? []),
      ],
    },
    options,
    options.verbose === true ? printWarning : () => undefined,
  );
  const release = lockSpool(folder);
  try {
    await interruptible((signal) => deliver({ folder, destinations, signedConfigs, say, signal }, options));
  } finally {
    release();
  }
}

interface Delivering {
  readonly folder: string;
  readonly destinations: readonly DestinationAddress[];
  readonly signedConfigs: SignedConfigLoop | null;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

async function deliver(
  { folder, destinations, signedConfigs, say, signal }: Delivering,
  options: ShipOptions,
): Promise<void> {
  const cursors = destinations.map((to) => Cursor.of(folder, to.name));
  const paths = new Set(cursors.map(({ path }) => path));
  const room = {
    folder,
    mostBytes: options.maxSize === undefined ? null : options.maxSize * MIB,
    leastFreeBytes: options.minFree * MIB,
    keepDays: () => signedConfigs?.keepDays() ?? options.keepDays ?? null,
    nowSeconds: () => Date.now() / 1000,
    freeBytes: freeBytesOf,
    say,
  };
  let making = Promise.resolve();
  const makeRoomOnce = (): Promise<void> => {
    // Destinations that this process does not deliver to count too: what they lack is not theirs yet.
    const others = Cursor.all(folder).filter(({ path }) => !paths.has(path));
    making = making.catch(() => undefined).then(() => makeRoom(room, [...cursors, ...others]));
    return making;
  };
  const shippers = destinations.map((to, i) => {
    const cursor = cursors[i] ?? Cursor.of(folder, to.name);
    return { to, shipper: new Shipper({ folder, to, cursor, say, makeRoom: makeRoomOnce, pause, signal }) };
  });
  if (options.once !== true)
    say(`delivering ${folder} to ${destinations.map(({ name }) => name).join(', ')}`);
  const runs = shippers.map(({ shipper }) =>
    options.once === true ? shipper.once() : shipper.follow(options.every * 1000),
  );
  // What is received goes on as long as something is delivered.
  const delivering = new AbortController();
  const receiving =
    options.once === true
      ? signedConfigs?.once()
      : signedConfigs?.follow(AbortSignal.any([signal, delivering.signal]));
  const received = Promise.allSettled([receiving]);
  const delivered = await Promise.allSettled(runs).finally(() => delivering.abort());
  const ended = [...delivered, ...(await received)];
  for (const { to, shipper } of shippers) say(shippedText(shipper.shipped, to.name));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function requireSpool(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new WiretallyError('INPUT_UNREADABLE', `${folder}: no such folder`, {
    where: folder,
    next: 'name the folder that "watch --write" or "analyze --sensor NAME --write" adds to',
  });
}

function requireFolder(spool: string, to: string): void {
  const refuse = (reason: string, next: string): never => {
    throw new WiretallyError('USAGE', `${to}: ${reason}`, { where: 'option --to', next });
  };
  if (/^[a-z][a-z+]*:\/\//.test(to))
    refuse('nothing is delivered to such an address', 'write nats://USER@HOST:PORT, or a folder');
  const there = statSync(to, { throwIfNoEntry: false });
  if (there === undefined) return;
  const own = statSync(spool);
  if (there.dev === own.dev && there.ino === own.ino)
    refuse('is the folder that is delivered', 'name another');
  if (!there.isDirectory()) refuse('is a file', 'name a folder');
}
