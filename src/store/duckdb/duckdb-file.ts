// Opens a DuckDB file: exclusively for writing, or as a snapshot while another process owns it.

import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { writeError } from '../../files/durable-file.ts';
import { draftsIn, ownerName, type TemporaryFolder, temporaryFolder } from '../../files/temporary-names.ts';
import { errorAt, WiretallyError } from '../../model/errors.ts';
import { errorReason } from '../../text/error-reason.ts';

/** Limits of DuckDB in a sensor: a store must not starve the capture. */
const LIMITS = {
  threads: '2',
  memory_limit: '1GB',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};
/**
 * Queries are sandboxed: the store only, no files, no network, and locked configuration. Results that exceed memory are
 * spilled to a limited folder, so that a query cannot fill the disk.
 */
const SEALED = {
  ...LIMITS,
  // Groups by a number below 2^17 need no hash, and hosts are summed by their number.
  perfect_ht_threshold: '17',
  max_temp_directory_size: '4GB',
  enable_external_access: 'false',
  lock_configuration: 'true',
};
/** A writer touches its file for some milliseconds per minute: a consistent copy usually succeeds at the first attempts. */
const SNAPSHOT_TRIES = 20;
const SNAPSHOT_PAUSE_MS = 100;
const COPY_BYTES = 1 << 20;

export interface DuckdbFile {
  /** The path that the user named, also if a snapshot is read. */
  readonly path: string;
  readonly connection: DuckDBConnection;
  /** False for a file or snapshot that is only read. */
  readonly isWritable: boolean;
  /** Spill folder of the engine while a file or its snapshot is read; null for writing. */
  readonly spillFolder: string | null;
  close(): Promise<void>;
}

/** An open file for statements, and its path for errors. */
export type Database = Pick<DuckdbFile, 'path' | 'connection'>;

/** Runs a query whose result fits in memory. */
export async function readRows(
  connection: DuckDBConnection,
  sql: string,
  values: DuckDBValue[] = [],
): Promise<DuckDBValue[][]> {
  return (await connection.runAndReadAll(sql, values)).getRows();
}

/** Runs work in a transaction. Throws STORE_WRITE. */
export async function inTransaction<T>({ path, connection }: Database, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // After a failed commit there is no transaction; the first failure is reported.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw writeError(path, error);
  }
}

export async function openForWriting(path: string): Promise<DuckdbFile> {
  const file = await connect(path, { ...LIMITS }, null, async () => {});
  // Removes drafts of killed rewrites: only the owner of the store reaches this line, and only owners have drafts.
  for (const name of draftsIn(dirname(path), `${basename(path)}.`))
    await rm(join(dirname(path), name), { force: true });
  return file;
}

/** Returns the path of the draft of a rewrite, next to the store. */
export const pathDraft = (path: string): string => `${path}.${ownerName()}.draft`;

/** Removes a draft and its log, which would otherwise be applied to the next draft. */
export function forgetDraft(draft: string): void {
  for (const left of [draft, `${draft}.wal`]) rmSync(left, { force: true });
}

/** Reads the file, or a consistent copy of it while another process writes it. */
export async function openForReading(path: string): Promise<DuckdbFile> {
  // Not next to the store: readers may have no write permission there.
  const folder = temporaryFolder();
  const sealed = { temp_directory: join(folder.path, 'aside'), ...SEALED };
  const remove = async (): Promise<void> => folder.remove();
  try {
    const options = { access_mode: 'READ_ONLY', ...sealed };
    return await connect(path, options, folder.path, remove);
  } catch (error) {
    if (error instanceof WiretallyError && error.code === 'STORE_BUSY') {
      return await openSnapshot(path, folder, sealed);
    }
    folder.remove();
    throw error;
  }
}

/** Opens the file for reading without a copy. Throws STORE_BUSY while another process writes it. */
export async function openWithoutWaiting(path: string): Promise<DuckdbFile> {
  return await connect(
    path,
    { access_mode: 'READ_ONLY', ...SEALED, max_temp_directory_size: '0KB' },
    '',
    async () => {},
  );
}

async function openSnapshot(
  path: string,
  folder: TemporaryFolder,
  sealed: Record<string, string>,
): Promise<DuckdbFile> {
  try {
    const copy = await copyConsistently(path, folder.path);
    // The copy is private, so its write-ahead log may be checkpointed: no read-only mode.
    const opened = await connect(copy, sealed, folder.path, async () => folder.remove());
    // Unlinked while open: nothing remains however the process ends.
    await rm(copy, { force: true });
    return { ...opened, path };
  } catch (failure) {
    folder.remove();
    throw failure;
  }
}

