// Reads the JSON of an earlier profile.

import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';
import { type ToolProfile, toolProfile } from '../../model/profile.ts';
import { formatPath } from '../../text/text-tree.ts';

/** Maximum size of a profile: a hundred names take 50 kB. */
const MAX_PROFILE_BYTES = 8 << 20;

/** Throws USAGE with the option that named the file. */
export function readProfile(file: string, option: string): ToolProfile {
  const parsed = toolProfile.safeParse(readJson(file, option));
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues;
  const reason = fault === undefined ? '' : `: ${formatPath(fault.path.map(wordOrNumber))}: ${fault.message}`;
  throw optionError(
    option,
    `${file}: is not a profile${reason}`,
    'wiretally profile FILE --tool ID --format json > OLD.json makes one',
  );
}

const wordOrNumber = (key: PropertyKey): string | number => (typeof key === 'number' ? key : String(key));

function readJson(file: string, option: string): unknown {
  try {
    return JSON.parse(readBounded(file, MAX_PROFILE_BYTES).toString('utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'is not JSON' : causeRefusal(cause);
    throw new WiretallyError('USAGE', `${file}: is not readable as a profile: ${reason}`, {
      cause,
      where: `option ${option}`,
    });
  }
}
