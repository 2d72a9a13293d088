// Names of drafts and temporary folders that tell whose they are: what a killed process left behind is removed by the next.

import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from './error-code.ts';

/** Where processes are counted, number of the process, when it began, and what nobody can guess. */
const OWNER = /^(\d+)-(\d+)-(\d+)-[0-9a-f]{16}$/;
/** What it is of, its owner, and that it is a draft, or the log of one. */
const DRAFT = /^(.*\.)(\d+-\d+-\d+-[0-9a-f]{16})(\.draft(?:\.wal)?)$/;
const FOLDER_PREFIX = 'wiretally-';

/** As proc(5) counts it; null when there is no such process. */
function beginOf(pid: string): string | null {
  try {
    // Names of programs may hold blanks and brackets.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Containers share folders and not numbers of processes. */
function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '0'; // another system: nothing can be told of others
  }
}

const SPACE = processSpace();

/** A name for something that is nobody else's. */
export function ownerName(): string {
  return `${SPACE}-${process.pid}-${beginOf('self') ?? '0'}-${randomBytes(8).toString('hex')}`;
}

/**
 * Of the process that a name says; unknown where processes are counted elsewhere, or not at all, and where those of others
 * are hidden (hidepid= of proc(5)), the first one with them.
 */
export function ownerState(owner: string): 'alive' | 'gone' | 'unknown' {
  const [, space, pid = '', begin] = OWNER.exec(owner) ?? [];
  if (space === undefined || space === '0' || space !== SPACE || begin === '0') return 'unknown';
  if (beginOf(pid) === begin) return 'alive';
  return beginOf('1') === null ? 'unknown' : 'gone';
}

/** Removes what processes that are gone left in a folder: its name is an owner's between both ends. */
export function removeLeft(folder: string, prefix: string, suffix: string): void {
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const path = join(folder, name);
    const owner = name.slice(prefix.length, name.length - suffix.length);
    if (ownerState(owner) !== 'gone' || !isOurs(path)) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It is in nobody's way: a later process may have the right to remove it.
    }
  }
}

export const isDraftName = (name: string): boolean => DRAFT.test(name);

/** Drafts beside a file, or in a folder, with the logs of the engine, whosever they are. */
export function draftsIn(folder: string, prefix = ''): string[] {
  return namesIn(folder).filter((name) => {
    const [, of, owner] = DRAFT.exec(name) ?? [];
    return owner !== undefined && (prefix === '' || of === prefix);
  });
}

/** Those that processes which are gone left beside a store, whatever it is of. */
export function removeLeftDrafts(folder: string): void {
  for (const name of draftsIn(folder)) {
    const [, prefix = '', , suffix = ''] = DRAFT.exec(name) ?? [];
    removeLeft(folder, prefix, suffix);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it may be written, and not listed
  }
}

/** What another user left is that user's to remove. */
function isOurs(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const atEnd = new Set<() => void>();

function removeAll(): void {
  for (const remove of atEnd) remove();
  atEnd.clear();
}

/** Whoever else listens decides how the process ends, and may need what is there until then. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

/** What is to be removed when the process ends or is told to. Returns how to take that back. */
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

/** Where nothing can be made, who needs the folder says so: most never do. */
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

/** A folder that is removed when the process ends or is told to; one that was killed is removed by the next process. */
export function temporaryFolder(): TemporaryFolder {
  removeLeft(tmpdir(), FOLDER_PREFIX, '');
  const path = join(tmpdir(), `${FOLDER_PREFIX}${ownerName()}`);
  make(path);
  const removeFolder = (): void => rmSync(path, { recursive: true, force: true });
  const takeBack = removeAtEnd(removeFolder);
  const remove = (): void => {
    removeFolder();
    takeBack();
  };
  return { path, remove };
}
