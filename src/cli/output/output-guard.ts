// Refuses outputs that would destroy something: an input of the same command, or a file that is not ours.

import { closeSync, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { startsLikeDuckdb } from '../../files/duckdb-head.ts';
import { MAX_WINDOW_BYTES } from '../../model/ceilings.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';
import { isOnServer } from '../../store/on-server.ts';
import { SEAL_HEAD_BYTES, type SealKind, startsLike } from '../../store/sealed.ts';
import { DAY_FILE, isSpoolName } from '../../store/usage-file.ts';
import { shellWord } from '../../text/shell-word.ts';
import { decodeWindows } from '../../window/codec.ts';

/**
 * A window is searched in this many bytes of a file that is to be replaced: most windows are this small, and the largest no
 * larger.
 */
const HEAD_BYTES = [1 << 20, MAX_WINDOW_BYTES + 8];

export interface Outputs {
  /** One .usage file, replaced as a whole. */
  readonly write?: string | undefined;
  readonly store?: string | undefined;
  readonly bundle?: string | undefined;
}

/** Throws USAGE; called before anything is read, as a refusal must not come after minutes. */
export function requireSafeOutputs(inputs: readonly string[], outputs: Outputs): void {
  if (outputs.write !== undefined) {
    refuseInput('--write', outputs.write, inputs);
    requireFileOfOurs('--write', outputs.write);
    requireParent('--write', outputs.write);
  }
  if (outputs.store !== undefined && !isOnServer(outputs.store)) {
    refuseInput('--store', outputs.store, inputs);
    const there = findStats(outputs.store);
    if (there?.isDirectory() !== true) requireFileOfOurs('--store', outputs.store);
    if (outputs.write !== undefined) refuseInput('--store', outputs.store, [outputs.write]);
  }
  if (outputs.bundle !== undefined) {
    refuseInput('--bundle', outputs.bundle, inputs);
    requireEmptyFolder('--bundle', outputs.bundle);
    requireParent('--bundle', outputs.bundle);
  }
}

/** A folder of windows that is added to. Throws USAGE. */
export function requireSafeSpool(option: string, folder: string): void {
  requireParent(option, folder);
  const there = findStats(folder);
  if (there === null) return;
  if (!there.isDirectory()) refuse(option, folder, 'is a file', 'name a folder');
  const names = readdirSync(folder).filter((name) => !isSpoolName(name));
  if (names.length === 0 || names.some((name) => DAY_FILE.test(name))) return;
  refuse(option, folder, 'is a folder with other files', 'name a new folder, or a new file');
}

/**
 * Finds the file that has the name of an output, or null. Throws USAGE for an input, a name without a folder, and other
 * things.
 */
function thereAlready(option: string, path: string, uses: readonly string[]): Stats | null {
  refuseInput(option, path, uses);
  requireParent(option, path);
  const there = findStats(path);
  if (there !== null) requireRegular(option, path, there);
  return there;
}

/** An answer that is written to a file of its own, an earlier one of the same kind replaced. Throws USAGE. */
export function requireSafeAnswer(
  option: string,
  path: string,
  endings: readonly string[],
  uses: readonly string[],
): void {
  const there = thereAlready(option, path, uses);
  if (there === null) return;
  if (there.size > 0 && !endings.some((ending) => path.endsWith(ending))) {
    refuse(
      option,
      path,
      `exists and is no ${endings.join(' or ')} file, so it is not overwritten`,
      'name a new file',
    );
  }
  if (holdsWindows(path, true))
    refuse(option, path, 'contains windows, and would be overwritten', 'name another file');
}

/** A file of lines that grows: what is there already must be lines of JSON, so that no other file is spoilt. Throws USAGE. */
export function requireSafeLog(option: string, path: string, uses: readonly string[]): void {
  const there = thereAlready(option, path, uses);
  if (there === null) return;
  if (there.size > 0 && readHead(path, 1).toString('latin1') !== '{') {
    refuse(option, path, 'exists and is not JSON lines; nothing is added to it', 'name a new file');
  }
}

/** A sealed document, which takes the place of one of its kind alone. Throws USAGE. */
export function requireSafeSealed(
  option: string,
  path: string,
  kind: SealKind,
  uses: readonly string[],
): void {
  const there = thereAlready(option, path, uses);
  if (there === null) return;
  if (there.size > 0 && !startsLike(kind, readHead(path, SEAL_HEAD_BYTES)))
    refuse(
      option,
      path,
      `exists and is no ${kind.word.slice(10)}, so it is not overwritten`,
      'name a new file',
    );
}

/** A folder that files are written into. Throws USAGE when one of them would take the place of a file in use. */
export function requireSafeFolder(
  option: string,
  folder: string,
  names: readonly string[],
  uses: readonly string[],
): void {
  const there = findStats(folder);
  if (there !== null && !there.isDirectory()) refuse(option, folder, 'is a file', 'name a folder');
  for (const name of names) {
    const path = join(folder, name);
    refuseInput(option, path, uses);
    const old = findStats(path);
    if (old !== null) requireRegular(option, path, old);
  }
}

function requireRegular(option: string, path: string, there: Stats): void {
  if (there.isFile()) return;
  refuse(option, path, there.isDirectory() ? 'is a folder' : 'is no regular file', 'name a new file');
}

function refuse(option: string, path: string, reason: string, next: string): never {
  throw optionError(option, `${path}: ${reason}`, next);
}

/** Files are compared by device and inode, so that links and other spellings of a path are recognized. */
function refuseInput(option: string, path: string, inputs: readonly string[]): void {
  const there = findStats(path);
  for (const input of inputs) {
    const stats = input === '-' ? findStats(0) : findStats(input);
    const isSame =
      there !== null && stats !== null
        ? there.dev === stats.dev && there.ino === stats.ino
        : input !== '-' && resolve(input) === resolve(path);
    if (isSame) refuse(option, path, `is ${getName(input)}, and would be overwritten`, 'name another file');
  }
}

function getName(input: string): string {
  return input === '-' ? 'read from stdin' : `the same file as ${input}, which is used too`;
}

function requireFileOfOurs(option: string, path: string): void {
  const there = findStats(path);
  if (there === null) return;
  requireRegular(option, path, there);
  if (there.size > 0 && !holdsWindows(path, option === '--store')) {
    refuse(option, path, 'exists and contains no windows; it is not overwritten', 'name a new file');
  }
}

function requireEmptyFolder(option: string, path: string): void {
  const there = findStats(path);
  if (there === null) return;
  if (!there.isDirectory()) refuse(option, path, 'is a file', 'name a new folder');
  if (readdirSync(path).length > 0) refuse(option, path, 'is not empty', 'name a new folder');
}

function requireParent(option: string, path: string): void {
  const parent = dirname(resolve(path));
  if (findStats(parent)?.isDirectory() !== true) {
    refuse(option, path, `the folder ${parent} does not exist`, `mkdir -p ${shellWord(parent)}`);
  }
}

function holdsWindows(path: string, acceptsDuckdb: boolean): boolean {
  return HEAD_BYTES.some((bytes) => {
    const head = readHead(path, bytes);
    if (acceptsDuckdb && startsLikeDuckdb(head)) return true;
    return decodeWindows(head).windows.length > 0;
  });
}

function readHead(path: string, most: number): Buffer {
  try {
    const handle = openSync(path, 'r');
    try {
      // The bytes are those of the opened file: another process may put a new file in its place at any time.
      const head = Buffer.alloc(Math.min(most, fstatSync(handle).size));
      return head.subarray(0, readSync(handle, head, 0, head.length, 0));
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw new WiretallyError('USAGE', `${path}: exists and cannot be read`, { cause });
  }
}

function findStats(path: string | number): Stats | null {
  try {
    return typeof path === 'number' ? fstatSync(path) : statSync(path);
  } catch {
    // Not there, or not to be looked at: then writing it says why.
    return null;
  }
}
