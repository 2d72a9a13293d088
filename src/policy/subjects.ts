// Builds the subjects of a policy evaluation: for each host its identity, its use of tools, and its unobserved traffic.

import { buildClaimSentences } from '../model/claim-sentences.ts';
import { omitEmpty } from '../model/omit-undefined.ts';
import type { HostIdentity } from '../model/policy.ts';
import type { Sentence } from '../model/sentences.ts';
import type { ServiceName } from '../model/services.ts';
import type { HostAttribution, HostTool, UsageQuarter } from '../model/tool.ts';
import type {
  HostAccount,
  HostClaim,
  HostTotals,
  NotVisibleTraffic,
  ServiceSeen,
  UsageRow,
  UsageWindow,
} from '../model/usage.ts';
import { type AppHint, isTunnel, NAMED_KINDS } from '../model/window-words.ts';
import { compareText, isUnspecified } from '../net/address.ts';
import { Claimants, type NameClaim } from '../net/claimants.ts';
import { buildMachine, contradictions, isGranted, type Machine } from '../net/host-claims.ts';
import { hostPlace, listFrameMacs, listSharedMacs, MacsSeen } from '../net/macs-seen.ts';
import { floorToQuarter, US } from '../time/units.ts';

/** A host to which a policy is applied. */
export interface PolicySubject {
  readonly identity: HostIdentity;
  /** Present if several machines used the address, so that the evidence does not identify one of them. */
  readonly isOfSeveral?: true;
  /** The machine of an address that changed it, by quarter hour. */
  readonly identities?: ReadonlyMap<number, HostIdentity>;
  /**
   * The identity with names and a MAC that other machines also claim or show. This identity does not place the host in
   * a scope.
   */
  readonly claimed?: HostIdentity;
  /** The machine of a tool's flows if frames of several machines had the address in one quarter hour, by toolTime. */
  readonly toolIdentities?: ReadonlyMap<string, HostIdentity>;
  /** Contradictory claims about the address. */
  readonly contradictions?: readonly Sentence[];
  /**
   * Present for a router, resolver or DHCP server: ARP, DHCP or answers show the address, but it made no requests.
   */
  readonly isSighted?: true;
  readonly tools: readonly HostTool[];
  readonly providers: readonly HostTool[];
  /** AI services that the host runs; absent without any. */
  readonly services?: readonly HostService[];
  /** One entry for each quarter hour with traffic. */
  readonly activity: readonly Readonly<HostActivity & { readonly startSeconds: number }>[];
}

/** The observed traffic of a host in one quarter hour. */
export interface HostActivity {
  /** All bytes. */
  bytes: number;
  /** Bytes that were not inspectable. */
  notVisibleBytes: number;
  /** Flows whose packets contradict each other. */
  conflicts: number;
  /** Bytes of flows with one observed direction. */
  oneWayBytes: number;
  /** Bytes of tunnels and Tor. */
  tunnelBytes: number;
  /** Bytes that are missing in captured flows. */
  lostBytes: number;
  /** Bytes between local networks that were not parsed. */
  insideBytes: number;
  /** Bytes of flows that began before the capture, including those inside the site. */
  joinedBytes: number;
  /** Bytes of suspected relays without a row: any program may have sent them. */
  relayedBytes: number;
  /** Flows to unlisted names of a log that does not have the bytes of a direction. */
  unsizedFlows: number;
  /** A log does not have the bytes of a connection. */
  isUncounted: boolean;
  /** Packets show a query for a name and its answer. */
  isAnswered: boolean;
  /** Packets show a connection to any server. */
  isConnected: boolean;
  /** Packets show the result of a connection, at least that it failed. */
  isTried: boolean;
  /** A log of a resolver has a query for a name of a tool. */
  isQueried: boolean;
  /** The last packets of a connection are not in the capture. */
  isCutOff: boolean;
  /**
   * The host had only unknown protocols between local hosts, or packets in one direction that cannot carry a tool.
   */
  isInside: boolean;
}

export const NO_ACTIVITY: Readonly<HostActivity> = {
  bytes: 0,
  notVisibleBytes: 0,
  conflicts: 0,
  oneWayBytes: 0,
  tunnelBytes: 0,
  lostBytes: 0,
  insideBytes: 0,
  joinedBytes: 0,
  relayedBytes: 0,
  unsizedFlows: 0,
  isUncounted: false,
  isAnswered: false,
  isConnected: false,
  isTried: false,
  isQueried: false,
  isCutOff: false,
  isInside: false,
};

