// Recognizes the inputs of a command: captures, .usage files, a store, or an evidence bundle.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DUCKDB_HEAD_BYTES, startsLikeDuckdb } from '../../files/duckdb-head.ts';
import { isFolder } from '../../files/error-code.ts';
import { readHead } from '../../files/read-bounded.ts';
import { namesIn } from '../../files/temporary-names.ts';
import { usageError } from '../../model/errors.ts';
import { hasCaptureName } from '../../reading/captures/recognize-capture.ts';
import { isOnServer } from '../../store/on-server.ts';
import { isFolderOfFiles } from './log-files.ts';
import { listWindowFolders } from './window-folders.ts';

/** A folder may have such a name too: "watch --write OUT.usage" makes one. */
export const isUsageFile = (file: string): boolean => file.endsWith('.usage') && !isFolder(file);

export type SourceKind = 'captures' | 'usageFiles' | 'store' | 'bundle';

/**
 * Several stores are read as their windows. Throws USAGE where kinds are mixed: a capture has flows that go on, a window has
 * none.
 */
export function sourceKind(files: readonly string[]): SourceKind {
  const kinds = new Set(
    files
      .map(kindOfInput)
      .map((kind, i) =>
        kind === 'store' && files.length > 1 && !isOnServer(files[i] ?? '') ? 'usageFiles' : kind,
      ),
  );
  const [kind = 'captures'] = kinds;
  if (kinds.size > 1) {
    throw usageError(
      'captures, windows, databases on servers and bundles cannot be read together',
      'wiretally analyze INPUT --write OUT.usage for each, then pass the .usage files alone',
    );
  }
  if ((kind === 'store' || kind === 'bundle') && files.length > 1) {
    throw usageError(
      `one ${kind === 'store' ? 'database on a server' : kind} can be read at a time`,
      'wiretally analyze INPUT --write OUT/ for each, then pass the folders together',
    );
  }
  return kind;
}

export function kindOfInput(file: string): SourceKind {
  if (isOnServer(file)) return 'store';
  if (isUsageFile(file)) return 'usageFiles';
  const stats = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return file.endsWith('.duckdb') ? 'store' : 'captures';
  if (stats.isDirectory() && isBundle(file)) return 'bundle';
  if (stats.isDirectory() && listWindowFolders(file) !== null) return 'usageFiles';
  if (stats.isDirectory() && isFolderOfFiles(file)) return 'captures';
  return stats.isDirectory() || (stats.isFile() && isDuckdb(file)) ? 'store' : 'captures';
}

export const holdsWindows = (file: string): boolean => isUsageFile(file) || isUsageFolder(file);

const isUsageFolder = (file: string): boolean =>
  !isOnServer(file) && isFolder(file) && kindOfInput(file) === 'store';

/** True for a folder with a manifest and without captures (folders of captures may have one too). The reader checks its content. */
const isBundle = (folder: string): boolean =>
  existsSync(join(folder, 'manifest.json')) && !namesIn(folder).some(hasCaptureName);

function isDuckdb(file: string): boolean {
  try {
    return startsLikeDuckdb(readHead(file, DUCKDB_HEAD_BYTES));
  } catch {
    // The capture reader reports why it cannot be read.
    return false;
  }
}
