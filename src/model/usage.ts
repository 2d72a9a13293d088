// Declares UsageWindow, the only output of a sensor. It contains facts, not verdicts. Each field has its number and
// form on the wire, and its merge rule: key, sum, min, max, or (union of lists, capped, sorted). docs/usage-window.md
// documents it.

import { MAC_SOURCES } from '../net/mac-source.ts';
import { LATEST_SECONDS, US } from '../time/units.ts';
import * as ceilings from './ceilings.ts';
import { HOST_SUMS, ROW_SUMS, STATS_SUMS } from './counters.ts';
import * as field from './field.ts';
import { DELAY_BOUNDS_MS, OUTCOME_KINDS, OUTCOME_MAXIMA, OUTCOME_MINIMA, OUTCOME_SUMS } from './outcome.ts';
import {
  APP_HINTS,
  CLAIM_SOURCES,
  ECH_CONFIG_IDS,
  ECH_OUTER_NAMES,
  ECH_SEEN,
  GAP_REASONS,
  MCP_CLASSES,
  NAME_SOURCES,
  NOT_VISIBLE_KINDS,
  PROXY_KINDS,
  TRANSPORTS,
} from './window-words.ts';

/** An additional bit of EXCHANGE_FLAGS: the exchange may belong to an earlier flow at another capture point. */
export const COPIED_FLAG = 65_536;
/**
 * Minimum bytes that a client sends in a logged flow with requests. A hello and its end take at most 2600 bytes, a
 * probe a few hundred.
 */
export const LARGE_LOGGED_BYTES = 4000;

/** Measurements of an exchange, from native code to the window. Sizes are bytes inside TLS records. */
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

/** ExchangeFlags of native-bindings/src/base/event.h, which documents each bit; a test compares both. */
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
/** Flags of inexact sizes: estimated, or not cut by records. */
export const UNSURE_SIZES = EXCHANGE_FLAGS.bytesMissing | EXCHANGE_FLAGS.byPackets | EXCHANGE_FLAGS.plain;

export const EXCHANGE = field.message({
  startMs: field.signed(1), // from the start of the window; negative for an exchange that began before it
  ...field.countsFrom(2, EXCHANGE_COUNTS),
  /** Distinguishes the flows of one row within one window. Merge renumbers them by first start. */
  flow: field.count(15),
});
/** One stored exchange, in the steps of native-bindings/src/collector/row.cc: bytes inside TLS records, times from the window's start. */
export type UsageExchange = field.TypeOf<typeof EXCHANGE>;

const CELL = field.message({
  upClass: field.count(1), // key: half octaves from 512 B
  answerClass: field.count(2), // key: see window/sums.ts
  count: field.count(3), // sum
  bytesUp: field.count(4), // sum
  bytesDown: field.count(5), // sum
});
/** Exchanges beyond MAX_RAW_EXCHANGES: a cell of request size × answer class. */
export type ExchangeCell = field.TypeOf<typeof CELL>;

const FINGERPRINT = field.message({
  transport: field.word(1, TRANSPORTS),
  ja4: field.text(2),
  /** Lower-case hex MD5. */
  ja3: field.text(3),
  ech: field.word(5, ECH_SEEN),
  alpn: field.texts(4, ceilings.MAX_ALPN),
});
/** The form of a ClientHello: constant over the hellos of a program. */
export type ClientFingerprint = field.TypeOf<typeof FINGERPRINT>;

