// Publishes a signed configuration with one revision in files and on brokers.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { replaceFile } from '../../files/durable-file.ts';
import { optionError } from '../../model/errors.ts';
import { SealRefused } from '../../store/sealed.ts';
import {
  readSignedConfig,
  readSignedConfigFile,
  type SensorConfig,
  type SignedConfig,
  signConfig,
} from '../../store/signed-config.ts';
import { type BrokerAccess, brokerName } from '../delivery/nats.ts';
import { SignedConfigStream } from './signed-config-stream.ts';

interface Place {
  readonly name: string;
  /** Returns the highest revision in this place that the key has signed; 0 for none. */
  revision(): Promise<number>;
  put(signed: SignedConfig): Promise<void>;
  close(): Promise<void>;
}

interface PublishOptions {
  readonly files: readonly string[];
  readonly brokers: readonly BrokerAccess[];
  /** Revision to publish; null means the highest existing one plus 1. */
  readonly revision: number | null;
  /** Called with each line about what was published. */
  readonly print: (line: string) => Promise<void>;
}

/** Throws USAGE, BROKER_FAILED, STORE_WRITE. */
export async function publishConfig(
  content: Omit<SensorConfig, 'revision'>,
  key: KeyObject,
  { files, brokers, revision, print }: PublishOptions,
): Promise<void> {
  const publicKey = createPublicKey(key);
  const places: Place[] = [];
  try {
    for (const file of files) places.push(openFile(file, publicKey));
    for (const broker of brokers)
      places.push(openBroker(await SignedConfigStream.open(broker), brokerName(broker), publicKey));
    const newest = await findHighestRevision(places, revision);
    const signed = signConfig({ revision: revision ?? newest + 1, ...content }, key);
    for (const place of places) {
      await place.put(signed);
      const { config } = signed;
      await print(`signed configuration ${config.revision} for ${config.sensors.join(', ')}: ${place.name}`);
    }
    await print(`SHA-256 ${signed.sha256}`);
  } finally {
    await Promise.all(places.map((place) => place.close()));
  }
}

/** Returns the highest existing revision. Throws USAGE if it is not below the requested one. */
async function findHighestRevision(places: readonly Place[], revision: number | null): Promise<number> {
  let highest = 0;
  for (const place of places) {
    const current = await place.revision();
    if (revision !== null && revision <= current) {
      throw optionError(
        '--revision',
        `${place.name}: signed configuration ${current} is already published, and sensors refuse older revisions`,
        `pass --revision ${current + 1} or higher, or remove the option`,
      );
    }
    highest = Math.max(highest, current);
  }
  return highest;
}

function openFile(file: string, publicKey: KeyObject): Place {
  return {
    name: file,
    async revision() {
      try {
        return readSignedConfigFile(file, [publicKey])?.config.revision ?? 0;
      } catch (error) {
        if (!(error instanceof SealRefused)) throw error;
        throw optionError(
          '--to',
          `${file}: ${error.message}`,
          'remove the file, and pass a --revision above that of its sensors',
        );
      }
    },
    put: ({ bytes }) => replaceFile(file, bytes),
    close: async () => undefined,
  };
}

function openBroker(stream: SignedConfigStream, name: string, publicKey: KeyObject): Place {
  return {
    name,
    async revision() {
      const revisions = (await stream.packages()).map((bytes) => {
        try {
          return readSignedConfig(bytes, [publicKey]).config.revision;
        } catch (error) {
          if (!(error instanceof SealRefused)) throw error;
          return 0; // signed with another key, whose sensors have separate revisions
        }
      });
      return Math.max(0, ...revisions);
    },
    put: (signed) => stream.publish(signed),
    close: () => stream.close(),
  };
}
