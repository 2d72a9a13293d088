// Checks that a policy gets the pseudonyms that it requires. A separate file, because pages use it without Node.

import { usageError } from '../model/errors.ts';
import type { PolicyView } from './inputs/policy-file.ts';

/** Throws USAGE for a policy that asks for pseudonyms, where none are given. */
export function requirePseudonyms({ onDisk, pseudonymOf }: PolicyView): void {
  if (onDisk === null || onDisk.policy.privacy.hosts !== 'pseudonym' || pseudonymOf !== null) return;
  throw usageError(
    `${onDisk.file}: the policy requires pseudonyms, but no key was passed`,
    'add --pseudonymize KEYFILE',
  );
}
