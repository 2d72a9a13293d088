// Finds the part of a spool that every destination has received: only this part may be deleted.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WiretallyError } from '../../model/errors.ts';
import { DAY_FILE } from '../../store/usage-file.ts';
import { Cursor } from './cursor.ts';

/** Throws STORE_BUSY if days before a time are not delivered yet. A folder without destinations has none. */
export function requireDelivered(folder: string, beforeSeconds: number): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  const beforeDay = `${new Date(beforeSeconds * 1000).toISOString().slice(0, 10)}.usage`;
  const days = readdirSync(folder).filter((name) => DAY_FILE.test(name) && name <= beforeDay);
  for (const cursor of Cursor.all(folder)) {
    const waiting = days.filter((name) => {
      const stats = statSync(join(folder, name));
      return cursor.countBytes(join(folder, name), stats) < stats.size;
    });
    const [first] = waiting.sort();
    if (first === undefined) continue;
    throw new WiretallyError('STORE_BUSY', `${join(folder, first)}: is not delivered to ${cursor.to} yet`, {
      where: folder,
      next: `wiretally fleet ship ${folder} --to ${cursor.to} --once; if that destination no longer exists, remove ${cursor.path}`,
    });
  }
}