/** Lists the machines of the host, at any time and for any tool. */
export const listIdentities = ({ identity, identities, toolIdentities }: PolicySubject): HostIdentity[] => [
  identity,
  ...(identities?.values() ?? []),
  ...(toolIdentities?.values() ?? []),
];

/** One client's use of a service in one quarter hour. */
export type ServiceEntry = ServiceSeen & { readonly startSeconds: number };

/** A service of a host, with the use by hosts of its own network or by hosts of other networks. */
export interface HostService {
  readonly name: ServiceName;
  readonly product: string;
  readonly class: string;
  readonly port: number;
  readonly isExposed: boolean;
  readonly entries: readonly ServiceEntry[];
  readonly quarters: readonly UsageQuarter[];
}

interface HostRecords {
  isClient: boolean;
  readonly macs: MacsSeen;
  readonly vlans: Set<number>;
  readonly addresses: Set<string>;
  readonly quarters: Map<number, Quarter>;
  /** Claims from windows that record the source of a name. */
  readonly claims: Map<string, DatedClaim>;
  /** MACs of frames with the address. */
  readonly frames: Set<string>;
  /**
   * Names from windows without claims, for example users in proxy logs. `byMac`: names by the MAC of their window.
   */
  readonly unclaimed: { readonly names: Set<string>; readonly byMac: Map<string, Set<string>> };
}

interface DatedClaim extends HostClaim {
  /** Start of the first quarter hour with the claim. */
  readonly since: number;
}

interface Quarter extends HostActivity {
  readonly macs: MacsSeen;
  readonly frames: Set<string>;
}

/** Adds the groups of a hosts file. */
export function withGroups(
  host: HostIdentity,
  groupsOf: (host: HostIdentity) => readonly string[],
): HostIdentity {
  const groups = [...groupsOf(host)];
  if (host.names.length === 0) return { ...host, groups };
  return { ...host, groups, provenGroups: [...groupsOf({ ...host, names: host.provenNames ?? [] })] };
}

/** Facts that need all hosts of a network. */
export interface NetworkFacts {
  /** MACs in frames of several hosts, at once or one after the other. */
  readonly routers: ReadonlySet<string>;
  /** Machines that claim a host name. */
  readonly claimants: Claimants;
}

export function buildNetworkFacts(windows: readonly UsageWindow[]): NetworkFacts {
  return { routers: listRouters(windows), claimants: new Claimants(() => listClaims(windows)) };
}

/** Minimum time with one address of a machine that has several addresses in turn. */
const MIN_ADDRESS_TIME_US = 3600 * US;
/**
 * Maximum addresses of a machine. One with more counts as a router, because each address is compared with all others.
 */
const MAX_ADDRESSES = 256;

/** Lists MACs of several hosts, without those of machines that changed their address and show one at a time. */
function listRouters(windows: readonly UsageWindow[]): ReadonlySet<string> {
  const shared = listSharedMacs(windows.flatMap(({ hosts }) => [...hosts])).map(({ mac }) => mac);
  const moving = new Map(shared.map((mac) => [mac, new Map<string, number>()]));
  const byTime = moving.size === 0 ? [] : [...windows].sort((a, b) => a.startSeconds - b.startSeconds);
  for (const { hosts } of byTime) {
    const frames = hosts.flatMap((totals) => {
      const place = `${totals.host.includes(':') ? 6 : 4} ${hostPlace(totals.host)}`;
      // True if DHCP names the machine behind a router.
      const isBehind = (mac: string): boolean =>
        totals.claims?.some((claim) => isGranted(claim) && claim.mac !== null && claim.mac !== mac) === true;
      const { firstUs, lastUs } = totals;
      const list = totals.macs ?? listFrameMacs(totals).map((mac) => ({ mac, firstUs, lastUs }));
      return list.flatMap((seen) => {
        if (isBehind(seen.mac)) moving.delete(seen.mac);
        return moving.has(seen.mac) ? [{ ...seen, place }] : [];
      });
    });
    for (const { mac, place, firstUs, lastUs } of [...frames].sort((a, b) => a.firstUs - b.firstUs)) {
      const places = moving.get(mac);
      const since = places?.get(place) ?? Number.NEGATIVE_INFINITY;
      const others = [...(places ?? [])].filter(([other]) => other !== place && other[0] === place[0]);
      const isBack = firstUs - since < MIN_ADDRESS_TIME_US;
      const isShared = others.some(([, untilUs]) => untilUs >= firstUs || (isBack && untilUs > since));
      if (isShared || others.length === MAX_ADDRESSES) moving.delete(mac);
      else places?.set(place, Math.max(since, lastUs));
    }
  }
  return new Set(shared.filter((mac) => !moving.has(mac)));
}

