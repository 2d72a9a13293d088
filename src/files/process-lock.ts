// Locks between processes. The name of a lock file contains its owner, so the lock of a killed process is void. Each
// process has its own file, so no process removes or replaces the lock of a living one.

import { randomInt } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { WiretallyError } from '../model/errors.ts';
import { writeError } from './durable-file.ts';
import { findOwnerState, ownerName, removeAtEnd, removeLeftovers } from './temporary-names.ts';

const SUFFIX = '.lock';
/** Maximum time that a process waits for another one that writes the same files. */
const WAIT_MS = 60_000;
/** Two processes that try simultaneously retry after different delays. */
const PAUSE_MS = [10, 100] as const;
/**
 * A holder renews its lock at this interval. The lock of a container, whose processes are not visible, expires after
 * STALE_MS.
 */
const RENEW_MS = 60_000;
const STALE_MS = 10 * RENEW_MS;

export const isLockName = (name: string): boolean => name.startsWith('.') && name.endsWith(SUFFIX);

/** Returns a function that releases the lock; null while another holder has it. Throws STORE_WRITE. */
export function tryLock(folder: string, name: string): (() => void) | null {
  const prefix = `.${name}.`;
  removeLeftovers(folder, prefix, SUFFIX);
  const own = `${prefix}${ownerName()}${SUFFIX}`;
  const path = join(folder, own);
  try {
    closeSync(openSync(path, 'wx', 0o640));
  } catch (cause) {
    throw writeError(folder, cause);
  }
  const remove = (): void => rmSync(path, { force: true });
  const renewing = setInterval(() => touchLock(path), RENEW_MS).unref();
  const unregister = removeAtEnd(remove);
  const release = (): void => {
    clearInterval(renewing);
    remove();
    unregister();
  };
  // The list is read after the own file exists, so at least one of two simultaneous processes sees the other.
  const others = readdirSync(folder).filter(
    (file) => file !== own && file.startsWith(prefix) && file.endsWith(SUFFIX),
  );
  const isHeld = (other: string): boolean => {
    const owner = other.slice(prefix.length, other.length - SUFFIX.length);
    const state = findOwnerState(owner);
    return state === 'alive' || (state === 'unknown' && isFresh(join(folder, other), path));
  };
  if (!others.some(isHeld)) return release;
  release();
  return null;
}

/**
 * Runs `work` while no other holder of this lock runs. Throws STORE_BUSY if the lock does not become free, and
 * STORE_WRITE.
 */
export async function withLock<T>(folder: string, name: string, work: () => Promise<T>): Promise<T> {
  let release = tryLock(folder, name);
  for (let waitedMs = 0; release === null; ) {
    if (waitedMs > WAIT_MS) throw buildLockedError(folder);
    const pauseMs = randomInt(...PAUSE_MS);
    await setTimeout(pauseMs);
    waitedMs += pauseMs;
    release = tryLock(folder, name);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

function buildLockedError(folder: string): WiretallyError {
  const what = `${folder}: another process has been writing here for more than ${WAIT_MS / 1000} s`;
  return new WiretallyError('STORE_BUSY', what, {
    where: folder,
    next: 'wait until that process ends, then run this command again',
  });
}

function touchLock(path: string): void {
  try {
    writeFileSync(path, '.', { flag: 'r+' });
  } catch {
    // The file was removed manually, or the disk is read-only. In both cases other processes may take the lock.
  }
}

/** True for a fresh lock. Both times come from the file system, so that clocks of other machines have no effect. */
function isFresh(other: string, own: string): boolean {
  const owner = statSync(other, { throwIfNoEntry: false });
  const now = statSync(own, { throwIfNoEntry: false });
  return owner !== undefined && now !== undefined && now.mtimeMs - owner.mtimeMs < STALE_MS;
}
