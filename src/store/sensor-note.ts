// Metadata of a sensor in a store that receives its windows.

import { z } from 'zod';
import { SIGNED_CONFIG } from './spool.ts';

/** Maximum length of a reason: a note is a small file. */
export const MAX_REASON = 400;

const NOTE = z.strictObject({
  sensor: z.string().min(1),
  /** Owner of the name: the spool of its windows. */
  instance: z.string(),
  program: z.string(),
  catalogue: z.string(),
  policy: z.string().nullable(),
  /** Signed configuration in force; absent: none. */
  signedConfig: SIGNED_CONFIG.optional(),
  /** First UTC day in its spool at the last delivery; absent: unknown. */
  keptFrom: z.string().max(10).optional(),
  /** False for a single run or capture, which counts as a separate sensor and ends. */
  keepsName: z.boolean(),
  /** Clock of the sensor minus clock of the receiver, in milliseconds; null when unknown. */
  clockAheadMs: z.number().nullable(),
  /** Time of the last delivery, Unix time in milliseconds. */
  arrivedMs: z.number(),
  /** Quarantined windows with this name, and time and reason of the last one. */
  refused: z
    .strictObject({
      windows: z.number(),
      lastMs: z.number(),
      reason: z.string().max(MAX_REASON),
    })
    .nullable(),
});
export type SensorNote = z.infer<typeof NOTE>;

export interface SensorNotes {
  /** Lists notes sorted by name, without unreadable ones. */
  list(): Promise<SensorNote[]>;
  get(sensor: string): Promise<SensorNote | null>;
  /** Binds a name to the first sender: returns the note of the owner. Throws STORE_WRITE. */
  claim(note: SensorNote): Promise<SensorNote>;
  put(note: SensorNote): Promise<void>;
  /** Releases the name; false without an owner. */
  forget(sensor: string): Promise<boolean>;
}

/** Null for invalid content. Throws errors of JSON.parse. */
export function readNote(text: string): SensorNote | null {
  const note = NOTE.safeParse(JSON.parse(text));
  return note.success ? note.data : null;
}
