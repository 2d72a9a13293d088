// Messages of host discovery that bring a machine under an exception or a ban: forged, and honest ones as controls.

import { neighbourAdvertisement } from '../../neighbour.ts';
import type { Frame } from '../../pcap.ts';
import { type Family, pick } from '../case.ts';
import { byTime, type Machine, MORNING_US, truthOf } from '../scene.ts';
import { type BanTerms, banned } from './ban.ts';
import { arpFrame, fromRelay, leaseFrames, mdnsFrame, nbnsFrame, relayed } from './discovery.ts';
import { frameOf, withMacs } from './packets.ts';
import { crowd, familyOf, nothingOn, played, type Stage, type Variant } from './stage.ts';

interface People {
  readonly user: Machine;
  /** Sends forged messages from its own MAC. */
  readonly liar: Machine;
  /** The machine that the exception is for. */
  readonly exempt: Machine;
  readonly stage: Stage;
  /** Start of the use. */
  readonly usedUs: number;
}

type Messages = (people: People) => Frame[];

type Terms = (people: People) => Partial<BanTerms>;

const EXEMPT_NAME = 'lab-7';
const OWN_NAME = 'dev-12';
const SECOND_US = 1_000_000;

const macText = (mac: Buffer): string => mac.toString('hex').replace(/(..)(?=.)/g, '$1:');

const exceptByName: (people: People) => Partial<BanTerms> = () => ({ exempt: '{ name: ["lab-*"] }' });
const exceptByFirst: Terms = () => ({ exempt: '{ name: ["a-lab-*"] }' });
const exceptByMac = ({ exempt }: People): Partial<BanTerms> => ({
  exempt: `{ mac: ["${macText(exempt.mac)}"] }`,
});
const exceptByNameAndMac = ({ exempt }: People): Partial<BanTerms> => ({
  exempt: `{ name: ["lab-*"], mac: ["${macText(exempt.mac)}"] }`,
});
const exceptByGroup = ({ exempt }: People): Partial<BanTerms> => ({
  groups: `lab: { name: ["lab-*"], mac: ["${macText(exempt.mac)}"] }`,
  exempt: '{ groups: [lab] }',
});
const neverRecorded = ({ exempt }: People): Partial<BanTerms> => ({
  groups: `guests: { name: ["lab-*"], mac: ["${macText(exempt.mac)}"], exclude: true }`,
});
const onlyOwnNames: () => Partial<BanTerms> = () => ({ scope: '{ name: ["dev-*"] }' });

function invited(stage: Stage): People {
  const { random, scene } = stage;
  const [user, liar, exempt] = [scene.machine(), scene.machine(), scene.machine()];
  return { user, liar, exempt, stage, usedUs: MORNING_US + (20 + random.below(100)) * SECOND_US };
}

/** A DHCP lease of the machine itself. */
function ownLease({ user, stage, usedUs }: People, name: string, beforeSeconds = 15): Frame[] {
  const claim = { mac: user.mac, address: user.address, name };
  return leaseFrames(claim, user, usedUs - beforeSeconds * SECOND_US, stage.random.below(2 ** 31));
}

/** Before, during or after the use. */
function someTime({ stage: { random }, usedUs }: People): number {
  return usedUs + pick(random, [-10, -1, 1, 4, 40]) * SECOND_US + random.below(SECOND_US);
}

/** The user breaks the ban, and messages of another machine must not exempt it. */
function lied(
  about: string,
  terms: Terms,
  messages: Messages,
  { ip = 4, isLeased = true }: { readonly ip?: 4 | 6; readonly isLeased?: boolean } = {},
): Variant {
  return {
    about,
    needsMacs: true,
    ip,
    make(stage) {
      const people = invited(stage);
      const { user, liar, exempt, usedUs } = people;
      const real = played(stage, stage.recording, user, (usedUs - MORNING_US) / 1e6);
      const others = crowd(stage, real);
      // Other machines in the scope of `dev-*`: the rule never lacks hosts.
      const leases = others.hosts.map((host, i) => ownLease({ ...people, user: host }, `dev-2${i}`));
      const truths = byTime(others.frames, ...leases, isLeased ? ownLease(people, OWN_NAME) : [], real);
      const attackers = [liar, exempt].map(nothingOn);
      return {
        captures: [byTime(truths, messages(people))],
        machines: [truthOf(user, [stage.recording]), ...attackers, ...others.machines],
        ban: banned({ tool: stage.tool, ...terms(people) }, [user], false),
      };
    },
  };
}

