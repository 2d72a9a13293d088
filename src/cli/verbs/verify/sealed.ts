// wiretally verify FILE…: what sealed documents hold, and whether the key that is trusted has signed them.

import { createHash } from 'node:crypto';
import { readBounded, refusalOf } from '../../../files/read-bounded.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { openSignedConfig, readTrusted } from '../../../query/inputs/signed-config-file.ts';
import { plural } from '../../../report/text/quantity.ts';
import { type DeletionProof, isProven, PROOF_SEAL, readProof } from '../../../store/deletion-proof.ts';
import { SealRefused, sealSum, startsLike } from '../../../store/sealed.ts';
import { readSignedConfig, type SignedConfig } from '../../../store/signed-config.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { writeLines } from '../../output/stdout.ts';

/** The worst of them counts. Throws INPUT_UNREADABLE, USAGE, and the faults in the parts of a signed configuration. */
export async function verifySealed(files: readonly string[], keyFile: string | undefined): Promise<ExitCode> {
  const [first = ''] = files;
  if (keyFile === undefined) {
    throw new WiretallyError('USAGE', `${first}: is signed, and cannot be verified without a key`, {
      next: `wiretally verify ${first} --key PUBLIC.pem`,
    });
  }
  const trusted = readTrusted([keyFile]);
  let isWhole = true;
  let places = 0;
  let deleted = 0;
  for (const file of files) {
    const lines = files.length === 1 ? [] : [`${file}:`];
    const bytes = bytesOf(file);
    try {
      if (startsLike(PROOF_SEAL, bytes)) {
        const proof = readProof(bytes, trusted);
        lines.push(...proofLines(proof), `SHA-256 ${sealSum(bytes)}`);
        isWhole &&= isProven(proof);
        places += proof.places.length;
        for (const place of proof.places) deleted += place.proof?.deletedWindows ?? 0;
      } else lines.push(...(await signedConfigLines(readSignedConfig(bytes, trusted), file)));
    } catch (error) {
      if (!(error instanceof SealRefused)) throw error;
      lines.push(`FAULT ${error.message}`);
      isWhole = false;
    }
    await writeLines(lines);
  }
  if (places > 0 && files.length > 1)
    await writeLines([
      `${plural(places, 'place')}, ${plural(deleted, 'window')} deleted: ${isWhole ? 'proven' : 'NOT PROVEN'}`,
    ]);
  return isWhole ? EXIT.done : EXIT.violation;
}

function bytesOf(file: string): Buffer {
  try {
    return readBounded(file, PROOF_SEAL.mostBytes);
  } catch (cause) {
    throw new WiretallyError('INPUT_UNREADABLE', `${file}: cannot be read: ${refusalOf(cause)}`, { cause });
  }
}

async function signedConfigLines({ config, sha256 }: SignedConfig, file: string): Promise<string[]> {
  await openSignedConfig(config, file);
  const { revision, made, sensors, policy, hosts, catalogue, keepDays } = config;
  const entries = catalogue.map(({ name }) => ` ${name}`).join('');
  return [
    `signed configuration ${revision} of ${made} for ${sensors.join(', ')}; signed by the key given`,
    `SHA-256 ${sha256}`,
    policy === null ? 'no policy' : `policy sha256 ${createHash('sha256').update(policy).digest('hex')}`,
    hosts === null ? 'no hosts file' : `hosts file of ${plural(hosts.split('\n').length, 'line')}`,
    `${plural(catalogue.length, 'entry', 'entries')} of the catalogue${entries}`,
    ...(keepDays === null ? [] : [`delivered days are kept for ${plural(keepDays, 'day')}`]),
  ];
}

function proofLines({ made, before, sensors, places }: DeletionProof): string[] {
  const whose = sensors === null ? 'all sensors' : sensors.join(', ');
  return [
    `deletion of windows before ${before} of ${whose}, ${made}; signed by the key given`,
    ...places.map(({ place, failed, proof }) =>
      proof === null
        ? `NOT PROVEN ${place}: ${failed ?? 'nothing was done'}`
        : `${proof.foundAfterwards === 0 ? 'proven' : 'NOT PROVEN'} ${place}: ${plural(proof.deletedWindows, 'window')} deleted, ` +
          `${proof.keptWindows} kept, ${proof.foundAfterwards} found afterwards, sha256 ${proof.deletedKeysSha256}`,
    ),
  ];
}