export const ROW = field.message({
  host: field.text(1), // key: client address, or pseudonym
  /** key: server name, lower case; the address in brackets ("[160.79.104.10]") for a flow without a name. */
  name: field.text(2),
  /** key: how the name is known. */
  nameFrom: field.word(3, NAME_SOURCES),
  proxy: field.wordOrNull(5, PROXY_KINDS), // key
  /** key: product token of a clear-text client that the catalogue names. */
  userAgent: field.textOrNull(6),
  /** key: null for flows without a hello. */
  fingerprint: field.nestedOrNull(4, FINGERPRINT),
  firstUs: field.time(23), // min
  lastUs: field.time(24), // max
  /**
   * Time from the start of the oldest of its flows to the start of the window, at most a week; 0: the flow began
   * in it.
   */
  openSeconds: field.count(37), // max
  helloBytesMin: field.count(25), // min, 0 = none
  helloBytesMax: field.count(26), // max
  /** Times at which the hellos were complete, sorted. */
  helloTimesUs: field.times(27, ceilings.MAX_HELLO_TIMES), // union
  servers: field.texts(28, ceilings.MAX_SERVERS), // union, sorted
  serverPorts: field.numbers(29, ceilings.MAX_SERVER_PORTS), // union, sorted
  communityIds: field.texts(30, ceilings.MAX_COMMUNITY_IDS), // union, sorted
  /** MAC addresses of frames that the host sent in these flows. */
  macs: field.texts(36, ceilings.MAX_MACS), // union, sorted
  exchanges: field.messages(31, EXCHANGE, { most: ceilings.MAX_RAW_EXCHANGES }), // union
  cells: field.messages(32, CELL, { most: ceilings.MAX_CELLS }), // sum by key
  ...field.sums(ROW_SUMS),
});
/** One host's traffic with one server name in one form of the hello. */
export type UsageRow = field.TypeOf<typeof ROW>;

const MAX_NOT_VISIBLE = NOT_VISIBLE_KINDS.length * APP_HINTS.length;
export const NOT_VISIBLE = field.message({
  kind: field.word(1, NOT_VISIBLE_KINDS), // key
  hint: field.word(2, APP_HINTS, { otherWord: 'unknown' }), // key
  flows: field.count(3), // sum
  bytes: field.count(4), // sum
  firstUs: field.time(5), // min
  lastUs: field.time(6), // max
});
export type NotVisibleTraffic = field.TypeOf<typeof NOT_VISIBLE>;

export const MAC_SEEN = field.message({
  mac: field.text(1), // key
  firstUs: field.time(2), // min
  lastUs: field.time(3), // max
  /** Traffic of this MAC got answers, so that it is more than unsolicited messages. */
  isAnswered: field.bool(4), // or
});
export type MacSeen = field.TypeOf<typeof MAC_SEEN>;

export const CLAIM = field.message({
  name: field.textOrNull(1), // key
  mac: field.textOrNull(2), // key
  from: field.word(3, CLAIM_SOURCES), // key
  /** Sent by the machine with this MAC, or by a DHCP relay for it. Any other machine can claim anything. */
  isOwn: field.bool(4), // or
});
/** Claim of a message about an address: a host name, a MAC, or both. */
export type HostClaim = field.TypeOf<typeof CLAIM>;

const HOST = field.message({
  host: field.text(1), // key
  mac: field.textOrNull(2), // of DHCP, ARP or NDP proof, else the frame's; highest evidence wins, then smallest
  macFrom: field.wordOrNull(3, MAC_SOURCES),
  names: field.texts(4, ceilings.MAX_OF_HOST), // union, sorted: host names by DHCP, mDNS, NBNS
  vlans: field.numbers(5, ceilings.MAX_OF_HOST), // union, sorted
  ...field.sums(HOST_SUMS),
  firstUs: field.time(10), // min
  lastUs: field.time(11), // max
  /** Flows and bytes that are not visible, by kind. */
  notVisible: field.messages(12, NOT_VISIBLE, { most: MAX_NOT_VISIBLE }), // sum by kind
  /** All addresses of the machine, `host` among them; absent where that is the only one known. */
  addresses: field.optional(field.texts(13, ceilings.MAX_OF_HOST)), // union, sorted
  /** MAC addresses of frames that the host sent, with times; absent if all frames have `mac`. */
  macs: field.optional(field.messages(14, MAC_SEEN, { most: ceilings.MAX_MACS })), // union by MAC, sorted
  /** Claimed names, and MACs that its frames do not show; absent without any. */
  claims: field.optional(field.messages(15, CLAIM, { most: ceilings.MAX_CLAIMS })), // union by key, sorted
});
/** Totals of all traffic of a local host. Key: host. */
export type HostTotals = field.TypeOf<typeof HOST>;

const SHARED_MAC = field.message({
  mac: field.text(1), // key
  /** IPv4 hosts, or /64 networks of IPv6, whichever are more; at most 8. */
  hosts: field.count(2), // max
});
/** A MAC that many addresses share: of a router, or of a machine that sends packets of other addresses. */
export type SharedMac = field.TypeOf<typeof SHARED_MAC>;

