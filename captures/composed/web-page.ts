// Web pages that make a browser call names of editors and chats. No tool runs: no row may be certain or likely.
import { readdirSync, readFileSync } from 'node:fs';
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import type { Family, Workshop } from './case.ts';
import { greeting, playTalk, streamed } from './controls.ts';
import type { MadeExchange, MadeTalk } from './made-talk.ts';
import { byTime, type Machine } from './scene.ts';

const BROWSER = 'base-chromium-tcp-claude.ai';
/** Of these the hello is a browser's as well. */
const BROWSER_KINDS = new Set(['ide', 'ide-extension', 'chat']);
const TOOLS = 'src/catalogue/tools';
/** Walks through the names of all tools before it takes the second name of most. */
const STRIDE = 7;
/** Settings of HTTP/2, which each connection acknowledges. */
const SETTINGS: MadeExchange = { afterMs: 1, up: 46, down: [23], everyMs: 0 };

interface ToolFile {
  readonly kind: string;
  readonly endpoints: readonly { readonly host: string }[];
}

function endpointsOf(file: string): string[] {
  const { kind, endpoints }: ToolFile = JSON.parse(readFileSync(`${TOOLS}/${file}`, 'utf8'));
  return BROWSER_KINDS.has(kind) ? endpoints.map(({ host }) => host.replace('*', 'eu')) : [];
}

const NAMES = [...new Set(readdirSync(TOOLS).sort().flatMap(endpointsOf))];

/** Records of an answer to a request. */
const ANSWERS: Readonly<Record<string, (random: Random) => MadeExchange['down']>> = {
  'a small answer': (random) => [300 + random.below(900)],
  'a streamed answer': (random) => streamed(random, 0, 0).down,
  'a refusal': (random) => [120 + random.below(200)],
  'no answer': () => [],
};

/** Sizes of the requests of a page; none: it opens the connection alone. */
const REQUESTS: Readonly<Record<string, readonly number[]>> = {
  fetch: [5184, 12_384, 20_064],
  form: [1800],
  image: [430],
};

const TOKENS = ['claude-cli/2.1.328', 'codex_cli_rs/0.169.0', 'GeminiCLI/0.61.0'] as const;

type Fill = (talk: MadeTalk, address: Buffer) => void;

/** Each way of a page with each answer. */
function waysOf(workshop: Workshop, index: number): (readonly [name: string | null, fill: Fill])[] {
  const { random } = workshop;
  const hello = greeting(workshop, BROWSER);
  const sent = Object.values(REQUESTS).flatMap((sizes) =>
    Object.values(ANSWERS).map((answer): Fill => {
      const requests = sizes.map((up) => ({
        afterMs: 200 + random.below(3000),
        up: up + random.below(60),
        down: answer(random),
        everyMs: 30,
      }));
      return (talk, address) => talk.connect(hello, address, 5, [SETTINGS, ...requests]);
    }),
  );
  const preconnect: Fill = (talk, address) => talk.connect(hello, address, 5, []);
  const prefetch: Fill = () => undefined;
  const token = TOKENS[index % TOKENS.length] ?? '';
  const request = `POST / HTTP/1.1\r\nHost: page.example.org\r\nUser-Agent: ${token}\r\nContent-Length: 0\r\n\r\n`;
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  const copied: Fill = (talk, address) =>
    talk.talk(address, 80, 5, [{ up: Buffer.from(request), down: Buffer.from(answer) }]);
  const called = [...sent, preconnect, prefetch].map((fill) => [null, fill] as const);
  return [...called, ['page.example.org', copied]];
}

export const WEB_PAGE: Family = {
  name: 'web-page',
  kinds: NAMES.length,
  make(workshop, index) {
    const name = NAMES[(index * STRIDE) % NAMES.length] ?? '';
    const machines: Machine[] = [];
    const parts = waysOf(workshop, index).map(([own, fill]): Frame[] => {
      const machine = workshop.scene.machine();
      machines.push(machine);
      return playTalk(workshop, machine, own ?? name, fill, machines.length);
    });
    return {
      about: `a page calls ${name} in ${parts.length} ways`,
      captures: [byTime(...parts)],
      machines: machines.map(({ text, text6 }) => ({ addresses: [text, text6], uses: [] })),
    };
  },
};
