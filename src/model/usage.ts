// UsageWindow: all that leaves a sensor. Facts, not verdicts. Each field has its merge rule: key, sum, min,
// max, or (union of lists, capped, sorted). `src/window/wire-schema.ts` has its wire form, docs/usage-window.md is its page.

import type { MacSource } from '../net/mac-source.ts';
import type { TimestampUs } from '../time/units.ts';
import { type HostSum, ROW_ZEROS, type RowSums, type StatsSum } from './counters.ts';
import type { OutcomeKind, OutcomeNumbers } from './outcome.ts';
import type {
  AppHint,
  ClaimSource,
  EchOuterName,
  EchSeen,
  GapReason,
  NameSource,
  NotVisibleKind,
  ProxyKind,
  Transport,
} from './window-words.ts';

/** Maximum raw exchanges of one row of one window; further ones are counted in cells. */
export const MAX_RAW_EXCHANGES = 256;
/** Maximum hello times of one row of one window (always includes the earliest and the latest). */
export const MAX_HELLO_TIMES = 32;

/** One more bit of EXCHANGE_FLAGS: the exchange may belong to an earlier flow at another capture point. */
export const COPIED_FLAG = 65_536;
/** Ceiling of `openSeconds`: a week. */
export const MAX_OPEN_SECONDS = 7 * 24 * 3600;

/** One stored exchange, in the steps of native-bindings/src/collector/row.cc: bytes inside TLS records, times from the window's start. */
export interface UsageExchange extends ExchangeCounts {
  readonly startMs: number; // from the start of the window; negative for an exchange that began before it
  /** Distinguishes the flows of one row within one window; renumbered on merge by first start. */
  readonly flow: number;
}

/** Exchanges beyond MAX_RAW_EXCHANGES: a cell of request size × answer class. */
export interface ExchangeCell {
  readonly upClass: number; // key: half octaves from 512 B
  readonly answerClass: number; // key: see window/sums.ts
  readonly count: number; // sum
  readonly bytesUp: number; // sum
  readonly bytesDown: number; // sum
}

/**
 * A client sends at least this much in a logged flow of work: a hello and its end take 2600 bytes at most, a probe a few
 * hundred.
 */
export const LARGE_LOGGED_BYTES = 4000;

/** A list of this length may lack servers. */
export const MAX_SERVERS = 8;

/** One host's traffic with one server name in one form of the hello. */
export interface UsageRow extends RowKey, RowSums, RowFacts {}

export interface RowKey {
  readonly host: string; // key: client address, or pseudonym
  /** key: server name, lower case; the address in brackets ("[160.79.104.10]") for a flow without a name. */
  readonly name: string;
  /** key: how the name is known. */
  readonly nameFrom: NameSource;
  /** key: null for flows without a hello. */
  readonly fingerprint: ClientFingerprint | null;
  readonly proxy: ProxyKind | null; // key
  /** key: product token of a clear-text client that the catalogue names. */
  readonly userAgent: string | null;
}

export interface RowFacts {
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  /** How long before the window the oldest of its flows was opened, MAX_OPEN_SECONDS at most; 0: in it. */
  readonly openSeconds: number; // max
  readonly helloBytesMin: number; // min, 0 = none
  readonly helloBytesMax: number; // max
  /** Completing times of the hellos, sorted. */
  readonly helloTimesUs: readonly TimestampUs[]; // union
  readonly servers: readonly string[]; // union, at most MAX_SERVERS, sorted
  readonly serverPorts: readonly number[]; // union, at most 4, sorted
  readonly communityIds: readonly string[]; // union, at most 8, sorted
  /** MAC addresses of frames that the host sent in these flows. */
  readonly macs: readonly string[]; // union, at most 4, sorted
  readonly exchanges: readonly UsageExchange[]; // union
  readonly cells: readonly ExchangeCell[]; // sum by key
}

/**
 * A row with the counters that `of` gives in their order, made from those of two rows. One literal: a loop over names takes
 * many times as long.
 */