/** Maximum rewrites of a store that one open call follows. */
const OPEN_TRIES = 20;

/**
 * Opens the file with this name. Between open and lock another process may replace the file: writes into the old
 * one would be lost.
 */
async function connect(
  path: string,
  options: Record<string, string>,
  spillFolder: string | null,
  afterwards: () => Promise<void>,
): Promise<DuckdbFile> {
  for (let tries = 1; ; tries++) {
    const before = findInode(path);
    const isReplaced = (): boolean => before !== null && findInode(path) !== before;
    try {
      const file = await connectOnce(path, options, spillFolder, afterwards);
      if (!isReplaced()) return file;
      file.closeEngine();
    } catch (failure) {
      if (tries === OPEN_TRIES || !isReplaced()) throw failure;
      continue;
    }
    if (tries === OPEN_TRIES)
      throw errorAt('STORE_BUSY', path, 'is rewritten continuously by other processes');
  }
}

const findInode = (path: string): bigint | null =>
  statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;

interface OpenedFile extends DuckdbFile {
  /** Closes only the engine, without the cleanup of a final close. */
  closeEngine(): void;
}

async function connectOnce(
  path: string,
  options: Record<string, string>,
  spillFolder: string | null,
  afterwards: () => Promise<void>,
): Promise<OpenedFile> {
  try {
    const instance = await DuckDBInstance.create(path, options);
    const connection = await instance.connect();
    const closeEngine = (): void => {
      connection.closeSync();
      instance.closeSync();
    };
    return {
      path,
      connection,
      isWritable: spillFolder === null,
      spillFolder,
      closeEngine,
      async close() {
        closeEngine();
        await afterwards();
      },
    };
  } catch (cause) {
    throw openError(path, cause);
  }
}

function openError(path: string, cause: unknown): WiretallyError {
  const reason = errorReason(cause);
  const owner = /Conflicting lock is held in (.*?) ?\(PID (\d+)\)/.exec(reason);
  if (owner !== null) {
    return errorAt('STORE_BUSY', path, `is being written by process ${owner[2]} (${owner[1]})`, {
      cause,
      next: 'stop that process, or read the store: reading takes a snapshot',
    });
  }
  if (/could not set lock|conflicting lock/i.test(reason)) {
    return errorAt('STORE_BUSY', path, 'is being written by another process', { cause });
  }
  if (/Permission denied|Read-only file system|No space left|No such file/i.test(reason)) {
    return writeError(path, cause);
  }
  return damaged(path, cause);
}

/** Builds the error for a file that DuckDB cannot read. */
export function damaged(path: string, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  return errorAt(
    'STORE_DAMAGED',
    path,
    `is damaged, or not a store (DuckDB: ${firstLine(cause).replace(/^IO Error: /, '')})`,
    { cause, next: 'keep the file; restore a backup, or analyze the captures again with --store NEW.duckdb' },
  );
}

export const firstLine = (cause: unknown): string => errorReason(cause).split('\n')[0] ?? '';

/** Copies the file and its write-ahead log, and verifies that neither changed meanwhile. */
async function copyConsistently(path: string, folder: string): Promise<string> {
  const copy = join(folder, basename(path));
  for (let i = 0; i < SNAPSHOT_TRIES; i++) {
    const before = await readState(path);
    await copyBytes(path, copy);
    if (before.log !== null) await copyBytes(`${path}.wal`, `${copy}.wal`);
    if (JSON.stringify(await readState(path)) === JSON.stringify(before)) return copy;
    await rm(`${copy}.wal`, { force: true });
    await setTimeout(SNAPSHOT_PAUSE_MS);
  }
  throw errorAt('STORE_BUSY', path, 'is being written without a pause; no snapshot could be taken', {
    next: 'try again when less is being written',
  });
}

/** copyFile() of Node sets the mode of the copy, which a confined command may not (rights/confine.ts). */
async function copyBytes(from: string, to: string): Promise<void> {
  const highWaterMark = COPY_BYTES;
  await pipeline(
    createReadStream(from, { highWaterMark }),
    createWriteStream(to, { highWaterMark, mode: 0o600 }),
  );
}

interface FileState {
  readonly file: string | null;
  readonly log: string | null;
}

async function readState(path: string): Promise<FileState> {
  return { file: await stamp(path), log: await stamp(`${path}.wal`) };
}

async function stamp(path: string): Promise<string | null> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } catch {
    return null; // there is no log when everything is in the file
  }
}
