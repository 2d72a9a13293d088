// Creates a folder and its missing parent folders.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from './error-code.ts';

/**
 * Does the same as mkdir -p. The `recursive` option of Node loops without end on a file system that refuses new folders
 * with ENOENT (/proc, automatic mounts). Throws errors of the system.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (hasCode(error, 'ENOENT') && !existsSync(dirname(folder))) {
      makeFolder(dirname(folder), mode);
      makeFolder(folder, mode);
    } else if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
      throw error;
    }
  }
}
