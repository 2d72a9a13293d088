// `--receivers FILE`: reads the receivers of live findings from a file that only its owner can read.

import { statSync } from 'node:fs';
import { causeRefusal, readGuarded } from '../../files/read-bounded.ts';
import type { Receiver } from '../../live/alerts/receivers-file.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';

const MAX_BYTES = 1 << 20;
const OPEN_TO_OTHERS = 0o077;

/** Throws USAGE, RECEIVERS_INVALID. */
export async function readReceivers(file: string): Promise<readonly Receiver[]> {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform !== 'win32' && (mode & OPEN_TO_OTHERS) !== 0)
    throw optionError(
      '--receivers',
      `${file}: contains secrets and is readable for other users`,
      `chmod 600 ${file}`,
    );
  const { parseReceivers } = await import('../../live/alerts/receivers-file.ts');
  return parseReceivers(fileText(file), file);
}

function fileText(file: string): string {
  try {
    return readGuarded(file, MAX_BYTES).toString('utf8');
  } catch (cause) {
    throw new WiretallyError('USAGE', `${file}: cannot be read: ${causeRefusal(cause)}`, {
      cause,
      where: 'option --receivers',
    });
  }
}