export const buildRow = (
  key: RowKey,
  facts: RowFacts,
  of: (a: number, b: number) => number,
  a: RowSums = ROW_ZEROS,
  b: RowSums = ROW_ZEROS,
): UsageRow => ({
  host: key.host,
  name: key.name,
  nameFrom: key.nameFrom,
  proxy: key.proxy,
  userAgent: key.userAgent,
  fingerprint: key.fingerprint,
  flows: of(a.flows, b.flows),
  establishedFlows: of(a.establishedFlows, b.establishedFlows),
  failedFlows: of(a.failedFlows, b.failedFlows),
  resumedFlows: of(a.resumedFlows, b.resumedFlows),
  midFlow: of(a.midFlow, b.midFlow),
  oneWay: of(a.oneWay, b.oneWay),
  http2Flows: of(a.http2Flows, b.http2Flows),
  cutShortFlows: of(a.cutShortFlows, b.cutShortFlows),
  answeredSlices: of(a.answeredSlices, b.answeredSlices),
  contradictedSlices: of(a.contradictedSlices, b.contradictedSlices),
  copiedHellos: of(a.copiedHellos, b.copiedHellos),
  packetsUp: of(a.packetsUp, b.packetsUp),
  packetsDown: of(a.packetsDown, b.packetsDown),
  bytesUp: of(a.bytesUp, b.bytesUp),
  bytesDown: of(a.bytesDown, b.bytesDown),
  payloadUp: of(a.payloadUp, b.payloadUp),
  payloadDown: of(a.payloadDown, b.payloadDown),
  lostUp: of(a.lostUp, b.lostUp),
  lostDown: of(a.lostDown, b.lostDown),
  loggedSlices: of(a.loggedSlices, b.loggedSlices),
  unsizedUp: of(a.unsizedUp, b.unsizedUp),
  unsizedDown: of(a.unsizedDown, b.unsizedDown),
  largeLogged: of(a.largeLogged, b.largeLogged),
  firstUs: facts.firstUs,
  lastUs: facts.lastUs,
  openSeconds: facts.openSeconds,
  helloBytesMin: facts.helloBytesMin,
  helloBytesMax: facts.helloBytesMax,
  helloTimesUs: facts.helloTimesUs,
  servers: facts.servers,
  serverPorts: facts.serverPorts,
  communityIds: facts.communityIds,
  macs: facts.macs,
  exchanges: facts.exchanges,
  cells: facts.cells,
});

export interface MacSeen {
  readonly mac: string; // key
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  /** Traffic of this MAC was answered: more than unsolicited messages. */
  readonly isAnswered: boolean; // or
}

/** Claim of a message about an address: a host name, a MAC, or both. */
export interface HostClaim {
  readonly name: string | null; // key
  readonly mac: string | null; // key
  readonly from: ClaimSource; // key
  /** Sent by the machine with this MAC, or by a DHCP relay for it: other machines can claim anything. */
  readonly isOwn: boolean; // or
}

/** A router's, or that of a machine which sends packets of other addresses than its own. */
export interface SharedMac {
  readonly mac: string; // key
  /** IPv4 hosts, or /64 networks of IPv6, whichever are more; at most 8. */
  readonly hosts: number; // max
}

/** Adds entries of several lists up, as far as those of a host that follow each other differ in counters and times alone. */
export interface EntrySums<T> {
  /** Sums and entries to which nothing more is added, in the order of each host. Null: this list is made in another way. */
  add(list: Entries<T>): readonly T[] | null;
  /** The other sums. */
  end(): readonly T[];
}

/**
 * Entries of a window, in their order. In a window that was just closed they are made each time the list is read:
 * entries that are not kept do not stay in memory.
 */
