// Confines a command that delivers windows to its folders, the files of its secrets, and the servers it connects to.

import { resolve } from 'node:path';
import { buildConfinement, CAPABILITY, confine } from './confine.ts';
import { findExistingParent, listFolders, listNetworkPlaces, listProgramPlaces } from './places.ts';
import { listPorts, listSocketKinds, type ServerPlace } from './server-ports.ts';

export interface DeliveryPlaces {
  /** Output folders; missing ones are created. */
  readonly folders: readonly string[];
  /** Output files; files next to them are also writable. */
  readonly files: readonly string[];
  readonly reads: readonly string[];
  readonly servers: readonly ServerPlace[];
}

export function confineDelivery(
  { folders, files, reads, servers }: DeliveryPlaces,
  { sandbox }: { readonly sandbox: boolean },
  print: (text: string) => void,
): void {
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  const list = () => {
    const write = [...folders.map(findExistingParent), ...files.flatMap(listFolders), '/dev/null'];
    const named = reads.flatMap((place) => [resolve(place), ...listFolders(place)]);
    const read = [...listProgramPlaces(), ...write, ...named, ...listNetworkPlaces()];
    const landlock = { read, write, ports: listPorts(servers) };
    return { landlock, syscalls: { sockets: listSocketKinds(servers), signals: [] } };
  };
  confine(buildConfinement(sandbox, keep, list), print);
}
