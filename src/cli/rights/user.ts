// Drops the rights of root: changes to another user and its groups for the rest of the process.

import { userInfo } from 'node:os';
import { WiretallyError } from '../../model/errors.ts';

/** The type declarations of Node leave it out. */
type WithGroups = typeof process & { initgroups?(user: string, extraGroup: number): void };

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const WHERE = { where: 'option --user' };

/** Finds users by the lookup of the system, which includes users of a directory service. Throws USAGE and PERMISSION. */
export function findUser(name: string): User {
  const { seteuid, geteuid } = process;
  if (seteuid === undefined || geteuid === undefined)
    throw new WiretallyError('USAGE', `changing the user is not supported on ${process.platform}`, WHERE);
  const before = geteuid.call(process);
  const user = { name, ...findUserId(name, seteuid.bind(process), before) };
  if (user.uid === 0) {
    throw new WiretallyError('USAGE', `"${name}" is root and would keep all privileges`, {
      ...WHERE,
      next: 'pass a user that owns only the files of the sensor, e.g. after "useradd --system wiretally"',
    });
  }
  return user;
}

/** Finds the id of a user by becoming this user for a moment: Node reports only the ids of the process. */
function findUserId(
  name: string,
  become: (user: string | number) => void,
  before: number,
): Omit<User, 'name'> {
  try {
    become(name);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_CREDENTIAL')
      throw new WiretallyError('USAGE', `user "${name}" does not exist`, { ...WHERE, cause });
    throw refusal(name, cause);
  }
  try {
    const { uid, gid } = userInfo();
    return { uid, gid };
  } finally {
    become(before);
  }
}

/** Changes the groups first, because the new user has no right to change them. Throws PERMISSION. */
export function becomeUser({ name, uid, gid }: User): void {
  try {
    (process as WithGroups).initgroups?.(name, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (cause) {
    throw refusal(name, cause);
  }
}

function refusal(name: string, cause: unknown): WiretallyError {
  return new WiretallyError('PERMISSION', `cannot become user "${name}"`, {
    ...WHERE,
    cause,
    next: 'run as root; in a systemd unit, set User= instead of --user',
  });
}
