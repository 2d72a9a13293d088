// Metadata of a sensor in a store that receives its windows.

import { z } from 'zod';
import { SIGNED_CONFIG } from './spool.ts';

/** Characters of a reason; a note is a small file. */
export const MAX_REASON = 400;

const NOTE = z.strictObject({
  sensor: z.string().min(1),
  /** Owner: the spool of its windows. */
  instance: z.string(),
  program: z.string(),
  catalogue: z.string(),
  policy: z.string().nullable(),
  /** Signed configuration in force; absent: none. */
  signedConfig: SIGNED_CONFIG.optional(),
  /** First UTC day in its spool at the last delivery; absent: unknown. */
  keptFrom: z.string().max(10).optional(),
  /** False: a run or a capture is a sensor of its own, and ends. */
  keepsName: z.boolean(),
  /** Clock of the sensor minus clock of the receiver, in milliseconds; null when unknown. */
  clockAheadMs: z.number().nullable(),
  /** Time of the last delivery, Unix time in milliseconds. */
  arrivedMs: z.number(),
  /** Windows under this name that were set aside, when last, and why that one. */
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
  /** Sorted by name. What cannot be read is left out. */
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
