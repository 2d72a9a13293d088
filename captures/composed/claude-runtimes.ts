// What Claude Code shares with scripts, and what it does alone: scripts on its runtimes that call the API in a batch, and
// sessions of it that wait for a prompt.
import type { Random } from '../../bench/random.ts';
import { type Family, pick } from './case.ts';
import { greeting, nonUser, playTalk, streamed } from './controls.ts';
import { type Recording, usesProxy } from './library.ts';
import type { MadeExchange } from './made-talk.ts';
import { byTime } from './scene.ts';

const API = 'api.anthropic.com';

/** Forms of the hello that one script shows: one way to ask, or two of one version of Bun. */
const RUNTIMES: readonly (readonly string[])[] = [
  ['base-bun1.4.1-fetch'],
  ['base-bun1.2-fetch'],
  ['base-bun1.4.0-fetch'],
  ['base-bun1.4.1-fetch', 'base-bun1.4.1-https'],
  ['base-bun1.4.0-fetch', 'base-bun1.4.0-https'],
  ['base-node24-fetch'],
  ['base-node22-https'],
];

/** One request of a batch: short or long, answered in one piece, or with a refusal. */
function task(random: Random, afterMs: number): MadeExchange {
  if (random.below(6) === 0) return streamed(random, afterMs, 600 + random.below(20_000));
  const up = random.below(3) === 0 ? 2000 + random.below(30_000) : 280 + random.below(700);
  return { afterMs, up, down: [320 + random.below(2500)], everyMs: 0 };
}

/** Claude Code on Bun, with nothing between it and its vendor. */
const waiting = (one: Recording): boolean =>
  one.tools[0] === 'claude-code' && /^bun/.test(one.runtime) && !/relay|vertex|untrusted/.test(one.name);

export const CLAUDE_RUNTIMES: readonly Family[] = [
  {
    name: 'api-batches',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const runtimes = RUNTIMES[index % RUNTIMES.length] ?? [];
      const flows = 1 + random.below(6);
      const count = 2 + random.below(12);
      const pauseMs = pick(random, [20, 300, 1500]);
      const frames = Array.from({ length: flows }, (_, i) =>
        playTalk(
          workshop,
          machine,
          API,
          (talk, address) =>
            talk.connect(
              greeting(workshop, runtimes[i % runtimes.length] ?? ''),
              address,
              5,
              Array.from({ length: count }, () => task(random, pauseMs)),
            ),
          i * 0.4,
        ),
      );
      return nonUser(
        `${runtimes.join(' and ')}: ${flows} times ${count} calls of a batch`,
        machine,
        ...frames,
      );
    },
  },
  {
    name: 'idle-claude',
    make({ library, random, scene }) {
      const machine = scene.machine();
      const fitting = library
        .timed()
        .filter((one) => waiting(one) && !usesProxy(one) && firstModel(one) > 0.5);
      const recording = pick(random, fitting);
      const frames = recording.frames();
      const begin = frames[0]?.timeUs ?? 0;
      const untilUs = begin + (firstModel(recording) - 0.15) * 1e6;
      const idle = scene.playFrames(
        frames.filter(({ timeUs }) => timeUs < untilUs),
        machine,
        0,
      );
      return {
        about: `${recording.name} up to its first prompt`,
        captures: [byTime(idle)],
        machines: [
          {
            addresses: [machine.text, machine.text6],
            uses: [{ tool: 'claude-code', mustName: true, requests: { min: 0, max: 0 } }],
          },
        ],
      };
    },
  },
];

/** Seconds. */
const firstModel = ({ modelTimes }: Recording): number => Math.min(...(modelTimes ?? []));
