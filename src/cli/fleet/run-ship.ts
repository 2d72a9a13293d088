// Runs `ship`: one loop for each destination, over one spool.

import type { KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import { SignedConfigReceiver } from '../../fleet/configuration/signed-config-receiver.ts';
import { SignedConfigStream } from '../../fleet/configuration/signed-config-stream.ts';
import { Cursor } from '../../fleet/delivery/cursor.ts';
import type { DestinationAddress } from '../../fleet/delivery/destination.ts';
import { freeBytesOf, makeRoom } from '../../fleet/delivery/make-room.ts';
import { type CarrierAccess, carrierName } from '../../fleet/delivery/nats.ts';
import { natsDestination } from '../../fleet/delivery/nats-destination.ts';
import { Shipper, shippedText } from '../../fleet/delivery/shipper.ts';
import { lockSpool } from '../../fleet/delivery/spool-lock.ts';
import { storeDestination } from '../../fleet/delivery/store-destination.ts';
import { WiretallyError } from '../../model/errors.ts';
import {
  openSignedConfig,
  readSignedConfigFile,
  readTrusted,
  signedConfigRefusal,
} from '../../query/inputs/signed-config-file.ts';
import { isOnServer } from '../../store/on-server.ts';
import { serverOf } from '../../store/servers.ts';
import { SIGNED_CONFIG_SEAL, type SignedConfig } from '../../store/signed-config.ts';
import { noteSignedConfig, openSpool } from '../../store/spool.ts';
import { RetryPause } from '../../time/retry-pause.ts';
import { carrierAccess, carrierFiles, carriesInClear, isNats } from '../input/carrier.ts';
import { requireTrust } from '../input/signed-config-options.ts';
import { interruptible, pause } from '../output/interrupt.ts';
import { printWarning } from '../output/messages.ts';
import { requireSafeSealed } from '../output/output-guard.ts';
import { confineCarrier } from '../rights/confine-carrier.ts';
import { urlPlace } from '../rights/servers.ts';
import type { ShipOptions } from './options.ts';

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

/** Policies change in days, and a look costs the broker one small answer. */
const EVERY_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

interface ReceiveOptions {
  readonly folder: string;
  readonly file: string;
  readonly trust: readonly string[];
  readonly from: readonly CarrierAccess[];
  readonly say: (text: string) => void;
}

/** Receives from each broker until the signal, or once. */
interface SignedConfigLoop {
  /** Of what is in force; null: as the machine says. */
  keepDays(): number | null;
  once(): Promise<void>;
  follow(signal: AbortSignal): Promise<void>;
}

/** Throws USAGE. */
function openSignedConfigLoop(options: ReceiveOptions): SignedConfigLoop {
  const { folder, file, from, say } = options;
  if (from.length === 0) {
    throw new WiretallyError('USAGE', 'signed configurations come from a broker, and --to names none', {
      where: 'option --signed-config',
      next: 'without a broker pass the file to the sensor: wiretally watch --signed-config FILE',
    });
  }
  requireSafeSealed('--signed-config', file, SIGNED_CONFIG_SEAL, [folder, ...options.trust]);
  const trusted = readTrusted(options.trust);
  // Damaged is as none: the receiver tells.
  let inForce = inFile(file, trusted);
  const receiver = new SignedConfigReceiver({
    file,
    trusted,
    say,
    inForce: () => readSignedConfigFile(file, trusted),
    highest: async () => (await openSpool(folder)).newestSignedConfig ?? null,
    keepHighest: (key) => noteSignedConfig(folder, key),
    sensors: async () => Object.keys((await openSpool(folder)).sensors),
    faultOf: async ({ config }) => {
      try {
        await openSignedConfig(config, `signed configuration ${config.revision}`);
        return null;
      } catch (error) {
        const refusal = signedConfigRefusal(error);
        if (refusal === null) throw error;
        return refusal;
      }
    },
  });
  /** One at a time: brokers may have different ones. */
  let last: Promise<unknown> = Promise.resolve();
  const takeFrom = async (stream: SignedConfigStream): Promise<void> => {
    const packages = await stream.packages();
    const taking = last.catch(() => undefined).then(() => receiver.take(packages));
    last = taking;
    inForce = await taking;
  };
  return {
    keepDays: () => inForce?.config.keepDays ?? null,
    async once() {
      for (const access of from) {
        const stream = await SignedConfigStream.open(access);
        try {
          await takeFrom(stream);
        } finally {
          await stream.close();
        }
      }
    },
    async follow(signal) {
      await Promise.all(from.map((access) => followOne(access, takeFrom, say, signal)));
    },
  };
}

function inFile(file: string, trusted: readonly KeyObject[]): SignedConfig | null {
  try {
    return readSignedConfigFile(file, trusted);
  } catch (error) {
    if (signedConfigRefusal(error) === null) throw error;
    return null;
  }
}

async function followOne(
  access: CarrierAccess,
  takeFrom: (stream: SignedConfigStream) => Promise<void>,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const retry = new RetryPause(LONGEST_PAUSE_MS);
  let stream: SignedConfigStream | null = null;
  let hasFailed = false;
  while (!signal.aborted) {
    try {
      stream ??= await SignedConfigStream.open(access);
      await takeFrom(stream);
      retry.reset();
      hasFailed = false;
      await pause(EVERY_MS, signal);
    } catch (error) {
      await stream?.close();
      stream = null;
      if (signal.aborted) break;
      const reason = error instanceof Error ? error.message : String(error);
      // The delivery reports an unavailable broker repeatedly.
      if (!hasFailed)
        say(
          `no signed configurations from ${carrierName(access)}: ${reason}; the current one stays in force`,
        );
      hasFailed = true;
      await pause(retry.milliseconds, signal);
      retry.lengthen();
    }
  }
  await stream?.close();
}
