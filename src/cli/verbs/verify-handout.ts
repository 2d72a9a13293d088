// wiretally verify FILE: what a hand-out holds, and whether the key that is trusted has signed it.

import { createHash } from 'node:crypto';
import { readBounded, refusalOf } from '../../files/read-bounded.ts';
import { openHandout, readTrusted } from '../../library/handout-file.ts';
import { WiretallyError } from '../../model/errors.ts';
import { plural } from '../../report/text/quantity.ts';
import { HandoutRefused, MAX_HANDOUT_BYTES, readHandout, type SignedHandout } from '../../store/handout.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { writeLines } from '../output/stdout.ts';

/** Throws INPUT_UNREADABLE, USAGE, and what is wrong with its parts. */
export async function verifyHandout(file: string, keyFile: string | undefined): Promise<ExitCode> {
  if (keyFile === undefined) {
    throw new WiretallyError('USAGE', `${file}: is a hand-out, which nobody can check without a key`, {
      next: `wiretally verify ${file} --key PUBLIC.pem`,
    });
  }
  let signed: SignedHandout;
  try {
    signed = readHandout(readBounded(file, MAX_HANDOUT_BYTES), readTrusted([keyFile]));
  } catch (cause) {
    if (cause instanceof HandoutRefused) {
      await writeLines([`FAULT ${cause.message}`]);
      return EXIT.violation;
    }
    if (cause instanceof WiretallyError) throw cause;
    throw new WiretallyError('INPUT_UNREADABLE', `${file}: cannot be read: ${refusalOf(cause)}`, { cause });
  }
  await openHandout(signed.handout, file);
  await writeLines(contentLines(signed));
  return EXIT.done;
}

function contentLines({ handout, sha256 }: SignedHandout): string[] {
  const { revision, made, sensors, policy, hosts, catalogue, keepDays } = handout;
  return [
    `hand-out ${revision} of ${made} for ${sensors.join(', ')}; signed by the key given`,
    `SHA-256 ${sha256}`,
    policy === null ? 'no policy' : `policy sha256 ${createHash('sha256').update(policy).digest('hex')}`,
    hosts === null ? 'no hosts file' : `hosts file of ${plural(hosts.split('\n').length, 'line')}`,
    `${plural(catalogue.length, 'entry', 'entries')} of the catalogue${catalogue.map(({ name }) => ` ${name}`).join('')}`,
    ...(keepDays === null ? [] : [`delivered days are kept for ${plural(keepDays, 'day')}`]),
  ];
}
