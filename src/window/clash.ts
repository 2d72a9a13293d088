// Detects windows with the same key and revision and different content: two sensors use the same name.

import type { UsageWindow } from '../model/usage.ts';
import { spansWithout, type TimeSpan, uniteSpans } from '../time/spans.ts';
import { findRuns, partSpan } from './heard.ts';
import { isList } from './is-list.ts';
import { unionGaps } from './sums.ts';

/** True for windows with equal content, field by field. */
export function isSameWindow(a: UsageWindow, b: UsageWindow): boolean {
  return a === b || isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a) !== isList(b)) return false;
  const [first, second] = [collectFields(a), collectFields(b)];
  // A field without a value equals a missing field.
  return [...new Set([...first.keys(), ...second.keys()])].every((key) =>
    isSame(first.get(key), second.get(key)),
  );
}

const collectFields = (value: object): Map<string, unknown> =>
  new Map(Object.entries(isList(value) ? [...value] : value));

/**
 * Keeps the window with the higher revision if two windows have one key. Time that only the other observed is a gap, because
 * its rows are lost: two captures of one night may share a window.
 */
export function keepLatest(a: UsageWindow, b: UsageWindow): UsageWindow {
  if (a === b) return a;
  const [first, second] = [withoutReplaced(a), withoutReplaced(b)];
  const latest =
    first.revision === second.revision
      ? chooseStable(first, second)
      : first.revision > second.revision
        ? first
        : second;
  const replaced = spansWithout(uniteSpans([...findSensors(a), ...findSensors(b)]), findSensors(latest));
  if (replaced.length === 0) return latest;
  const gaps = replaced.map(({ fromUs, untilUs }) => ({
    fromUs,
    toUs: untilUs,
    reason: 'replaced' as const,
  }));
  return { ...latest, ...unionGaps([latest, { gaps }]) };
}

/** Lists the times with packets in the readings of a window: its own, and those that it replaced. */
function findSensors(window: UsageWindow): TimeSpan[] {
  const gaps = window.gaps ?? [];
  const listSpans = (isReplaced: boolean): TimeSpan[] =>
    gaps
      .filter(({ reason }) => (reason === 'replaced') === isReplaced)
      .map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs }));
  const own = uniteSpans(findRuns(window) ?? [partSpan(window)]);
  return uniteSpans([...spansWithout(own, listSpans(false)), ...listSpans(true)]);
}

function withoutReplaced(window: UsageWindow): UsageWindow {
  const { gaps, ...rest } = window;
  const left = gaps?.filter(({ reason }) => reason !== 'replaced') ?? [];
  if (left.length === (gaps?.length ?? 0)) return window;
  return left.length === 0 ? rest : { ...rest, gaps: left };
}

/** Selects one of two clashing windows, independent of their order. */
function chooseStable(a: UsageWindow, b: UsageWindow): UsageWindow {
  return isSameWindow(a, b) || JSON.stringify(a) <= JSON.stringify(b) ? a : b;
}

/** Returns one window of each clashing pair, in the given order. */
export function listClashes(windows: readonly UsageWindow[]): UsageWindow[] {
  const byKey = new Map<string, UsageWindow>();
  return windows.filter((window) => {
    const key = `${window.sensor}\u0000${window.startSeconds}\u0000${window.revision}`;
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, window);
    return first !== undefined && !isSameWindow(first, window);
  });
}

export const CLASH_NEXT =
  'give each sensor a name and credentials of its own, and find out which of the two is the sensor of that name';
