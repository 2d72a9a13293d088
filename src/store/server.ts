// What a store on a server declares of itself, so that no caller needs to know which server it is.

import type { Attributor } from './attributor.ts';
import type { History } from './history.ts';
import type { SensorNotes } from './sensor-note.ts';
import type { Store } from './store.ts';

export interface StoreServer {
  /** By its text alone. */
  isAddress(path: string): boolean;
  /** Host and port that it is connected to. Throws USAGE for an incomplete address. */
  placeOf(path: string): { readonly host: string; readonly port: number };
  /** Files that are read when a connection is opened. */
  secretFiles(env: NodeJS.ProcessEnv): string[];
  /** Loads its code, before a process may no longer read it. */
  load(): Promise<void>;
  open(
    path: string,
    options: { readonly mode: 'read' | 'write'; readonly attributor: Attributor | null },
  ): Promise<Store>;
  /** Answers from period sums; null where none are kept. */
  openHistory(path: string, attributor: Attributor): Promise<History | null>;
  /** What it knows of the sensors that deliver to it. */
  notes(path: string): Promise<SensorNotes>;
  /** Another text once what is kept has changed. Throws INPUT_UNREADABLE. */
  state(path: string): Promise<string>;
}
