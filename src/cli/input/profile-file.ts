// A profile made before, read back from its JSON.

import type { ToolProfile } from '../../attribution/profile/profile.ts';
import { readBounded, refusalOf } from '../../files/read-bounded.ts';
import { WiretallyError } from '../../model/errors.ts';

/** Ceiling of a profile: a hundred names make 50 kB. */
const MAX_PROFILE_BYTES = 8 << 20;

/** Throws USAGE with the option that named the file. */
export function readProfile(file: string, option: string): ToolProfile {
  try {
    const parsed: unknown = JSON.parse(readBounded(file, MAX_PROFILE_BYTES).toString('utf8'));
    if (isProfile(parsed)) return parsed;
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'is no JSON' : refusalOf(cause);
    throw new WiretallyError('USAGE', `${file}: is not readable as a profile: ${reason}`, {
      cause,
      where: `option ${option}`,
    });
  }
  throw new WiretallyError('USAGE', `${file}: is no profile`, {
    where: `option ${option}`,
    next: 'wiretally profile FILE --tool ID --format json > OLD.json makes one',
  });
}

function isProfile(value: unknown): value is ToolProfile {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'schema' in value &&
    value.schema === 1 &&
    'tool' in value &&
    'names' in value &&
    Array.isArray(value.names)
  );
}
