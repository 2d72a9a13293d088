// Declares the records of native code: one type for each record of the border (native-bindings/src/base/event.h).

import type { TimestampUs } from '../time/units.ts';
import type { StatsSum } from './counters.ts';
import type { ServiceSign } from './service-signs.ts';
import type { ClientFingerprint, ExchangeCounts, ServiceSeen } from './usage.ts';
import type { AppHint, ClaimSource, ProxyKind } from './window-words.ts';

// Words in the order of their numbers in native-bindings/src/base/event.h; a test compares both.
export const FLOW_ENDS = ['open', 'idle', 'fin', 'reset', 'endOfInput', 'evicted', 'reused'] as const;

export type FlowEnd = (typeof FLOW_ENDS)[number];

/** The slice of one flow that falls into one window; self-contained. */
export interface FlowRecord {
  /** Links slices and exchanges of one flow within one run. It is never printed or stored. */
  readonly flowId: number;
  readonly isFirstSlice: boolean;
  /** The flow has ended. If all packets are in earlier slices, this slice is empty and counts nothing. */
  readonly isLastSlice: boolean;
  readonly synSeen: boolean;
  readonly isMidFlow: boolean;
  readonly serverHello: boolean;
  readonly established: boolean;
  readonly isTls13: boolean;
  readonly resumed: boolean;
  readonly isHttp2: boolean;
  readonly retried: boolean;
  readonly cutShort: boolean;
  readonly flowFirstUs: TimestampUs;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  /** Time of the packet that completes the ClientHello; null without one. */
  readonly helloUs: TimestampUs | null;
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Colon-separated lower-case hex; null if the link type has none. */
  readonly clientMac: string | null;
  readonly serverMac: string | null;
  readonly protocol: 'tcp' | 'udp';
  readonly packetsUp: number;
  readonly packetsDown: number;
  /** Frames on the wire. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
  /** Bytes missing by TCP sequence number. */
  readonly lostUp: number;
  readonly lostDown: number;
  readonly fileIndex: number;
  readonly end: FlowEnd;
  readonly clientKnownBy: 'firstPacket' | 'hello' | 'syn' | 'port';
  readonly appHint: AppHint;
  readonly vlans: readonly number[];
  readonly tunnel: readonly string[];
  readonly proxy: { readonly kind: ProxyKind; readonly target: string } | null;
  /** Product token of a clear-text HTTP client that the catalogue names. */
  readonly userAgent: string | null;
  readonly sni: string | null;
  readonly hello:
    | (ClientFingerprint & {
        readonly bytes: number;
        readonly segments: number;
        readonly legacyVersion: number;
      })
    | null;
  /**
   * Hash of the ClientHello message, 16 hex digits; null without a hello. Both legs of a proxied connection have the
   * same.
   */
  readonly helloHash: string | null;
  /** Each side acknowledged data of the other; in QUIC, each used the connection ID of the other. */
  readonly isAnswered: boolean;
  /** The packets of the flow cannot all belong to one connection, see kFlowContradicted in event.h. */
  readonly isContradicted: boolean;
  /** A subflow of the multipath TCP connection that `multipathToken` identifies. It transports a part of its data. */
  readonly isJoined: boolean;
  /** Identifies the multipath TCP connection that the flow began or joined; 0: none. */
  readonly multipathToken: number;
  /** Clear text that was valid up to its answer: HTTP by message, or DNS over TCP. */
  readonly isParsed: boolean;
  /** Kinds under which the totals of its host count earlier slices; absent = none. */
  readonly countedKinds?: readonly CountedKind[];
  /** Server name of a hello that contradicts the first one. */
  readonly otherSni: string | null;
  /**
   * States which bytes the log counts, if the record is a row of another sensor's log. Absent: the record comes from
   * packets.
   */
  readonly logged?: LoggedBytes;
}

/** Directions whose bytes a log counts: one, both or none. Bytes that it does not count are 0 in the record. */
export interface LoggedBytes {
  readonly hasUp: boolean;
  readonly hasDown: boolean;
  /** Payload that the client sent in the whole flow. */
  readonly sentInAll: number;
}

export interface HelloRecord {
  readonly flowId: number;
  readonly tsUs: TimestampUs;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly fileIndex: number;
  readonly fingerprint: ClientFingerprint;
  /** Identical for all hellos of one program, resumed or padded or not: docs/evidence.md, "Families". */
  readonly family: string;
  readonly sni: string | null;
  readonly legacyVersion: number;
  readonly supportedVersions: readonly number[];
  readonly ja3Text: string;
  readonly helloBytes: number;
  readonly segments: number;
  readonly vlans: readonly number[];
  readonly tunnel: readonly string[];
  readonly isRetry: boolean;
}

