// What a command is left with that carries windows: its folders, the files of its secrets, and the port it connects to.

import { resolve } from 'node:path';
import { CAPABILITY, confine } from './confine.ts';
import { foldersOf, nearest, placesOfNetwork, placesOfProgram } from './places.ts';

export interface CarrierPlaces {
  /** Folders that are written, made where they are not there. */
  readonly folders: readonly string[];
  /** Files that are written, with what lies beside them. */
  readonly files: readonly string[];
  readonly reads: readonly string[];
  /** Of TCP. */
  readonly ports: readonly number[];
}

/** DNS over TCP, for answers that are too long for UDP. */
const DNS_PORT = 53;

export function confineCarrier(
  { folders, files, reads, ports }: CarrierPlaces,
  { sandbox }: { readonly sandbox: boolean },
  say: (text: string) => void,
): void {
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  if (!sandbox || process.platform !== 'linux') {
    confine({ keep }, say);
    return;
  }
  const write = [...folders.map(nearest), ...files.flatMap(foldersOf), '/dev/null'];
  const read = [
    ...placesOfProgram(),
    ...write,
    ...reads.flatMap((place) => [resolve(place), ...foldersOf(place)]),
    ...placesOfNetwork(),
  ];
  const landlock = { read, write, ports: ports.length === 0 ? [] : [DNS_PORT, ...ports] };
  confine({ keep, landlock, filterSyscalls: true }, say);
}
