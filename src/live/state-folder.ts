// Finds the folder for the persistent state of a sensor: undelivered findings, and positions in followed logs.

import { closeSync, constants, fchownSync, fstatSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeError } from '../files/durable-file.ts';
import { makeFolder } from '../files/make-folder.ts';

/** State folder of a sensor that root starts for another user. */
const SYSTEM_STATE = '/var/lib/wiretally';

export interface StateOptions {
  /** The configured folder. */
  readonly state?: string;
  /** User that the process becomes. */
  readonly user?: string;
}

export interface RaisingOptions {
  readonly policy?: string;
  readonly signedConfig?: string;
}

/** True with a policy, or with a signed configuration that may contain one. */
export function mayRaise({ policy, signedConfig }: RaisingOptions): boolean {
  return policy !== undefined || signedConfig !== undefined;
}

/** True for a sensor with undelivered findings or positions in logs. */
export const keepsState = (options: RaisingOptions & { readonly follow: readonly string[] }): boolean =>
  mayRaise(options) || options.follow.length > 0;

/**
 * Returns the configured folder, else systemd's StateDirectory=, else the usual state folder of a system service or of a
 * user.
 */
export function stateFolder({ state, user }: StateOptions): string {
  if (state !== undefined) return state;
  const given = process.env.STATE_DIRECTORY?.split(':')[0];
  if (given !== undefined) return given;
  if (user !== undefined) return SYSTEM_STATE;
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'wiretally');
}

/** Changes the owner of the default state folder to the user, while the process is root. A configured folder is unchanged. */
export function changeFolderOwner(
  options: StateOptions & Parameters<typeof keepsState>[0],
  { uid, gid }: { readonly uid: number; readonly gid: number },
): void {
  if (options.state !== undefined || !keepsState(options)) return;
  const folder = stateFolder(options);
  try {
    makeFolder(folder, 0o700);
    // Uses the handle, because the path may name another file meanwhile.
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
