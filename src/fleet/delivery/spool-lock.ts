// One process delivers a spool at a time: two would each write down their own place.

import { tryLock } from '../../files/process-lock.ts';
import { errorAt } from '../../model/errors.ts';

/** Returns how to give it back. Throws STORE_BUSY while another process lives that has it; STORE_WRITE. */
export function lockSpool(folder: string): () => void {
  const release = tryLock(folder, 'ship');
  if (release !== null) return release;
  throw errorAt('STORE_BUSY', folder, 'is being delivered by another process', {
    next: 'one process delivers to several places: repeat --to',
  });
}