export interface DnsRecord {
  readonly tsUs: TimestampUs;
  readonly client: string;
  readonly server: string;
  readonly queryType: number;
  readonly rcode: number;
  readonly ttlSeconds: number;
  readonly fileIndex: number;
  readonly isResponse: boolean;
  readonly offersEch: boolean;
  /** Smallest TTL of the answers with an ECH configuration; 0 without any. */
  readonly echTtlSeconds: number;
  readonly isMulticast: boolean;
  readonly overTcp: boolean;
  readonly name: string;
  readonly cnames: readonly string[];
  readonly addresses: readonly string[];
  /** The answer is a row of another sensor's log; absent: it comes from packets. */
  readonly isLogged?: true;
  /** The resolver refused to answer, which only logs state. Absent: it answered, or the log does not say. */
  readonly isBlocked?: true;
  /** The last four bytes of the MAC at the client's end of the frame; 0 without one. */
  readonly clientMacTail: number;
  /** Absent for rows of logs. */
  readonly clientPort?: number;
  readonly messageId?: number;
}

export interface HostObservationRecord {
  readonly tsUs: TimestampUs;
  readonly address: string | null;
  /** The MAC comes from the message, or from the frame if the message has none. */
  readonly mac: string | null;
  /** The frame was sent by `mac`, or by a relay agent for it. */
  readonly isByOwner: boolean;
  readonly name: string | null;
  readonly source: ClaimSource;
  readonly leaseSeconds: number;
  readonly vlan: number;
}

/** Data that a client sent without a pause, and the server's answer to it. */
export interface ExchangeRecord extends ExchangeCounts {
  readonly flowId: number;
  readonly startUs: TimestampUs;
}

/** The result of reading one input, to its end or to damage that stops the reader. */
export interface CaptureRecord {
  readonly fileIndex: number;
  readonly packets: number;
  readonly bytes: number;
  readonly firstUs: TimestampUs | null;
  readonly lastUs: TimestampUs | null;
  /** Maximum backward step of a packet time, relative to the latest time before it. */
  readonly backUs: number;
  /** Packets dropped by the capturing machine (interface statistics of pcapng). */
  readonly drops: number;
  /** Start of the drop counter, as reported; 0: unknown. */
  readonly dropsSinceUs: TimestampUs;
  /** Packets that passed a capture filter, which the capture states only after them. */
  readonly filtered: number;
  readonly linkTypes: readonly number[];
  readonly truncated: boolean;
  readonly damaged: boolean;
  /** Error code, byte offset and reason if reading ended early; null after the whole input. */
  readonly error: { readonly code: number; readonly offset: number; readonly reason: string } | null;
}

/** Kinds of unobserved traffic that native code sums, by bit: NotVisibleKinds of event.h. */
export const COUNTED_KINDS = [
  'tunnel',
  'dns',
  'midFlow',
  'loss',
  'conflict',
  'unnamed',
  'relay',
  'unsized',
] as const;
export type CountedKind = (typeof COUNTED_KINDS)[number];

export interface NotVisibleSums {
  readonly kind: CountedKind;
  readonly hint: AppHint;
  /** Flows that were not counted under this kind before. */
  readonly flows: number;
  readonly bytes: number;
  /**
   * A row of a log has too few bytes, or those of one direction only. It does not count, unless rows of the same hosts
   * sum to more.
   */
  readonly isFew?: true;
}

/**
 * Sums the flows of one host in one window that are not relevant for AI tools. Several records may have the same key;
 * they add up.
 */
export interface HostTotalsRecord {
  readonly host: string;
  readonly mac: string | null;
  readonly vlans: readonly number[];
  /** Smallest and largest packet time of the slices. */
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  /** Both directions. */
  readonly packets: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Flows that begin in the window. */
  readonly flows: number;
  readonly hellosComplete: number;
  /** Counts hellos with Encrypted ClientHello or its GREASE. */
  readonly echHellos?: number;
  readonly evictedFlows: number;
  /** The kinds apply to all of these flows. */
  readonly notVisible: readonly NotVisibleSums[];
  /** Server of rows of a log that are not visible; absent if unknown or several. */
  readonly peer?: string;
  /** Flows of a log that does not have the bytes of a direction; absent = 0. */
  readonly unsizedFlows?: number;
}

/** Facts about the service of a server, from a slice of a clear-text HTTP flow. */
export interface ServiceRecord extends Omit<ServiceSeen, 'signs' | 'isOtherNetwork'> {
  readonly signs: readonly ServiceSign[];
  /** 1 in the first slice of the flow, else 0. */
  readonly flows: number;
}

export interface Counters extends Readonly<Record<StatsSum, number>> {
  /** Packets without a TCP or UDP header. */
  readonly undecoded: number;
  readonly fragments: number;
  /** Packets of networks that are never recorded; absent = 0. */
  readonly excluded?: number;
  /** Connections without an outcome because the table was full; absent = 0. */
  readonly unwatched?: number;
  /** Packets that the capture filter removed; absent = 0. */
  readonly filtered?: number;
  /** Counts by layer and reason, for example "tcp.data_offset". Counts of zero are absent. */
  readonly malformed: Readonly<Record<string, number>>;
}

/** Watchlist for native code, see DecoderOptions of src/native/addon.ts. */
export interface RecordFilter {
  /** Exact names and ".suffix" patterns, lower case. */
  readonly names: readonly string[];
  /** JA4_b parts. */
  readonly ciphers: readonly string[];
  /** Product tokens of clear-text clients. */
  readonly userAgents: readonly string[];
  /** Every name of the catalogue, including patterns. `names` may be a part of it. */
  readonly listed?: readonly string[];
  /** CIDR texts of vendor-owned networks. */
  readonly networks?: readonly string[];
}
