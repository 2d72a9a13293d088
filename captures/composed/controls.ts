// Machines without an AI coding tool that connect to names of AI tools: no row may be certain or likely.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import { type CaseMaterial, type Family, pick, type Workshop } from './case.ts';
import { type Greeting, greetingOf, type MadeExchange, MadeTalk } from './made-talk.ts';
import { GATEWAY_NAMES, OWN_NAMES, PROVIDER_NAMES, SITE_NAMES } from './names.ts';
import { byTime, type Machine } from './scene.ts';

const FETCHERS = [
  'base-node20-fetch',
  'base-node22-fetch',
  'base-node22-https',
  'base-node24-fetch',
  'base-bun1.4.1-fetch',
  'base-bun1.4.4-https',
  'base-bun1.2-fetch',
  'base-go1.19',
  'base-py-httpx',
  'base-py-requests',
  'base-py-aiohttp',
  'base-py-urllib',
  'base-curl-http1.1',
  'base-wget-gnutls',
];
const SDK_RUNTIMES = [
  'base-node20-fetch',
  'base-node24-fetch',
  'base-bun1.4.1-fetch',
  'base-py-httpx',
  'base-py-aiohttp',
  'base-go1.19',
];
/** Test networks of RFC 5737: the directory gives each name its own address. */
const PLACE = Buffer.from([198, 51, 100, 1]);

export function nonUser(
  about: string,
  machine: Machine,
  ...frames: readonly (readonly Frame[])[]
): CaseMaterial {
  return {
    about,
    captures: [byTime(...frames)],
    machines: [{ addresses: [machine.text, machine.text6], uses: [] }],
  };
}

export function greeting({ library }: Workshop, name: string): Greeting {
  const found = greetingOf(library.get(name));
  if (found === null) throw new Error(`${name} shows no whole handshake`);
  return found;
}

/** A few hundred bytes up, one small answer. */
function smallCall(random: Random, afterMs = 20): MadeExchange {
  return { afterMs, up: 180 + random.below(400), down: [300 + random.below(2500)], everyMs: 0 };
}

export function streamed(random: Random, afterMs: number, up: number): MadeExchange {
  const down = Array.from({ length: 8 + random.below(40) }, () => 60 + random.below(240));
  return { afterMs, up, down, everyMs: 20 + random.below(40) };
}

/** The talk with one name: asked for first, and played with this name as the only server. */
export function playTalk(
  { scene }: Workshop,
  machine: Machine,
  name: string,
  fill: (talk: MadeTalk, address: Buffer) => void,
  afterSeconds = 0,
): Frame[] {
  const talk = new MadeTalk();
  talk.ask(name, PLACE, 0);
  fill(talk, PLACE);
  // Greetings name the server they were recorded with.
  return scene.playFrames(scene.named(talk.frames(), name), machine, afterSeconds);
}

export function several<T>(random: Random, list: readonly T[], count: number): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.below(left.length), 1),
  ).flat();
}

const MINUTE_SECONDS = 60;

