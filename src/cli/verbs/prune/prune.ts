// `wiretally store prune STORE…`: retention that really deletes, of all sensors or some, in one store or several, with one
// proof.

import { replaceFile } from '../../../files/durable-file.ts';
import { readKeyText } from '../../../files/read-secret.ts';
import { packageVersion } from '../../../files/version.ts';
import { WiretallyError } from '../../../model/errors.ts';
import {
  type DeletionProof,
  isProven,
  type PlaceProof,
  PROOF_SEAL,
  sealProof,
} from '../../../store/deletion-proof.ts';
import { sealSum } from '../../../store/sealed.ts';
import { readPrivateKey } from '../../../store/signing.ts';
import type { PruneProof, Store } from '../../../store/store.ts';
import { matchesGlob } from '../../../text/glob.ts';
import { jsonText } from '../../../text/json-text.ts';
import { formatBytes, plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { formatInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import { parseDateTime } from '../../input/zone-for.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { requireSafeSealed } from '../../output/output-guard.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';

export interface PruneOptions {
  readonly before: string;
  readonly timezone?: string;
  readonly format: 'terminal' | 'json';
  readonly sensor: readonly string[];
  readonly proof?: string;
  readonly signKey?: string;
}

/** Works in a store that is opened for writing, and closes it. */
type WithStore = <T>(path: string, work: (store: Store) => Promise<T>) => Promise<T>;

/**
 * 3 when a fresh look at the disk still finds what was to be deleted, or a place could not be worked in. Throws what keeps
 * one store alone from being worked in; of several, the others are still worked in.
 */
export async function prune(
  paths: readonly string[],
  options: PruneOptions,
  withStore: WithStore,
): Promise<ExitCode> {
  const { proof: file, signKey, sensor } = options;
  const beforeSeconds = parseDateTime('--before', options.before, options.timezone ?? 'UTC');
  requireProofOptions(paths, options);
  const key = signKey === undefined ? null : readPrivateKey(readKeyText(signKey, 'option --sign-key'));
  const { requireDelivered } = await import('../../../fleet/delivery/delivered.ts');
  const pruneOne = async (path: string): Promise<PruneProof> => {
    requireDelivered(path, beforeSeconds);
    return await withStore(path, async (store) => store.prune(beforeSeconds, await namesIn(store, sensor)));
  };
  const places: PlaceProof[] = [];
  for (const path of paths) places.push(await placeOf(path, pruneOne, paths.length > 1));
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
    await writeOut(`${jsonText(paths.length === 1 ? only?.proof : document, 2)}\n`);
  } else await writeLines(places.flatMap((place) => placeLines(place, paths.length > 1)));
  if (file !== undefined && key !== null) {
    const bytes = sealProof(document, key);
    await replaceFile(file, bytes);
    if (options.format !== 'json') await writeLines([`proof: ${file}, SHA-256 ${sealSum(bytes)}`]);
  }
  return isProven(document) ? EXIT.done : EXIT.failed;
}

function requireProofOptions(paths: readonly string[], { proof, signKey }: PruneOptions): void {
  if ((proof === undefined) !== (signKey === undefined)) {
    throw new WiretallyError('USAGE', 'a proof is signed, and a signature is of a proof', {
      next: 'give both --proof FILE and --sign-key KEY.pem, or none',
    });
  }
  if (proof !== undefined) requireSafeSealed('--proof', proof, PROOF_SEAL, [...paths, signKey ?? '']);
}

/** Null: all. */
async function namesIn(store: Store, patterns: readonly string[]): Promise<readonly string[] | null> {
  if (patterns.length === 0) return null;
  const sensors = await store.sensors();
  return sensors
    .map(({ sensor }) => sensor)
    .filter((name) => patterns.some((pattern) => matchesGlob(pattern, name, 0)));
}

async function placeOf(
  place: string,
  pruneOne: (path: string) => Promise<PruneProof>,
  goesOn: boolean,
): Promise<PlaceProof> {
  try {
    const { sensors, ...proof } = await pruneOne(place);
    return { place, failed: null, proof: { ...proof, sensors: sensors === null ? null : [...sensors] } };
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
    `${plural(proof.deletedWindows, 'window')} deleted, ${proof.keptWindows} kept, ${proof.foundAfterwards} found afterwards`,
    ...(sensors === null
      ? []
      : [`of ${sensors.length === 0 ? 'no sensor of these names' : sensors.map(visibleText).join(', ')}`]),
    `${formatBytes(proof.bytesBefore)} to ${formatBytes(proof.bytesAfter)}`,
    `SHA-256 of what was deleted (sensor, start, revision): ${proof.deletedKeysSha256}`,
  ];
}
