// What is wrong with a policy file, each complaint with its place in the text.

import { formatPath, type Problem, type TextTree } from '../model/text-tree.ts';

/** Collects problems with their place in the file. */
export class Complaints {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #tree: TextTree;

  constructor(tree: TextTree) {
    this.#tree = tree;
  }

  error(path: readonly (string | number)[], message: string): void {
    this.errors.push({ ...this.#tree.locate(path), path: formatPath(path), message });
  }

  warn(path: readonly (string | number)[], message: string): void {
    this.warnings.push({ ...this.#tree.locate(path), path: formatPath(path), message });
  }

  lineOf(path: readonly (string | number)[]): number {
    return this.#tree.locate(path).line;
  }
}