export interface Entries<T> extends Iterable<T> {
  readonly length: number;
  filter(isKept: (entry: T) => boolean): readonly T[];
  map<U>(of: (entry: T) => U): readonly U[];
  flatMap<U>(of: (entry: T) => readonly U[]): readonly U[];
  some(is: (entry: T) => boolean): boolean;
  every(is: (entry: T) => boolean): boolean;
  /** Entries of some hosts, selected before they are made; absent where they are in memory: ofHosts of src/model/entries.ts. */
  ofHosts?(isWanted: (host: string) => boolean): readonly T[];
  /** Sums of lists that are made in the same way; absent where they are in memory: addedUp of src/model/entries.ts. */
  beginSums?(): EntrySums<T>;
}

/** Totals of all traffic of a local host. Key: host. */
export interface HostTotals extends Readonly<Record<HostSum, number>> {
  readonly host: string; // key
  readonly mac: string | null; // of DHCP, ARP or NDP proof, else the frame's; highest evidence wins, then smallest
  readonly macFrom: MacSource | null;
  readonly names: readonly string[]; // union, sorted: host names by DHCP, mDNS, NBNS
  readonly vlans: readonly number[]; // union, sorted
  /** MAC addresses of frames that the host sent, with times; absent where all of them show `mac`. */
  readonly macs?: readonly MacSeen[]; // union by MAC, at most 4, sorted
  /** Claimed names, and MACs that its frames do not show; absent without any. */
  readonly claims?: readonly HostClaim[]; // union by key, at most 16, sorted
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  /** All addresses of the machine, `host` among them; absent where that is the only one known. */
  readonly addresses?: readonly string[]; // union, sorted
  /** Flows and bytes that are not visible, by kind. */
  readonly notVisible: readonly NotVisibleTraffic[]; // sum by kind
}

export interface NotVisibleTraffic {
  readonly kind: NotVisibleKind; // key
  readonly hint: AppHint; // key
  readonly flows: number; // sum
  readonly bytes: number; // sum
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
}

/** The account of traffic of a host: each byte of whole frames on the wire is in one class. Key: host. */
export interface HostAccount {
  /** Empty: traffic without a local end, and frames without an address. */
  readonly host: string; // key
  /** A protocol was parsed to its answer, and the name or purpose is known. */
  readonly lookedInto: number; // sum
  /** Cannot carry a tool, by content: TCP without payload, ARP, DHCP, NTP. */
  readonly harmless: number; // sum
  /** Not parsed, between local networks or to a group address: it can hide a relay, not the provider. */
  readonly inside: number; // sum
  /** Everything else. */
  readonly hidden: readonly NotVisibleTraffic[]; // sum by key, sorted by key
  /** Destinations with the most of `hidden`: 16 of a sensor's window; the other bytes have no destination. */
  readonly destinations: readonly HiddenDestination[]; // sum by key, the smallest keys, sorted by key
}

export interface HiddenDestination {
  readonly kind: NotVisibleKind; // key
  readonly address: string; // key
  /** A name of the closed lists of resolvers and tunnels; empty: none of them. */
  readonly name: string; // key
  readonly bytes: number; // sum
}

/** One host's use of a service of a local network in clear text. Key: (host, server, port). */
export interface ServiceSeen {
  readonly host: string; // key: client address, or pseudonym
  readonly server: string; // key
  readonly port: number; // key
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  /** Words of SERVICE_SIGNS, sorted: what the flows of this host show. */
  readonly signs: readonly string[]; // union
  readonly flows: number; // sum
  readonly requests: number; // sum
  /** Answered requests that do more than ask which service it is. */
  readonly uses: number; // sum
  /** There may be more requests than are counted. */
  readonly isUncounted: boolean; // or
  readonly bytesUp: number; // sum
  readonly bytesDown: number; // sum
  /** Pseudonyms show no network, so this states that the client was outside that of the server. */
  readonly isOtherNetwork: boolean; // or
  /** Versions that its answers state: two or three numbers. Absent without any. */
  readonly versions?: readonly string[]; // union, the oldest first
  /** Answered requests of MCP by class, in the order of MCP_CLASSES. Absent without any. */
  readonly mcp?: readonly number[]; // sum by place
}

