// Files of folders of logs.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Ceilings of a folder: a year of hourly logs of ten kinds. */
const MAX_FILES = 100_000;
const MAX_DEPTH = 6;

/** Sorted. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Sorted. Links to files are followed, because the live logs of Zeek are links; hidden files are left out. */
export function filesIn(folder: string, depth = 0, most = MAX_FILES): string[] {
  const found: string[] = [];
  for (const name of entriesOf(folder)) {
    if (name.startsWith('.') || found.length >= most) continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() === true && stats.size > 0) found.push(path);
    else if (stats?.isDirectory() === true && depth < MAX_DEPTH)
      found.push(...filesIn(path, depth + 1, most - found.length));
  }
  return found;
}
