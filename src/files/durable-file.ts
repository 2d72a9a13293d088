// Writes files crash-safely: after a crash at any moment a file has either its old or its new content.

import { rmSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorAt, WiretallyError } from '../model/errors.ts';
import { makeFolder } from './make-folder.ts';
import { ownerName, removeAtEnd, removeLeftovers } from './temporary-names.ts';

/** Windows and findings are readable by their owner and group only. */
const FILE_MODE = 0o640;

/** Replaces a file: writes a draft in the same folder, fsyncs it, and renames it. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await replaceWith(path, (draft) => writeFile(draft, bytes));
}

/** Replaces a file through an external writer: `write` receives the name of an empty draft. */
export async function replaceWith(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const prefix = `.${basename(path)}.`;
  const draft = join(dirname(path), `${prefix}${ownerName()}.draft`);
  removeLeftovers(dirname(path), prefix, '.draft');
  const unregister = removeAtEnd(() => rmSync(draft, { force: true }));
  try {
    // O_EXCL prevents writing through a link or to a file of another user.
    await (await open(draft, 'wx', FILE_MODE)).close();
    await write(draft);
    await moveInPlace(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw writeError(path, cause);
  } finally {
    unregister();
  }
}

/**
 * Renames a finished file or folder. The bytes are on disk before the rename, and the rename before this function returns,
 * so a result that is announced afterwards survives a power failure.
 */
export async function moveInPlace(from: string, to: string): Promise<void> {
  if ((await stat(from)).isDirectory()) {
    for (const name of await readdir(from)) await syncFile(join(from, name));
    await syncFolder(from);
  } else await syncFile(from);
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Removes a file durably: it does not reappear after a power failure. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/**
 * Appends to a file and forces it to disk. A crash or a full disk may leave a part of the bytes, which readers skip.
 */
export const appendToFile = (path: string, bytes: Uint8Array): Promise<void> =>
  openAndAppend(path, async (handle) => {
    await handle.writeFile(bytes);
    await handle.sync();
  });

/** Appends as the only writer, so that a partial append can be truncated. */
export const appendAsOnlyWriter = (path: string, bytes: Uint8Array): Promise<void> =>
  openAndAppend(path, async (handle) => {
    const { size } = await handle.stat();
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } catch (error) {
      await handle.truncate(size).catch(() => undefined); // Readers skip the partial append.
      throw error;
    }
  });

async function openAndAppend(path: string, append: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    makeFolder(dirname(path), 0o700);
    const handle = await open(path, 'a', FILE_MODE);
    try {
      await append(handle);
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(path));
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * Forces a folder to disk, because a new or renamed file survives a power failure only after an fsync of its folder.
 */
const syncFolder = (path: string): Promise<void> => sync(path, 'r');
const syncFile = (path: string): Promise<void> => sync(path, 'r+');

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const NO_FOLDER = 'the folder does not exist';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: NO_FOLDER,
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'is a folder',
  EDQUOT: 'the quota is used up',
};

/** DuckDB reports the message of the system error without its code. */
const ENGINE_REASONS: readonly (readonly [words: string, reason: string])[] = [
  ['No such file or directory', NO_FOLDER],
  ['No space left on device', 'the disk is full'],
  ['Read-only file system', 'the disk is read-only'],
  ['Permission denied', 'permission denied'],
  ['Disk quota exceeded', 'the quota is used up'],
];

export function writeError(path: string, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  const reason = REASONS[code] ?? ENGINE_REASONS.find(([words]) => message.includes(words))?.[1] ?? message;
  const next = reason === NO_FOLDER ? { next: 'create the folder, or name another' } : {};
  return errorAt('STORE_WRITE', path, `cannot be written: ${reason}`, { cause, ...next });
}

/** Creates a folder, and those above it, if missing. Throws STORE_WRITE. */
export function requireFolder(folder: string, mode?: number): void {
  try {
    makeFolder(folder, mode);
  } catch (cause) {
    throw writeError(folder, cause);
  }
}