/**
 * Yields claims of the host itself. Messages of other machines about it, for example of a sleep proxy, do not count.
 */
function* listClaims(windows: readonly UsageWindow[]): Iterable<NameClaim> {
  for (const { hosts } of windows)
    for (const { host, claims = [] } of hosts)
      for (const { name, mac, isOwn } of claims) if (isOwn && name !== null) yield { host, name, mac };
}

/** Builds the key of a tool's time in `toolIdentities`. */
export const toolTimeKey = (startSeconds: number, tool: string): string => `${startSeconds} ${tool}`;

/**
 * Creates one subject for each host of the windows. `groupsOf` adds the groups of a hosts file. A MAC belongs to the
 * host if its frames show it, and a name if that machine claimed it: messages of other machines are no evidence. Behind
 * a router every frame has the MAC of the router, so DHCP decides. If the machine of the address changed, or the name
 * of the machine, each quarter hour has its own identity. `network` is passed when only some of many hosts are
 * evaluated.
 */
export function listSubjects(
  windows: readonly UsageWindow[],
  attributions: readonly HostAttribution[],
  groupsOf?: GroupsOf,
  network?: NetworkFacts,
): PolicySubject[] {
  return buildSubjects(createSubjectBuilder(windows, groupsOf, network), attributions);
}

export function buildSubjects(
  builder: SubjectBuilder,
  attributions: readonly HostAttribution[],
): PolicySubject[] {
  const attributed = new Map(attributions.map((attribution) => [attribution.host, attribution]));
  const hosts = new Set([...builder.hosts, ...attributed.keys()]);
  return [...hosts].map((host) => builder.build(host, attributed.get(host)));
}

type GroupsOf = (host: HostIdentity) => readonly string[];

export interface SubjectBuilder {
  /** Hosts of the windows. */
  readonly hosts: readonly string[];
  /** Must be called once for each host, because it does not cache facts. */
  readonly build: (host: string, own?: HostAttribution) => PolicySubject;
}

/** Creates the subjects of `listSubjects` one by one. */
export function createSubjectBuilder(
  windows: readonly UsageWindow[],
  groupsOf?: GroupsOf,
  { routers, claimants }: NetworkFacts = buildNetworkFacts(windows),
): SubjectBuilder {
  const hosts = gatherHosts(windows);
  const isRouterMac = (mac: string): boolean => routers.has(mac);
  const build: SubjectBuilder['build'] = (host, own) => {
    const facts = openHostRecords(hosts, host);
    hosts.delete(host);
    const places = buildPlaces(facts);
    const claims = new Claims(facts.claims.values());
    const listClaimed = (
      frames: Iterable<string>,
      macs: MacsSeen,
      at = Number.POSITIVE_INFINITY,
    ): HostIdentity => buildIdentity(host, facts, { places, claims }, frames, macs, isRouterMac, at);
    const addGroups = (hostIdentity: HostIdentity): HostIdentity =>
      groupsOf === undefined ? hostIdentity : withGroups(hostIdentity, groupsOf);
    const withoutContested = (whole: HostIdentity): HostIdentity => {
      const names = whole.names.filter((name) => claimants.listOtherHosts(name, host).length === 0);
      return addGroups(names.length === whole.names.length ? whole : { ...whole, names });
    };
    const identify = (...seen: Parameters<typeof listClaimed>): HostIdentity =>
      withoutContested(listClaimed(...seen));
    const whole = listClaimed(facts.frames, facts.macs);
    const identity = withoutContested(whole);
    const [shared = null, ...others] = facts.frames;
    const isShared = whole.mac === null && shared !== null && others.length === 0;
    const claimed = isShared ? { ...whole, mac: shared } : whole;
    const { names, macs } = contradictions(claims.all, ownMacs(facts.frames, isRouterMac), isRouterMac);
    const sentences = [
      ...buildClaimSentences('severalNames', names),
      ...buildClaimSentences('severalMacs', macs),
      ...buildClaimSentences('claimedName', claimants.listClaimed(host)),
    ];
    const subject: PolicySubject = {
      identity,
      tools: own?.tools ?? [],
      providers: own?.providers ?? [],
      activity: listActivity(facts),
      ...(facts.isClient ? {} : { isSighted: true as const }),
      ...omitEmpty({ contradictions: sentences }),
      ...(!isShared && claimed.names.length === identity.names.length ? {} : { claimed: addGroups(claimed) }),
    };
    const isOfOne = ownMacs(facts.frames, isRouterMac).size < 2;
    if (isOfOne && !facts.macs.areSeveral && !claims.haveSeveralTimes) return subject;
    const identities = new Map(
      [...facts.quarters].map(([start, { frames, macs }]) => [start, identify(frames, macs, start)]),
    );
    const toolIdentities = new Map<string, HostIdentity>();
    for (const { use, quarters } of [...subject.tools, ...subject.providers]) {
      for (const { startSeconds, macs } of quarters) {
        const quarter = facts.quarters.get(startSeconds);
        if (macs === undefined || quarter === undefined) continue;
        if (ownMacs(quarter.frames, isRouterMac).size > 1)
          toolIdentities.set(toolTimeKey(startSeconds, use.tool), identify(macs, quarter.macs, startSeconds));
      }
    }
    return { ...subject, identities, ...(toolIdentities.size === 0 ? {} : { toolIdentities }) };
  };
  return { hosts: [...hosts.keys()], build };
}

