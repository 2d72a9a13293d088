// The store behind a path: what is there decides, then the name.

import { open as openFile, stat } from 'node:fs/promises';
import { WiretallyError } from '../model/errors.ts';
import type { Store } from './store.ts';
import { openUsageFile, openUsageFolder } from './usage-file.ts';

/** DuckDB's files carry this at byte 8 (its storage format, all versions so far). */
const DUCKDB_MAGIC = 'DUCK';

export interface OpenOptions {
  /** 'read' opens only what is there, and never writes. */
  readonly mode: 'read' | 'write';
}

/**
 * A folder or a name that ends in '/' is a folder of .usage files, a name in .usage one file, all else a DuckDB
 * database. Throws INPUT_UNREADABLE for what is not there (reading) or is none of these, STORE_BUSY.
 */
export async function openStore(path: string, options: OpenOptions): Promise<Store> {
  const kind = (await kindOnDisk(path)) ?? kindByName(path, options);
  if (kind === 'folder') return openUsageFolder(path);
  if (kind === 'file') return openUsageFile(path);
  const { openDuckdb } = await import('./duckdb.ts');
  return openDuckdb(path, options);
}

type Kind = 'folder' | 'file' | 'duckdb';

async function kindOnDisk(path: string): Promise<Kind | null> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  if (stats.isDirectory()) return 'folder';
  if (stats.size === 0) return null;
  const handle = await openFile(path, 'r').catch((cause: unknown) => {
    throw new WiretallyError('INPUT_UNREADABLE', `${path}: permission denied`, { cause, where: path });
  });
  try {
    const { buffer } = await handle.read(Buffer.alloc(12), 0, 12, 0);
    return buffer.toString('latin1', 8, 12) === DUCKDB_MAGIC ? 'duckdb' : 'file';
  } finally {
    await handle.close();
  }
}

function kindByName(path: string, options: OpenOptions): Kind {
  if (options.mode === 'read') {
    throw new WiretallyError('INPUT_UNREADABLE', `${path}: no such file or folder`, { where: path });
  }
  if (path.endsWith('/')) return 'folder';
  return path.endsWith('.usage') ? 'file' : 'duckdb';
}
