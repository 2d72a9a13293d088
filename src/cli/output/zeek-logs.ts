// Writes logs in the format of Zeek as Zeek does: one file per log, named by its path.

import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';
import { optionError } from '../../model/errors.ts';

/** Throws USAGE before anything is read, because a folder may contain logs of Zeek with the same names. */
export function requireLogFolder(folder: string, format: string): void {
  if (format !== 'zeek')
    throw optionError('--out', `--format ${format} has no separate logs`, 'add --format zeek');
  try {
    makeFolder(folder);
    if (readdirSync(folder).length === 0) return;
  } catch {
    throw optionError('--out', `${folder}: the folder cannot be created`, 'pass the name of a new folder');
  }
  throw optionError('--out', `${folder}: the folder is not empty`, 'pass the name of a new folder');
}

/** Writes each log to its file. A log begins with its header, which is one piece of the report. */
export function writeZeekLogs(pieces: Iterable<string>, folder: string): void {
  let file: number | null = null;
  try {
    for (const piece of pieces) {
      const path = piece.startsWith('#separator') ? /^#path\t(\w+)$/m.exec(piece)?.[1] : undefined;
      if (path !== undefined) {
        if (file !== null) closeSync(file);
        file = openSync(join(folder, `${path}.log`), 'wx');
      }
      if (file !== null) writeSync(file, piece);
    }
  } finally {
    if (file !== null) closeSync(file);
  }
}
