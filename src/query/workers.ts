// Chooses the number of decoding threads: one per core, but a single one where starting more costs more than it saves.

import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Below this size, start-up and report take most of the time: a second thread saved nothing for 8 MB or 33 MB. */
const WORTH_HELPERS_BYTES = 32 * 1024 * 1024;

export function workersFor(files: readonly string[], workers: number | undefined): number {
  if (workers !== undefined) return workers;
  let bytes = 0;
  for (const file of files) {
    const stats = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    // Streams may be of any length; missing files are reported by the reader.
    bytes += stats?.isFile() === true ? stats.size : file === '-' ? WORTH_HELPERS_BYTES : 0;
  }
  return bytes < WORTH_HELPERS_BYTES ? 1 : availableParallelism();
}
