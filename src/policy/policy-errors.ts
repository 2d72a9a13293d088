// Collects faults of a policy file with their locations.

import { formatPath, type Problem, type TextTree } from '../text/text-tree.ts';

type Path = readonly (string | number)[];

/** Collects faults with their location in the file. */
export class PolicyErrors {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #tree: TextTree;
  readonly #replaced: readonly string[];

  /** `replaced`: faulty parts with a placeholder, about which nothing more is reported. */
  constructor(tree: TextTree, replaced: readonly Path[] = []) {
    this.#tree = tree;
    this.#replaced = replaced.map(formatPath);
  }

  error(path: Path, message: string): void {
    const written = formatPath(path);
    if (this.#replaced.some((other) => isWithin(other, written) || isWithin(written, other))) return;
    this.errors.push({ ...this.#tree.locate(path), path: written, message });
  }

  /** A warning about a part with an error follows from the error. */
  warn(path: Path, message: string): void {
    const written = formatPath(path);
    if (this.#replaced.length > 0 || this.errors.some((error) => isWithin(error.path, written))) return;
    this.warnings.push({ ...this.#tree.locate(path), path: written, message });
  }

  lineOf(path: Path): number {
    return this.#tree.locate(path).line;
  }
}

/** True if the path is the other one or a part of it. */
const isWithin = (path: string, other: string): boolean =>
  path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
