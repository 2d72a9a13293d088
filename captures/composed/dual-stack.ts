// One machine with IPv4 and IPv6: some connections of a recording go over the one, some over the other.
import { DHCP_ACK, DHCP_REQUEST, dhcpFrame } from '../dhcp.ts';
import { neighbourAdvertisement } from '../neighbour.ts';
import type { Frame } from '../pcap.ts';
import { toIpv6 } from '../to-ipv6.ts';
import { type Family, pick } from './case.ts';
import { usesProxy } from './library.ts';
import { byTime, type Machine, MORNING_US, type Scene, truthOf } from './scene.ts';

const ETHERTYPE_ARP = 0x0806;
const DNS_SERVER = Buffer.from([10, 1, 0, 2]);
const ROUTER6 = Buffer.from('fe800000000000000000000000000001', 'hex');
const PROOFS = [
  'DHCP and neighbour discovery',
  'ARP and neighbour discovery',
  'the MAC of its frames',
  'nothing',
] as const;

function frameAt(timeUs: number, bytes: Buffer): Frame {
  return { timeUs, wireLength: bytes.length, bytes };
}

function lease(machine: Machine, scene: Scene): Frame[] {
  const server = { mac: machine.gatewayMac, address: machine.gateway, dns: DNS_SERVER };
  const client = { mac: machine.mac, address: machine.address, name: 'laptop-1' };
  const transaction = scene.random.below(2 ** 31);
  return [DHCP_REQUEST, DHCP_ACK].map((type, i) =>
    frameAt(MORNING_US - 2e6 + i * 1000, dhcpFrame(type, client, server, transaction)),
  );
}

function advertisement(machine: Machine): Frame {
  const bytes = neighbourAdvertisement(machine.mac, machine.address6, ROUTER6, machine.gatewayMac);
  return frameAt(MORNING_US - 1e6, bytes);
}

const isArp = ({ bytes }: Frame): boolean => bytes.readUInt16BE(12) === ETHERTYPE_ARP;

export const DUAL_STACK: Family = {
  name: 'dual-stack',
  make({ library, random, scene }, index) {
    const recording = pick(
      random,
      library.single().filter((one) => !usesProxy(one) && !one.name.includes('ipv6')),
    );
    const machine = scene.machine();
    const halves = toIpv6(recording.frames(), () => random.below(2) === 1);
    const played = scene.playFrames(halves, machine, 0);
    const kind = index % PROOFS.length;
    const ordinary = pick(random, library.ordinary());
    let frames = kind < 2 ? played : played.filter((frame) => !isArp(frame));
    if (kind === 0) frames = byTime(lease(machine, scene), [advertisement(machine)], frames);
    if (kind === 1) frames = byTime([advertisement(machine)], frames);
    const truth = truthOf(machine, [recording]);
    const machines = [truth];
    if (kind === 3) {
      // No packet shows that both are one machine: each half is reported separately, and their sum is at most the truth.
      const uses = truth.uses.map((use) => ({ ...use, requests: { min: 0, max: recording.requests } }));
      machines[0] = { ...truth, uses };
      // Behind a router every frame has the router's MAC, the neighbour's frames too.
      const neighbour = { ...scene.machine(), mac: machine.mac };
      frames = byTime(
        frames,
        scene.play(ordinary, neighbour, 5).filter((frame) => !isArp(frame)),
      );
      machines.push(truthOf(neighbour, []));
    }
    return { about: `${recording.name} over both, joined by ${PROOFS[kind]}`, captures: [frames], machines };
  },
};