export const DESTINATION = field.message({
  kind: field.word(1, NOT_VISIBLE_KINDS, { otherWord: 'unknown' }), // key
  address: field.text(2), // key
  /** Name from the closed lists of resolvers and tunnels; empty: not listed. */
  name: field.text(3), // key
  bytes: field.count(4), // sum
});
export type HiddenDestination = field.TypeOf<typeof DESTINATION>;

/** A part of hidden traffic. Its address is empty if the destination is unknown. */
export interface HiddenPart extends HiddenDestination {
  /** Index of the line of the policy that accepts it; -1: none. */
  readonly line: number;
  /** The input or the catalogue shows its destination as a server of a tool: to accept it would hide the tool. */
  readonly isToTool: boolean;
  /** A line of the policy lists its destination, which is a server of a tool and therefore not accepted. */
  readonly isRefused: boolean;
}

const ACCOUNT = field.message({
  /** Empty for traffic without a local end and frames without an address. */
  host: field.text(1), // key
  /** Bytes of protocols that were parsed up to their answer and whose name or purpose is known. */
  lookedInto: field.count(2), // sum
  /** Bytes whose content cannot belong to a tool: TCP without payload, ARP, DHCP, NTP. */
  harmless: field.count(3), // sum
  /**
   * Bytes that were not parsed, between local networks or to a group address: they can hide a relay, not the provider.
   */
  inside: field.count(4), // sum
  /** All other bytes. */
  hidden: field.messages(5, NOT_VISIBLE, { most: MAX_NOT_VISIBLE }), // sum by key, sorted by key
  /**
   * Destinations with the most bytes of `hidden`: at most 16 in a sensor's window. The remaining bytes have no
   * destination.
   */
  destinations: field.messages(6, DESTINATION, { most: ceilings.MAX_HIDDEN_DESTINATIONS }), // sum by key, the smallest keys, sorted by key
});
/** The account of traffic of a host: each byte of whole frames on the wire is in one class. Key: host. */
export type HostAccount = field.TypeOf<typeof ACCOUNT>;

/** The bytes of an account, without the parts of its hidden traffic. */
export interface AccountBytes extends Pick<HostAccount, 'host' | 'lookedInto' | 'harmless' | 'inside'> {
  readonly hidden: number;
}

/** Accounts of a window. */
export interface AccountEntries extends field.Entries<HostAccount> {
  /** Returns their bytes before the accounts are computed. Lists in memory use accountBytes of entries.ts instead. */
  bytes?(): Iterable<AccountBytes>;
}

const SERVICE = field.message({
  host: field.text(1), // key: client address, or pseudonym
  server: field.text(2), // key
  port: field.count(3), // key
  firstUs: field.time(4), // min
  lastUs: field.time(5), // max
  /** Words of SERVICE_SIGNS, sorted: what the flows of this host show. */
  signs: field.texts(6, ceilings.MAX_SIGNS), // union
  flows: field.count(7), // sum
  requests: field.count(8), // sum
  /** Answered requests that do more than ask which service it is. */
  uses: field.count(9), // sum
  /** The service may have had more requests than were counted. */
  isUncounted: field.bool(10), // or
  bytesUp: field.count(11), // sum
  bytesDown: field.count(12), // sum
  /** States that the client was in another network than the server, because pseudonyms do not show networks. */
  isOtherNetwork: field.bool(13), // or
  /** Versions that its answers state, as two or three numbers. Absent without any. */
  versions: field.optional(field.texts(14, ceilings.MAX_VERSIONS)), // union, the oldest first
  /** Answered requests of MCP by class, in the order of MCP_CLASSES. Absent without any. */
  mcp: field.optional(field.numbers(15, MCP_CLASSES.length)), // sum by place
});
/** One host's use of a service of a local network in clear text. Key: (host, server, port). */
export type ServiceSeen = field.TypeOf<typeof SERVICE>;

export const ECH_CONFIG = field.message({
  // The list is closed, so that the window of a hostile sensor cannot add other names to a store.
  outer: field.word(1, ECH_OUTER_NAMES, { otherWord: '' }), // key
  /** Configuration id, RFC 9849 section 4. */
  id: field.count(2), // key: 0 to 255
  hellos: field.count(3), // sum
});
/** Hellos with a known public name as outer name and one ECH configuration. Key: (outer, id). */
export type EchConfigCount = field.TypeOf<typeof ECH_CONFIG>;