/** Hellos with a known public name as outer name, and one configuration of ECH. Key: (outer, id). */
export interface EchConfigCount {
  readonly outer: EchOuterName; // key
  /** Configuration id, RFC 9849 section 4. */
  readonly id: number; // key: 0 to 255
  readonly hellos: number; // sum
}

/** Counts the hellos of a host over all names. Key: host. */
export interface HelloCounts {
  readonly host: string; // key
  readonly hellos: number; // sum
  /** Counts those with Encrypted ClientHello or its GREASE, which look alike. */
  readonly ech: number; // sum
  /** Counts those with an outer name that is known to stand for others. */
  readonly hidden: number; // sum
  /** Requests of AI runtimes to unlisted names that are as large as a model call or a side call of one. */
  readonly unlistedRequests: number; // sum
  /** Configurations of `hidden`, whose extension has the form of RFC 9849. */
  readonly echConfigs: readonly EchConfigCount[]; // sum by key, sorted by key
}

/**
 * Outcomes of one host with one name at one server, of one kind and detail, in one window. Key: the first five fields and
 * `port`.
 */
export interface OutcomeCell extends OutcomeNumbers {
  readonly host: string;
  /** Empty: not known. */
  readonly name: string;
  /** Address of the server; of a DNS query the resolver. */
  readonly server: string;
  readonly port: number;
  readonly kind: OutcomeKind;
  /** The kind decides its meaning: response code, ICMP type and code, TLS alert, status of a proxy. */
  readonly detail: number;
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  /** Sender of an ICMP message, or the address that DNS answered: the smallest of the cell; empty without one. */
  readonly by: string;
}

/** A resolver that answered a name with an ECH configuration (RFC 9460, `ech`). Key: resolver. */
export interface EchAnswer {
  readonly resolver: string; // key: address, or pseudonym
  readonly firstUs: TimestampUs; // min
  /** Caches count it down: the largest is nearest to that of the record. */
  readonly ttlSeconds: number; // max
}

/** A catalogued name that a host queried. Key: (host, name). */
export interface QueriedName {
  readonly host: string; // key
  readonly name: string; // key
  readonly count: number; // sum
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  readonly addresses: readonly string[]; // union, at most 8, sorted
  readonly offersEch: boolean; // or
  /** Known from rows of a log: such an answer is a statement of another program. */
  readonly isLogged: boolean; // or
  readonly echAnswers: readonly EchAnswer[]; // union by resolver, at most 4, sorted
}

export interface WindowStats extends Readonly<Record<StatsSum, number>> {
  readonly malformed: Readonly<Record<string, number>>;
  /** Packets of `packets` that belong to no flow; known at the end of a capture only, so the last window has them. */
  readonly undecoded?: number; // sum, absent = 0
  /** Captured frames, those that a filter removed and that belong to no flow too. */
  readonly frames?: number; // sum, absent = 0
  /** Facts dropped at a limit of native-bindings/src/collector/, by name of the limit. */
  readonly overflow?: Readonly<Record<string, number>>; // sum by key
}

/**
 * A time in which the sensor could not observe. Belongs to the window in which it begins. An end
 * equal to its beginning: duration unknown.
 */
export interface CaptureGap {
  readonly fromUs: TimestampUs;
  readonly toUs: TimestampUs;
  readonly reason: GapReason;
}

