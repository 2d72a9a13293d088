// One process delivers a spool at a time: two would each write down their own place.

import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeError } from '../../files/durable-file.ts';
import { ownerName, removeAtEnd, removeLeft } from '../../files/owned-names.ts';
import { WiretallyError } from '../../model/errors.ts';

const PREFIX = '.ship.';
const SUFFIX = '.lock';

/** Returns how to give it back. Throws STORE_BUSY while another process lives that has it; STORE_WRITE. */
export function lockSpool(folder: string): () => void {
  removeLeft(folder, PREFIX, SUFFIX);
  const isLock = (name: string): boolean => name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  const own = `${PREFIX}${ownerName()}${SUFFIX}`;
  const remove = (): void => rmSync(join(folder, own), { force: true });
  try {
    closeSync(openSync(join(folder, own), 'wx', 0o640));
  } catch (cause) {
    throw writeError(join(folder, own), cause);
  }
  const takeBack = removeAtEnd(remove);
  const release = (): void => {
    remove();
    takeBack();
  };
  // Looked for when the own one is there already, so that of two that come at once at least one sees the other.
  if (readdirSync(folder).some((name) => isLock(name) && name !== own)) {
    release();
    throw new WiretallyError('STORE_BUSY', `${folder}: is being delivered by another process`, {
      where: folder,
      next: 'one process delivers to several places: repeat --to',
    });
  }
  return release;
}