function gatherHosts(windows: readonly UsageWindow[]): Map<string, HostRecords> {
  const hosts = new Map<string, HostRecords>();
  for (const window of windows) {
    const start = floorToQuarter(window.startSeconds);
    const accounts =
      window.account === undefined
        ? null
        : new Map([...window.account].map((hostAccount) => [hostAccount.host, hostAccount]));
    for (const totals of window.hosts) {
      // A machine without an address yet (DHCP, RFC 2131) cannot be assigned to a host.
      if (isUnspecified(totals.host)) continue;
      const host = openHostRecords(hosts, totals.host);
      host.macs.add(totals);
      addNames(host, totals, start);
      for (const vlan of totals.vlans) host.vlans.add(vlan);
      for (const address of totals.addresses ?? []) host.addresses.add(address);
      const quarter = host.quarters.get(start) ?? emptyQuarter();
      quarter.macs.add(totals);
      for (const mac of listFrameMacs(totals)) for (const list of [host, quarter]) list.frames.add(mac);
      const bytes = totals.bytesUp + totals.bytesDown;
      quarter.bytes += bytes;
      for (const { kind, hint, flows, bytes } of totals.notVisible) {
        if (kind === 'conflict') quarter.conflicts += flows;
        if (kind === 'oneWay') quarter.oneWayBytes += bytes;
        if (kind === 'loss') quarter.lostBytes += bytes;
        if (kind === 'relay' && hint === 'unknown') quarter.relayedBytes += bytes;
        if (kind === 'unsized') quarter.unsizedFlows += flows;
      }
      // Traffic inside the site does not hide providers.
      const account = accounts?.get(totals.host);
      const hidden = account?.hidden;
      const inTunnels = account === undefined ? 0 : sumTunnelled(totals, account);
      quarter.insideBytes += (account?.inside ?? 0) - inTunnels;
      quarter.tunnelBytes += inTunnels;
      // Routers and address servers only send. A client receives answers, at least to its time requests.
      const isOneWay = totals.bytesUp === 0 || totals.bytesDown === 0;
      const isInside =
        account !== undefined &&
        account.lookedInto === 0 &&
        account.hidden.length === 0 &&
        inTunnels === 0 &&
        (account.inside > 0 || isOneWay);
      if (bytes > 0) quarter.isInside = isInside && (quarter.bytes === bytes || quarter.isInside);
      if (totals.flows + bytes > 0 && (!isInside || account.inside > 0)) host.isClient = true;
      const ofAccount =
        hidden === undefined ? [] : totals.notVisible.filter(({ kind }) => NAMED_KINDS.has(kind));
      const parts = accounts === null ? totals.notVisible : [...ofAccount, ...(hidden ?? [])];
      // A flow may be unobserved for two reasons. Lost bytes are not hidden: they are counted separately.
      quarter.notVisibleBytes += Math.min(
        bytes,
        parts.reduce((sum, part) => (part.kind === 'loss' ? sum : sum + part.bytes), 0),
      );
      for (const { kind, bytes } of parts) {
        if (isTunnel(kind)) quarter.tunnelBytes += bytes;
      }
      // A relay may be inside the site.
      for (const { kind, bytes } of totals.notVisible) if (kind === 'midFlow') quarter.joinedBytes += bytes;
      if (parts.length > 0) quarter.isConnected = true;
      host.quarters.set(start, quarter);
    }
    for (const row of window.rows) {
      const host = hosts.get(row.host);
      const quarter = host?.quarters.get(start);
      if (host !== undefined) host.isClient = true;
      for (const mac of row.macs) for (const list of [host, quarter]) list?.frames.add(mac);
      if (quarter === undefined) continue;
      if (row.payloadUp > 0) quarter.isConnected = true;
      if (row.unsizedUp + row.unsizedDown > 0) quarter.isUncounted = true;
      if (isRefused(row)) quarter.bytes = Math.max(0, quarter.bytes - row.bytesUp - row.bytesDown);
    }
    noteConnections(hosts, window, start);
  }
  return hosts;
}

