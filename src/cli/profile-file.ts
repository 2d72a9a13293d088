// A profile made before, read back from its JSON.

import { readFileSync } from 'node:fs';
import type { ToolProfile } from '../catalogue/profile.ts';
import { WiretallyError } from '../model/errors.ts';

/** Throws USAGE with the option that named the file. */
export function readProfile(file: string, option: string): ToolProfile {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isProfile(parsed)) return parsed;
  } catch (cause) {
    throw new WiretallyError('USAGE', `${file}: is not readable as a profile`, {
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
