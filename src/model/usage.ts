// UsageWindow: all that leaves a sensor. Facts, not verdicts. Each field has its number and form on the wire, and its merge
// rule: key, sum, min, max, or (union of lists, capped, sorted). docs/usage-window.md is its page.

import { MAC_SOURCES } from '../net/mac-source.ts';
import { LATEST_SECONDS, US } from '../time/units.ts';
import {
  MAX_ALPN,
  MAX_CELLS,
  MAX_CLAIMS,
  MAX_COMMUNITY_IDS,
  MAX_COUNTS,
  MAX_ECH_ANSWERS,
  MAX_EXCLUDED,
  MAX_FLAWS,
  MAX_GAPS,
  MAX_HEARD,
  MAX_HELLO_TIMES,
  MAX_HIDDEN_DESTINATIONS,
  MAX_MACS,
  MAX_OF_HOST,
  MAX_OUTCOMES,
  MAX_QUERIED_ADDRESSES,
  MAX_RAW_EXCHANGES,
  MAX_SERVER_PORTS,
  MAX_SERVERS,
  MAX_SHARED_MACS,
  MAX_SIGNS,
  MAX_VERSIONS,
} from './ceilings.ts';
import { HOST_SUMS, ROW_SUMS, STATS_SUMS } from './counters.ts';
import {
  bool,
  count,
  counts,
  countsFrom,
  entries,
  lacking,
  message,
  messages,
  nested,
  nestedOrNull,
  numbers,
  optional,
  signed,
  sums,
  type TypeOf,
  text,
  textOrNull,
  texts,
  time,
  times,
  word,
  wordOrNull,
} from './message.ts';
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

/** One more bit of EXCHANGE_FLAGS: the exchange may belong to an earlier flow at another capture point. */
export const COPIED_FLAG = 65_536;
/** Ceiling of `openSeconds`: a week. */
export const MAX_OPEN_SECONDS = 7 * 24 * 3600;
/**
 * A client sends at least this much in a logged flow of work: a hello and its end take 2600 bytes at most, a probe a few
 * hundred.
 */
export const LARGE_LOGGED_BYTES = 4000;

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

const EXCHANGE = message({
  startMs: signed(1), // from the start of the window; negative for an exchange that began before it
  ...countsFrom(2, EXCHANGE_COUNTS),
  /** Distinguishes the flows of one row within one window; renumbered on merge by first start. */
  flow: count(15),
});
/** One stored exchange, in the steps of native-bindings/src/collector/row.cc: bytes inside TLS records, times from the window's start. */
export type UsageExchange = TypeOf<typeof EXCHANGE>;

const CELL = message({
  upClass: count(1), // key: half octaves from 512 B
  answerClass: count(2), // key: see window/sums.ts
  count: count(3), // sum
  bytesUp: count(4), // sum
  bytesDown: count(5), // sum
});
/** Exchanges beyond MAX_RAW_EXCHANGES: a cell of request size × answer class. */
export type ExchangeCell = TypeOf<typeof CELL>;

const FINGERPRINT = message({
  transport: word(1, TRANSPORTS),
  ja4: text(2),
  /** Lower-case hex MD5. */
  ja3: text(3),
  ech: word(5, ECH_SEEN),
  alpn: texts(4, MAX_ALPN),
});
/** The form of a ClientHello: constant over the hellos of a program. */
export type ClientFingerprint = TypeOf<typeof FINGERPRINT>;

export const ROW = message({
  host: text(1), // key: client address, or pseudonym
  /** key: server name, lower case; the address in brackets ("[160.79.104.10]") for a flow without a name. */
  name: text(2),
  /** key: how the name is known. */
  nameFrom: word(3, NAME_SOURCES),
  proxy: wordOrNull(5, PROXY_KINDS), // key
  /** key: product token of a clear-text client that the catalogue names. */
  userAgent: textOrNull(6),
  /** key: null for flows without a hello. */
  fingerprint: nestedOrNull(4, FINGERPRINT),
  firstUs: time(23), // min
  lastUs: time(24), // max
  /** How long before the window the oldest of its flows was opened, MAX_OPEN_SECONDS at most; 0: in it. */
  openSeconds: count(37), // max
  helloBytesMin: count(25), // min, 0 = none
  helloBytesMax: count(26), // max
  /** Completing times of the hellos, sorted. */
  helloTimesUs: times(27, MAX_HELLO_TIMES), // union
  servers: texts(28, MAX_SERVERS), // union, sorted
  serverPorts: numbers(29, MAX_SERVER_PORTS), // union, sorted
  communityIds: texts(30, MAX_COMMUNITY_IDS), // union, sorted
  /** MAC addresses of frames that the host sent in these flows. */
  macs: texts(36, MAX_MACS), // union, sorted
  exchanges: messages(31, EXCHANGE, { most: MAX_RAW_EXCHANGES }), // union
  cells: messages(32, CELL, { most: MAX_CELLS }), // sum by key
  ...sums(ROW_SUMS),
});
/** One host's traffic with one server name in one form of the hello. */
export type UsageRow = TypeOf<typeof ROW>;

