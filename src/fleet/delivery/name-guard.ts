// NameGuard: binds the name of a sensor to the first spool that delivers under it.

import { errorAt, type WiretallyError } from '../../model/errors.ts';
import { MAX_REASON, type SensorNote, type SensorNotes } from '../../store/sensor-note.ts';
import type { Sender } from './destination.ts';

export interface Arrival extends Sender {
  readonly sensor: string;
  readonly clockAheadMs: number | null;
  readonly arrivedMs: number;
}

/** Minimum interval between writes of sensor notes: they are informational, and each costs a disk write. */
const NOTE_EVERY_MS = 10_000;

export class NameGuard {
  readonly #notes: SensorNotes;
  readonly #known = new Map<string, { note: SensorNote; savedMs: number; isChanged: boolean }>();

  constructor(notes: SensorNotes) {
    this.#notes = notes;
  }

  /** Returns false if another spool owns the name. Throws STORE_WRITE. */
  async admits(arrival: Arrival): Promise<boolean> {
    const { sensor, instance } = arrival;
    const fresh = { ...arrival, refused: null };
    let existing = this.#known.get(sensor);
    if (existing === undefined || existing.note.instance !== instance) {
      // Claims again, because an administrator may have released the name.
      existing = { note: await this.#notes.claim(fresh), savedMs: 0, isChanged: false };
      this.#known.set(sensor, existing);
    }
    if (existing.note.instance !== instance) return false;
    existing.note = { ...fresh, refused: existing.note.refused };
    existing.isChanged = true;
    return true;
  }

  /** Counts a quarantined message under this name. A name without an owner remains free. */
  async noteRefused(sensor: string, reason: string, lastMs: number): Promise<void> {
    let existing = this.#known.get(sensor);
    if (existing === undefined) {
      const note = await this.#notes.get(sensor);
      if (note === null) return;
      existing = { note, savedMs: 0, isChanged: false };
      this.#known.set(sensor, existing);
    }
    const windows = (existing.note.refused?.windows ?? 0) + 1;
    existing.note = { ...existing.note, refused: { windows, lastMs, reason: reason.slice(0, MAX_REASON) } };
    existing.isChanged = true;
  }

  /** Writes changed notes, rate-limited unless all are requested. */
  async save(nowMs: number, asks: 'due' | 'all'): Promise<void> {
    for (const known of this.#known.values()) {
      if (!known.isChanged || (asks === 'due' && nowMs - known.savedMs < NOTE_EVERY_MS)) continue;
      await this.#notes.put(known.note);
      known.savedMs = nowMs;
      known.isChanged = false;
    }
  }
}

export function nameTakenError(sensor: string, place: string): WiretallyError {
  return errorAt('SENSOR_NAME', place, `the name ${sensor} belongs to another sensor`, {
    next: `pass another --sensor NAME; if it has replaced the other: wiretally fleet sensors ${place} --forget ${sensor}`,
  });
}
