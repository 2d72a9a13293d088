// The folder of what a sensor must not forget: undelivered findings, and positions in followed logs.

import { closeSync, constants, fchownSync, fstatSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeError } from '../files/durable-file.ts';
import { makeFolder } from '../files/make-folder.ts';

/** A sensor that root starts for another user keeps its state here. */
const SYSTEM_STATE = '/var/lib/wiretally';

export interface StateOptions {
  /** The folder, where one is named. */
  readonly state?: string;
  /** User that the process becomes. */
  readonly user?: string;
}

export interface RaisingOptions {
  readonly policy?: string;
  readonly signedConfig?: string;
}

/** A policy is given, or a signed configuration may bring one. */
export function mayRaise({ policy, signedConfig }: RaisingOptions): boolean {
  return policy !== undefined || signedConfig !== undefined;
}

/** Undelivered findings, or positions in logs. */
export const keepsState = (options: RaisingOptions & { readonly follow: readonly string[] }): boolean =>
  mayRaise(options) || options.follow.length > 0;

/**
 * The folder is the configured one, else systemd's StateDirectory=, else where programs of a system or of a user keep their
 * state.
 */
export function stateFolder({ state, user }: StateOptions): string {
  if (state !== undefined) return state;
  const given = process.env.STATE_DIRECTORY?.split(':')[0];
  if (given !== undefined) return given;
  if (user !== undefined) return SYSTEM_STATE;
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'wiretally');
}

/** While the process is root: the program's own state folder becomes the user's. One that was named is left alone. */
export function giveStateFolder(
  options: StateOptions & Parameters<typeof keepsState>[0],
  { uid, gid }: { readonly uid: number; readonly gid: number },
): void {
  if (options.state !== undefined || !keepsState(options)) return;
  const folder = stateFolder(options);
  try {
    makeFolder(folder, 0o700);
    // The handle is used, because the name could have become another's meanwhile.
    const handle = openSync(folder, constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      if (fstatSync(handle).uid === 0) fchownSync(handle, uid, gid);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw writeError(folder, cause);
  }
}
