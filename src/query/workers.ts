// Default number of decoding threads: one per core, and one where starting more costs more.

import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** A helper thread takes about 40 ms of CPU to start, in which one thread decodes this much. */
const WORTH_HELPERS_BYTES = 32 * 1024 * 1024;

export function workersFor(files: readonly string[], asked: number | undefined): number {
  if (asked !== undefined) return asked;
  let bytes = 0;
  for (const file of files) {
    const stats = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    // Streams may be of any length; missing files are reported by the reader.
    bytes += stats?.isFile() === true ? stats.size : file === '-' ? WORTH_HELPERS_BYTES : 0;
  }
  return bytes < WORTH_HELPERS_BYTES ? 1 : availableParallelism();
}
