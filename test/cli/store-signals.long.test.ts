// `store compact` and `store prune`, ended at any moment: no window is lost, and nothing is left beside the store.

import { copyFileSync, mkdirSync, readdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { ownerName } from '../../src/files/temporary-names.ts';
import { openStore } from '../../src/store/open.ts';
import { temporaryFolder } from '../temporary.ts';
import { minuteWindow, START } from '../unit/store/minute-window.ts';
import { wiretally } from './run.ts';

const WINDOWS = 300;
const PRUNED = 100;
const BEFORE = new Date((START + 60 * PRUNED) * 1000).toISOString();
/** Moments of each verb and store: as many as WIRETALLY_KILLS says, or these. */
const MOMENTS = Number(process.env.WIRETALLY_KILLS ?? 6);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;

const folder = temporaryFolder('store-signals');

const ALL = Array.from({ length: WINDOWS }, (_, number) => minuteWindow(number));
const NAMES = ['whole.duckdb', 'whole.usage'] as const;

beforeAll(async () => {
  for (const name of NAMES) {
    const store = await openStore(join(folder, name), { mode: 'write' });
    await store.put(ALL);
    await store.close();
  }
});

async function startsIn(path: string): Promise<number[]> {
  const store = await openStore(path, { mode: 'read' });
  const windows = await store.windows();
  await store.close();
  return windows.map(({ startSeconds }) => (startSeconds - START) / 60);
}

/** Milliseconds that a run takes here and now. */
async function lengthOf(words: readonly string[]): Promise<number> {
  const began = performance.now();
  expect((await wiretally(words)).code).toBe(0);
  return performance.now() - began;
}

const everything = ALL.map((_, number) => number);
const verbs = [
  { verb: 'compact', words: [], mayBe: [everything] },
  { verb: 'prune', words: ['--before', BEFORE], mayBe: [everything, everything.slice(PRUNED)] },
] as const;

it.each(NAMES.flatMap((name) => verbs.map((one) => ({ name, ...one }))))(
  'store $verb of $name',
  { timeout: 600_000 },
  async ({ name, verb, words, mayBe }) => {
    const place = join(folder, `${verb}-${name}.d`);
    const path = join(place, name);
    const anew = (): string[] => {
      rmSync(place, { recursive: true, force: true });
      mkdirSync(place);
      copyFileSync(join(folder, name), path);
      return ['store', verb, path, ...words];
    };
    const wholeMs = await lengthOf(anew());
    for (let moment = 0; moment < MOMENTS; moment++) {
      const signal = SIGNALS[moment % SIGNALS.length] ?? 'SIGKILL';
      // Multiples of the golden ratio: moments lie evenly, however many there are; most work is near the end.
      const share = 0.4 + 0.6 * ((moment * 0.618_034) % 1);
      await wiretally(anew(), {
        meddle: (child) => {
          child.stdin.end();
          void setTimeout(wholeMs * share).then(() => child.kill(signal));
        },
      });
      const told = `${signal} at ${Math.round(share * 100)} %`;
      const isDraft = (left: string): boolean => left.includes('.draft');
      // Nobody can clean up behind SIGKILL but the next who opens the store, for reading too.
      if (signal === 'SIGKILL') expect((await wiretally(['store', 'info', path])).code, told).toBe(0);
      expect({ told, left: readdirSync(place).filter(isDraft) }).toEqual({ told, left: [] });
      expect(mayBe, told).toContainEqual(await startsIn(path));
    }
  },
);

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s as soon as a draft is there leaves none',
  async (signal) => {
    const place = join(folder, `draft-${signal}`);
    mkdirSync(place);
    const path = join(place, 'whole.duckdb');
    copyFileSync(join(folder, 'whole.duckdb'), path);
    let isSeen = false;
    const watcher = watch(place);
    await wiretally(['store', 'compact', path], {
      meddle: (child) => {
        child.stdin.end();
        watcher.on('change', (_, name) => {
          if (!String(name).endsWith('.draft')) return;
          isSeen = true;
          child.kill(signal);
        });
      },
    });
    watcher.close();
    expect(isSeen).toBe(true);
    expect(readdirSync(place).filter((left) => left.includes('.draft'))).toEqual([]);
    expect(await startsIn(path)).toEqual(everything);
  },
);

it.runIf(process.platform === 'linux').each(NAMES)(
  'a reader of %s removes what a killed writer left, and nothing else',
  async (name) => {
    const place = join(folder, `left-${name}`);
    mkdirSync(place);
    const [space, pid, begin, unique] = ownerName().split('-');
    const gone = `${space}-${pid}-${Number(begin) + 1}-${unique}`;
    const kept = [
      name,
      `${name}.notes.draft`,
      `.${name}.1-1-1-${unique}.draft`,
      `${name}.${ownerName()}.draft`,
    ];
    for (const left of [
      `${name}.${gone}.draft`,
      `${name}.${gone}.draft.wal`,
      `.${name}.${gone}.draft`,
      ...kept,
    ])
      copyFileSync(join(folder, name), join(place, left));
    expect((await wiretally(['analyze', join(place, name)])).code).toBe(0);
    expect(readdirSync(place).sort()).toEqual(kept.sort());
  },
);