export const CONTROLS: readonly Family[] = [
  {
    name: 'monitors',
    make(workshop, index) {
      const { library, random, scene } = workshop;
      const machine = scene.machine();
      const runtime = FETCHERS[index % FETCHERS.length] ?? '';
      const names = several(random, OWN_NAMES, [1, 1, 3, 20][index % 4] ?? 1);
      const rounds = 1 + random.below(4);
      const frames = names.flatMap((name, i) =>
        Array.from({ length: rounds }, (_, round) =>
          scene.play(library.get(runtime), machine, round * 5 * MINUTE_SECONDS + i * 2, () => name),
        ),
      );
      return nonUser(`${runtime} asks ${names.length} own names ${rounds} times`, machine, ...frames);
    },
  },
  {
    name: 'crawlers',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const runtime = FETCHERS[index % FETCHERS.length] ?? '';
      const hello = greeting(workshop, runtime);
      const names = several(random, OWN_NAMES, 1 + random.below(6));
      const frames = names.map((name, i) =>
        playTalk(
          workshop,
          machine,
          name,
          (talk, address) => {
            // Sites answer with pages, interfaces with a line that says no; one program asks in one manner.
            const isSite = /^(app|hub|docs|www|code)\./.test(name);
            const up = 220 + random.below(200);
            const pages = Array.from({ length: 1 + random.below(5) }, () => ({
              afterMs: 500,
              up: up + random.below(60),
              down: isSite
                ? Array.from({ length: 1 + random.below(6) }, () => 2000 + random.below(14_000))
                : [200 + random.below(700)],
              everyMs: 0,
            }));
            talk.connect(hello, address, 5, pages);
          },
          i * 20,
        ),
      );
      return nonUser(`${runtime} reads pages of ${names.join(', ')}`, machine, ...frames);
    },
  },
  {
    name: 'sdk-scripts',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const runtime = SDK_RUNTIMES[index % SDK_RUNTIMES.length] ?? '';
      const name = pick(random, index % 2 === 0 ? PROVIDER_NAMES : GATEWAY_NAMES);
      const calls = 1 + random.below(6);
      const frames = playTalk(workshop, machine, name, (talk, address) => {
        const up = 2600 + random.below(1500);
        talk.connect(
          greeting(workshop, runtime),
          address,
          5,
          Array.from({ length: calls }, () => streamed(random, 900, up + random.below(300))),
        );
      });
      return nonUser(`${runtime} posts ${calls} times to ${name}`, machine, frames);
    },
  },
  {
    name: 'pages',
    make(workshop, index) {
      const { library, random, scene } = workshop;
      const machine = scene.machine();
      const names = several(random, SITE_NAMES, 1 + (index % 5));
      const browser = library.get('base-chromium-tcp-example.test');
      const frames = names.map((name, i) => scene.play(browser, machine, i * 30, () => name));
      return nonUser(`a browser on ${names.join(', ')}`, machine, ...frames);
    },
  },
  {
    name: 'resolvers',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const names = several(random, [...OWN_NAMES, ...PROVIDER_NAMES], [1, 2, 4, 30][index % 4] ?? 1);
      const talk = new MadeTalk();
      for (const [i, name] of names.entries())
        for (let round = 0; round < 1 + random.below(3); round++)
          talk.ask(name, Buffer.from([198, 51, 100, 1 + i]), i * 300 + round * 60_000);
      return nonUser(`asks for ${names.length} names`, machine, scene.playFrames(talk.frames(), machine, 0));
    },
  },
  {
    name: 'side-calls',
    make(workshop, index) {
      const { random, scene } = workshop;
      const machine = scene.machine();
      const runtime = pick(random, [
        'base-node20-fetch',
        'base-node22-fetch',
        'base-node24-fetch',
        'base-node22-https',
      ]);
      const hello = greeting(workshop, runtime);
      const frames = playTalk(workshop, machine, 'api.anthropic.com', (talk, address) => {
        for (let i = 0; i < 3 + (index % 6); i++) {
          const call = smallCall(random);
          const isUpload = i % 3 === 2;
          talk.connect(hello, address, 5 + i * 900, [
            isUpload ? { ...call, up: 5200 + random.below(9000) } : call,
          ]);
        }
      });
      return nonUser(`${runtime} makes side calls to api.anthropic.com`, machine, frames);
    },
  },
  {
    name: 'rust-on-chatgpt',
    make(workshop, index) {
      const { library, random, scene } = workshop;
      const machine = scene.machine();
      const greetings = library
        .single()
        .filter(({ tools, runtime }) => tools[0] === 'openai-codex' && /rustls/.test(runtime))
        .flatMap((recording) => greetingOf(recording, 'chatgpt.com') ?? []);
      const hello = pick(random, greetings);
      const frames = playTalk(workshop, machine, 'chatgpt.com', (talk, address) => {
        talk.connect(
          hello,
          address,
          5,
          Array.from({ length: 1 + (index % 3) }, () => smallCall(random)),
        );
      });
      return nonUser('a Rust program gets a page of chatgpt.com', machine, frames);
    },
  },
  {
    name: 'bun-pair',
    make(workshop, index) {
      const { library, random, scene } = workshop;
      const machine = scene.machine();
      const [fetch, https] = [
        ['base-bun1.4.1-fetch', 'base-bun1.4.1-https'],
        ['base-bun1.4.0-fetch', 'base-bun1.4.0-https'],
        ['base-bun1.4.1-fetch', 'base-bun1.4.4-https'],
      ][index % 3] as [string, string];
      const name = pick(random, ['api.anthropic.com', 'api.openai.com', ...GATEWAY_NAMES]);
      const parts = [fetch, https].map((part, i) =>
        scene.play(library.get(part), machine, i * 0.3, () => name),
      );
      return nonUser(`${fetch} and ${https} on ${name}`, machine, ...parts);
    },
  },
  {
    name: 'mid-flow',
    make(workshop, index) {
      const { library, random, scene } = workshop;
      const machine = scene.machine();
      const other = scene.machine();
      // Another machine queried the name; the connection of this machine began before the capture.
      const recording = pick(random, library.working());
      const name = pick(random, [...OWN_NAMES, ...PROVIDER_NAMES]);
      const talk = new MadeTalk();
      if (index % 2 === 0) talk.ask(name, PLACE, 0);
      const asked = scene.playFrames(talk.frames(), other, 0);
      const going = new MadeTalk();
      going.ask(name, PLACE, 0);
      going.goOn(PLACE, 100, [
        { ...smallCall(random), up: 3000 + random.below(40_000) },
        streamed(random, 500, 2000 + random.below(60_000)),
      ]);
      const flow = scene.playFrames(going.frames(), machine, 1).slice(2);
      const ordinary = scene.play(pick(random, library.ordinary()), machine, 30);
      return {
        about: `the middle of a connection to the address of ${name} (of ${recording.name}'s network)`,
        captures: [byTime(asked, flow, ordinary)],
        machines: [
          { addresses: [machine.text, machine.text6], uses: [] },
          { addresses: [other.text, other.text6], uses: [] },
        ],
      };
    },
  },
];
