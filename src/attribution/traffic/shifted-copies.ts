// Finds copies from capture points with different clocks, which show one flow at two times: same endpoints, name and hello
// form, and hellos at a constant distance. The fuller copy counts.

import { MAX_COMMUNITY_IDS } from '../../model/ceilings.ts';
import { addTo } from '../../model/grouped-by.ts';
import type { UsageRow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { US } from '../../time/units.ts';
import type { Slice } from './channel.ts';
import { areOfOneSensor } from './copies.ts';

/** Step of time shifts; copies.ts compares rows with a smaller shift. */
const STEP_US = US;
/** Maximum shift: a copy with a larger one than the silence after an activity period is in another period. */
const MAX_SHIFT_US = 4 * 3600 * US;
/** Maximum number of compared sensors, the fullest ones: capture points of one host are few. */
const MAX_COMPARED = 8;
/** Maximum number of compared hellos per sensor. */
const MAX_HELLOS = 64;
/** Minimum share of the hellos of the sensor with fewer hellos that must have one distance. */
const MIN_SHARE = 0.8;

/** Traffic of one channel of a host at one sensor. */
interface Seen {
  readonly sensor: string;
  readonly slices: Slice[];
  readonly ids: Set<string>;
  readonly hellosUs: number[];
  packets: number;
  /** False if rows list only some of their flows. */
  isListed: boolean;
}

/** `keyOf` returns the channel of a row. Slices keep their order. */
export function withoutShifted(slices: readonly Slice[], keyOf: (row: UsageRow) => string): readonly Slice[] {
  if (areOfOneSensor(slices)) return slices;
  const channels = new Map<string, Map<string, Seen>>();
  for (const slice of slices) {
    if (slice.row.fingerprint === null) continue;
    const key = keyOf(slice.row);
    const sensors = channels.get(key) ?? new Map<string, Seen>();
    channels.set(key, sensors);
    note(sensors, slice);
  }
  const copies = new Set<Slice>();
  const copiedBy = new Map<Slice, string[]>();
  for (const sensors of channels.values()) {
    if (sensors.size > 1) markCopies([...sensors.values()], copies, copiedBy);
  }
  if (copies.size === 0) return slices;
  return slices
    .filter((slice) => !copies.has(slice))
    .map((slice) => {
      const more = copiedBy.get(slice)?.map((sensor) => ({ sensor, isSame: true })) ?? [];
      return more.length === 0 ? slice : { ...slice, copies: [...slice.copies, ...more] };
    });
}

function note(sensors: Map<string, Seen>, slice: Slice): void {
  const { sensor, row } = slice;
  const seen: Seen = sensors.get(sensor) ?? {
    sensor,
    slices: [],
    ids: new Set(),
    hellosUs: [],
    packets: 0,
    isListed: true,
  };
  sensors.set(sensor, seen);
  seen.slices.push(slice);
  seen.packets += row.packetsUp + row.packetsDown;
  if (row.communityIds.length === 0 || row.communityIds.length >= MAX_COMMUNITY_IDS) seen.isListed = false;
  for (const id of row.communityIds) seen.ids.add(id);
  for (const us of row.helloTimesUs) if (seen.hellosUs.length < MAX_HELLOS) seen.hellosUs.push(us);
}

function markCopies(sensors: Seen[], copies: Set<Slice>, copiedBy: Map<Slice, string[]>): void {
  const fuller: Seen[] = [];
  for (const seen of sensors.sort((a, b) => b.packets - a.packets || compareText(a.sensor, b.sensor))) {
    const original = seen.isListed ? fuller.find((candidate) => isShifted(candidate, seen)) : undefined;
    if (original === undefined) {
      if (fuller.length < MAX_COMPARED) fuller.push(seen);
      continue;
    }
    const own = seen.slices.filter(({ row }) => row.communityIds.every((id) => original.ids.has(id)));
    for (const slice of own) copies.add(slice);
    const [first] = original.slices;
    if (first !== undefined && own.length > 0) addTo(copiedBy, first, seen.sensor);
  }
}

function isShifted(original: Seen, copy: Seen): boolean {
  const shared = [...copy.ids].filter((id) => original.ids.has(id)).length;
  if (shared === 0 || shared * 2 < Math.min(copy.ids.size, original.ids.size)) return false;
  const votes = new Map<number, number>();
  for (const a of original.hellosUs) {
    for (const b of copy.hellosUs) {
      const shiftUs = b - a;
      if (Math.abs(shiftUs) > MAX_SHIFT_US) continue;
      // Steps overlap by half, so that a shift at the edge of one is in the middle of the next.
      const step = Math.floor(shiftUs / STEP_US);
      for (const near of [step, step + 1]) votes.set(near, (votes.get(near) ?? 0) + 1);
    }
  }
  let [best, most] = [0, 0];
  for (const [step, count] of votes) {
    if (count < most || (count === most && Math.abs(step) >= Math.abs(best))) continue;
    best = step;
    most = count;
  }
  const hellos = Math.min(original.hellosUs.length, copy.hellosUs.length);
  // Copies without a shift were already found by copies.ts.
  return most > 0 && Math.abs(best) > 1 && most >= hellos * MIN_SHARE;
}