/** DHCP messages of the liar for the address of the user. */
const dhcp =
  (claimed: 'liar' | 'user' | 'exempt', isAcknowledged = true): Messages =>
  (people) => {
    const { user, liar, stage } = people;
    const claim = { mac: people[claimed].mac, address: user.address, name: EXEMPT_NAME };
    const frames = leaseFrames(claim, user, someTime(people), stage.random.below(2 ** 31), liar.mac);
    return isAcknowledged ? frames.map((frame) => fromLiar(frame, liar)) : frames.slice(0, 1);
  };

/** The frame with the MAC of the liar. */
function fromLiar(frame: Frame, { mac }: Machine): Frame {
  const bytes = Buffer.from(frame.bytes);
  mac.copy(bytes, 6);
  return { ...frame, bytes };
}

/** An ARP reply: the address of the user has the exempt MAC. */
const arp =
  (sender: 'exempt' | 'liar'): Messages =>
  (people) => {
    const { user, exempt } = people;
    const claim = { mac: exempt.mac, address: user.address };
    return [arpFrame(people[sender].mac, claim, user.gateway, someTime(people))];
  };

/** Twenty names that sort first, every 20 s. */
const manyNames: Messages = ({ user, liar, usedUs }) =>
  Array.from({ length: 20 * 30 }, (_, i) =>
    mdnsFrame(
      liar,
      `a-${String(i % 20).padStart(2, '0')}`,
      user.address,
      usedUs - 14.9 * SECOND_US + Math.floor(i / 20) * 20 * SECOND_US + (i % 20) * 1000,
    ),
  );

/** Neighbour discovery over IPv6, exempt by MAC. */
const neighbours: Messages = (people) => {
  const { user, exempt, liar } = people;
  const bytes = neighbourAdvertisement(exempt.mac, user.address6, user.address6, user.gatewayMac);
  pick(people.stage.random, [exempt.mac, liar.mac]).copy(bytes, 6);
  return [frameOf(someTime(people), bytes)];
};

export const HIDDEN_EXEMPT: Family = familyOf('hidden-exempt', [
  lied('DHCP of another machine, exempt name', exceptByName, dhcp('liar')),
  lied(
    'DHCP with the MAC of the user in a frame of another machine, exempt name',
    exceptByName,
    dhcp('user', false),
  ),
  lied('DHCP with the exempt MAC in a frame of another machine', exceptByMac, dhcp('exempt')),
  lied('mDNS of another machine, exempt name', exceptByName, (people) => [
    mdnsFrame(people.liar, EXEMPT_NAME, people.user.address, someTime(people)),
  ]),
  lied(
    'mDNS with the address of the user in a frame of another machine, exempt name',
    exceptByGroup,
    (people) => [
      mdnsFrame(
        { mac: people.liar.mac, address: people.user.address },
        EXEMPT_NAME,
        people.user.address,
        someTime(people),
      ),
    ],
  ),
  lied('NBNS of another machine, exempt name', exceptByName, (people) => [
    nbnsFrame(people.liar, EXEMPT_NAME, people.user.address, someTime(people)),
  ]),
  lied('ARP of the exempt machine', exceptByMac, arp('exempt'), { isLeased: false }),
  lied('ARP with the exempt MAC in a frame of another machine', exceptByGroup, arp('liar'), {
    isLeased: false,
  }),
  lied('ARP of the exempt machine, the user has a lease', exceptByMac, arp('exempt')),
  lied('mDNS of another machine, name of an excluded group', neverRecorded, (people) => [
    mdnsFrame(people.liar, EXEMPT_NAME, people.user.address, people.usedUs - SECOND_US),
  ]),
  lied('ARP with the MAC of an excluded group', neverRecorded, arp('exempt'), {
    isLeased: false,
  }),
  lied('twenty names that sort first displace the name in scope', onlyOwnNames, manyNames),
  lied('mDNS of another machine, exempt name that sorts first', exceptByFirst, (people) => [
    mdnsFrame(people.liar, 'a-lab-1', people.user.address, someTime(people)),
  ]),
  lied('neighbour discovery with the exempt MAC', exceptByMac, neighbours, { ip: 6, isLeased: false }),
]);

/** The session of the user, and the traffic of all other machines. */
function atWork(stage: Stage) {
  const people = invited(stage);
  const real = played(stage, stage.recording, people.user, (people.usedUs - MORNING_US) / 1e6);
  return { people, real, others: crowd(stage, real) };
}

