// What a store knows of a sensor whose windows are delivered to it.

import { z } from 'zod';
import { SIGNED_CONFIG } from './spool.ts';

/** Characters of a reason; a note is a small file. */
export const MAX_REASON = 400;

const NOTE = z.strictObject({
  sensor: z.string().min(1),
  /** Whose windows they are: of the spool that they came from. */
  instance: z.string(),
  program: z.string(),
  catalogue: z.string(),
  policy: z.string().nullable(),
  /** What was handed out to it and is in force; absent: nothing. */
  handout: SIGNED_CONFIG.optional(),
  /** The first day of UTC that its spool held when windows came last; absent: not told. */
  keptFrom: z.string().max(10).optional(),
  /** False: a run or a capture is a sensor of its own, and ends. */
  keepsName: z.boolean(),
  /** By how much the sensor's clock is ahead of whoever took its windows over, in milliseconds; null when not known. */
  clockAheadMs: z.number().nullable(),
  /** When windows of it came last, Unix time in milliseconds. */
  arrivedMs: z.number(),
  /** Windows under this name that were set aside, when last, and why that one. Older versions wrote no reason. */
  refused: z
    .strictObject({ windows: z.number(), lastMs: z.number(), reason: z.string().max(MAX_REASON).optional() })
    .nullable(),
});
export type SensorNote = z.infer<typeof NOTE>;

export interface SensorNotes {
  /** Sorted by name. What cannot be read is left out. */
  list(): Promise<SensorNote[]>;
  get(sensor: string): Promise<SensorNote | null>;
  /** Takes a name for whoever delivers first: returns what is known of the name then. Throws STORE_WRITE. */
  claim(note: SensorNote): Promise<SensorNote>;
  put(note: SensorNote): Promise<void>;
  /** The name is free again; false when nobody had it. */
  forget(sensor: string): Promise<boolean>;
}

/** Null for what is none. Throws what JSON.parse throws. */
export function readNote(text: string): SensorNote | null {
  const note = NOTE.safeParse(JSON.parse(text));
  return note.success ? note.data : null;
}
