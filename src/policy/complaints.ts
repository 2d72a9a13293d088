// What is wrong with a policy file, each complaint with its place in the text.

import { formatPath, type Problem, type TextTree } from '../model/text-tree.ts';

/** What a policy must know of the catalogue. */
export interface CatalogueFacts {
  readonly version: string;
  readonly tools: readonly {
    readonly id: string;
    readonly name: string;
    readonly vendor: string;
    readonly kind: string;
    /** True when some name belongs to this tool alone, so that "certain" can be reached. */
    readonly hasOwnName: boolean;
  }[];
}

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
