// Offices without a banned tool, in which much is encrypted: after at most three lines of `accept`, as reports advise them, the
// verdict is compliant and a statement is possible.
import type { Frame } from '../pcap.ts';
import { clock, hiddenTalk, periodOf, SITE, TOOL } from './account.ts';
import { type CaseMaterial, type Family, pick, type Workshop } from './case.ts';
import { banText } from './forged/ban.ts';
import { type HiddenKind, type HiddenTalk, kindNamed, namedTraffic, udpOn } from './hidden-traffic.ts';
import { byTime, type Machine } from './scene.ts';

const MOST_LINES = 3;
const OWN_SERVER = Buffer.from([10, 30, 0, 5]);

/** What a machine of the office does; what is hidden of it needs a line. */
type Activity = (workshop: Workshop, machine: Machine) => Frame[];

let servers = 0;
/** No server of two activities is the same. */
const outside = (): Buffer => Buffer.from([203, 0, 113, 100 + (servers++ % 100)]);

function talked(
  workshop: Workshop,
  machine: Machine,
  server: Buffer,
  bytes: readonly [least: number, most: number],
  ...kinds: readonly Pick<HiddenKind, 'make'>[]
): Frame[] {
  const [least, most] = bytes;
  return kinds.flatMap((kind) => {
    const talk = hiddenTalk(workshop, machine, server, least + workshop.random.below(most - least));
    kind.make(talk);
    return talk.frames;
  });
}

const using =
  (name: string, server: () => Buffer, least: number, most: number): Activity =>
  (workshop, machine) =>
    talked(workshop, machine, server(), [least, most], kindNamed(name));

const web = (name: string) => ({ make: (talk: HiddenTalk) => namedTraffic(talk, name) });

/** Each is hidden, to one server or to few. */
const HIDDEN: readonly (readonly [name: string, Activity])[] = [
  ['SSH to a code host', using('SSH', outside, 20_000, 900_000)],
  ['SSH to a rented server', using('SSH', outside, 20_000, 900_000)],
  ['WireGuard to a gateway', using('WireGuard on 4500', outside, 200_000, 900_000)],
  ['IPsec to a gateway', using('ESP', outside, 200_000, 900_000)],
  [
    'IPsec in UDP to a gateway',
    (workshop, machine) => talked(workshop, machine, outside(), [200_000, 900_000], udpOn(4500)),
  ],
  [
    'a video call',
    (workshop, machine) =>
      [outside(), outside()].flatMap((server) =>
        talked(workshop, machine, server, [150_000, 400_000], kindNamed('WebRTC media')),
      ),
  ],
  [
    'a telephone',
    (workshop, machine) =>
      talked(
        workshop,
        machine,
        outside(),
        [100_000, 300_000],
        udpOn(16_384 + 2 * workshop.random.below(900)),
      ),
  ],
  [
    'a games console',
    (workshop, machine) =>
      Array.from({ length: 4 + workshop.random.below(9) }, outside).flatMap((server) =>
        talked(workshop, machine, server, [15_000, 80_000], udpOn(3074)),
      ),
  ],
  ['DNS over HTTPS of a browser', using('DNS over HTTPS', outside, 15_000, 400_000)],
  ['a gateway with a name', using('a named tunnel', outside, 100_000, 600_000)],
];

/** Nothing of these is hidden, or it stays inside. */
const OPEN: readonly (readonly [name: string, Activity])[] = [
  ['SSH to an own server', using('SSH', () => OWN_SERVER, 20_000, 900_000)],
  ['RDP inside', using('TCP behind RDP', () => OWN_SERVER, 100_000, 900_000)],
  ['a file server', using('TCP behind nothing', () => OWN_SERVER, 100_000, 900_000)],
  [
    'a printer',
    (workshop, machine) => talked(workshop, machine, OWN_SERVER, [20_000, 200_000], udpOn(161), udpOn(9100)),
  ],
  ['a database', using('TCP behind PostgreSQL and SSL', () => OWN_SERVER, 100_000, 400_000)],
  ['a page of a router', using('TCP behind a plain WebSocket', () => OWN_SERVER, 10_000, 90_000)],
  [
    'a browser',
    (workshop, machine) =>
      ['www.example.org', 'news.example.net', 'cdn.example.com'].flatMap((name) =>
        talked(workshop, machine, outside(), [50_000, 400_000], web(name)),
      ),
  ],
  [
    'an ordinary program',
    ({ library, scene, random }, machine) =>
      scene.play(pick(random, library.ordinary()), machine, 20 + random.below(300)),
  ],
];

export const HONEST_OFFICES: Family = {
  name: 'honest-offices',
  kinds: 30,
  make: (workshop, index) => office(workshop, index),
};

function office(workshop: Workshop, index: number): CaseMaterial {
  const { random, scene } = workshop;
  servers = 0;
  const machines = Array.from({ length: 2 + random.below(4) }, () => scene.machine());
  const hidden = new Set(
    Array.from({ length: index % 4 }, (_, i) => HIDDEN[(index * 3 + i * 7) % HIDDEN.length]).filter(
      (one) => one !== undefined,
    ),
  );
  const open = Array.from({ length: 2 + random.below(4) }, () => pick(random, OPEN));
  const parts = [...hidden, ...open].map(([, play]) => play(workshop, pick(random, machines)));
  const text = banText({ tool: TOOL, scope: `{ cidr: [${SITE}] }` });
  return {
    about: [...hidden, ...open].map(([name]) => name).join(', '),
    captures: [byTime(...parts, clock(machines))],
    machines: machines.map((machine) => ({ addresses: [machine.text, machine.text6], uses: [] })),
    policy: { text, verdicts: { BAN: 'compliant' }, violations: [] },
    statement: { ...periodOf(), isPossible: true },
    mostAccepted: MOST_LINES,
  };
}
