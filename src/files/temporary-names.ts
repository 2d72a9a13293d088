// Names drafts and temporary folders after their owner, so that the next process removes those of a killed one.

import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from './error-code.ts';

/** PID namespace, PID, start time of the process, and a random part. */
const OWNER = /^(\d+)-(\d+)-(\d+)-[0-9a-f]{16}$/;
/** Name of the target, its owner, and a suffix for a draft or its log. */
const DRAFT = /^(.*\.)(\d+-\d+-\d+-[0-9a-f]{16})(\.draft(?:\.wal)?)$/;
const FOLDER_PREFIX = 'wiretally-';

/** Reads the start time in the unit of proc(5); null if the process does not exist. */
function readStartTime(pid: string): string | null {
  try {
    // Names of programs may contain blanks and brackets.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Returns the PID namespace, because containers share folders but not process numbers. */
function readPidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '0'; // Systems other than Linux do not provide start times of other processes.
  }
}

const SPACE = readPidNamespace();

/** Returns a name that no other process uses. */
export function ownerName(): string {
  return `${SPACE}-${process.pid}-${readStartTime('self') ?? '0'}-${randomBytes(8).toString('hex')}`;
}

/**
 * Returns the state of the owner of a name. It is unknown in another PID namespace, without /proc, and if processes of
 * other users are hidden (hidepid= in proc(5)).
 */
export function findOwnerState(owner: string): 'alive' | 'gone' | 'unknown' {
  const [, space, pid = '', begin] = OWNER.exec(owner) ?? [];
  if (space === undefined || space === '0' || space !== SPACE || begin === '0') return 'unknown';
  if (readStartTime(pid) === begin) return 'alive';
  return readStartTime('1') === null ? 'unknown' : 'gone';
}

/** Removes files of ended processes from a folder: their names contain an owner between `prefix` and `suffix`. */
export function removeLeftovers(folder: string, prefix: string, suffix: string): void {
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const path = join(folder, name);
    const owner = name.slice(prefix.length, name.length - suffix.length);
    if (findOwnerState(owner) !== 'gone' || !isOurs(path)) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The file does no harm. A later process may have the permission to remove it.
    }
  }
}

export const isDraftName = (name: string): boolean => DRAFT.test(name);

/** Returns drafts of all owners next to a file or in a folder, including logs of the engine. */
export function draftsIn(folder: string, prefix = ''): string[] {
  return namesIn(folder).filter((name) => {
    const [, target, owner] = DRAFT.exec(name) ?? [];
    return owner !== undefined && (prefix === '' || target === prefix);
  });
}

/** Removes drafts of ended processes next to a store. */
export function removeLeftDrafts(folder: string): void {
  for (const name of draftsIn(folder)) {
    const [, prefix = '', , suffix = ''] = DRAFT.exec(name) ?? [];
    removeLeftovers(folder, prefix, suffix);
  }
}

/** Returns no names if the folder cannot be listed; its reader reports the reason. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** True for a file of this user. Other users remove their own files. */
function isOurs(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const atEnd = new Set<() => void>();

function removeAll(): void {
  for (const remove of atEnd) remove();
  atEnd.clear();
}

/** Other listeners of the signal determine how the process ends, and may still need the files. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

/** Registers files for removal at exit or on a signal. Returns a function that cancels it. */
export function removeAtEnd(remove: () => void): () => void {
  if (atEnd.size === 0) {
    process.on('exit', removeAll);
    for (const signal of ENDING) process.on(signal, onSignal);
  }
  atEnd.add(remove);
  return () => {
    if (!atEnd.delete(remove) || atEnd.size > 0) return;
    process.off('exit', removeAll);
    for (const signal of ENDING) process.off(signal, onSignal);
  };
}

/** A failure is reported when the folder is used; most runs never use it. */
function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw error;
  }
}

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/** Creates a temporary folder that is removed at exit or on a signal; after a kill, the next process removes it. */
export function temporaryFolder(): TemporaryFolder {
  removeLeftovers(tmpdir(), FOLDER_PREFIX, '');
  const path = join(tmpdir(), `${FOLDER_PREFIX}${ownerName()}`);
  make(path);
  const removeFolder = (): void => rmSync(path, { recursive: true, force: true });
  const unregister = removeAtEnd(removeFolder);
  const remove = (): void => {
    removeFolder();
    unregister();
  };
  return { path, remove };
}