const MAX_NOT_VISIBLE = NOT_VISIBLE_KINDS.length * APP_HINTS.length;
export const NOT_VISIBLE = message({
  kind: word(1, NOT_VISIBLE_KINDS), // key
  hint: word(2, APP_HINTS, { otherWord: 'unknown' }), // key
  flows: count(3), // sum
  bytes: count(4), // sum
  firstUs: time(5), // min
  lastUs: time(6), // max
});
export type NotVisibleTraffic = TypeOf<typeof NOT_VISIBLE>;

export const MAC_SEEN = message({
  mac: text(1), // key
  firstUs: time(2), // min
  lastUs: time(3), // max
  /** Traffic of this MAC was answered: more than unsolicited messages. */
  isAnswered: bool(4), // or
});
export type MacSeen = TypeOf<typeof MAC_SEEN>;

export const CLAIM = message({
  name: textOrNull(1), // key
  mac: textOrNull(2), // key
  from: word(3, CLAIM_SOURCES), // key
  /** Sent by the machine with this MAC, or by a DHCP relay for it: other machines can claim anything. */
  isOwn: bool(4), // or
});
/** Claim of a message about an address: a host name, a MAC, or both. */
export type HostClaim = TypeOf<typeof CLAIM>;

const HOST = message({
  host: text(1), // key
  mac: textOrNull(2), // of DHCP, ARP or NDP proof, else the frame's; highest evidence wins, then smallest
  macFrom: wordOrNull(3, MAC_SOURCES),
  names: texts(4, MAX_OF_HOST), // union, sorted: host names by DHCP, mDNS, NBNS
  vlans: numbers(5, MAX_OF_HOST), // union, sorted
  ...sums(HOST_SUMS),
  firstUs: time(10), // min
  lastUs: time(11), // max
  /** Flows and bytes that are not visible, by kind. */
  notVisible: messages(12, NOT_VISIBLE, { most: MAX_NOT_VISIBLE }), // sum by kind
  /** All addresses of the machine, `host` among them; absent where that is the only one known. */
  addresses: optional(texts(13, MAX_OF_HOST)), // union, sorted
  /** MAC addresses of frames that the host sent, with times; absent where all of them show `mac`. */
  macs: optional(messages(14, MAC_SEEN, { most: MAX_MACS })), // union by MAC, sorted
  /** Claimed names, and MACs that its frames do not show; absent without any. */
  claims: optional(messages(15, CLAIM, { most: MAX_CLAIMS })), // union by key, sorted
});
/** Totals of all traffic of a local host. Key: host. */
export type HostTotals = TypeOf<typeof HOST>;

const SHARED_MAC = message({
  mac: text(1), // key
  /** IPv4 hosts, or /64 networks of IPv6, whichever are more; at most 8. */
  hosts: count(2), // max
});
/** A router's, or that of a machine which sends packets of other addresses than its own. */
export type SharedMac = TypeOf<typeof SHARED_MAC>;

export const DESTINATION = message({
  kind: word(1, NOT_VISIBLE_KINDS, { otherWord: 'unknown' }), // key
  address: text(2), // key
  /** A name of the closed lists of resolvers and tunnels; empty: none of them. */
  name: text(3), // key
  bytes: count(4), // sum
});
export type HiddenDestination = TypeOf<typeof DESTINATION>;

const ACCOUNT = message({
  /** Empty: traffic without a local end, and frames without an address. */
  host: text(1), // key
  /** A protocol was parsed to its answer, and the name or purpose is known. */
  lookedInto: count(2), // sum
  /** Cannot carry a tool, by content: TCP without payload, ARP, DHCP, NTP. */
  harmless: count(3), // sum
  /** Not parsed, between local networks or to a group address: it can hide a relay, not the provider. */
  inside: count(4), // sum
  /** Everything else. */
  hidden: messages(5, NOT_VISIBLE, { most: MAX_NOT_VISIBLE }), // sum by key, sorted by key
  /** Destinations with the most of `hidden`: 16 of a sensor's window; the other bytes have no destination. */
  destinations: messages(6, DESTINATION, { most: MAX_HIDDEN_DESTINATIONS }), // sum by key, the smallest keys, sorted by key
});
/** The account of traffic of a host: each byte of whole frames on the wire is in one class. Key: host. */
export type HostAccount = TypeOf<typeof ACCOUNT>;

