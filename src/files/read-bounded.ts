// Opens inputs that are read completely: a regular file, opened without waiting, no larger than its reader accepts.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { splitWords } from '../text/word-lists.ts';

/** The reason why a file was not read. The caller adds the error code and the fix. */
export class FileRefused extends Error {}

const KINDS: readonly (readonly [
  test: 'isDirectory' | 'isFIFO' | 'isSocket' | 'isCharacterDevice',
  word: string,
])[] = [
  ['isDirectory', 'is a folder'],
  ['isFIFO', 'is a pipe, not a regular file: write it to a file first'],
  ['isSocket', 'is a socket, not a regular file'],
  ['isCharacterDevice', 'is a device, not a regular file'],
];

interface FileStats extends Record<(typeof KINDS)[number][0] | 'isFile', () => boolean> {
  readonly size: number;
  readonly mode: number;
}

/** Write permission for users other than the owner and group. Windows has no such bits, and Node invents them. */
const OTHERS_WRITE = 0o002;

function refuse(stats: FileStats, most: number): void {
  if (!stats.isFile()) {
    const kind = KINDS.find(([test]) => stats[test]());
    throw new FileRefused(kind?.[1] ?? 'is not a regular file');
  }
  if (stats.size > most) throw new FileRefused(tooLarge(most));
}

function tooLarge(most: number): string {
  const [size, unit] = most >= 1 << 20 ? [most / (1 << 20), 'MiB'] : [most / 1024, 'KiB'];
  return `is larger than ${Math.round(size)} ${unit}`;
}

// O_NONBLOCK is set because opening a pipe otherwise blocks until it has a writer.
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Throws FileRefused or a system error. It refuses a file that grows during the read. */
export function readBounded(path: string, most: number): Buffer {
  return readWhole(path, most, (stats) => refuse(stats, most));
}

/** Reads keys, passwords and certificates. It also refuses files that other users may write. */
export function readGuarded(path: string, most: number): Buffer {
  return readWhole(path, most, (stats) => {
    refuse(stats, most);
    if (process.platform !== 'win32' && (stats.mode & OTHERS_WRITE) !== 0)
      throw new FileRefused('every user can write to it; run "chmod 600"');
  });
}

function readWhole(path: string, most: number, check: (stats: FileStats) => void): Buffer {
  const handle = openSync(path, READ);
  try {
    const stats = fstatSync(handle);
    check(stats);
    // One additional byte detects growth. Files of /proc report size 0.
    const bytes = Buffer.alloc(stats.size === 0 ? most + 1 : stats.size + 1);
    let length = 0;
    for (;;) {
      const read = readSync(handle, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0) return bytes.subarray(0, length);
      if (length === bytes.length)
        throw new FileRefused(stats.size === 0 ? tooLarge(most) : 'grew while it was read');
    }
  } finally {
    closeSync(handle);
  }
}

/** Returns the first bytes of a file, at most `most`. Throws a system error. */
export function readHead(path: string, most: number): Buffer {
  const handle = openSync(path, READ);
  try {
    // Files of /proc report size 0.
    const head = Buffer.alloc(Math.min(most, fstatSync(handle).size || most));
    return head.subarray(0, readSync(handle, head, 0, head.length, 0));
  } finally {
    closeSync(handle);
  }
}

/** Opens a file to read in pieces. The caller closes it. */
export async function openBounded(path: string, most: number): Promise<FileHandle> {
  const handle = await open(path, READ);
  try {
    refuse(await handle.stat(), most);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'is a socket or a device, not a regular file',
  EIO: 'the disk reports an error',
};

/** System calls that inspect or open a file without changing it. */
const LOOKS: ReadonlySet<unknown> = new Set(splitWords('stat lstat open scandir realpath readlink access'));

/** Returns "FILE: reason" for a system error about a file from the user that no caller has handled; else null. */
export function fileFault(error: unknown): string | null {
  if (!(error instanceof Error && 'path' in error && 'syscall' in error && 'code' in error)) return null;
  if (!LOOKS.has(error.syscall) || REASONS[String(error.code)] === undefined) return null;
  return `${String(error.path)}: ${causeRefusal(error)}`;
}

/** Returns the reason as text after "FILE: ". */
export function causeRefusal(cause: unknown): string {
  if (cause instanceof FileRefused) return cause.message;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
}
