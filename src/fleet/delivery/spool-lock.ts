// Locks a spool for one delivering process: two processes would overwrite each other's positions.

import { tryLock } from '../../files/process-lock.ts';
import { errorAt } from '../../model/errors.ts';

/** Returns a function that releases the lock. Throws STORE_BUSY while another running process holds it; STORE_WRITE. */
export function lockSpool(folder: string): () => void {
  const release = tryLock(folder, 'ship');
  if (release !== null) return release;
  throw errorAt('STORE_BUSY', folder, 'another process already delivers it', {
    next: 'one process can deliver to several destinations: repeat --to',
  });
}
