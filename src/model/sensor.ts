// Options and results of reading captures into windows.

import type { TimestampUs } from '../time/units.ts';
import type { WiretallyError } from './errors.ts';
import type { Counters, FlowRecord, HelloRecord, RecordFilter } from './flow.ts';
import type { ConnectionCount } from './outcome.ts';
import type { CaptureSummary, CoverageDay, ReportStats } from './report.ts';
import type { ClientFingerprint, UsageLookup, UsageWindow } from './usage.ts';

/**
 * An answered exchange is counted when its connection was silent for so long. Answers of models pause for less: they send
 * something every fifteen seconds at the latest.
 */
export const SETTLE_SECONDS = 30;

/** Time after its first evidence during which a live finding is provisional, by the clock of the windows. */
export const PROVISIONAL_SECONDS = 120;

/** Entries of a flow table. */
export const DEFAULT_FLOW_TABLE = 262_144;

/** Captures and logs without a sensor's name get one derived from their content: a different one each time. */
export const DERIVED_SENSOR_NAME = /^(capture|log)-[0-9a-f]{16}$/;

export interface ReadProgress {
  /** Bytes of input read so far, as stored (compressed bytes of compressed files). */
  readonly bytesRead: number;
  /** Bytes of all inputs; null when one of them is a stream of unknown length. */
  readonly bytesTotal: number | null;
  /** Name of the input being read. */
  readonly file: string;
  /** A log of another sensor, not a capture. */
  readonly isLog: boolean;
}

export interface ReadOptions {
  /** Decoding threads; default 1. Output does not depend on it. */
  readonly workers?: number;
  /** Flow table entries over all workers; default 262144, or as many as small files may need. */
  readonly flowTable?: number;
  /** BPF expression. */
  readonly filter?: string;
  /** CIDR texts whose packets are never recorded. */
  readonly exclude?: readonly string[];
  /** Stops the read; the result contains the data so far, with `interrupted` set. */
  readonly signal?: AbortSignal;
  /** Called at most some ten times a second. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Back pressure, checked between batches: reading waits for the consumer; null when it is ready. */
  readonly whenReady?: () => Promise<void> | null;
}

export interface AnalyzeOptions extends ReadOptions {
  readonly lookup: UsageLookup;
  readonly watchlist: RecordFilter;
  /** Length of a window; default 60, must divide 900. */
  readonly windowSeconds?: number;
  /** Local networks in addition to private and unique-local ranges: CIDR texts. */
  readonly localNets?: readonly string[];
  /** "address name": servers of connections without a name, as another capture knows them. */
  readonly addressNames?: readonly string[];
  /** Zone of the days in `coverage`; default 'UTC'. */
  readonly timezone?: string;
  /**
   * Name of the sensor in the windows. Default: derived from the first packets of the captures, so that a capture
   * counts once when it is analysed twice, a longer read of it replaces a shorter one, and two different captures have
   * different names.
   */
  readonly sensor?: string;
}

/** State of the inputs of a read. */
/** Packets that were dropped between the first and the last packet of one capture; more than 0. */
export interface CaptureDrops {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly count: number;
}

export interface ReadSummary {
  /** Sorted by the time of the first packet, which is the order in which they are read. Inputs of which nothing could be read are not among them. */
  readonly captures: readonly CaptureSummary[];
  readonly counters: Counters;
  readonly stats: ReportStats;
  /**
   * One error per input that was unreadable or damaged. INPUT_UNREADABLE: nothing was read (exit code
   * 3 when that holds for all). INPUT_DAMAGED: the intact part was read (exit code 4).
   */
  readonly errors: readonly WiretallyError[];
  /** Sentences for stderr: gaps and overlaps between rotated captures, ceilings that were reached. */
  readonly notes: readonly string[];
  readonly interrupted: boolean;
  /** Drops that the capturing machines reported. */
  readonly drops: readonly CaptureDrops[];
  /** SHA-1 of the first packet of the earliest capture; null when unknown. */
  readonly captureStart: string | null;
}

export interface AnalyzeResult extends ReadSummary {
  /** Sorted by start. */
  readonly windows: readonly UsageWindow[];
  /** Identifies the captures by their first packets: the default name of the sensor. */
  readonly reading: string;
  /** Days of `timezone`. */
  readonly coverage: readonly CoverageDay[];
  /** Time of the first packet, RFC 3339; null without packets. */
  readonly recordsFrom: string | null;
  /** Time of the last packet. */
  readonly recordsUntil: string | null;
}

export type WatchBackend = 'ring' | 'cap';

export interface WatchOptions {
  readonly interfaces: readonly string[];
  readonly backend: WatchBackend;
  /** Rings, and threads, for each interface. */
  readonly workers: number;
  readonly lookup: UsageLookup;
  readonly watchlist: RecordFilter;
  readonly windowSeconds: number;
  readonly localNets: readonly string[];
  readonly exclude: readonly string[];
  /** BPF expression, run by the kernel. */
  readonly filter?: string;
  /** Flow table entries over all threads; default 262144. */
  readonly flowTable?: number;
  /** Memory of the rings of one interface in MiB; default 64. */
  readonly ringMib?: number;
  readonly promiscuous: boolean;
  /** Only what arrives: for mirror ports. */
  readonly ignoreOutgoing: boolean;
  readonly hardwareTime: boolean;
  /** One run is one sensor: its windows never merge with those of an earlier run. */
  readonly sensor: string;
  /** Windows that are closed, in order; they are forgotten when this returns. */
  readonly onWindows: (windows: readonly UsageWindow[]) => void;
  /** Called with the first hellos to watched names, as they come: a bounded number of each thread. */
  readonly onHello?: (hello: HelloRecord) => void;
  readonly say: (text: string) => void;
}