/** Protocols of VPNs. Other traffic inside the site is that of servers, although its protocol is unknown. */
const VPN_HINTS: ReadonlySet<AppHint> = new Set(['wireguard', 'openvpn', 'ipsec']);

/** Returns the bytes of VPNs to gateways inside the site, which contain all traffic of the host. */
function sumTunnelled({ notVisible }: HostTotals, { inside, hidden }: HostAccount): number {
  const sum = (parts: readonly NotVisibleTraffic[]): number =>
    parts.reduce((all, { bytes }) => all + bytes, 0);
  const all = sum(notVisible.filter(({ kind, hint }) => kind === 'tunnel' && VPN_HINTS.has(hint)));
  return Math.min(inside, Math.max(0, all - sum(hidden.filter(({ kind }) => kind === 'tunnel'))));
}

/** True for logged connections that never reached their server. A log with only these shows no other traffic. */
const isRefused = ({ loggedSlices, establishedFlows, answeredSlices }: UsageRow): boolean =>
  loggedSlices > 0 && establishedFlows === 0 && answeredSlices === 0;

function noteConnections(
  hosts: Map<string, HostRecords>,
  { queriedNames, hellos, outcomes }: UsageWindow,
  start: number,
): void {
  const note = (
    field: 'isAnswered' | 'isConnected' | 'isTried' | 'isQueried' | 'isCutOff',
    host: string,
  ): void => {
    const client = hosts.get(host);
    const quarter = client?.quarters.get(start);
    if (client === undefined || quarter === undefined) return;
    client.isClient = true;
    quarter[field] = true;
  };
  for (const { host, addresses, isLogged } of queriedNames) {
    if (!isLogged && addresses.length > 0) note('isAnswered', host);
    if (!isLogged) continue;
    // A log of a resolver has no bytes of its hosts.
    const { quarters } = openHostRecords(hosts, host);
    if (!quarters.has(start)) quarters.set(start, emptyQuarter());
    note('isQueried', host);
  }
  for (const { host } of hellos ?? []) note('isConnected', host);
  // A capture of SYN packets only shows connections that opened, but not their content.
  for (const { host, kind, cutOff } of outcomes ?? []) {
    if (kind !== 'opened' && !kind.startsWith('dns'))
      for (const field of ['isConnected', 'isTried'] as const) note(field, host);
    if (cutOff > 0) note('isCutOff', host);
  }
}

function addNames(
  { claims, unclaimed }: HostRecords,
  { claims: hostClaims, names, mac }: HostTotals,
  start: number,
): void {
  for (const claim of hostClaims ?? []) {
    const key = JSON.stringify([claim.name, claim.mac, claim.from]);
    const existing = claims.get(key);
    const since = Math.min(start, existing?.since ?? start);
    claims.set(key, { ...claim, isOwn: claim.isOwn || existing?.isOwn === true, since });
  }
  if (hostClaims !== undefined) return;
  for (const name of names.map((claimed) => claimed.toLowerCase())) {
    unclaimed.names.add(name);
    if (mac !== null) unclaimed.byMac.set(mac, (unclaimed.byMac.get(mac) ?? new Set()).add(name));
  }
}

const ownMacs = (frames: Iterable<string>, isRouterMac: (mac: string) => boolean): Set<string> =>
  new Set([...frames].filter((mac) => !isRouterMac(mac)));

type Places = Pick<HostIdentity, 'vlans' | 'addresses'>;

