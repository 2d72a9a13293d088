// A folder of captures stands for the captures in it. In which order they are named changes nothing: they are read by the
// times of their first packets.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasCaptureName } from '../../capture/recognize-capture.ts';

/** With one of these in it, it is a folder of windows. */
const NOT_OF_CAPTURES = /\.usage$/;

/** Null: no folder, or none of captures. Folders in it are not entered. */
export function capturesIn(path: string): string[] | null {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  const names = namesIn(path);
  if (names.some((name) => NOT_OF_CAPTURES.test(name))) return null;
  const captures = names.filter((name) => hasCaptureName(name) && !name.startsWith('.'));
  return captures.length === 0 ? null : captures.sort().map((name) => join(path, name));
}

/** False for a folder that cannot be read: its reader says why. */
export function isEmptyFolder(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Its reader says why it cannot be read.
    return [];
  }
}
