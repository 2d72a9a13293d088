// The account of traffic: each kind of hidden traffic, in amounts below and above each limit, to an outside server, to a network of
// the tool's vendor and to a machine of the own network; in captures, and in logs that have such rows. What may be said follows from
// the bytes that were made.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import { renameServers } from '../rename-servers.ts';
import type { CaseMaterial, Family, Workshop } from './case.ts';
import { banText } from './forged/ban.ts';
import { HIDDEN_KINDS, type HiddenKind, HiddenTalk, namedTraffic } from './hidden-traffic.ts';
import { type Greeting, greetingOf } from './made-talk.ts';
import { askForTime } from './observed.ts';
import { byTime, type Machine, MORNING_US } from './scene.ts';
import { LOG_WRITERS } from './sensor-logs.ts';

const SECONDS = 600;
const CLOCK_SECONDS = 10;
export const SITE = '10.20.0.0/16';
const RESOLVER = Buffer.from([10, 1, 0, 2]);
const OUTSIDE = Buffer.from([198, 51, 100, 200]);
const WEB_SERVER = Buffer.from([203, 0, 113, 80]);
const INSIDE = Buffer.from([10, 20, 250, 9]);
/** Of 160.79.104.0/23, Anthropic's. */
const VENDOR = Buffer.from([160, 79, 105, 20]);
const WEB_NAME = 'www.example.org';
export const TOOL = 'claude-code';

/** Amounts, and what may be said of them; null: it follows from more than the amount. */
interface Level {
  readonly about: string;
  readonly server: Buffer;
  readonly hidden: (random: Random) => number;
  /** Named traffic of the same host for each hidden byte. */
  readonly named: number;
  readonly mayBeKept: boolean | null;
  readonly isPossible: boolean | null;
  readonly isFor?: (kind: HiddenKind) => boolean;
}

const between =
  (least: number, most: number) =>
  (random: Random): number =>
    least + random.below(most - least);
const hasPlace = ({ isPlaceless, isNamed }: HiddenKind): boolean => isPlaceless !== true && isNamed !== true;

/** 256 kB of a host and day, 4 kB to a network of the vendor, half of the traffic; of a statement 10 kB a quarter hour. */
const LEVELS: readonly Level[] = [
  {
    ...{ about: 'below all limits', server: OUTSIDE, hidden: between(1500, 7500), named: 16 },
    ...{ mayBeKept: true, isPossible: true },
  },
  {
    ...{
      about: 'above the limit of a statement',
      server: OUTSIDE,
      hidden: between(14_000, 190_000),
      named: 1.8,
    },
    ...{ mayBeKept: true, isPossible: false },
  },
  {
    ...{ about: 'above all limits', server: OUTSIDE, hidden: between(300_000, 420_000), named: 1.6 },
    ...{ mayBeKept: false, isPossible: false },
  },
  {
    ...{ about: 'most of the traffic', server: OUTSIDE, hidden: between(60_000, 200_000), named: 0.3 },
    ...{ mayBeKept: false, isPossible: false },
    isFor: ({ isWeak }) => isWeak !== true,
  },
  {
    ...{ about: 'to the vendor', server: VENDOR, hidden: between(6000, 60_000), named: 2 },
    ...{ mayBeKept: false, isPossible: false, isFor: hasPlace },
  },
  {
    ...{ about: 'a little to the vendor', server: VENDOR, hidden: between(800, 3000), named: 20 },
    ...{ mayBeKept: true, isPossible: null, isFor: hasPlace },
  },
  {
    ...{
      about: 'to a machine of the own network',
      server: INSIDE,
      hidden: between(20_000, 400_000),
      named: 0.5,
    },
    ...{ mayBeKept: true, isPossible: true, isFor: hasPlace },
  },
];

interface Plan {
  readonly kind: HiddenKind;
  readonly level: Level;
  readonly isLogged: boolean;
}

/** Every kind at every level; in logs those of which a row says what they are. A stride mixes them. */
const PLANS: readonly Plan[] = [false, true].flatMap((isLogged) =>
  HIDDEN_KINDS.filter(({ logged }) => !isLogged || logged !== undefined).flatMap((kind) =>
    LEVELS.filter(({ isFor }) => isFor?.(kind) !== false).map((level) => ({ kind, level, isLogged })),
  ),
);
const STRIDE = 149;

