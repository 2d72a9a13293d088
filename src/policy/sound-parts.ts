// Removes the faulty parts of a policy file, so that the remaining parts are checked in the same run and
// all faults are reported together.

type Path = readonly (string | number)[];

export interface SoundParts {
  readonly value: unknown;
  /** Location of a part in the original file. */
  readonly placeOf: (path: Path) => Path;
  /** Ids of removed parts: references to them are not faults. */
  readonly removed: ReadonlySet<string>;
}

/** Placeholder for a required value. */
const REQUIRED: Readonly<Record<string, unknown>> = { version: 1, name: 'unnamed', timezone: 'UTC' };

/** Returns null if the fault affects the whole file. */
export function soundParts(root: unknown, faults: readonly Path[]): SoundParts | null {
  if (!isRecord(root) || faults.some((path) => path.length === 0)) return null;
  const value: Record<string, unknown> = { ...root };
  const removed = new Set<string>();
  const indices = new Map<string, readonly number[]>();
  for (const key of new Set(faults.map(([first]) => String(first)))) {
    const inside = faults.filter(([first, second]) => String(first) === key && second !== undefined);
    const isWhole = inside.length < faults.filter(([first]) => String(first) === key).length;
    const part = root[key];
    if (!isWhole && Array.isArray(part)) {
      const indicesOf = (paths: readonly Path[]): Set<number> =>
        new Set(paths.map(([, index]) => Number(index)));
      const undated = indicesOf(inside.filter(isOfTime));
      const faulty = indicesOf(inside.filter((path) => !isOfTime(path)));
      const items = part.map((item: unknown, i) => (undated.has(i) ? withoutTimes(item) : item));
      const sound = items.map((_, i) => i).filter((i) => !faulty.has(i));
      for (const i of faulty) removed.add(getId(items[i]));
      indices.set(key, sound);
      value[key] = sound.map((i) => items[i]);
    } else if (!isWhole && isRecord(part) && key !== 'privacy') {
      const faulty = new Set(inside.map(([, name]) => String(name)));
      for (const name of faulty) removed.add(name);
      value[key] = Object.fromEntries(Object.entries(part).filter(([name]) => !faulty.has(name)));
    } else if (key in REQUIRED) value[key] = REQUIRED[key];
    else delete value[key];
  }
  const placeOf = ([first, second, ...rest]: Path): Path => {
    if (first === undefined || second === undefined) return first === undefined ? [] : [first];
    const sound = indices.get(String(first));
    return [first, sound === undefined ? second : (sound[Number(second)] ?? second), ...rest];
  };
  return { value, placeOf, removed };
}

/** Keys for the time of a rule. Without them, the rest of the rule can be checked. */
const TIMES: ReadonlySet<string | number> = new Set(['effective', 'until', 'grace']);

const isOfTime = ([key, , field]: Path): boolean =>
  key === 'rules' && field !== undefined && TIMES.has(field);

/** All these keys are removed, because they refer to each other. */
const withoutTimes = (item: unknown): unknown =>
  isRecord(item) ? Object.fromEntries(Object.entries(item).filter(([name]) => !TIMES.has(name))) : item;

function getId(item: unknown): string {
  return isRecord(item) && typeof item.id === 'string' ? item.id : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