const SERVICE = message({
  host: text(1), // key: client address, or pseudonym
  server: text(2), // key
  port: count(3), // key
  firstUs: time(4), // min
  lastUs: time(5), // max
  /** Words of SERVICE_SIGNS, sorted: what the flows of this host show. */
  signs: texts(6, MAX_SIGNS), // union
  flows: count(7), // sum
  requests: count(8), // sum
  /** Answered requests that do more than ask which service it is. */
  uses: count(9), // sum
  /** There may be more requests than are counted. */
  isUncounted: bool(10), // or
  bytesUp: count(11), // sum
  bytesDown: count(12), // sum
  /** Pseudonyms show no network, so this states that the client was outside that of the server. */
  isOtherNetwork: bool(13), // or
  /** Versions that its answers state: two or three numbers. Absent without any. */
  versions: optional(texts(14, MAX_VERSIONS)), // union, the oldest first
  /** Answered requests of MCP by class, in the order of MCP_CLASSES. Absent without any. */
  mcp: optional(numbers(15, MCP_CLASSES.length)), // sum by place
});
/** One host's use of a service of a local network in clear text. Key: (host, server, port). */
export type ServiceSeen = TypeOf<typeof SERVICE>;

export const ECH_CONFIG = message({
  // A closed list: a window of a hostile sensor cannot add another name to a store.
  outer: word(1, ECH_OUTER_NAMES, { otherWord: '' }), // key
  /** Configuration id, RFC 9849 section 4. */
  id: count(2), // key: 0 to 255
  hellos: count(3), // sum
});
/** Hellos with a known public name as outer name, and one configuration of ECH. Key: (outer, id). */
export type EchConfigCount = TypeOf<typeof ECH_CONFIG>;

const HELLOS = message({
  host: text(1), // key
  hellos: count(2), // sum
  /** Counts those with Encrypted ClientHello or its GREASE, which look alike. */
  ech: count(3), // sum
  /** Counts those with an outer name that is known to stand for others. */
  hidden: count(4), // sum
  /** Requests of AI runtimes to unlisted names that are as large as a model call or a side call of one. */
  unlistedRequests: count(5), // sum
  /** Configurations of `hidden`, whose extension has the form of RFC 9849. */
  echConfigs: messages(6, ECH_CONFIG, { most: ECH_OUTER_NAMES.length * ECH_CONFIG_IDS }), // sum by key, sorted by key
});
/** Counts the hellos of a host over all names. Key: host. */
export type HelloCounts = TypeOf<typeof HELLOS>;

/** In the order of OUTCOME_SUMS, which is that of the core; the newest has the last number. */
const OUTCOME_COUNTS = {
  ...countsFrom(10, OUTCOME_SUMS),
  ...countsFrom(
    10,
    OUTCOME_SUMS.filter((name) => name !== 'cutOff'),
  ),
  cutOff: count(33),
};
const DELAY_BUCKETS = DELAY_BOUNDS_MS.length + 1;

export const OUTCOME = message({
  host: text(1),
  /** Empty: not known. */
  name: text(2),
  /** Address of the server; of a DNS query the resolver. */
  server: text(3),
  port: count(4),
  kind: word(5, OUTCOME_KINDS, { otherWord: 'opened' }),
  /** The kind decides its meaning: response code, ICMP type and code, TLS alert, status of a proxy. */
  detail: count(6),
  ...OUTCOME_COUNTS, // sum
  ...countsFrom(20, OUTCOME_MAXIMA), // max
  ...countsFrom(26, OUTCOME_MINIMA), // min above 0
  firstUs: time(7), // min
  lastUs: time(8), // max
  /** Sender of an ICMP message, or the address that DNS answered: the smallest of the cell; empty without one. */
  by: text(9),
  handshakeDelays: optional(numbers(31, DELAY_BUCKETS)), // sum by place
  answerDelays: optional(numbers(32, DELAY_BUCKETS)), // sum by place
});
/**
 * Outcomes of one host with one name at one server, of one kind and detail, in one window. Key: the first five fields and
 * `port`.
 */
