// Collects faults of a policy file with their locations.

import { formatPath, type Problem, type TextTree } from '../text/text-tree.ts';
import type { SoundParts } from './sound-parts.ts';

type Path = readonly (string | number)[];

/** Collects faults with their location in the file. */
export class PolicyErrors {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #tree: TextTree;
  readonly #placeOf: (path: Path) => Path;
  readonly #unknown: ReadonlySet<string>;

  /** `parts`: original locations, if the checked file has parts removed. */
  constructor(tree: TextTree, parts?: Pick<SoundParts, 'placeOf' | 'removed'>) {
    this.#tree = tree;
    this.#placeOf = parts?.placeOf ?? ((path) => path);
    this.#unknown = parts?.removed ?? new Set();
  }

  error(path: Path, message: string): void {
    this.#put(this.errors, path, message);
  }

  warn(path: Path, message: string): void {
    this.#put(this.warnings, path, message);
  }

  #put(list: Problem[], path: Path, message: string): void {
    const [, quoted] = /"([^"]*)"/.exec(message) ?? [];
    if (quoted !== undefined && this.#unknown.has(quoted)) return; // present, with a fault of its own
    const place = this.#placeOf(path);
    list.push({ ...this.#tree.locate(place), path: formatPath(place), message });
  }

  lineOf(path: readonly (string | number)[]): number {
    return this.#tree.locate(this.#placeOf(path)).line;
  }
}
