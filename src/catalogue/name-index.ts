// Indexes server names: exact, by longest suffix, or by a pattern with "*" inside, which matches one or more
// characters.

import { addTo } from '../model/grouped-by.ts';
import { matchesGlob } from '../text/glob.ts';

export interface Found<T> {
  readonly value: T;
  readonly pattern: string;
  /** A higher rank is more specific: exact names above suffixes, longer suffixes above shorter ones. */
  readonly rank: number;
}

interface Glob<T> {
  readonly pattern: string;
  readonly values: T[];
}

const EXACT_RANK = 10_000;
/** Cache size. Few names are AI-related, and each occurs in many rows. */
const MAX_REMEMBERED = 4096;

/**
 * Lookup time is linear in the labels of the name. Patterns with "*" inside are few, and indexed by their last two
 * labels.
 */
export class NameIndex<T> {
  readonly #exact = new Map<string, T[]>();
  readonly #suffixes = new Map<string, T[]>();
  readonly #globs = new Map<string, Glob<T>[]>();
  readonly #found = new Map<string, readonly Found<T>[]>();

  add(pattern: string, value: T): void {
    this.#found.clear();
    if (!pattern.includes('*')) addTo(this.#exact, pattern, value);
    else if (pattern.startsWith('*.') && !pattern.slice(1).includes('*')) {
      addTo(this.#suffixes, pattern.slice(1), value);
    } else {
      const key = lastTwoLabels(pattern);
      const list = this.#globs.get(key) ?? [];
      if (list.length === 0) this.#globs.set(key, list);
      const existing = list.find((glob) => glob.pattern === pattern);
      if (existing !== undefined) existing.values.push(value);
      else list.push({ pattern, values: [value] });
    }
  }

  /** Returns all matches, most specific first. */
  find(name: string): readonly Found<T>[] {
    let found = this.#found.get(name);
    if (found === undefined) {
      found = this.#collect(name);
      if (this.#found.size >= MAX_REMEMBERED) this.#found.clear();
      this.#found.set(name, found);
    }
    return found;
  }

  #collect(name: string): Found<T>[] {
    const found: Found<T>[] = [];
    for (const value of this.#exact.get(name) ?? []) found.push({ value, pattern: name, rank: EXACT_RANK });
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const suffix = name.slice(dot);
      for (const value of this.#suffixes.get(suffix) ?? []) {
        found.push({ value, pattern: `*${suffix}`, rank: suffix.length });
      }
    }
    for (const glob of this.#globs.get(lastTwoLabels(name)) ?? []) {
      if (!matchesGlob(glob.pattern, name, 1)) continue;
      for (const value of glob.values)
        found.push({ value, pattern: glob.pattern, rank: glob.pattern.length });
    }
    return found.sort((a, b) => b.rank - a.rank);
  }

  has(name: string): boolean {
    if (this.#exact.has(name)) return true;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (this.#suffixes.has(name.slice(dot))) return true;
    }
    return (this.#globs.get(lastTwoLabels(name)) ?? []).some((glob) => matchesGlob(glob.pattern, name, 1));
  }
}

export function matchesName(pattern: string, name: string): boolean {
  return pattern.includes('*') ? matchesGlob(pattern, name, 1) : pattern === name;
}

export const isAmong = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => matchesName(pattern, name));

function lastTwoLabels(name: string): string {
  const last = name.lastIndexOf('.');
  return last <= 0 ? name : name.slice(name.lastIndexOf('.', last - 1) + 1);
}
