// Receives signed configurations while `ship` delivers: from the same brokers, into one file that the sensor reads.

import type { KeyObject } from 'node:crypto';
import { WiretallyError } from '../../../model/errors.ts';
import {
  openSignedConfig,
  readSignedConfigFile,
  readTrusted,
  signedConfigRefusal,
} from '../../../query/inputs/signed-config-file.ts';
import { type CarrierAccess, carrierName } from '../../../sensor/delivery/nats.ts';
import { SignedConfigReceiver } from '../../../sensor/delivery/signed-config-receiver.ts';
import { SignedConfigStream } from '../../../sensor/delivery/signed-config-stream.ts';
import { RetryPause } from '../../../sensor/retry-pause.ts';
import { SIGNED_CONFIG_SEAL, type SignedConfig } from '../../../store/signed-config.ts';
import { noteSignedConfig, openSpool } from '../../../store/spool.ts';
import { pause } from '../../output/interrupt.ts';
import { requireSafeSealed } from '../../output/output-guard.ts';

/** Policies change in days, and a look costs the broker one small answer. */
const EVERY_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

export interface ReceiveOptions {
  readonly folder: string;
  readonly file: string;
  readonly trust: readonly string[];
  readonly from: readonly CarrierAccess[];
  readonly say: (text: string) => void;
}

/** Receives from each broker until the signal, or once. */
export interface SignedConfigLoop {
  /** Of what is in force; null: as the machine says. */
  keepDays(): number | null;
  once(): Promise<void>;
  follow(signal: AbortSignal): Promise<void>;
}

/** Throws USAGE. */
export function openSignedConfigLoop(options: ReceiveOptions): SignedConfigLoop {
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
