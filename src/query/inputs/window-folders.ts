// Finds the folders of windows of several sensors in one folder.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOnServer } from '../../store/on-server.ts';

/** Depth of the search: folders of sites contain folders of sensors. */
const MAX_DEPTH = 3;

/** Files of a folder of windows. */
export const OF_WINDOWS = /(?:\.usage|^\.spool\.json)$/;

/**
 * The folders of windows in a folder that holds nothing else, as one that collects those of several sensors. Null for any
 * other, also for one that has windows itself.
 */
export function listWindowFolders(path: string, depth = 0): string[] | null {
  if (isOnServer(path)) return null;
  const found: string[] = [];
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (OF_WINDOWS.test(entry.name) && !entry.isDirectory()) return depth === 0 ? null : [path];
      if (entry.name.startsWith('.')) continue;
      const inside =
        entry.isDirectory() && depth < MAX_DEPTH
          ? listWindowFolders(join(path, entry.name), depth + 1)
          : null;
      if (inside === null) return null;
      found.push(...inside);
    }
  } catch {
    // The reader reports why it cannot be read.
    return null;
  }
  return found.length === 0 ? null : found.sort();
}
