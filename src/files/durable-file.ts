// Writing files so that a crash at any moment leaves the old content or the new one, never a part of either.

import { rmSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WiretallyError } from '../model/errors.ts';
import { ownerName, removeAtEnd, removeLeft } from './owned-names.ts';

/** What windows and findings tell is for their owner and its group. */
const FILE_MODE = 0o640;

/** Replaces a file: written beside it, forced to disk, renamed over it. */
export async function replaceFile(path: string, bytes: Uint8Array, mode = FILE_MODE): Promise<void> {
  await replaceBy(path, async (draft) => {
    await writeSynced(draft, 'w', bytes);
    await chmod(draft, mode); // whatever the umask takes away
  });
}

/** The same with a file that somebody else writes: `write` is given the name of an empty draft. */
export async function replaceBy(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const prefix = `.${basename(path)}.`;
  const draft = join(dirname(path), `${prefix}${ownerName()}.draft`);
  removeLeft(dirname(path), prefix, '.draft');
  const takeBack = removeAtEnd(() => rmSync(draft, { force: true }));
  try {
    // Exclusively: neither a link nor a file of somebody else is written through.
    await (await open(draft, 'wx', FILE_MODE)).close();
    await write(draft);
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(draft, { force: true });
    throw writeError(path, cause);
  } finally {
    takeBack();
  }
}

/** Appends to a file and forces it to disk. A crash may leave a part of the last bytes: readers step over it. */
export async function appendToFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeSynced(path, 'a', bytes);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function writeSynced(path: string, flags: 'a' | 'w', bytes: Uint8Array): Promise<void> {
  const handle = await open(path, flags, FILE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new or renamed file is there after a power cut only when its folder was forced to disk too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'is a folder',
  EDQUOT: 'the quota is used up',
};

/** DuckDB tells the words of the system without their code. */
const SAID: readonly (readonly [words: string, reason: string])[] = [
  ['No space left on device', 'the disk is full'],
  ['Read-only file system', 'the disk is read-only'],
  ['Permission denied', 'permission denied'],
  ['Disk quota exceeded', 'the quota is used up'],
];

export function writeError(path: string, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const told = cause instanceof Error ? cause.message : String(cause);
  const reason = REASONS[code] ?? SAID.find(([words]) => told.includes(words))?.[1] ?? told;
  return new WiretallyError('STORE_WRITE', `${path}: cannot be written: ${reason}`, { cause, where: path });
}
