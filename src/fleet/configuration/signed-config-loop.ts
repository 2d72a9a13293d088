// Receives signed configurations from brokers while windows are delivered.

import type { KeyObject } from 'node:crypto';
import { SealRefused } from '../../store/sealed.ts';
import { readSignedConfigFile, type SignedConfig } from '../../store/signed-config.ts';
import { readTrusted } from '../../store/signing.ts';
import { noteSignedConfig, openSpool } from '../../store/spool.ts';
import { errorReason } from '../../text/error-reason.ts';
import { RetryPause } from '../../time/retry-pause.ts';
import { type BrokerAccess, brokerName } from '../delivery/nats.ts';
import { SignedConfigReceiver, type SignedConfigReceiverOptions } from './signed-config-receiver.ts';
import { SignedConfigStream } from './signed-config-stream.ts';

/** Poll interval: policies change in days, and a poll costs the broker one small answer. */
const EVERY_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

interface ReceiveOptions extends Pick<SignedConfigReceiverOptions, 'file' | 'faultOf' | 'print'> {
  /** Spool of the sensors. */
  readonly folder: string;
  readonly trust: readonly string[];
  readonly from: readonly BrokerAccess[];
}

/** Receives configurations from each broker until the signal, or once. */
export interface SignedConfigLoop {
  /** Retention days of the configuration in force; null if the local setting applies. */
  keepDays(): number | null;
  once(): Promise<void>;
  follow(signal: AbortSignal, pause: Pause): Promise<void>;
}

/** Throws USAGE for a key that cannot be read. */
export function openSignedConfigLoop({
  folder,
  file,
  trust,
  from,
  faultOf,
  print,
}: ReceiveOptions): SignedConfigLoop {
  const trusted = readTrusted(trust);
  let inForce = readConfigFile(file, trusted);
  const receiver = new SignedConfigReceiver({
    file,
    trusted,
    print,
    inForce: () => readSignedConfigFile(file, trusted),
    highest: async () => (await openSpool(folder)).newestSignedConfig ?? null,
    keepHighest: (key) => noteSignedConfig(folder, key),
    sensors: async () => Object.keys((await openSpool(folder)).sensors),
    faultOf,
  });
  /** Brokers may have different configurations, so one is processed at a time. */
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
    async follow(signal, pause) {
      await Promise.all(from.map((access) => followBroker(access, takeFrom, { print, pause, signal })));
    },
  };
}

/** Returns null also for a damaged file, which the receiver reports. */
function readConfigFile(file: string, trusted: readonly KeyObject[]): SignedConfig | null {
  try {
    return readSignedConfigFile(file, trusted);
  } catch (error) {
    if (!(error instanceof SealRefused)) throw error;
    return null;
  }
}

async function followBroker(
  access: BrokerAccess,
  takeFrom: (stream: SignedConfigStream) => Promise<void>,
  {
    print,
    pause,
    signal,
  }: Pick<ReceiveOptions, 'print'> & {
    readonly pause: Pause;
    readonly signal: AbortSignal;
  },
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
      const reason = errorReason(error);
      // The delivery reports an unavailable broker repeatedly.
      if (!hasFailed)
        print(
          `no signed configurations from ${brokerName(access)}: ${reason}; the current one stays in force`,
        );
      hasFailed = true;
      await pause(retry.milliseconds, signal);
      retry.lengthen();
    }
  }
  await stream?.close();
}
