// Opens the store at a path: existing content decides its kind, then the name.

import { type FileHandle, open as openFile, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DUCKDB_HEAD_BYTES, startsLikeDuckdb } from '../files/duckdb-head.ts';
import { removeLeftDrafts } from '../files/temporary-names.ts';
import { MAX_WINDOW_BYTES } from '../model/ceilings.ts';
import { errorAt, usageError, WiretallyError } from '../model/errors.ts';
import { decodeWindows, readFirstLength } from '../window/codec.ts';
import type { Attributor } from './attributor.ts';
import { SERVER_SCHEMES } from './on-server.ts';
import { findServer } from './servers.ts';
import type { Store } from './store.ts';
import { DAY_FILE, isSpoolName, openUsageFile, openUsageFolder, USAGE_EXTENSION } from './usage-file.ts';

/** Search range for a window in a file with damaged first bytes. */
const HEAD_BYTES = 1 << 20;

export interface OpenOptions {
  /** 'read' opens existing stores only, and never writes. */
  readonly mode: 'read' | 'write';
  /**
   * Does not sum old windows into quarter hours when new ones arrive: late corrections of other sensors
   * remain possible. Compaction sums them later. Period sums are computed on request: otherwise days that arrive in
   * pieces would be attributed with every piece.
   */
  readonly keepsMinutes?: boolean;
}

/**
 * A folder or a name that ends in '/' is a folder of .usage files, a name in .usage one file, all else a DuckDB
 * database. Existing content must match its name. Throws INPUT_UNREADABLE for a missing store (reading)
 * and for foreign files, which are never changed. STORE_BUSY when another process writes it.
 */
export async function openStore(path: string, options: OpenOptions): Promise<Store> {
  return await openSummed(path, options, null);
}

/** Also computes the period sums of what is written, so that queries are fast. */
export async function openSummed(
  path: string,
  options: OpenOptions,
  attributor: Attributor | null,
): Promise<Store> {
  const server = findServer(path);
  if (server !== null) return await server.open(path, { ...options, attributor });
  const kind = (await findKindOnDisk(path, options)) ?? chooseKindByName(path, options);
  removeLeftDrafts(kind === 'folder' ? path : dirname(path));
  if (kind === 'folder') return openUsageFolder(path);
  if (kind === 'file') return openUsageFile(path);
  const { openDuckdb } = await loadEngine();
  return await openDuckdb(path, { ...options, attributor });
}

/**
 * Loads DuckDB early: a process that drops privileges may be unable to read it later. Throws
 * `ADDON_MISSING`: its library is an optional package per platform, which npm can omit.
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

type Kind = 'folder' | 'file' | 'duckdb';

/** Null for a missing or empty one. */
export async function findKindOnDisk(path: string, options: OpenOptions): Promise<Kind | null> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  if (stats.isDirectory()) {
    await requireStoreFolder(path, options);
    return 'folder';
  }
  if (stats.size === 0 && stats.isFile()) {
    if (options.mode === 'write') return null;
    // An empty file is the result of a capture without packets.
    if (path.endsWith(USAGE_EXTENSION)) return 'file';
    throw noStore(path, 'is empty');
  }
  if (await isDuckdb(path)) return 'duckdb';
  if (!(await holdsWindows(path))) throw noStore(path, 'is not a store: it contains no window');
  if (options.mode === 'write' && !path.endsWith(USAGE_EXTENSION)) {
    throw noStore(path, 'holds windows as a .usage file does, under another name');
  }
  return 'file';
}

function chooseKindByName(path: string, options: OpenOptions): Kind {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path))
    throw usageError(`${path}: is not the address of a store`, `pass ${SERVER_SCHEMES}, a file or a folder`);
  if (options.mode === 'read') throw noStore(path, 'no such file or folder');
  if (path.endsWith('/')) return 'folder';
  return path.endsWith(USAGE_EXTENSION) ? 'file' : 'duckdb';
}

/** Refuses a folder with other files and no day of windows. An empty folder is a store without windows. */
async function requireStoreFolder(path: string, { mode }: OpenOptions): Promise<void> {
  const names = await readdir(path).catch((cause: unknown) => {
    throw noStore(path, 'the folder cannot be read', cause);
  });
  const holdsDays = names.some((name) => DAY_FILE.test(name));
  const holdsOthers = names.some((name) => !isSpoolName(name));
  if (!holdsDays && holdsOthers) {
    const hint =
      mode === 'read'
        ? ' of its own; pass the folder of one sensor, or merge the folders (wiretally store merge)'
        : '';
    throw noStore(path, `contains no records${hint}`);
  }
}

function noStore(path: string, reason: string, cause?: unknown): WiretallyError {
  return errorAt('INPUT_UNREADABLE', path, reason, { cause });
}

async function isDuckdb(path: string): Promise<boolean> {
  return await withFile(path, async (file) => startsLikeDuckdb(await readHead(file, DUCKDB_HEAD_BYTES)));
}

/** True when a whole window is near the start: the first one, or one after some damage. */
async function holdsWindows(path: string): Promise<boolean> {
  return await withFile(path, async (file) => {
    const first = readFirstLength(await readHead(file, 8));
    const enough = first <= MAX_WINDOW_BYTES ? Math.max(HEAD_BYTES, first + 8) : HEAD_BYTES;
    return decodeWindows(await readHead(file, enough)).windows.length > 0;
  });
}

async function readHead(file: FileHandle, bytes: number): Promise<Buffer> {
  const length = Math.min(bytes, (await file.stat()).size);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

/** Works through one handle, because another process may replace the file at any time. */
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
