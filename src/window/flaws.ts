// Lists reasons why the packets of a reading are incomplete or altered.

import { FILTERED } from '../model/counters.ts';
import type { AnalyzeOptions } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { ReadingFlaw } from '../model/window-words.ts';
import { formatNetwork, includesNetwork, type Network, parseNetwork } from '../net/address.ts';
import { PRIVATE_NETWORKS } from '../net/private-networks.ts';
import { findHull } from '../time/spans.ts';
import { US } from '../time/units.ts';
import { findRuns, partSpan } from './heard.ts';

/** Above this share of the packets, wrong records are more than a single fault of a disk or a writer. */
const MAX_WRONG_SHARE = 0.001;

/** Counters of records that were corrected, or that a filter selected. */
const WRONG: readonly (readonly [counter: string, flaw: ReadingFlaw, words: string])[] = [
  [
    'capture.length',
    'wrongLengths',
    'an original length below the captured length; the captured length was used',
  ],
  [
    'capture.time',
    'wrongTimes',
    'no time, or nanoseconds where the format has microseconds; their times are not certain',
  ],
  [FILTERED, 'filtered', 'passed a capture filter; the packets that it left out are not known'],
];

export interface LeftOut {
  readonly flaws: readonly ReadingFlaw[];
  /** Local networks. */
  readonly excluded: readonly string[];
}

interface Counted {
  readonly packets: number;
  readonly malformed: Readonly<Record<string, number>>;
}

/** Lists the flaws that come from options which leave out traffic. */
export function listFilterFlaws({
  filter,
  exclude = [],
  localNets = [],
}: Pick<AnalyzeOptions, 'filter' | 'exclude' | 'localNets'>): LeftOut {
  const local = listNetworks([...PRIVATE_NETWORKS, ...localNets]);
  const isLocal = (network: Network): boolean => local.some((other) => includesNetwork(other, network));
  const left = listNetworks(exclude);
  const inside = left.filter(isLocal);
  return {
    flaws: [
      ...(inside.length === left.length ? [] : ['excluded' as const]),
      ...(inside.length === 0 ? [] : ['excludedLocal' as const]),
      ...(filter === undefined || filter === '' ? [] : ['filtered' as const]),
    ],
    excluded: inside.map(formatNetwork),
  };
}

const listNetworks = (texts: readonly string[]): Network[] =>
  texts.flatMap((text) => parseNetwork(text) ?? []);

/** Lists the flaws that come from wrong records. */
export const listCounterFlaws = ({ packets, malformed }: Counted): ReadingFlaw[] =>
  WRONG.flatMap(([counter, flaw]) => ((malformed[counter] ?? 0) > packets * MAX_WRONG_SHARE ? [flaw] : []));

/** Returns a sentence for each kind of wrong record. */
export const describeFlaws = ({ packets, malformed }: Counted): string[] =>
  WRONG.flatMap(([counter, , words]) => {
    const count = malformed[counter] ?? 0;
    return count === 0 ? [] : [`${count} of ${packets} packets have ${words}`];
  });

/** Shares above which packets are missing: of lost bytes, and of connections (and their bytes) that begin in their middle. */
const MAX_MISSING = 0.15;
const MAX_JOINED = 0.2;
const MAX_JOINED_BYTES = 0.3;
const MIN_FLOWS = 5;
/**
 * Number of captured connections of which at least one has a hello, if more of their bytes than this share were looked
 * into. Windows of logs have no frames, and logs need not have hellos.
 */
const MIN_WITH_HELLOS = 10;
const MIN_LOOKED_INTO = 0.5;
/**
 * Number of captured connections of which at least one has payload. Without payload, their packets are shorter on
 * average than those of NTP (90 bytes, with IPv6 110), as SYN packets are. Connections from before the capture may be
 * idle.
 */
const MIN_WITH_PAYLOAD = 3;
const BELOW_NTP = { ip4: 88, ip6: 108 } as const;
const MIN_HELLOS = 3;
/** Number and share of connections without their last packets: some packet brokers forward only the first packets of each. */
const MIN_CUT_OFF = 2;
const MAX_CUT_OFF = 0.1;
/** The end of a capture cuts connections off, so connections that are cut off in its last moments do not suffice. */
const LAST_MOMENTS_US = 2 * US;
const LONG_BEFORE_US = 10 * US;
/** Above this share of kernel drops, the drops explain the missing packets. */
const MAX_DROPPED = 0.01;