const buildPlaces = ({ vlans, addresses }: HostRecords): Places => ({
  vlans: [...vlans].sort((a, b) => a - b),
  ...omitEmpty({ addresses: [...addresses].sort(compareText) }),
});

const findFirstClaim = (claims: readonly DatedClaim[], name: string): number =>
  claims.reduce(
    (least, claim) => (claim.name?.toLowerCase() === name ? Math.min(least, claim.since) : least),
    Number.POSITIVE_INFINITY,
  );

/** Claims of one host, cached for each quarter hour of an address that changes its machine. */
class Claims {
  readonly all: readonly DatedClaim[];
  readonly #byMac = new Map<string, DatedClaim[]>();

  constructor(claims: Iterable<DatedClaim>) {
    this.all = [...claims];
    for (const claim of this.all) {
      const known = claim.mac === null ? undefined : this.#byMac.get(claim.mac);
      if (known !== undefined) known.push(claim);
      else if (claim.mac !== null) this.#byMac.set(claim.mac, [claim]);
    }
  }

  /** True if the names of the host were not all claimed in one quarter hour. */
  get haveSeveralTimes(): boolean {
    const names = new Set(this.all.flatMap(({ name }) => name?.toLowerCase() ?? []));
    return names.size > 1 && new Set([...names].map((name) => findFirstClaim(this.all, name))).size > 1;
  }

  /**
   * Returns the machine at a time. A name belongs to it from the quarter hour of the claim on; before the first claim,
   * the first name applies.
   */
  findMachine(own: ReadonlySet<string>, at: number): Machine {
    const claims = own.size > 0 ? [...own].flatMap((mac) => this.#byMac.get(mac) ?? []) : this.all;
    const machine = buildMachine(claims, own);
    if (machine.names.length < 2) return machine; // Most hosts have at most one name.
    const last = Math.max(at, Math.min(...machine.names.map((name) => findFirstClaim(claims, name))));
    return { ...machine, names: machine.names.filter((name) => findFirstClaim(claims, name) <= last) };
  }
}

/** `at`: start of the quarter hour of `frames` and `macs`, in seconds; infinite for all times. */
function buildIdentity(
  host: string,
  { unclaimed, macs: ever }: HostRecords,
  { places, claims }: { readonly places: Places; readonly claims: Claims },
  frames: Iterable<string>,
  macs: MacsSeen,
  isRouterMac: (mac: string) => boolean,
  at: number,
): HostIdentity {
  const own = ownMacs(frames, isRouterMac);
  const machine = claims.findMachine(own, at);
  // Without frames and claims, this uses the best value of a window if it was one machine.
  const ownMac = macs.mac === null || isRouterMac(macs.mac) ? null : macs.mac;
  const mac = own.size > 0 || claims.all.length > 0 ? machine.mac : ownMac;
  const unclaimedNames = ever.areSeveral
    ? mac === null
      ? []
      : (unclaimed.byMac.get(mac) ?? [])
    : unclaimed.names;
  const provenNames = [...unclaimedNames];
  return {
    host,
    mac,
    ...places,
    names: [...new Set([...machine.names, ...provenNames])].sort(compareText),
    ...omitEmpty({ provenNames }),
    groups: [],
  };
}

const listActivity = ({ quarters }: HostRecords): PolicySubject['activity'] =>
  [...quarters]
    .map(([startSeconds, { macs: _, frames: __, ...activity }]) => ({
      ...activity,
      startSeconds,
      isUncounted: activity.isUncounted || activity.unsizedFlows > 0,
      // Packets without payload of a connection without any answer came from a client.
      isInside: activity.isInside && (activity.insideBytes > 0 || !activity.isTried),
    }))
    .sort((a, b) => a.startSeconds - b.startSeconds);

const emptyQuarter = (): Quarter => ({ ...NO_ACTIVITY, macs: new MacsSeen(), frames: new Set() });

function openHostRecords(hosts: Map<string, HostRecords>, host: string): HostRecords {
  const existing = hosts.get(host);
  if (existing !== undefined) return existing;
  const fresh: HostRecords = {
    isClient: false,
    macs: new MacsSeen(),
    claims: new Map(),
    frames: new Set(),
    unclaimed: { names: new Set(), byMac: new Map() },
    vlans: new Set(),
    addresses: new Set(),
    quarters: new Map(),
  };
  hosts.set(host, fresh);
  return fresh;
}
