// Finds the entry of a list that a user named by its id or its displayed name.

import { nearestWord } from './near-word.ts';

export interface Named {
  readonly id: string;
  readonly name: string;
  /** Former names. */
  readonly formerly?: readonly { readonly name: string }[] | undefined;
}

/**
 * Converts to lower case, with one dash for spaces, dashes and underscores: "Claude  Code" and "claude_code" become
 * "claude-code".
 */
export const plainWord = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '-');

/** Lists the names of an entry: "Devin Desktop (formerly Windsurf)" is also "Devin Desktop". */
const listNames = ({ name, formerly = [] }: Named): string[] => [
  name,
  ...name.replace(/ \(formerly .*\)$/, '').split(' / '),
  ...formerly.map((former) => former.name),
];

/** Index of a list, built once because files may name thousands of entries. */
export class WrittenNames<T extends Named> {
  readonly #entries: readonly T[];
  readonly #byId = new Map<string, T>();
  readonly #byPlainId = new Map<string, T>();
  /** Entries by name; null for an ambiguous name of two entries. */
  readonly #byName = new Map<string, T | null>();

  constructor(entries: readonly T[]) {
    this.#entries = entries;
    for (const entry of entries) {
      const id = plainWord(entry.id);
      this.#byId.set(entry.id, entry);
      if (!this.#byPlainId.has(id)) this.#byPlainId.set(id, entry);
      for (const name of new Set(listNames(entry).map(plainWord)))
        this.#byName.set(name, this.#byName.has(name) ? null : entry);
    }
    // "Qwen", a part of "Qwen / DashScope", is also the beginning of "Qwen Code".
    for (const [name, entry] of this.#byName)
      if (entry !== null && plainWord(entry.name) !== name && this.#begins(name, entry))
        this.#byName.set(name, null);
  }

  /** Finds a name by id or displayed name, in any case; a name like "Windsurf / Codeium" also by a part. */
  find(text: string): T | undefined {
    const word = plainWord(text);
    return this.#byId.get(text) ?? this.#byPlainId.get(word) ?? this.#byName.get(word) ?? undefined;
  }

  #begins(name: string, but: T): boolean {
    return this.#entries.some((entry) => entry !== but && plainWord(entry.name).startsWith(`${name}-`));
  }

  /** Returns the id of the entry whose id or name is nearest to an unknown word; null if none is near. */
  near(text: string): string | null {
    const word = plainWord(text);
    const byId = nearestWord(
      word,
      this.#entries.map(({ id }) => id),
    );
    if (byId !== null) return byId;
    const names = new Map(this.#entries.map(({ id, name }) => [plainWord(name), id]));
    const byName = nearestWord(word, names.keys());
    return byName === null ? null : (names.get(byName) ?? null);
  }

  /** Returns ' (did you mean "x"?)' with the id of the nearest entry, or ''. */
  didYouMean(text: string): string {
    const near = this.near(text);
    return near === null ? '' : ` (did you mean "${near}"?)`;
  }
}
