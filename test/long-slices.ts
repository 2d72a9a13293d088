// The long tests in six slices that take about as long, with the steps of CI that one slice alone has (.ci/steps.sh):
// `vitest run --project long --shard=2/6`. CI runs one slice each time (.ci/run), so that a slice has the same files
// until long-slices.json changes.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** For each slice, the seconds of a core that each of its steps and files takes. */
export const SLICES: readonly Readonly<Record<string, number>>[] = JSON.parse(
  readFileSync(new URL('long-slices.json', import.meta.url), 'utf8'),
);

const secondsOf = new Map(SLICES.flatMap((files) => Object.entries(files)));

/** From 1. A file that is not listed has a slice all the same, by its path. */
export function sliceOf(path: string): number {
  const listed = SLICES.findIndex((files) => path in files);
  if (listed >= 0) return listed + 1;
  return 1 + ((createHash('sha256').update(path).digest()[0] ?? 0) % SLICES.length);
}

/** Long tests by slice, the slowest first, so that both workers end together. Other projects as vitest has them. */
export class SliceSequencer extends BaseSequencer {
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shard } = this.ctx.config;
    if (shard?.count !== SLICES.length) return super.shard(files);
    return files.filter((file) => sliceOf(this.#pathOf(file)) === shard.index);
  }

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = (file: TestSpecification): number => secondsOf.get(this.#pathOf(file)) ?? 0;
    return (await super.sort(files)).sort((a, b) => seconds(b) - seconds(a));
  }

  #pathOf(file: TestSpecification): string {
    return relative(this.ctx.config.root, file.moduleId);
  }
}