/** Options of a sensor that follows logs of others. */
export interface FollowOptions
  extends Pick<
    WatchOptions,
    'lookup' | 'watchlist' | 'windowSeconds' | 'localNets' | 'exclude' | 'onWindows' | 'say'
  > {
  readonly paths: readonly string[];
  /** Format by its name in --input-format; absent: each file is recognized. */
  readonly format?: string;
  /** Columns of logs without a header, in addition to those that files among the logs define. */
  readonly definitions?: readonly string[];
  /** Folder of the positions. */
  readonly state: string;
  /** A persistent name: its windows of one time replace each other. */
  readonly sensor: string;
  /** Local times in logs without an offset are in this zone. */
  readonly zone: string;
}

export interface LogStatus {
  readonly files: number;
  /** Read so far, also in earlier runs. */
  readonly rows: number;
  /** There, and not read yet. */
  readonly unreadBytes: number;
  /** Time of the newest row; null before the first. */
  readonly newestSeconds: number | null;
  /** Rows that came when their windows were final. */
  readonly lateRows: number;
}

/** State of a live sensor; totals since its start. */
export interface LiveStatus {
  /** Packets read from the rings, their bytes on the wire, flows begun. */
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
  readonly evictedFlows: number;
  readonly openFlows: number;
  /** Entries of the flow tables. */
  readonly tableFlows: number;
  /** Packets that reached a ring, or would have had it not been full. */
  readonly received: number;
  /** Counts those of them that were lost because the ring was full. */
  readonly ringDrops: number;
  /** Times a ring was full. */
  readonly freezes: number;
  /** Packets that never reached a ring: dropped by the interface or its kernel queue. */
  readonly interfaceDrops: number;
  /** Packets that were not understood to their end, by "layer.reason". */
  readonly malformed: Readonly<Record<string, number>>;
  readonly snaplenCut: number;
  readonly workers: readonly {
    readonly interface: string;
    readonly state: 'up' | 'noCarrier' | 'down' | 'gone';
    readonly isAlive: boolean;
    /** Share of one core, 0 to 1; null where the system does not report it. */
    readonly load: number | null;
    /** The most of the ring that waited to be read in the last half second, 0 to 1; null without a ring. */
    readonly ringFill: number | null;
  }[];
  /** Absent where packets are captured. */
  readonly logs?: LogStatus;
  /** Interfaces that are down, sorted by name; absent where none is. */
  readonly down?: readonly InterfaceDown[];
}

/** Before the first packet. */
export const EMPTY_STATUS: LiveStatus = {
  packets: 0,
  bytes: 0,
  flows: 0,
  evictedFlows: 0,
  openFlows: 0,
  tableFlows: 0,
  received: 0,
  ringDrops: 0,
  freezes: 0,
  interfaceDrops: 0,
  malformed: {},
  snaplenCut: 0,
  workers: [],
};

/** An interface that gives no packets, and since when (Unix seconds). */
export interface InterfaceDown {
  readonly interface: string;
  readonly sinceSeconds: number;
}

/** Health of a live sensor in addition to its counters; totals since its start. */
export interface SensorHealth {
  readonly status: LiveStatus;
  readonly windowSeconds: number;
  readonly windows: {
    readonly closed: number;
    /** Taken by a store, each store for itself. */
    readonly delivered: number;
    readonly waiting: number;
    readonly lost: number;
    /** End of the window that was closed last; null before the first. */
    readonly lastEndSeconds: number | null;
    /** Time between its end and its closing. */
    readonly lagSeconds: number | null;
  };
  readonly alerts: { readonly waiting: number; readonly dropped: number };
  /** Connections to names of the catalogue since the start, by tool. */
  readonly connections: readonly ConnectionCount[];
  readonly memoryBytes: number;
  /** Maximum wait for the thread that closes windows, in the last minute. */
  readonly eventLoopDelaySeconds: { readonly p99: number; readonly max: number };
  /** Store of the windows; null without one. */
  readonly store: { readonly freeBytes: number; readonly sizeBytes: number } | null;
}

/** A ClientHello to a name of the catalogue, before the window that contains its flow is closed. */
export interface FirstHello {
  readonly tsUs: TimestampUs;
  /** Address of the client. */
  readonly host: string;
  readonly server: string;
  readonly serverPort: number;
  /** Lower case, without the dot of the root. */
  readonly name: string;
  readonly fingerprint: ClientFingerprint;
  readonly helloBytes: number;
}

/** One ClientHello, or one flow, with the input that holds it. */
export interface HelloLine {
  readonly file: string;
  readonly hello: HelloRecord;
}
export interface FlowLine {
  readonly file: string;
  readonly flow: FlowRecord;
}