type Sampled = Pick<
  UsageWindow,
  'sensor' | 'startSeconds' | 'lengthSeconds' | 'heard' | 'stats' | 'hosts' | 'outcomes' | 'account' | 'flaws'
>;

/**
 * True if an exporter of flows says so, or if the capture has one packet in N, the first N packets of connections, packets without most of their bytes, only
 * what another program filtered (DNS, clear text, SYN packets), or as much loss: no connection has a hello, connections
 * begin in their middle long after the start of the capture, bytes are missing in complete ones, and connections end in
 * their middle.
 */
export function isSampled(windows: readonly Sampled[]): boolean {
  if (windows.some(({ flaws = [] }) => flaws.includes('sampled'))) return true;
  const firsts = new Map<string, number>();
  for (const { sensor, startSeconds } of windows)
    firsts.set(sensor, Math.min(startSeconds, firsts.get(sensor) ?? startSeconds));
  const isLater = ({ sensor, startSeconds }: Sampled): boolean => startSeconds > (firsts.get(sensor) ?? 0);
  const later = windows.filter(isLater);
  const [all, behind] = [buildSums(windows), buildSums(later.length === 0 ? windows : later)];
  if (all.drops > MAX_DROPPED * all.packets || all.oneWay * 2 > all.bytes) return false;
  const isJoined =
    behind.flows >= MIN_FLOWS &&
    behind.joined > MAX_JOINED * behind.flows &&
    behind.joinedBytes > MAX_JOINED_BYTES * behind.bytes;
  const isCutOff = all.cutOff >= MIN_CUT_OFF && all.cutOff > MAX_CUT_OFF * all.opened;
  const isWithoutHellos =
    all.frames > 0 &&
    all.hellos + all.broken === 0 &&
    ((all.flows >= MIN_WITH_HELLOS && all.lookedInto > MIN_LOOKED_INTO * all.accounted) ||
      ((all.flows >= MIN_WITH_HELLOS || all.flows - all.joined >= MIN_WITH_PAYLOAD) &&
        all.harmless === all.accounted &&
        all.bytes < all.ofNtp));
  const isBroken = all.broken >= MIN_HELLOS && all.broken > all.hellos;
  return (
    isJoined ||
    isCutOff ||
    isWithoutHellos ||
    isBroken ||
    all.missing > MAX_MISSING * (all.bytes + all.missing)
  );
}

function buildSums(windows: readonly Sampled[]) {
  const sums = {
    packets: 0,
    frames: 0,
    ofNtp: 0,
    drops: 0,
    hellos: 0,
    broken: 0,
    flows: 0,
    bytes: 0,
    missing: 0,
    oneWay: 0,
    joined: 0,
    joinedBytes: 0,
    opened: 0,
    cutOff: 0,
    accounted: 0,
    lookedInto: 0,
    harmless: 0,
  };
  const lastUs =
    (findHull(windows.flatMap((window) => findRuns(window) ?? [partSpan(window)]))?.untilUs ?? 0) -
    LAST_MOMENTS_US;
  for (const { stats, hosts, outcomes = [], account = [] } of windows) {
    if (stats.packets === 0) continue;
    for (const cell of outcomes) {
      if (cell.handshakeMaxUs > 0) sums.opened += cell.count;
      if (cell.lastUs < lastUs || cell.lastUs - cell.firstUs >= LONG_BEFORE_US) sums.cutOff += cell.cutOff;
    }
    for (const { lookedInto, harmless, inside, hidden } of account) {
      sums.accounted += hidden.reduce((sum, { bytes }) => sum + bytes, lookedInto + harmless + inside);
      sums.lookedInto += lookedInto;
      sums.harmless += harmless;
    }
    sums.packets += stats.packets;
    sums.frames += stats.frames ?? 0;
    sums.drops += stats.kernelDrops;
    sums.hellos += stats.hellosComplete;
    sums.broken += stats.hellosIncomplete;
    for (const { host, flows, packets, bytesUp, bytesDown, notVisible } of hosts) {
      sums.flows += flows;
      sums.ofNtp += packets * (host.includes(':') ? BELOW_NTP.ip6 : BELOW_NTP.ip4);
      sums.bytes += bytesUp + bytesDown;
      for (const { kind, hint, flows: some, bytes } of notVisible) {
        if (kind === 'loss') sums.missing += bytes;
        if (kind === 'oneWay') sums.oneWay += bytes;
        if (kind !== 'midFlow' || hint === 'quic') continue;
        sums.joined += some;
        sums.joinedBytes += bytes;
      }
    }
  }
  return sums;
}
