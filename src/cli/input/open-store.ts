// Opens stores for the commands about stores.

import { statSync } from 'node:fs';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/package-version.ts';
import { WiretallyError } from '../../model/errors.ts';
import { readSensors } from '../../query/inputs/read-sensors-file.ts';
import { type Attributor, buildAttributor } from '../../store/attributor.ts';
import { isOnServer } from '../../store/on-server.ts';
import { openSummed } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import type { CatalogueOptions } from './options.ts';
import type { SensorsOptions } from './policy-options.ts';

export const storeArgument = {
  name: '<store>',
  description: 'Store: file, folder or server address',
};

type AttributionOptions = CatalogueOptions & SensorsOptions;

/** Reads the catalogue that attributes windows when they are written. */
export const readAttributor = async (by: AttributionOptions): Promise<Attributor> =>
  buildAttributor(await loadCatalogue(by.catalogue), packageVersion(), await readSensors(by));

/** Opens a store for reading, or for writing with an attributor, and closes it after the action. */
export async function withStore<T>(
  path: string,
  by: AttributionOptions | null,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  // Opening for writing would create a missing store.
  requireExistingStore(path);
  const attributor = by === null ? null : await readAttributor(by);
  const store = await openSummed(path, { mode: attributor === null ? 'read' : 'write' }, attributor);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

export function requireExistingStore(path: string): void {
  if (isOnServer(path)) return; // opening it reports the error
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new WiretallyError('INPUT_UNREADABLE', `${path}: no such file or folder`, {
      next: 'wiretally analyze CAPTURE --store FILE creates one',
    });
  }
}