const HELLOS = field.message({
  host: field.text(1), // key
  hellos: field.count(2), // sum
  /** Hellos with Encrypted ClientHello or its GREASE, which look alike. */
  ech: field.count(3), // sum
  /** Hellos with an outer name that is known to stand for other names. */
  hidden: field.count(4), // sum
  /** Requests of AI runtimes to unlisted names that are as large as a model call or one of its side calls. */
  unlistedRequests: field.count(5), // sum
  /** Configurations of `hidden`, whose extension has the form of RFC 9849. */
  echConfigs: field.messages(6, ECH_CONFIG, { most: ECH_OUTER_NAMES.length * ECH_CONFIG_IDS }), // sum by key, sorted by key
});
/** Counts the hellos of a host over all names. Key: host. */
export type HelloCounts = field.TypeOf<typeof HELLOS>;

/** Ordered like OUTCOME_SUMS, which is the order of the core. A new counter gets the next number. */
const OUTCOME_COUNTS = {
  ...field.countsFrom(10, OUTCOME_SUMS),
  ...field.countsFrom(
    10,
    OUTCOME_SUMS.filter((name) => name !== 'cutOff'),
  ),
  cutOff: field.count(33),
};
const DELAY_BUCKETS = DELAY_BOUNDS_MS.length + 1;

export const OUTCOME = field.message({
  host: field.text(1),
  /** Empty: unknown. */
  name: field.text(2),
  /** Address of the server; for a DNS query, of the resolver. */
  server: field.text(3),
  port: field.count(4),
  kind: field.word(5, OUTCOME_KINDS, { otherWord: 'opened' }),
  /** The kind determines the meaning: response code, ICMP type and code, TLS alert, or status of a proxy. */
  detail: field.count(6),
  ...OUTCOME_COUNTS, // sum
  ...field.countsFrom(20, OUTCOME_MAXIMA), // max
  ...field.countsFrom(26, OUTCOME_MINIMA), // min above 0
  firstUs: field.time(7), // min
  lastUs: field.time(8), // max
  /** Sender of an ICMP message, or the address in a DNS answer, the smallest of the cell; empty without one. */
  by: field.text(9),
  handshakeDelays: field.optional(field.numbers(31, DELAY_BUCKETS)), // sum by place
  answerDelays: field.optional(field.numbers(32, DELAY_BUCKETS)), // sum by place
});
/**
 * Outcomes of one host with one name at one server, of one kind and detail, in one window. Key: the first five fields and
 * `port`.
 */
export type OutcomeCell = field.TypeOf<typeof OUTCOME>;

const ECH_ANSWER = field.message({
  resolver: field.text(1), // key: address, or pseudonym
  firstUs: field.time(2), // min
  /** Caches decrease it, so the largest is nearest to the TTL of the record. */
  ttlSeconds: field.count(3), // max
});
/** A resolver that answered a name with an ECH configuration (RFC 9460, `ech`). Key: resolver. */
export type EchAnswer = field.TypeOf<typeof ECH_ANSWER>;

export const QUERIED_NAME = field.message({
  host: field.text(1), // key
  name: field.text(2), // key
  count: field.count(3), // sum
  firstUs: field.time(4), // min
  lastUs: field.time(5), // max
  addresses: field.texts(6, ceilings.MAX_QUERIED_ADDRESSES), // union, sorted
  offersEch: field.bool(7), // or
  /** The name comes from rows of a log, which is a statement of another program. */
  isLogged: field.bool(8), // or
  echAnswers: field.messages(9, ECH_ANSWER, { most: ceilings.MAX_ECH_ANSWERS }), // union by resolver, sorted
});
/** A catalogued name that a host queried. Key: (host, name). */
export type QueriedName = field.TypeOf<typeof QUERIED_NAME>;

const STATS = field.message({
  ...field.sums(STATS_SUMS),
  malformed: field.counts(9, ceilings.MAX_COUNTS),
  /**
   * Packets of `packets` without a flow. They are known only at the end of a capture, so the last window contains them.
   */
  undecoded: field.lacking(field.count(10)), // sum, absent = 0
  /** Facts dropped at a limit of native-bindings/src/collector/, by name of the limit. */
  overflow: field.lacking(field.counts(11, ceilings.MAX_COUNTS)), // sum by key
  /** Captured frames, including those that a filter removed and those without a flow. */
  frames: field.lacking(field.count(12)), // sum, absent = 0
});
export type WindowStats = field.TypeOf<typeof STATS>;

