// AI services of a local network next to tools that use services outside: hosts that run or use one, and no others.
import type { Frame } from '../pcap.ts';
import { TRANSFORMS } from './attempts.ts';
import { type CaseMaterial, type Family, type MachineTruth, pick, type Workshop } from './case.ts';
import { comesFrom } from './damage.ts';
import { type Recording, type ServiceRecording, usesProxy } from './library.ts';
import { byTime, MORNING_US, truthOf } from './scene.ts';

/** Transforms after which every byte of a message is still there. */
const WHOLE = new Set(['whole', '1 % lost on the way and sent again', 'every packet twice', 'in two files']);
const HOUR_US = 3_600_000_000;

/** The packets as they are, at another time. */
function at(recording: ServiceRecording, startUs: number): Frame[] {
  const frames = recording.frames();
  const shiftUs = startUs - (frames[0]?.timeUs ?? 0);
  return frames.map((frame) => ({ ...frame, timeUs: frame.timeUs + shiftUs }));
}

const clientsOf = ({ services }: ServiceRecording): string[] => [
  ...new Set(services.flatMap(({ clients }) => clients)),
];

/** Where the client of a service runs it too, or another machine. */
function toolNextTo(workshop: Workshop, service: ServiceRecording, isSame: boolean) {
  const { library, random, scene } = workshop;
  const list = library.working().filter((one) => !usesProxy(one) && !/ipv6|relay|lossy/.test(one.name));
  const recording: Recording = pick(random, list);
  const clients = clientsOf(service);
  const machine =
    isSame && clients.length > 0 ? scene.machineIn(service.frames(), pick(random, clients)) : scene.machine();
  return {
    machine,
    about: `${recording.name} on ${isSame && clients.length > 0 ? 'its client' : 'another host'}`,
    frames: scene.play(recording, machine, random.below(60)),
    truth: truthOf(machine, [recording]),
  };
}

/** Tools of recordings of services, added to what is known of the machines. */
function withUses(
  machines: readonly MachineTruth[],
  recordings: readonly ServiceRecording[],
): MachineTruth[] {
  const more = recordings.flatMap(({ uses }) => uses);
  const known = new Set(machines.flatMap(({ addresses }) => addresses));
  const added = (tools: readonly string[], uses: MachineTruth['uses']): MachineTruth['uses'] => [
    // Requests through a relay may be counted with those that went outside.
    ...uses.map((use) => (tools.includes(use.tool) ? { ...use, requests: null } : use)),
    ...tools
      .filter((tool) => !uses.some((use) => use.tool === tool))
      .map((tool) => ({ tool, mustName: false, requests: null })),
  ];
  const toolsOn = (addresses: readonly string[]): string[] =>
    more.filter(({ host }) => addresses.includes(host)).map(({ tool }) => tool);
  return [
    ...machines.map((machine) => ({ ...machine, uses: added(toolsOn(machine.addresses), machine.uses) })),
    ...more
      .filter(({ host }) => !known.has(host))
      .map(({ host, tool }) => ({ addresses: [host], uses: added([tool], []) })),
  ];
}

function servicesCase(workshop: Workshop, index: number): CaseMaterial {
  const { library, random } = workshop;
  const first = pick(random, library.services);
  // Other recordings may be of the same address and port.
  const places = new Set(first.services.map(({ host, port }) => `${host} ${port}`));
  const others = library.services.filter(
    ({ services }) => !services.some(({ host, port }) => places.has(`${host} ${port}`)),
  );
  const recordings = index % 3 === 2 ? [first, pick(random, others)] : [first];
  const [change, transform] =
    TRANSFORMS[Math.floor(index / 3) % TRANSFORMS.length] ?? pick(random, TRANSFORMS);
  const tool = toolNextTo(workshop, first, index % 3 === 1);
  const frames = byTime(
    tool.frames,
    ...recordings.map((one, i) => at(one, MORNING_US + i * HOUR_US + random.below(60) * 1e6)),
  );
  const fromMachine = comesFrom(tool.machine.address, tool.machine.address6);
  return {
    about: `${recordings.map(({ name }) => name).join(' and ')}, ${tool.about}; ${change}`,
    captures: transform(frames, fromMachine, workshop),
    machines: withUses([tool.truth], recordings),
    services: { all: recordings.flatMap(({ services }) => services), mustFind: WHOLE.has(change) },
  };
}

export const SERVICES: Family = { name: 'services', kinds: 3 * TRANSFORMS.length, make: servicesCase };
