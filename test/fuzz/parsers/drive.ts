// Feeds a parser with mutated inputs and checks its contract: errors of its own class, and cost proportional to size.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { Steps } from './steps.ts';

export interface Target {
  /** Also of its folder of seeds in test/fuzz/corpus. */
  readonly name: string;
  /** Generated inputs, in addition to those of the folder. */
  readonly made: readonly Uint8Array[];
  /** Keywords of the format. */
  readonly words: readonly string[];
  /** Blocks of code that may be run for each byte, and for an input without any. */
  readonly stepsPerByte: number;
  readonly stepsAtLeast: number;
  /** Repairs lengths and checksums, which nearly every mutation breaks and every parser checks first. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Throws when the parser breaks its word. True when it took the input: others are then made from it. */
  readonly check: (bytes: Uint8Array) => boolean | Promise<boolean>;
}

export interface Drive {
  readonly seed: number;
  /** Number of inputs in addition to the seeds. */
  readonly executions: number;
  readonly untilMs: number;
}

const CORPUS = 'test/fuzz/corpus';
const FINDINGS = 'build/fuzz';
const MAX_INPUT = 65_536;
const MAX_POOL = 500;
/** Executions per count of steps: counting takes as long as dozens of them. */
const BATCH = 64;

/** Returns the number of inputs. Throws with the seed and the file of the input that violated the contract. */
export async function drive(
  target: Target,
  steps: Steps,
  { seed, executions, untilMs }: Drive,
): Promise<number> {
  const random = new Random(seed);
  const pool = [...target.made, ...corpusOf(target.name)];
  const seeds = pool.length;
  let done = 0;
  const next = (): Uint8Array => {
    const known = pool[done];
    if (known !== undefined && done < seeds) return known;
    const from = random.pick(pool) ?? new Uint8Array(0);
    const bytes = mutate(from, random, pool, target.words).slice(0, MAX_INPUT);
    return target.repair !== undefined && random.below(4) > 0 ? target.repair(bytes) : bytes;
  };
  while (done < seeds + executions || Date.now() < untilMs) {
    const batch: Uint8Array[] = [];
    steps.take();
    for (let i = 0; i < BATCH; i++, done++) {
      const bytes = next();
      batch.push(bytes);
      const isTaken = await tryOne(target, bytes, seed);
      if (!isTaken || done < seeds) continue;
      if (pool.length < MAX_POOL) pool.push(bytes);
      else pool[seeds + random.below(MAX_POOL - seeds)] = bytes;
    }
    if (steps.take() > allowed(target, batch)) await findDear(target, batch, steps, seed);
  }
  return done;
}

/** Stored seeds and earlier failing inputs, by name. */
function corpusOf(name: string): Uint8Array[] {
  const folder = join(CORPUS, name);
  if (!existsSync(folder)) return []; // nothing is kept yet
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

function allowed({ stepsPerByte, stepsAtLeast }: Target, inputs: readonly Uint8Array[]): number {
  return inputs.reduce((sum, bytes) => sum + stepsAtLeast + stepsPerByte * bytes.length, 0);
}

async function tryOne(target: Target, bytes: Uint8Array, seed: number): Promise<boolean> {
  try {
    return await target.check(bytes);
  } catch (cause) {
    throw new Error(`${target.name}, seed ${seed}: ${keep(target, bytes)} breaks its word`, { cause });
  }
}

/** A batch was too expensive: reports the inputs that are expensive individually. */
async function findDear(
  target: Target,
  batch: readonly Uint8Array[],
  steps: Steps,
  seed: number,
): Promise<void> {
  for (const bytes of batch) {
    steps.take();
    await target.check(bytes);
    const took = steps.take();
    const most = allowed(target, [bytes]);
    if (took <= most) continue;
    throw new Error(
      `${target.name}, seed ${seed}: ${keep(target, bytes)} takes ${took} steps for ${bytes.length} bytes, at most ${most} are allowed`,
    );
  }
}

function keep(target: Target, bytes: Uint8Array): string {
  mkdirSync(FINDINGS, { recursive: true });
  const sum = createHash('sha1').update(bytes).digest('hex');
  const file = join(FINDINGS, `${target.name}-${sum}`);
  writeFileSync(file, bytes);
  return file;
}
