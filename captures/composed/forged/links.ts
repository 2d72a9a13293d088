// MACs in frames: of a forger, of routers, of a machine with two network cards.
import { viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { type Family, type MachineTruth, pick } from '../case.ts';
import { comesFrom } from '../damage.ts';
import type { Recording } from '../library.ts';
import { byTime, type Machine, MORNING_US, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { arpFrame, leaseFrames } from './discovery.ts';
import { mangled } from './packets.ts';
import { familyOf, nothingOn, ordinaryWork, played, type Stage, tellable, type Variant } from './stage.ts';

/** Source and destination MAC of one direction. */
interface Hop {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** Rewrites the MACs of both directions of a machine's frames. */
function relinked(frames: readonly Frame[], machine: Machine, up: Hop, down: Hop): Frame[] {
  const isUp = comesFrom(machine.address, machine.address6);
  return frames.map((frame) => {
    if (viewIpFrame(frame.bytes) === null) return frame;
    const { from, to } = isUp(frame) ? up : down;
    return mangled(frame, (bytes) => {
      to.copy(bytes, 0);
      from.copy(bytes, 6);
    });
  });
}

const withoutArp = (frames: readonly Frame[]): Frame[] =>
  frames.filter(({ bytes }) => viewIpFrame(bytes) !== null);

/** A MAC that no machine of the scene has. */
function someMac({ random }: Stage): Buffer {
  const mac = Buffer.from([2, 0x51, 0, 0, 0, 0]);
  random.fillFresh(mac, 2, 6);
  return mac;
}

function lease(machine: Machine, timeUs: number, { random }: Stage): Frame[] {
  const { mac, address } = machine;
  return leaseFrames({ mac, address, name: 'laptop-1' }, machine, timeUs, random.below(2 ** 31));
}

interface Spoof {
  readonly victim: Machine;
  readonly forger: Machine;
}

/** A forger plays a complete session with the address of the victim, next to the victim's own traffic. */
function spoofed(
  about: string,
  spoof: (frames: Frame[], spoof: Spoof, stage: Stage) => Frame[],
  proof: (spoof: Spoof, stage: Stage) => Frame[] = () => [],
): Variant {
  return {
    about,
    needsMacs: true,
    make(stage) {
      const { random, recording, scene } = stage;
      const machines = { victim: scene.machine(), forger: scene.machine() };
      const { victim, forger } = machines;
      const session = withoutArp(played(stage, recording, victim, 10 + random.below(60)));
      return {
        captures: [
          byTime(
            proof(machines, stage),
            ordinaryWork(stage, victim, 4),
            ordinaryWork(stage, forger, 1),
            spoof(session, machines, stage),
          ),
        ],
        machines: [nothingOn(victim), nothingOn(forger)],
        ban: banned({ tool: stage.tool }, []),
      };
    },
  };
}

const bothByForger = (frames: Frame[], { victim, forger }: Spoof): Frame[] =>
  relinked(
    frames,
    victim,
    { from: forger.mac, to: victim.gatewayMac },
    { from: victim.gatewayMac, to: forger.mac },
  );

export const FORGED_MACS: Family = familyOf('forged-macs', [
  spoofed('complete session with the MAC of the forger', bothByForger),
  spoofed(
    'complete session with the MAC of the forger, DHCP lease of the victim',
    bothByForger,
    ({ victim }, stage) => lease(victim, MORNING_US, stage),
  ),
  spoofed(
    'upstream with the MAC of the forger, downstream to the MAC of the victim',
    (frames, { victim, forger }) =>
      relinked(
        frames,
        victim,
        { from: forger.mac, to: victim.gatewayMac },
        { from: victim.gatewayMac, to: victim.mac },
      ),
  ),
  spoofed('both directions sent by the MAC of the forger', (frames, { victim, forger }) =>
    relinked(
      frames,
      victim,
      { from: forger.mac, to: victim.gatewayMac },
      { from: forger.mac, to: victim.mac },
    ),
  ),
  spoofed('complete session with a random MAC', (frames, { victim }, stage) => {
    const mac = someMac(stage);
    return relinked(
      frames,
      victim,
      { from: mac, to: victim.gatewayMac },
      { from: victim.gatewayMac, to: mac },
    );
  }),
  spoofed(
    'complete session with the MAC of the forger, forged ARP reply',
    bothByForger,
    ({ victim, forger }) => [
      arpFrame(forger.mac, { mac: forger.mac, address: victim.address }, victim.gateway, MORNING_US + 4e6),
    ],
  ),
]);

/** Real use; `link` rewrites the frames of each machine as the tap sees them. */
function linked(
  about: string,
  link: (frames: Frame[], machine: Machine, stage: Stage) => Frame[],
  users = 1,
): Variant {
  return {
    about,
    needsMacs: true,
    make(stage) {
      const { random, scene, recording } = stage;
      const same = tellable(stage).filter(({ tools }) => tools[0] === recording.tools[0]);
      const machines = Array.from({ length: users }, () => scene.machine());
      const others = Array.from({ length: 6 - users }, () => scene.machine());
      const ran = machines.map(() => pick(random, same));
      const frames = machines.map((machine, i) => {
        const mine = byTime(
          played(stage, ran[i] ?? recording, machine, random.below(60)),
          ordinaryWork(stage, machine),
        );
        return link(mine, machine, stage);
      });
      const rest = others.map((machine) => link(ordinaryWork(stage, machine), machine, stage));
      return {
        captures: [byTime(...frames, ...rest)],
        machines: [
          ...machines.map((machine, i) => truthOf(machine, [ran[i] ?? recording])),
          ...others.map(nothingOn),
        ],
        ban: banned({ tool: stage.tool }, machines),
      };
    },
  };
}

const ROUTERS = ['02aa00000001', '02aa00000002', '02aa00000003'].map((hex) => Buffer.from(hex, 'hex')) as [
  Buffer,
  Buffer,
  Buffer,
];
/** MAC of a virtual router (RFC 9568 §7.3). */
const VIRTUAL = Buffer.from('00005e00010a', 'hex');

/** Changes the first and the second half of the frames by time. */
function halves(frames: Frame[], change: (frames: Frame[], isSecond: boolean) => Frame[]): Frame[] {
  const [first, last] = [frames[0]?.timeUs ?? 0, frames.at(-1)?.timeUs ?? 0];
  const middle = (first + last) / 2;
  return [
    ...change(
      frames.filter(({ timeUs }) => timeUs < middle),
      false,
    ),
    ...change(
      frames.filter(({ timeUs }) => timeUs >= middle),
      true,
    ),
  ];
}

function docked(about: string, gapSeconds: number, isLeased: boolean): Variant {
  return {
    about,
    needsMacs: true,
    make(stage) {
      const { recording, scene } = stage;
      const dock = scene.machine();
      const wifi: Machine = { ...dock, mac: someMac(stage) };
      const ran: readonly Recording[] = [recording, recording];
      const parts = [dock, wifi].map((machine, i) =>
        byTime(
          isLeased ? lease(machine, MORNING_US + i * gapSeconds * 1e6, stage) : [],
          played(stage, recording, machine, 3 + i * gapSeconds),
          scene.play(pick(stage.random, stage.library.ordinary()), machine, 2 + i * gapSeconds),
        ),
      );
      const truth: MachineTruth = truthOf(dock, ran);
      return {
        captures: [byTime(...parts)],
        machines: [truth],
        ban: banned({ tool: stage.tool }, [dock]),
      };
    },
  };
}

export const HONEST_MACS: Family = familyOf('honest-macs', [
  linked(
    'all hosts behind one router',
    (frames, machine) => {
      const [inside, outside] = ROUTERS;
      return relinked(
        withoutArp(frames),
        machine,
        { from: inside, to: outside },
        { from: outside, to: inside },
      );
    },
    2,
  ),
  docked('docking laptop: second MAC after 400 s', 400, false),
  docked('docking laptop: second MAC after 400 s, two leases', 400, true),
  docked('docking laptop: second MAC after 20 s, two leases', 20, true),
  linked('gateway MAC changes to a virtual router MAC', (frames, machine) =>
    halves(frames, (half, isSecond) => {
      const gateway = isSecond ? VIRTUAL : machine.gatewayMac;
      return relinked(half, machine, { from: machine.mac, to: gateway }, { from: gateway, to: machine.mac });
    }),
  ),
  linked('upstream to the virtual MAC, downstream from the physical MAC', (frames, machine) =>
    relinked(frames, machine, { from: machine.mac, to: VIRTUAL }, { from: ROUTERS[0], to: machine.mac }),
  ),
  linked(
    'between routers, different MACs per direction',
    (frames, machine) => {
      const [near, far, other] = ROUTERS;
      return relinked(withoutArp(frames), machine, { from: near, to: far }, { from: far, to: other });
    },
    2,
  ),
  linked(
    'the router of all hosts is replaced',
    (frames, machine) =>
      halves(withoutArp(frames), (half, isSecond) => {
        const [first, outside, second] = ROUTERS;
        const inside = isSecond ? second : first;
        return relinked(half, machine, { from: inside, to: outside }, { from: outside, to: inside });
      }),
    2,
  ),
]);