export type OutcomeCell = TypeOf<typeof OUTCOME>;

const ECH_ANSWER = message({
  resolver: text(1), // key: address, or pseudonym
  firstUs: time(2), // min
  /** Caches count it down: the largest is nearest to that of the record. */
  ttlSeconds: count(3), // max
});
/** A resolver that answered a name with an ECH configuration (RFC 9460, `ech`). Key: resolver. */
export type EchAnswer = TypeOf<typeof ECH_ANSWER>;

export const QUERIED_NAME = message({
  host: text(1), // key
  name: text(2), // key
  count: count(3), // sum
  firstUs: time(4), // min
  lastUs: time(5), // max
  addresses: texts(6, MAX_QUERIED_ADDRESSES), // union, sorted
  offersEch: bool(7), // or
  /** Known from rows of a log: such an answer is a statement of another program. */
  isLogged: bool(8), // or
  echAnswers: messages(9, ECH_ANSWER, { most: MAX_ECH_ANSWERS }), // union by resolver, sorted
});
/** A catalogued name that a host queried. Key: (host, name). */
export type QueriedName = TypeOf<typeof QUERIED_NAME>;

const STATS = message({
  ...sums(STATS_SUMS),
  malformed: counts(9, MAX_COUNTS),
  /** Packets of `packets` that belong to no flow; known at the end of a capture only, so the last window has them. */
  undecoded: lacking(count(10)), // sum, absent = 0
  /** Facts dropped at a limit of native-bindings/src/collector/, by name of the limit. */
  overflow: lacking(counts(11, MAX_COUNTS)), // sum by key
  /** Captured frames, those that a filter removed and that belong to no flow too. */
  frames: lacking(count(12)), // sum, absent = 0
});
export type WindowStats = TypeOf<typeof STATS>;

/** A sensor may have been switched off for years. */
const FAR = { farthestUs: LATEST_SECONDS * US };
const GAP = message({
  fromUs: time(1, FAR),
  toUs: time(2, FAR),
  reason: word(3, GAP_REASONS, { otherWord: 'notRunning' }),
});
/**
 * A time in which the sensor could not observe. Belongs to the window in which it begins. An end
 * equal to its beginning: duration unknown.
 */
export type CaptureGap = TypeOf<typeof GAP>;

/** Without its table of texts (1) and its checksum (15), which are the codec's own. */
export const WINDOW_SCHEMA = message({
  sensor: text(2), // key
  startSeconds: count(3), // key: Unix time
  revision: count(4), // key: the highest wins
  lengthSeconds: count(5),
  stats: nested(6, STATS),
  hosts: entries(7, HOST), // sorted by host
  rows: messages(8, ROW), // sorted by key
  queriedNames: messages(9, QUERIED_NAME), // sorted by key
  /** Absent without any. */
  gaps: optional(messages(10, GAP, { most: MAX_GAPS })), // union, sorted by time
  /**
   * MAC addresses in frames of more than one host: derived from `hosts`, for readers of some hosts only. Absent without
   * any.
   */
  sharedMacs: optional(messages(11, SHARED_MAC, { most: MAX_SHARED_MACS })), // max by MAC, sorted
  /** AI services of the local networks; absent without any. */
  services: optional(messages(12, SERVICE)), // sum by key, sorted by key
  /** How connections and DNS queries went. Absent without any. */
  outcomes: optional(messages(13, OUTCOME, { most: MAX_OUTCOMES })), // sum by key, sorted
  /** Hosts with a hello; absent without any. */
  hellos: optional(entries(14, HELLOS)), // sum by key, sorted by key
  /** Bytes on the wire by host and class; of logs, those of rows. Absent in windows without any byte. */
  account: optional(entries(16, ACCOUNT)), // sum by key, sorted by key
  /**
   * Begin and end of each run of seconds that shows by its packets, or by the log, that the sensor was on. Absent: the sensor
   * itself states that it was, all the time.
   */
  heard: optional(times(17, MAX_HEARD)), // union, sorted
  /** READING_FLAWS; a newer version may have others. Absent without any. */
  flaws: optional(texts(18, MAX_FLAWS)), // union, sorted
  /** Local networks that were left out, or ANY_NETWORK alone. Absent without any, and in windows of version 0.1.0. */
  excluded: optional(texts(19, MAX_EXCLUDED)), // union, sorted; ANY_NETWORK absorbs the others
});
/** Facts of one half-open span of time, aligned to UTC; its length divides 900 s. */
export type UsageWindow = TypeOf<typeof WINDOW_SCHEMA>;

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
