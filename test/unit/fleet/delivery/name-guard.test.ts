// The name of a sensor belongs to the first spool that delivers under it.

import { expect, it } from 'vitest';
import { type Arrival, NameGuard } from '../../../../src/fleet/delivery/name-guard.ts';
import type { SensorNote, SensorNotes } from '../../../../src/store/sensor-note.ts';

/** Notes in memory; counts the writes. */
class FewNotes implements SensorNotes {
  readonly notes = new Map<string, SensorNote>();
  writes = 0;
  list = async () => [...this.notes.values()];
  get = async (sensor: string) => this.notes.get(sensor) ?? null;
  forget = async (sensor: string) => this.notes.delete(sensor);
  put = async (note: SensorNote) => {
    this.writes++;
    this.notes.set(note.sensor, note);
  };
  claim = async (note: SensorNote) => {
    const owner = this.notes.get(note.sensor) ?? note;
    this.notes.set(note.sensor, owner);
    return owner;
  };
}

const arrival = (sensor: string, instance: string, arrivedMs = 1): Arrival => ({
  ...{ sensor, instance, program: '1', catalogue: '1', policy: null, keepsName: true },
  ...{ clockAheadMs: null, arrivedMs },
});

it('admits the owner, and no other spool until the name is released', async () => {
  const notes = new FewNotes();
  const guard = new NameGuard(notes);
  expect(await guard.admits(arrival('hall', 'first'))).toBe(true);
  expect(await guard.admits(arrival('hall', 'second'))).toBe(false);
  expect(await guard.admits(arrival('yard', 'second'))).toBe(true);
  expect(await guard.admits(arrival('hall', 'first'))).toBe(true);
  await notes.forget('hall');
  expect(await guard.admits(arrival('hall', 'second'))).toBe(true);
  expect(await guard.admits(arrival('hall', 'first'))).toBe(false);
});

it('counts what was refused under a name that has an owner, and writes notes now and then', async () => {
  const notes = new FewNotes();
  const guard = new NameGuard(notes);
  await guard.noteRefused('nobody', 'no window', 5);
  await guard.admits(arrival('hall', 'first'));
  await guard.noteRefused('hall', 'no window', 5);
  await guard.noteRefused('hall', 'another sensor', 6);
  await guard.save(20_000, 'due');
  expect(notes.notes.get('hall')?.refused).toEqual({ windows: 2, lastMs: 6, reason: 'another sensor' });
  await guard.admits(arrival('hall', 'first', 9));
  await guard.save(29_999, 'due');
  expect(notes.writes).toBe(1);
  await guard.save(30_000, 'due');
  expect(notes.writes).toBe(2);
  expect(notes.notes.get('hall')?.arrivedMs).toBe(9);
});
