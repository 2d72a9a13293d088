// The store behind a path: what is there decides, then the name.

import { type FileHandle, open as openFile, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DUCKDB_HEAD_BYTES, startsLikeDuckdb } from '../files/duckdb-head.ts';
import { removeLeftDrafts } from '../files/owned-names.ts';
import { WiretallyError } from '../model/errors.ts';
import { MAX_WINDOW_BYTES } from '../window/ceilings.ts';
import { decodeWindows, lengthOfFirst } from '../window/codec.ts';
import type { Attributor } from './attributor.ts';
import type { History } from './history.ts';
import { serverOf } from './servers.ts';
import { isSpoolName } from './spool.ts';
import type { Store } from './store.ts';
import { DAY_FILE, openUsageFile, openUsageFolder, USAGE_EXTENSION } from './usage-file.ts';

/** Where a window is looked for in a file whose first bytes are damaged. */
const HEAD_BYTES = 1 << 20;

export interface OpenOptions {
  /** 'read' opens only what is there, and never writes. */
  readonly mode: 'read' | 'write';
  /**
   * Old windows are not summed into quarter hours as others come: where sensors deliver days late, each may still be
   * corrected. Compacting does it then. Sums are made when the caller has time: days that come piece by piece would be
   * attributed with every piece.
   */
  readonly keepsMinutes?: boolean;
}

/**
 * A folder or a name that ends in '/' is a folder of .usage files, a name in .usage one file, all else a DuckDB
 * database. What is there already must be what its name says. Throws INPUT_UNREADABLE for what is not there (reading),
 * or is no store: foreign files are never touched. STORE_BUSY when another process writes it.
 */
export async function openStore(path: string, options: OpenOptions): Promise<Store> {
  return await openSummed(path, options, null);
}

/** The same; in a store that keeps period sums, they are made of what is written: questions about it are quick then. */
export async function openSummed(
  path: string,
  options: OpenOptions,
  attributor: Attributor | null,
): Promise<Store> {
  const server = serverOf(path);
  if (server !== null) return await server.open(path, { ...options, attributor });
  const kind = (await kindOnDisk(path, options)) ?? kindByName(path, options);
  removeLeftDrafts(kind === 'folder' ? path : dirname(path));
  if (kind === 'folder') return openUsageFolder(path);
  if (kind === 'file') return openUsageFile(path);
  const { openDuckdb } = await loadEngine();
  return await openDuckdb(path, { ...options, attributor });
}

/**
 * The code of DuckDB: a process that gives its rights up may not be able to read it when it opens a store. Throws
 * `ADDON_MISSING`: its library is a package for each platform, which npm leaves out where it is told to.
 */
export async function loadEngine(): Promise<typeof import('./duckdb/duckdb-store.ts')> {
  try {
    return await import('./duckdb/duckdb-store.ts');
  } catch (cause) {
    throw new WiretallyError('ADDON_MISSING', "DuckDB's library cannot be loaded", {
      cause,
      next: 'npm install without --omit=optional; .usage files and folders of them need no engine',
    });
  }
}

/** A store that answers from period sums, opened for reading; null for one that keeps none. */
export async function openHistory(path: string, attributor: Attributor): Promise<History | null> {
  const server = serverOf(path);
  if (server !== null) return await server.openHistory(path, attributor);
  if ((await kindOnDisk(path, { mode: 'read' })) !== 'duckdb') return null;
  const { openDuckdbHistory } = await loadEngine();
  return await openDuckdbHistory(path, attributor);
}

type Kind = 'folder' | 'file' | 'duckdb';

/** Null when nothing is there, or nothing is in it. */
async function kindOnDisk(path: string, options: OpenOptions): Promise<Kind | null> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  if (stats.isDirectory()) {
    await requireStoreFolder(path);
    return 'folder';
  }
  if (stats.size === 0 && stats.isFile()) {
    if (options.mode === 'write') return null;
    // What a capture without packets leaves.
    if (path.endsWith(USAGE_EXTENSION)) return 'file';
    throw noStore(path, 'is empty');
  }
  if (await isDuckdb(path)) return 'duckdb';
  if (!(await holdsWindows(path))) throw noStore(path, 'is no store: it holds no window');
  if (options.mode === 'write' && !path.endsWith(USAGE_EXTENSION)) {
    throw noStore(path, 'holds windows as a .usage file does, under another name');
  }
  return 'file';
}

function kindByName(path: string, options: OpenOptions): Kind {
  if (options.mode === 'read') throw noStore(path, 'no such file or folder');
  if (path.endsWith('/')) return 'folder';
  return path.endsWith(USAGE_EXTENSION) ? 'file' : 'duckdb';
}

/** A folder that holds other things, and no day of windows, is not ours; one that holds nothing has no windows yet. */
async function requireStoreFolder(path: string): Promise<void> {
  const names = await readdir(path).catch((cause: unknown) => {
    throw noStore(path, 'the folder cannot be read', cause);
  });
  const holdsDays = names.some((name) => DAY_FILE.test(name));
  const holdsOthers = names.some((name) => !isSpoolName(name));
  if (!holdsDays && holdsOthers) {
    throw noStore(path, 'is no store: the folder holds no windows of a day');
  }
}

function noStore(path: string, reason: string, cause?: unknown): WiretallyError {
  return new WiretallyError('INPUT_UNREADABLE', `${path}: ${reason}`, { cause, where: path });
}

async function isDuckdb(path: string): Promise<boolean> {
  return await withFile(path, async (file) => startsLikeDuckdb(await headOf(file, DUCKDB_HEAD_BYTES)));
}

/** True when a whole window is near the beginning: the first one, or one behind some damage. */
async function holdsWindows(path: string): Promise<boolean> {
  return await withFile(path, async (file) => {
    const first = lengthOfFirst(await headOf(file, 8));
    const enough = first <= MAX_WINDOW_BYTES ? Math.max(HEAD_BYTES, first + 8) : HEAD_BYTES;
    return decodeWindows(await headOf(file, enough)).windows.length > 0;
  });
}

async function headOf(file: FileHandle, bytes: number): Promise<Buffer> {
  const length = Math.min(bytes, (await file.stat()).size);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

/** Through one handle: another process may put a new file in its place at any time. */
async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await openFile(path, 'r');
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw noStore(path, 'cannot be read', cause);
  }
}
