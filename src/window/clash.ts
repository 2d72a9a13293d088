// Windows with the same key and revision and different content: two sensors use the same name.

import type { UsageWindow } from '../model/usage.ts';
import { isList } from './is-list.ts';

/** True for windows with equal content, field by field. */
export function isSameWindow(a: UsageWindow, b: UsageWindow): boolean {
  return a === b || isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a) !== isList(b)) return false;
  const [one, other] = [fieldsOf(a), fieldsOf(b)];
  // A field without a value equals a missing field.
  return [...new Set([...one.keys(), ...other.keys()])].every((key) => isSame(one.get(key), other.get(key)));
}

const fieldsOf = (value: object): Map<string, unknown> =>
  new Map(Object.entries(isList(value) ? [...value] : value));

/** Selects one of two clashing windows, independent of their order. */
export function firstOf(a: UsageWindow, b: UsageWindow): UsageWindow {
  return isSameWindow(a, b) || JSON.stringify(a) <= JSON.stringify(b) ? a : b;
}

/** One of each pair that clashes, in the order given. */
export function clashesAmong(windows: readonly UsageWindow[]): UsageWindow[] {
  const known = new Map<string, UsageWindow>();
  return windows.filter((window) => {
    const key = `${window.sensor}\u0000${window.startSeconds}\u0000${window.revision}`;
    const first = known.get(key);
    if (first === undefined) known.set(key, window);
    return first !== undefined && !isSameWindow(first, window);
  });
}

export const CLASH_NEXT =
  'give each sensor a name and credentials of its own, and find out which of the two is the sensor of that name';
