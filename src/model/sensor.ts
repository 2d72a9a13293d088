// Declares options and results of reading captures into windows.

import type { TimestampUs } from '../time/units.ts';
import type { WiretallyError } from './errors.ts';
import type { Counters, FlowRecord, HelloRecord, RecordFilter } from './flow.ts';
import type { ConnectionCount } from './outcome.ts';
import type { CaptureSummary, CoverageDay, ReportStats } from './report.ts';
import type { ClientFingerprint, UsageLookup, UsageWindow } from './usage.ts';

/**
 * An answered exchange counts when its connection was silent for this long. Answers of models pause for less: they send
 * something every fifteen seconds at the latest.
 */
export const SETTLE_SECONDS = 30;

/** Time after its first evidence during which a live finding is provisional, in the clock of the windows. */
export const PROVISIONAL_SECONDS = 120;

/** Maximum flows in the flow table. */
export const DEFAULT_FLOW_TABLE = 262_144;

/**
 * Captures and logs of a sensor without a name get one that is derived from their content, different for each content.
 */
export const DERIVED_SENSOR_NAME = /^(capture|log)-[0-9a-f]{16}$/;

export interface ReadProgress {
  /** Bytes of input read, before decompression. */
  readonly bytesRead: number;
  /** Bytes of all inputs; null if one of them is a stream of unknown length. */
  readonly bytesTotal: number | null;
  /** Name of the input being read. */
  readonly file: string;
  /** A log of another sensor, not a capture. */
  readonly isLog: boolean;
}

export interface ReadOptions {
  /** Decoding threads; default 1. Output does not depend on it. */
  readonly workers?: number;
  /** Maximum flows in all tables together; default 262144, or as many as small files may need. */
  readonly flowTable?: number;
  /** BPF expression. */
  readonly filter?: string;
  /** CIDR texts whose packets are never recorded. */
  readonly exclude?: readonly string[];
  /** Stops the read; the result contains the data so far, with `interrupted` set. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second at most. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Back pressure: reading waits for the promise between batches; null if the consumer is ready. */
  readonly whenReady?: () => Promise<void> | null;
}

export interface AnalyzeOptions extends ReadOptions {
  readonly lookup: UsageLookup;
  readonly watchlist: RecordFilter;
  /** Length of a window; default 60, must divide 900. */
  readonly windowSeconds?: number;
  /** Local networks in addition to private and unique-local ranges: CIDR texts. */
  readonly localNets?: readonly string[];
  /** Lines "address name": server names, known from another capture, for connections without one. */
  readonly addressNames?: readonly string[];
  /** Time zone of the days in `coverage`; default 'UTC'. */
  readonly timezone?: string;
  /**
   * Name of the sensor in the windows. The default is derived from the first packets of the captures: a capture that is
   * analyzed twice counts once, a longer read replaces a shorter one, and two captures have different names.
   */
  readonly sensor?: string;
}

/** Packets dropped between the first and the last packet of one capture; more than 0. */
export interface CaptureDrops {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly count: number;
}

export interface ReadSummary {
  /**
   * Sorted by the time of the first packet, which is the order of reading. Inputs without any readable packet are
   * absent.
   */
  readonly captures: readonly CaptureSummary[];
  readonly counters: Counters;
  readonly stats: ReportStats;
  /**
   * One error per input that is unreadable or damaged. INPUT_UNREADABLE: nothing was read (exit code 3 if this is true
   * for all). INPUT_DAMAGED: the intact part was read (exit code 4).
   */
  readonly errors: readonly WiretallyError[];
  /** Sentences for stderr: gaps and overlaps between rotated captures, and limits that were reached. */
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
  /** Days in `timezone`. */
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
  /** Number of rings, and of threads, per interface. */
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
  /** Captures incoming packets only, for mirror ports. */
  readonly ignoreOutgoing: boolean;
  readonly hardwareTime: boolean;
  /** Each run is a sensor of its own: its windows never merge with those of an earlier run. */
  readonly sensor: string;
  /** Receives closed windows, in order. They are released after it returns. */
  readonly onWindows: (windows: readonly UsageWindow[]) => void;
  /** Receives the first hellos to watched names immediately. Their number per thread is limited. */
  readonly onHello?: (hello: HelloRecord) => void;
  readonly print: (text: string) => void;
}

