// Runs `fleet configure`: validates every part, signs all of them as one package, and publishes it.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import { loadCatalogue, ownTexts } from '../../files/catalogue-files.ts';
import { replaceFile } from '../../files/durable-file.ts';
import { readKeyText } from '../../files/read-secret.ts';
import { SignedConfigStream } from '../../fleet/configuration/signed-config-stream.ts';
import { carrierName } from '../../fleet/delivery/nats.ts';
import { WiretallyError } from '../../model/errors.ts';
import { advisoriesText } from '../../policy/advisory.ts';
import { readTextFile } from '../../query/inputs/policy-file.ts';
import { openSignedConfig, readSignedConfigFile } from '../../query/inputs/signed-config-file.ts';
import { readAdvisoriesAsked } from '../../query/policy-view.ts';
import { SealRefused } from '../../store/sealed.ts';
import {
  readSignedConfig,
  type SensorConfig,
  SIGNED_CONFIG_SEAL,
  type SignedConfig,
  signConfig,
} from '../../store/signed-config.ts';
import { readPrivateKey } from '../../store/signing.ts';
import { carrierAccess, carrierFiles, isNats } from '../input/carrier.ts';
import { printWarning } from '../output/messages.ts';
import { requireSafeSealed } from '../output/output-guard.ts';
import { printSkippedAdvisories } from '../output/skipped-advisories.ts';
import { writeLines } from '../output/stdout.ts';
import { confineCarrier } from '../rights/confine-carrier.ts';
import { urlPlace } from '../rights/servers.ts';
import type { ConfigureOptions } from './options.ts';

/** Where a package goes. */
interface Place {
  readonly name: string;
  /** The highest revision that this key has signed there; 0 for none. */
  revision(): Promise<number>;
  put(signed: SignedConfig): Promise<void>;
  close(): Promise<void>;
}

/** Throws USAGE, POLICY_INVALID, CATALOGUE_INVALID, HOSTS_INVALID, SENSORS_INVALID, CARRIER_FAILED, STORE_WRITE. */
export async function runConfigure(options: ConfigureOptions): Promise<void> {
  const { to, policy, hosts, sensors, catalogue, advisories, signKey } = options;
  if (
    policy === undefined &&
    hosts === undefined &&
    sensors === undefined &&
    advisories === undefined &&
    catalogue.length === 0 &&
    options.keepDays === undefined
  ) {
    throw new WiretallyError('USAGE', 'the configuration is empty', {
      next: 'pass --policy FILE, --hosts FILE, --sensors FILE, --advisories DIR, --catalogue DIR or --keep-days N',
    });
  }
  const access = to.filter(isNats).map((address) => carrierAccess(address, options, process.env));
  const files = to.filter((address) => !isNats(address));
  const inputs = [policy, hosts, sensors, advisories, signKey].filter((file) => file !== undefined);
  for (const file of files) requireOutput(file, inputs);
  const reads = [...inputs, ...catalogue, ...carrierFiles(options)];
  const servers = access.map(({ url }) => urlPlace(url, Number(url.port)));
  confineCarrier(
    { folders: [], files, reads, servers },
    options,
    options.verbose === true ? printWarning : () => undefined,
  );
  const key = readPrivateKey(readKeyText(signKey, 'option --sign-key'));
  const content = await contentOf(options);
  const places: Place[] = [];
  try {
    const publicKey = createPublicKey(key);
    for (const file of files) places.push(filePlace(file, publicKey));
    for (const each of access)
      places.push(brokerPlace(await SignedConfigStream.open(each), carrierName(each), publicKey));
    await publish(content, places, key, options.revision ?? null);
  } finally {
    await Promise.all(places.map((place) => place.close()));
  }
}

/** Validates what it reads: an unusable part is never signed. */
async function contentOf(options: ConfigureOptions): Promise<Omit<SensorConfig, 'revision'>> {
  const { policy, hosts, sensors, advisories, catalogue, keepDays } = options;
  const content = {
    made: new Date().toISOString(),
    sensors: options.for.length === 0 ? ['*'] : [...options.for],
    policy: policy === undefined ? null : readTextFile(policy),
    hosts: hosts === undefined ? null : readTextFile(hosts),
    // Older programs take no package with a part that they do not know.
    ...(sensors === undefined ? {} : { sensorNetworks: readTextFile(sensors) }),
    ...(advisories === undefined ? {} : { advisories: await advisoriesFor(options, advisories) }),
    catalogue: catalogue.flatMap(ownTexts).map(({ file, text }) => ({ name: basename(file), text })),
    keepDays: keepDays ?? null,
  };
  await openSignedConfig(
    { revision: 1, ...content },
    policy ?? hosts ?? sensors ?? catalogue[0] ?? 'configuration',
  );
  return content;
}

async function advisoriesFor({ catalogue }: ConfigureOptions, path: string): Promise<string> {
  const published = await readAdvisoriesAsked(path, await loadCatalogue(catalogue));
  printSkippedAdvisories(published);
  return advisoriesText(published.advisories);
}

async function publish(
  content: Omit<SensorConfig, 'revision'>,
  places: readonly Place[],
  key: KeyObject,
  asked: number | null,
): Promise<void> {
  let known = 0;
  for (const place of places) {
    const there = await place.revision();
    if (asked !== null && asked <= there) {
      throw new WiretallyError(
        'USAGE',
        `${place.name}: signed configuration ${there} is there, and sensors accept no older one`,
        {
          where: 'option --revision',
          next: `pass --revision ${there + 1} or more, or remove the option`,
        },
      );
    }
    known = Math.max(known, there);
  }
  const signed = signConfig({ revision: asked ?? known + 1, ...content }, key);
  for (const place of places) {
    await place.put(signed);
    const { revision, sensors } = signed.config;
    await writeLines([`signed configuration ${revision} for ${sensors.join(', ')}: ${place.name}`]);
  }
  await writeLines([`SHA-256 ${signed.sha256}`]);
}

function filePlace(file: string, publicKey: KeyObject): Place {
  return {
    name: file,
    async revision() {
      try {
        return readSignedConfigFile(file, [publicKey])?.config.revision ?? 0;
      } catch (error) {
        if (!(error instanceof SealRefused)) throw error;
        throw new WiretallyError('USAGE', `${file}: ${error.message}`, {
          where: 'option --to',
          next: 'remove the file, and pass a --revision above that of its sensors',
        });
      }
    },
    put: ({ bytes }) => replaceFile(file, bytes),
    close: async () => undefined,
  };
}

function brokerPlace(stream: SignedConfigStream, name: string, publicKey: KeyObject): Place {
  return {
    name,
    async revision() {
      const revisions = (await stream.packages()).map((bytes) => {
        try {
          return readSignedConfig(bytes, [publicKey]).config.revision;
        } catch (error) {
          if (!(error instanceof SealRefused)) throw error;
          return 0; // of another key: its sensors count for themselves
        }
      });
      return Math.max(0, ...revisions);
    },
    put: (signed) => stream.publish(signed),
    close: () => stream.close(),
  };
}

function requireOutput(to: string, inputs: readonly string[]): void {
  if (/^[a-z][a-z+]*:\/\//.test(to)) {
    throw new WiretallyError('USAGE', `${to}: not the address of a broker or a file`, {
      where: 'option --to',
      next: 'pass nats://USER@HOST:PORT, or a file',
    });
  }
  requireSafeSealed('--to', to, SIGNED_CONFIG_SEAL, inputs);
}
