// Gives the rights of root up: another user, with its groups, for the rest of the process.

import { readFileSync } from 'node:fs';
import { WiretallyError } from '../model/errors.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** passwd(5): name:password:uid:gid:… Throws USAGE. */
export function findUser(name: string): User {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [found, , uid, gid] = line.split(':');
    if (found === name && uid !== undefined && gid !== undefined)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new WiretallyError('USAGE', `there is no user "${name}" in /etc/passwd`, { where: 'option --user' });
}

/** Groups first: after the user there is no right to change them. Throws PERMISSION. */
export function becomeUser(user: User): void {
  try {
    process.setgroups?.([user.gid]);
    process.setgid?.(user.gid);
    process.setuid?.(user.uid);
  } catch (cause) {
    throw new WiretallyError('PERMISSION', `cannot become user "${user.name}"`, {
      cause,
      where: 'option --user',
      next: 'only root can; as a systemd unit say User= there and leave --user out',
    });
  }
}
