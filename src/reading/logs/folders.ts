// Files of folders of logs.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasLostBytes } from '../captures/input-error.ts';

/** Ceilings of a folder: a year of hourly logs of ten kinds. */
const MAX_FILES = 100_000;
const MAX_DEPTH = 6;

/** Sorted. */
export function listEntries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/**
 * Sorted. Links to files are followed, because the live logs of Zeek are links; hidden files are left out. Files that cannot be
 * opened by their names are listed, so that reports name them.
 */
export function filesIn(folder: string, depth = 0, most = MAX_FILES): string[] {
  const found: string[] = [];
  for (const name of listEntries(folder)) {
    if (name.startsWith('.') || found.length >= most) continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    const isFile = stats === undefined ? hasLostBytes(name) : stats.isFile() && stats.size > 0;
    if (isFile) found.push(path);
    else if (stats?.isDirectory() === true && depth < MAX_DEPTH)
      found.push(...filesIn(path, depth + 1, most - found.length));
  }
  return found;
}