/** Options of a sensor that follows logs of others. */
export interface FollowOptions
  extends Pick<
    WatchOptions,
    'lookup' | 'watchlist' | 'windowSeconds' | 'localNets' | 'exclude' | 'onWindows' | 'print'
  > {
  readonly paths: readonly string[];
  /** Format by its name in --input-format; absent: each file is recognized by its content. */
  readonly format?: string;
  /** Columns of logs without a header, in addition to those defined in files next to the logs. */
  readonly definitions?: readonly string[];
  /** Folder for the positions in followed logs. */
  readonly state: string;
  /** A persistent name: windows with the same time replace each other. */
  readonly sensor: string;
  /** Time zone of local times in logs that have no offset. */
  readonly zone: string;
}

export interface LogStatus {
  readonly files: number;
  /** Rows read, including earlier runs. */
  readonly rows: number;
  /** Bytes that exist and are not read yet. */
  readonly unreadBytes: number;
  /** Time of the newest row; null before the first. */
  readonly newestSeconds: number | null;
  /** Rows that arrived after their window was final. */
  readonly lateRows: number;
}

/** State of a live sensor; totals since its start. */
export interface LiveStatus {
  /** Packets read from the rings; with their bytes on the wire, and flows. */
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
  readonly evictedFlows: number;
  readonly openFlows: number;
  /** Flows in the flow tables. */
  readonly tableFlows: number;
  /** Packets that reached a ring, including those that found it full. */
  readonly received: number;
  /** Packets of `received` that were lost because the ring was full. */
  readonly ringDrops: number;
  /** Times a ring was full. */
  readonly freezes: number;
  /** Packets that never reached a ring: dropped by the interface or its kernel queue. */
  readonly interfaceDrops: number;
  /** Packets that were not completely parsed, by "layer.reason". */
  readonly malformed: Readonly<Record<string, number>>;
  readonly snaplenCut: number;
  readonly workers: readonly {
    readonly interface: string;
    readonly state: 'up' | 'noCarrier' | 'down' | 'gone';
    readonly isAlive: boolean;
    /** Share of one core, 0 to 1; null if the system does not report it. */
    readonly load: number | null;
    /** Maximum share of the ring that was unread in the last half second, 0 to 1; null without a ring. */
    readonly ringFill: number | null;
  }[];
  /** Absent for packet capture. */
  readonly logs?: LogStatus;
  /** Interfaces that are down, sorted by name; absent without any. */
  readonly down?: readonly InterfaceDown[];
}

/** The state before the first packet. */
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

/** An interface that delivers no packets since a time in Unix seconds. */
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
    /** Windows that stores accepted, counted per store. */
    readonly delivered: number;
    readonly waiting: number;
    readonly lost: number;
    /** End of the last closed window; null before the first. */
    readonly lastEndSeconds: number | null;
    /** Time from the end of this window to its closing. */
    readonly lagSeconds: number | null;
  };
  readonly alerts: { readonly waiting: number; readonly dropped: number };
  /** Connections to names of the catalogue since the start, by tool. */
  readonly connections: readonly ConnectionCount[];
  readonly memoryBytes: number;
  /** Maximum delay of the thread that closes windows, in the last minute. */
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
  /** Lower case, without the trailing dot. */
  readonly name: string;
  readonly fingerprint: ClientFingerprint;
  readonly helloBytes: number;
}

/** One ClientHello or one flow, with its input. */
export interface HelloLine {
  readonly file: string;
  readonly hello: HelloRecord;
}
export interface FlowLine {
  readonly file: string;
  readonly flow: FlowRecord;
}
