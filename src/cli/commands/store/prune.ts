// `wiretally store prune STORE…`: deletes expired windows of all sensors or some, in one store or several, and writes one
// proof.

import { replaceFile } from '../../../files/durable-file.ts';
import { packageVersion } from '../../../files/package-version.ts';
import { usageError, WiretallyError } from '../../../model/errors.ts';
import {
  type DeletionProof,
  isProven,
  type PlaceProof,
  PROOF_SEAL,
  type PruneProof,
  sealProof,
} from '../../../store/deletion-proof.ts';
import { sealSum } from '../../../store/sealed.ts';
import { readPrivateKey } from '../../../store/signing.ts';
import type { Store } from '../../../store/store.ts';
import { matchesGlob } from '../../../text/glob.ts';
import { formatBytes, plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { formatInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import { ARGUMENT, defineCommand, example } from '../../command.ts';
import { list, type OptionValues, option } from '../../input/declare-option.ts';
import { withStore } from '../../input/open-store.ts';
import {
  catalogueOptions,
  commonOptions,
  outputOptions,
  REPLACES_A_FILE,
  timezoneOption,
} from '../../input/options.ts';
import { sensorsOptions } from '../../input/policy-options.ts';
import { parseDateTime } from '../../input/time-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { requireSafeSealed } from '../../output/output-guard.ts';
import { writeJson } from '../../output/stdout.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

const options = {
  before: option('--before <time>', 'Input', 'Delete records that end before this date or time', {
    isMandatory: true,
    notInConfig: 'it deletes stored data: set it on the command line only',
  }),
  timezone: timezoneOption('that time (default: UTC)'),
  sensor: list('--sensor <name>', 'Input', 'Only records of this sensor; "*" matches any text'),
  proof: option('--proof <file>', 'Output', 'Write a signed proof of what was deleted', {
    notInConfig: REPLACES_A_FILE,
  }),
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the proof with this Ed25519 private key'),
  ...outputOptions,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

type PruneOptions = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Permanently delete records that end before a time; write a signed proof',
  arguments: [{ name: '<stores...>' }],
  options,
  permissions: { writes: [ARGUMENT, 'proof'] },
  examples: [
    example('store prune history.duckdb --before 2026-07-08', 'Delete older records'),
    example(
      'store prune all.usage history.duckdb --before 2026-07-08 --proof july.proof --sign-key key.pem',
      'Prune several stores with one signed proof',
    ),
  ],
  /**
   * Returns 3 if windows to delete are still on the disk afterwards, or if one of several stores failed. Throws the error of
   * a single store; of several stores, the others are still processed.
   */
  async run(paths, options) {
    const { proof: file, signKey, sensor } = options;
    const beforeSeconds = parseDateTime('--before', options.before, options.timezone ?? 'UTC');
    requireProofOptions(paths, options);
    const key = signKey === undefined ? null : readPrivateKey(signKey, 'option --sign-key');
    const { requireDelivered } = await import('../../../fleet/delivery/delivered.ts');
    const pruneStore = async (path: string): Promise<PruneProof> => {
      requireDelivered(path, beforeSeconds);
      return await withStore(path, options, async (store) =>
        store.prune(beforeSeconds, await selectSensors(store, sensor)),
      );
    };
    const places: PlaceProof[] = [];
    for (const path of paths) places.push(await prunePlace(path, pruneStore, paths.length > 1));
    const document: DeletionProof = {
      schema: 1,
      wiretally: packageVersion(),
      made: new Date().toISOString(),
      before: formatInstant(beforeSeconds * US),
      sensors: sensor.length === 0 ? null : [...sensor],
      places,
    };
    const [only] = places;
    if (options.format === 'json') {
      await writeJson(paths.length === 1 ? only?.proof : document);
    } else await writeWrapped(places.flatMap((place) => placeLines(place, paths.length > 1)));
    if (file !== undefined && key !== null) {
      const bytes = sealProof(document, key);
      await replaceFile(file, bytes);
      if (options.format !== 'json') await writeWrapped([`proof: ${file}, SHA-256 ${sealSum(bytes)}`]);
    }
    return isProven(document) ? EXIT.done : EXIT.failed;
  },
});

function requireProofOptions(paths: readonly string[], { proof, signKey }: PruneOptions): void {
  if ((proof === undefined) !== (signKey === undefined)) {
    throw usageError(
      '--proof and --sign-key must be used together',
      'pass both --proof FILE and --sign-key KEY.pem, or neither',
    );
  }
  if (proof !== undefined) requireSafeSealed('--proof', proof, PROOF_SEAL, [...paths, signKey]);
}

/** Returns null for all sensors. */
async function selectSensors(store: Store, patterns: readonly string[]): Promise<readonly string[] | null> {
  if (patterns.length === 0) return null;
  const sensors = await store.sensors();
  return sensors
    .map(({ sensor }) => sensor)
    .filter((name) => patterns.some((pattern) => matchesGlob(pattern, name, 0)));
}

async function prunePlace(
  place: string,
  pruneStore: (path: string) => Promise<PruneProof>,
  goesOn: boolean,
): Promise<PlaceProof> {
  try {
    return { place, failed: null, proof: await pruneStore(place) };
  } catch (error) {
    if (!goesOn || !(error instanceof WiretallyError)) throw error;
    return { place, failed: error.message, proof: null };
  }
}

function placeLines({ place, failed, proof }: PlaceProof, isOneOfMany: boolean): string[] {
  const name = isOneOfMany ? [`${visibleText(place)}:`] : [];
  if (proof === null) return [...name, `NOT DELETED ${visibleText(failed ?? '')}`];
  const { sensors } = proof;
  return [
    ...name,
    `${plural(proof.deletedWindows, 'record')} deleted, ${proof.keptWindows} kept, ${proof.foundAfterwards} found afterwards`,
    ...(sensors === null
      ? []
      : [`of ${sensors.length === 0 ? 'no sensor with these names' : sensors.map(visibleText).join(', ')}`]),
    `${formatBytes(proof.bytesBefore)} to ${formatBytes(proof.bytesAfter)}`,
    `SHA-256 of what was deleted (sensor, start, revision): ${proof.deletedKeysSha256}`,
  ];
}