export const ACCOUNT: Family = {
  name: 'account',
  kinds: PLANS.length,
  make(workshop, index) {
    const plan = PLANS[(index * STRIDE) % PLANS.length];
    if (plan === undefined) throw new Error('there are plans');
    return play(workshop, plan);
  },
};

function play(workshop: Workshop, { kind, level, isLogged }: Plan): CaseMaterial {
  const { random, scene } = workshop;
  const [machine, neighbour] = [scene.machine(), scene.machine()];
  const hidden = hiddenTalk(workshop, machine, level.server, level.hidden(random));
  kind.make(hidden);
  const web = hiddenTalk(workshop, machine, WEB_SERVER, hidden.bytes * level.named);
  namedTraffic(web, WEB_NAME);
  const frames = byTime(hidden.frames, web.frames, clock([machine, neighbour]));
  const writer = isLogged ? LOG_WRITERS[random.below(LOG_WRITERS.length)] : undefined;
  const text = banText({ tool: TOOL, scope: `{ cidr: [${SITE}] }` });
  const { mayBeKept } = level;
  // Halves of connections are a share of their own.
  const isOpen = mayBeKept === null || (mayBeKept && kind.isOneWay === true && level.named < 10);
  const made = {
    about: `${kind.name}, ${level.about}: ${hidden.bytes} of ${hidden.bytes + web.bytes} bytes${writer === undefined ? '' : `, ${writer.name}`}`,
    machines: [machine, neighbour].map(({ text, text6 }) => ({ addresses: [text, text6], uses: [] })),
    ...(isOpen
      ? {}
      : mayBeKept
        ? { policy: { text, verdicts: { BAN: 'compliant' as const }, violations: [] } }
        : { ban: { text, users: [], mayBeKept } }),
    ...(level.isPossible === null
      ? {}
      : {
          statement: { ...periodOf(), isPossible: level.isPossible && !isLogged },
        }),
  };
  if (writer === undefined) return { ...made, captures: [frames] };
  return {
    ...made,
    captures: [],
    logs: writer.write(frames, { names: [WEB_NAME], logged: kind.logged ?? null }),
  };
}

/** What statements are asked about. */
export const periodOf = () => ({
  ...{ tool: TOOL, scope: [SITE] },
  since: new Date(MORNING_US / 1000).toISOString(),
  until: new Date(MORNING_US / 1000 + SECONDS * 1000).toISOString(),
});

/** Questions for the time show that the sensor was on. */
export function clock(machines: readonly Machine[]): Frame[] {
  const frames: Frame[] = [];
  for (let second = 0; second <= SECONDS; second += CLOCK_SECONDS) {
    const machine = machines[(second / CLOCK_SECONDS) % machines.length];
    if (machine === undefined) break;
    const port = machine.nextPort();
    for (const isUp of [true, false]) {
      const bytes = askForTime(machine, port, isUp);
      const timeUs = MORNING_US + second * 1e6 - (second === SECONDS ? 200_000 : 0) + (isUp ? 0 : 20_000);
      frames.push({ timeUs, bytes, wireLength: bytes.length });
    }
  }
  return frames;
}

export function hiddenTalk(workshop: Workshop, machine: Machine, server: Buffer, most: number): HiddenTalk {
  const { random } = workshop;
  const end = (address: Buffer) => ({ mac: machine.gatewayMac, address });
  return new HiddenTalk(
    {
      ...{ client: machine, server: end(server), resolver: end(RESOLVER), nextPort: machine.nextPort },
      greet: (name) => greetingTo(workshop, name),
    },
    random,
    MORNING_US + (15 + random.below(60)) * 1e6,
    most,
  );
}

/** Programs that offer no protocol by ALPN, as Tor. */
const GREETING = 'base-gnutls-cli';
const greetings = new Map<string, Greeting>();

function greetingTo({ library }: Workshop, name: string): Greeting {
  const known = greetings.get(name);
  if (known !== undefined) return known;
  const recording = library.get(GREETING);
  const frames = renameServers(recording.frames(), () => name);
  const greeting = greetingOf({ ...recording, frames: () => frames });
  if (greeting === null) throw new Error(`${GREETING} has no greeting`);
  greetings.set(name, greeting);
  return greeting;
}
