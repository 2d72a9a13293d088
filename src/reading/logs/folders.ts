// Lists the files in folders of captures and logs.

import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorAt, type WiretallyError } from '../../model/errors.ts';
import { plural } from '../../text/quantity.ts';
import { hasLostBytes, unreadable } from '../captures/input-error.ts';
import { hasCaptureName } from '../captures/recognize-capture.ts';

/** Maximum files: a year of hourly logs of ten kinds, in folders of years, months, days and sensors. */
const MAX_FILES = 100_000;
const MAX_DEPTH = 12;

export interface FolderFiles {
  /** Sorted by folder and name. */
  readonly files: readonly string[];
  /** Parts that may contain files and could not be searched. */
  readonly errors: readonly WiretallyError[];
  /** Pipes, sockets, devices, and dangling links. */
  readonly others: readonly string[];
  /** Files whose names begin with a dot. */
  readonly hidden: readonly string[];
}

interface OpenFolder {
  readonly files: string[];
  readonly errors: WiretallyError[];
  readonly others: string[];
  readonly hidden: string[];
  /** Files and folders by device and inode, because links may lead to them again, or in a cycle. */
  readonly seen: Set<string>;
  readonly most: number;
}

/**
 * Finds the files of a folder, recursively. It follows links, because the live logs of Zeek are links. A file with
 * several names is listed once. Hidden folders are not entered, and empty files are listed if they have the name of a
 * capture.
 */
export function walkFolder(folder: string, most = MAX_FILES): FolderFiles {
  const found: OpenFolder = { files: [], errors: [], others: [], hidden: [], seen: new Set(), most };
  isNew(found, statSync(folder, { throwIfNoEntry: false }));
  walk(folder, 0, found);
  return found;
}

/** Returns the files only. Files that cannot be opened by their names are included, so that reports name them. */
export const filesIn = (folder: string): readonly string[] => walkFolder(folder).files;

function walk(folder: string, depth: number, found: OpenFolder): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    found.errors.push(unreadable(folder, error));
    return;
  }
  // A regular file comes before a link to it, because the name of the link may change.
  entries.sort(
    (a, b) => Number(a.isSymbolicLink()) - Number(b.isSymbolicLink()) || (a.name < b.name ? -1 : 1),
  );
  for (const entry of entries) {
    if (found.files.length >= found.most) {
      if (found.most === MAX_FILES) found.errors.push(tooMany(folder));
      return;
    }
    add(join(folder, entry.name), entry, depth, found);
  }
}

/** Compressed files are never empty: their writer did not finish. */
const PACKED_NAME = /\.(?:gz|zst)$/i;

function add(path: string, entry: Dirent, depth: number, found: OpenFolder): void {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    found.errors.push(unreadable(path, error));
    return;
  }
  const isHidden = entry.name.startsWith('.');
  if (stats?.isFile() === true) {
    if (!isNew(found, stats)) return;
    if (isHidden) found.hidden.push(path);
    else if (stats.size > 0 || hasCaptureName(entry.name) || PACKED_NAME.test(entry.name))
      found.files.push(path);
  } else if (isHidden) return;
  else if (stats?.isDirectory() === true) {
    if (!isNew(found, stats)) return;
    if (depth < MAX_DEPTH) walk(path, depth + 1, found);
    else found.errors.push(tooDeep(path));
  } else if (hasLostBytes(entry.name) || (entry.isSymbolicLink() && hasCaptureName(entry.name)))
    found.files.push(path); // The reader of the file reports the fault.
  else if (stats !== undefined || entry.isSymbolicLink()) found.others.push(path);
}

/** Some file systems have no inodes, so that every file is new. */
function isNew({ seen }: OpenFolder, stats: Stats | undefined): boolean {
  if (stats === undefined || stats.ino === 0) return true;
  const key = `${stats.dev} ${stats.ino}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

const tooDeep = (folder: string): WiretallyError =>
  errorAt('INPUT_UNREADABLE', folder, `is more than ${MAX_DEPTH} folders deep and was not read`, {
    next: 'pass this folder by itself',
  });

const tooMany = (folder: string): WiretallyError =>
  errorAt('INPUT_UNREADABLE', folder, `not all of it was read: more than ${plural(MAX_FILES, 'file')}`, {
    next: 'pass parts of the folder',
  });