/** Use outside the scope of the ban, which a message of another machine must not extend. */
function named(about: string, scope: string, messages: Messages): Variant {
  return {
    about,
    needsMacs: true,
    ip: 4,
    make(stage) {
      const { people, real, others } = atWork(stage);
      const { user } = people;
      return {
        captures: [byTime(others.frames, ownLease(people, OWN_NAME), real, messages(people))],
        machines: [truthOf(user, [stage.recording]), ...others.machines],
        ban: banned({ tool: stage.tool, scope }, []),
      };
    },
  };
}

export const FORGED_NAMES: Family = familyOf('forged-names', [
  named('DHCP of another machine gives it a banned name', '{ name: ["lab-*"] }', dhcp('liar')),
  named('mDNS of another machine gives it a banned name', '{ name: ["lab-*"] }', (people) => [
    mdnsFrame(people.liar, EXEMPT_NAME, people.user.address, someTime(people)),
  ]),
  named('NBNS of another machine gives it a banned name', '{ name: ["lab-*"] }', (people) => [
    nbnsFrame(people.liar, EXEMPT_NAME, people.user.address, someTime(people)),
  ]),
]);

/** A machine that has the name or the MAC. */
function truly(
  about: string,
  terms: Terms,
  messages: Messages,
  isExempt = true,
  change: (frames: readonly Frame[], people: People) => readonly Frame[] = (frames) => frames,
): Variant {
  return {
    about,
    needsMacs: true,
    ip: 4,
    make(stage) {
      const { people, real, others } = atWork(stage);
      const { user } = people;
      const all = change(byTime(messages(people), real), { ...people, exempt: user });
      return {
        captures: [byTime(change(others.frames, people), all)],
        machines: [truthOf(user, [stage.recording]), ...others.machines],
        ban: banned(
          { tool: stage.tool, ...terms({ ...people, exempt: user }) },
          isExempt ? [] : [user],
          isExempt,
        ),
      };
    },
  };
}

const RELAY = { mac: Buffer.from('02aa00000009', 'hex'), address: Buffer.from([10, 20, 0, 250]) };
const DHCP_SERVER = { mac: Buffer.from('02aa00000008', 'hex'), address: Buffer.from([10, 1, 0, 3]) };

/** The segment of the client: its request, and the answer of the relay agent. */
const onRelaysSegment: Messages = (people) => {
  const [request, acknowledgement] = ownLease(people, EXEMPT_NAME) as [Frame, Frame];
  return [request, fromRelay(acknowledgement, RELAY)];
};

/** The segment of the server: frames of the relay agent, which is the router of all clients. */
const behindRelay: Messages = (people) =>
  ownLease(people, EXEMPT_NAME).map((frame, i) => relayed(frame, RELAY, DHCP_SERVER, i === 0));

const fromRouter = (frames: readonly Frame[]): readonly Frame[] =>
  frames.map((frame) =>
    withMacs(frame, (address) =>
      address[0] === 10 && address[1] === 20 && !address.equals(RELAY.address) ? RELAY.mac : null,
    ),
  );

export const HONEST_NAMES: Family = familyOf('honest-names', [
  truly('exempt name and MAC by DHCP', exceptByNameAndMac, (people) => ownLease(people, EXEMPT_NAME)),
  truly('DHCP rename to the exempt name before the use', exceptByNameAndMac, (people) => [
    ...ownLease(people, OWN_NAME),
    ...ownLease(people, EXEMPT_NAME, 5),
  ]),
  truly('exempt name and MAC by DHCP, a second name by mDNS', exceptByNameAndMac, (people) => [
    ...ownLease(people, EXEMPT_NAME),
    mdnsFrame(people.user, `${EXEMPT_NAME}-2`, people.user.address, people.usedUs - 4e6),
    nbnsFrame(people.user, EXEMPT_NAME, people.user.address, people.usedUs - 3e6),
  ]),
  truly('exempt name by DHCP through a relay agent, client segment', exceptByNameAndMac, onRelaysSegment),
  truly(
    'exempt name by DHCP through a relay agent, server segment',
    exceptByNameAndMac,
    behindRelay,
    true,
    fromRouter,
  ),
  truly('exempt MAC by DHCP', exceptByMac, (people) => ownLease(people, OWN_NAME)),
  truly('exempt MAC by ARP', exceptByMac, ({ user, usedUs }) => [
    arpFrame(user.mac, user, user.gateway, usedUs - 5e6),
  ]),
  truly('name in the scope of the ban by DHCP', onlyOwnNames, (people) => ownLease(people, OWN_NAME), false),
]);
