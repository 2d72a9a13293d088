// Pages that an agent or a script fetches from the names of other tools, which do not run.
import type { Random } from '../../bench/random.ts';
import { type Family, pick, type Workshop } from './case.ts';
import { greeting, nonUser, playTalk, several, streamed } from './controls.ts';
import type { Recording } from './library.ts';
import { usesProxy } from './library.ts';
import { type Greeting, greetingOf, type MadeExchange } from './made-talk.ts';
import { OWN_KEY_NAMES, OWN_NAMES, PROVIDER_NAMES, SITE_NAMES } from './names.ts';
import { byTime, truthOf } from './scene.ts';

const SCRIPT_RUNTIMES = [
  'base-node20-fetch',
  'base-node24-fetch',
  'base-node22-https',
  'base-bun1.4.1-fetch',
  'base-bun1.2-fetch',
  'base-go1.19',
  'base-py-httpx',
];

/** A GET, answered with a page, a line that says no, or settings. */
function page(random: Random, afterMs: number): MadeExchange {
  const isPage = random.below(2) === 0;
  const down = isPage
    ? Array.from({ length: 1 + random.below(6) }, () => 1500 + random.below(14_000))
    : [200 + random.below(1500)];
  return { afterMs, up: 120 + random.below(420), down, everyMs: 0 };
}

/** Hellos of the tool itself: a program gets a page as it gets everything. */
function greetingsOf(recording: Recording): Greeting[] {
  return recording.serverNames.flatMap((name) => greetingOf(recording, name) ?? []);
}

/** Names of tools that are not this one, as far as the cases know: own-key tools most of all. */
function namesFor({ random }: Workshop, recording: Recording | null, count: number): string[] {
  const own = new Set((recording?.serverNames ?? []).map(siteOf));
  const lists = [OWN_KEY_NAMES, OWN_KEY_NAMES, OWN_NAMES, SITE_NAMES];
  const left = lists[random.below(lists.length)]?.filter((name) => !own.has(siteOf(name))) ?? [];
  return several(random, left, count);
}

const siteOf = (name: string): string => name.split('.').slice(-2).join('.');

function agents({ library }: Workshop): Recording[] {
  return library.working().filter((one) => !usesProxy(one) && greetingsOf(one).length > 0);
}

/** Seconds from the begin of a recording to a moment in which its agent may get a page. */
function momentIn(random: Random, { modelTimes }: Recording): number {
  const time = modelTimes === null || modelTimes.length === 0 ? 2 : pick(random, modelTimes);
  return Math.max(0, time + random.below(12) - 3);
}

export const FETCHED_PAGES: readonly Family[] = [
  {
    name: 'agent-gets-page',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const recording = pick(random, agents(workshop));
      const hello = pick(random, greetingsOf(recording));
      const names = namesFor(workshop, recording, 1 + (index % 2));
      const pages = names.map((name) =>
        playTalk(
          workshop,
          machine,
          name,
          (talk, address) => talk.connect(hello, address, 5, [page(random, 30)]),
          momentIn(random, recording),
        ),
      );
      return {
        about: `${recording.name} gets a page of ${names.join(', ')}`,
        captures: [byTime(scene.play(recording, machine, 0), ...pages)],
        machines: [truthOf(machine, [recording])],
      };
    },
  },
  {
    name: 'script-gets-page',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const runtime = SCRIPT_RUNTIMES[index % SCRIPT_RUNTIMES.length] ?? '';
      const hello = greeting(workshop, runtime);
      const provider = pick(random, PROVIDER_NAMES);
      const [site = 'pi.dev'] = namesFor(workshop, null, 1);
      // The page is what the model is asked about, or what the model asks for.
      const isFirst = index % 2 === 0;
      const asked = playTalk(
        workshop,
        machine,
        provider,
        (talk, address) =>
          talk.connect(
            hello,
            address,
            5,
            Array.from({ length: 1 + random.below(5) }, (_, i) =>
              streamed(random, 800, 4000 + i * 3000 + random.below(2000)),
            ),
          ),
        10,
      );
      const got = playTalk(
        workshop,
        machine,
        site,
        (talk, address) => talk.connect(hello, address, 5, [page(random, 30)]),
        isFirst ? 5 + random.below(5) : 11 + random.below(8),
      );
      return nonUser(
        `${runtime} asks ${provider} ${isFirst ? 'about' : 'and gets'} a page of ${site}`,
        machine,
        asked,
        got,
      );
    },
  },
];