/** Maximum duration of a gap: a sensor may have been switched off for years. */
const FAR = { farthestUs: LATEST_SECONDS * US };
const GAP = field.message({
  fromUs: field.time(1, FAR),
  toUs: field.time(2, FAR),
  reason: field.word(3, GAP_REASONS, { otherWord: 'notRunning' }),
});
/**
 * A time during which the sensor could not observe. The window of its start contains it. End equal to start: unknown
 * duration.
 */
export type CaptureGap = field.TypeOf<typeof GAP>;

/** The text table (1) and the checksum (15) are absent, because only the codec uses them. */
export const WINDOW_SCHEMA = field.message({
  sensor: field.text(2), // key
  startSeconds: field.count(3), // key: Unix time
  revision: field.count(4), // key: the highest wins
  lengthSeconds: field.count(5),
  stats: field.declareMessage(6, STATS),
  hosts: field.entries(7, HOST), // sorted by host
  rows: field.messages(8, ROW), // sorted by key
  queriedNames: field.messages(9, QUERIED_NAME), // sorted by key
  /** Absent without any. */
  gaps: field.optional(field.messages(10, GAP, { most: ceilings.MAX_GAPS })), // union, sorted by time
  /**
   * MAC addresses in frames of more than one host. They are derived from `hosts`, for readers that read some hosts
   * only. Absent without any.
   */
  sharedMacs: field.optional(field.messages(11, SHARED_MAC, { most: ceilings.MAX_SHARED_MACS })), // max by MAC, sorted
  /** AI services of the local networks; absent without any. */
  services: field.optional(field.messages(12, SERVICE)), // sum by key, sorted by key
  /** Results of connections and DNS queries. Absent without any. */
  outcomes: field.optional(field.messages(13, OUTCOME, { most: ceilings.MAX_OUTCOMES })), // sum by key, sorted
  /** Hosts with a hello; absent without any. */
  hellos: field.optional(field.entries(14, HELLOS)), // sum by key, sorted by key
  /** Bytes on the wire by host and class; for logs, bytes of rows. Absent in windows without any byte. */
  account: field.optional(field.entries(16, ACCOUNT)), // sum by key, sorted by key
  /**
   * Start and end of each run of seconds in which packets or the log show that the sensor was on. Absent: the sensor
   * itself states that it was on all the time.
   */
  heard: field.optional(field.times(17, ceilings.MAX_HEARD)), // union, sorted
  /** Words of READING_FLAWS; a newer version may have others. Absent without any. */
  flaws: field.optional(field.texts(18, ceilings.MAX_FLAWS)), // union, sorted
  /** Local networks that were excluded, or ANY_NETWORK only. Absent without any, and in windows of version 0.1.0. */
  excluded: field.optional(field.texts(19, ceilings.MAX_EXCLUDED)), // union, sorted; ANY_NETWORK absorbs the others
});
/** Facts of one half-open span of time, aligned to UTC; its length divides 900 s. */
export type UsageWindow = field.TypeOf<typeof WINDOW_SCHEMA>;

/** The part of a window that lists services. */
export type ServedWindow = Pick<UsageWindow, 'startSeconds' | 'services'>;

/** Catalogue lookups for aggregation; windows contain facts, not verdicts. */
export interface UsageLookup {
  /** True when the catalogue lists this server name (lower case), exactly or by suffix. */
  isListed(name: string): boolean;
  /** True for other names whose addresses are needed, for example those of a policy; absent: none. */
  isLookedUp?(name: string): boolean;
  /** Returns the id of the runtime if AI tools are written for it ("bun", "node", "rustls", …), else null. */
  runtimeOf(fingerprint: ClientFingerprint): string | null;
  /**
   * True if many other programs use the runtime, so that an unlisted name is relevant only with an agent loop; absent:
   * one large request with a streamed answer is sufficient.
   */
  needsLoop?(fingerprint: ClientFingerprint): boolean;
  /** True for the form in which a tool opens connections that transport the conversation; absent: no form. */
  keepsConversation?(fingerprint: ClientFingerprint): boolean;
  /** Returns the id of the vendor-owned network that contains the address, else null. */
  findNetworkOwner(address: string): string | null;
}