/** Facts of one half-open span of time, aligned to UTC; its length divides 900 s. */
export interface UsageWindow {
  readonly sensor: string; // key
  readonly startSeconds: number; // key: Unix time
  readonly revision: number; // key: the highest wins
  readonly lengthSeconds: number;
  readonly stats: WindowStats;
  readonly hosts: Entries<HostTotals>; // sorted by host
  readonly rows: readonly UsageRow[]; // sorted by key
  readonly queriedNames: readonly QueriedName[]; // sorted by key
  /** How connections and DNS queries went. Absent without any. */
  readonly outcomes?: readonly OutcomeCell[]; // sum by key, sorted
  /**
   * MAC addresses in frames of more than one host: derived from `hosts`, for readers of some hosts only. Absent without
   * any.
   */
  readonly sharedMacs?: readonly SharedMac[]; // max by MAC, sorted
  /** AI services of the local networks; absent without any. */
  readonly services?: readonly ServiceSeen[]; // sum by key, sorted by key
  /** Hosts with a hello; absent without any. */
  readonly hellos?: Entries<HelloCounts>; // sum by key, sorted by key
  /** Bytes on the wire by host and class; of logs, those of rows. Absent in windows without any byte. */
  readonly account?: Entries<HostAccount>; // sum by key, sorted by key
  /**
   * Begin and end of each run of seconds that shows by its packets, or by the log, that the sensor was on. Absent: the sensor
   * itself states that it was, all the time.
   */
  readonly heard?: readonly TimestampUs[]; // union, sorted
  /** Absent without any. */
  readonly gaps?: readonly CaptureGap[]; // union, sorted by time
  /** READING_FLAWS; a newer version may have others. Absent without any. */
  readonly flaws?: readonly string[]; // union, sorted
  /** Local networks that were left out, or ANY_NETWORK alone. Absent without any, and in windows of version 0.1.0. */
  readonly excluded?: readonly string[]; // union, sorted; ANY_NETWORK absorbs the others
}

/** The part of a window that lists services. */
export type ServedWindow = Pick<UsageWindow, 'startSeconds' | 'services'>;

/** Catalogue lookups for aggregation; windows contain facts, not verdicts. */
export interface UsageLookup {
  /** True when the catalogue lists this server name (lower case), exactly or by suffix. */
  isListed(name: string): boolean;
  /** True for other names whose addresses are to be known, those of a policy; absent: none. */
  isLookedUp?(name: string): boolean;
  /** Id of the runtime when AI tools are written for it ("bun", "node", "rustls", …), else null. */
  runtimeOf(fingerprint: ClientFingerprint): string | null;
  /**
   * True when so many other programs use the runtime that an unlisted name matters only with an agent loop;
   * absent: one large request with a streamed answer is enough.
   */
  needsLoop?(fingerprint: ClientFingerprint): boolean;
  /** True for the form in which a tool opens connections that keep the conversation; absent: for none. */
  keepsConversation?(fingerprint: ClientFingerprint): boolean;
  /** Id of the vendor-owned network that holds the address, else null. */
  networkOf(address: string): string | null;
}

/** The form of a ClientHello: constant over the hellos of a program. */
export interface ClientFingerprint {
  readonly transport: Transport;
  readonly ja4: string;
  /** Lower-case hex MD5. */
  readonly ja3: string;
  readonly alpn: readonly string[];
  readonly ech: EchSeen;
}

/** Measurements of an exchange, from native code to the window: sizes are bytes inside TLS records. */
export const EXCHANGE_COUNTS = [
  'bytesUp',
  'bytesDown',
  'recordsUp',
  'recordsDown',
  'largestUp',
  'largestDown',
  'firstDown',
  'waitMs',
  'answerMs',
  'largestGapMs',
  'uploadMs',
  'messagesUp',
  /** Bits of EXCHANGE_FLAGS. */
  'flags',
] as const;
export type ExchangeCounts = Readonly<Record<(typeof EXCHANGE_COUNTS)[number], number>>;

/** ExchangeFlags of native-bindings/src/base/event.h, which documents each; a test compares them. */
export const EXCHANGE_FLAGS = {
  first: 1,
  ticketsUncertain: 2,
  bytesMissing: 4,
  overlapped: 8,
  closed: 16,
  byPackets: 32,
  plain: 64,
  noTicketsSeen: 128,
  allAnswered: 256,
} as const;
