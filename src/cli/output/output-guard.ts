// Refuses outputs that would destroy an input of the same command, or a file that this program did not write.

import { fstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { startsLikeDuckdb } from '../../files/duckdb-head.ts';
import { readHead } from '../../files/read-bounded.ts';
import { MAX_WINDOW_BYTES } from '../../model/ceilings.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';
import { isOnServer } from '../../store/on-server.ts';
import { SEAL_HEAD_BYTES, type SealKind, startsLike } from '../../store/sealed.ts';
import { DAY_FILE, isSpoolName } from '../../store/usage-file.ts';
import { shellWord } from '../../text/shell-word.ts';
import { decodeWindows } from '../../window/codec.ts';

/**
 * Sizes of the head of an existing file in which a window is searched: most windows fit into the first, and all into the
 * second.
 */
const HEAD_BYTES = [1 << 20, MAX_WINDOW_BYTES + 8];

/** Files that a command uses, and that no output may replace; options without a value are ignored. */
type Uses = readonly (string | undefined)[];

export interface Outputs {
  /** Path of a .usage file that is replaced completely. */
  readonly write?: string | undefined;
  readonly store?: string | undefined;
  readonly bundle?: string | undefined;
}

/** Throws USAGE. Called before anything is read, because a refusal must not come after minutes. */
export function requireSafeOutputs(inputs: Uses, outputs: Outputs): void {
  if (outputs.write !== undefined) {
    refuseInput('--write', outputs.write, inputs);
    requireRecords('--write', outputs.write);
    requireParent('--write', outputs.write);
  }
  if (outputs.store !== undefined && !isOnServer(outputs.store)) {
    refuseInput('--store', outputs.store, inputs);
    const existing = findStats(outputs.store);
    if (existing?.isDirectory() !== true) requireRecords('--store', outputs.store);
    if (outputs.write !== undefined) refuseInput('--store', outputs.store, [outputs.write]);
  }
  if (outputs.bundle !== undefined) {
    refuseInput('--bundle', outputs.bundle, inputs);
    requireEmptyFolder('--bundle', outputs.bundle);
    requireParent('--bundle', outputs.bundle);
  }
}

/** Checks a folder of windows to which windows are added. Throws USAGE. */
export function requireSafeSpool(option: string, folder: string): void {
  requireParent(option, folder);
  const existing = findStats(folder);
  if (existing === null) return;
  if (!existing.isDirectory()) refuse(option, folder, 'is a file', 'pass a folder');
  const names = readdirSync(folder).filter((name) => !isSpoolName(name));
  if (names.length === 0 || names.some((name) => DAY_FILE.test(name))) return;
  refuse(option, folder, 'is a folder with other files', 'pass the name of a new folder or file');
}

/**
 * Finds the existing file at the path of an output, or null. Throws USAGE for an input, a missing folder, and anything but
 * a file.
 */
function findOutput(option: string, path: string, uses: Uses): Stats | null {
  refuseInput(option, path, uses);
  requireParent(option, path);
  const existing = findStats(path);
  if (existing !== null) requireRegular(option, path, existing);
  return existing;
}

/** Checks the file of an answer, which may replace only an earlier one of the same kind. Throws USAGE. */
export function requireSafeAnswer(
  option: string,
  path: string,
  endings: readonly string[],
  uses: Uses,
): void {
  const existing = findOutput(option, path, uses);
  if (existing === null) return;
  const what = `exists and is not a ${endings.join(' or ')} file, so it is not overwritten`;
  if (existing.size > 0 && !endings.some((ending) => path.endsWith(ending)))
    refuse(option, path, what, NEW_FILE);
  if (holdsWindows(path, true))
    refuse(option, path, 'contains records that would be overwritten', 'pass another file');
}

/** Checks a growing file of lines: an existing file must contain JSON lines, so that no other file is damaged. Throws USAGE. */
export function requireSafeLog(option: string, path: string, uses: Uses): void {
  const existing = findOutput(option, path, uses);
  if (existing === null || existing.size === 0 || readFirstBytes(path, 1).toString('latin1') === '{') return;
  refuse(option, path, 'exists and does not contain JSON lines, so nothing is appended', NEW_FILE);
}

/** Checks the file of a signed document, which may replace only one of its kind. Throws USAGE. */
export function requireSafeSealed(option: string, path: string, kind: SealKind, uses: Uses): void {
  const existing = findOutput(option, path, uses);
  if (existing === null || existing.size === 0 || startsLike(kind, readFirstBytes(path, SEAL_HEAD_BYTES)))
    return;
  refuse(option, path, `exists and is not a ${kind.word.slice(10)}, so it is not overwritten`, NEW_FILE);
}

/** Checks a folder for output files. Throws USAGE if one of them would replace a file in use. */
export function requireSafeFolder(
  option: string,
  folder: string,
  names: readonly string[],
  uses: Uses,
): void {
  const existing = findStats(folder);
  if (existing !== null && !existing.isDirectory()) refuse(option, folder, 'is a file', 'pass a folder');
  for (const name of names) {
    const path = join(folder, name);
    refuseInput(option, path, uses);
    const old = findStats(path);
    if (old !== null) requireRegular(option, path, old);
  }
}

function requireRegular(option: string, path: string, existing: Stats): void {
  if (existing.isFile()) return;
  refuse(option, path, existing.isDirectory() ? 'is a folder' : 'is not a regular file', NEW_FILE);
}

const NEW_FILE = 'pass the name of a new file';

function refuse(option: string, path: string, reason: string, next: string): never {
  throw optionError(option, `${path}: ${reason}`, next);
}

/** Compares files by device and inode, so that links and other spellings of a path are recognized. */
function refuseInput(option: string, path: string, inputs: Uses): void {
  const existing = findStats(path);
  for (const input of inputs) {
    if (input === undefined) continue;
    const stats = input === '-' ? findStats(0) : findStats(input);
    const isSame =
      existing !== null && stats !== null
        ? existing.dev === stats.dev && existing.ino === stats.ino
        : input !== '-' && resolve(input) === resolve(path);
    if (isSame) refuse(option, path, `is ${getName(input)}, and would be overwritten`, 'pass another file');
  }
}

function getName(input: string): string {
  return input === '-' ? 'read from stdin' : `the same file as ${input}, which is also used`;
}

function requireRecords(option: string, path: string): void {
  const existing = findStats(path);
  if (existing === null) return;
  requireRegular(option, path, existing);
  if (existing.size > 0 && !holdsWindows(path, option === '--store'))
    refuse(option, path, 'exists and contains no records; it is not overwritten', NEW_FILE);
}

function requireEmptyFolder(option: string, path: string): void {
  const existing = findStats(path);
  if (existing === null) return;
  if (!existing.isDirectory()) refuse(option, path, 'is a file', 'pass the name of a new folder');
  if (readdirSync(path).length > 0) refuse(option, path, 'is not empty', 'pass the name of a new folder');
}

function requireParent(option: string, path: string): void {
  const parent = dirname(resolve(path));
  if (findStats(parent)?.isDirectory() !== true) {
    refuse(option, path, `the folder ${parent} does not exist`, `mkdir -p ${shellWord(parent)}`);
  }
}

function holdsWindows(path: string, acceptsDuckdb: boolean): boolean {
  return HEAD_BYTES.some((bytes) => {
    const head = readFirstBytes(path, bytes);
    if (acceptsDuckdb && startsLikeDuckdb(head)) return true;
    return decodeWindows(head).windows.length > 0;
  });
}

/** Throws USAGE. */
function readFirstBytes(path: string, most: number): Buffer {
  try {
    return readHead(path, most);
  } catch (cause) {
    throw new WiretallyError('USAGE', `${path}: exists and cannot be read`, { cause });
  }
}

function findStats(path: string | number): Stats | null {
  try {
    return typeof path === 'number' ? fstatSync(path) : statSync(path);
  } catch {
    // The file does not exist or is unreadable; writing it will report the reason.
    return null;
  }
}
