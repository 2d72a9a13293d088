// Loads the native addon and gives its calls types. No other file of the project loads native code.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { WiretallyError } from '../model/errors.ts';
import { shellWord } from '../text/shell-word.ts';
import { BORDER } from './record-layout.ts';

export interface DecoderOptions {
  /** Flow table entries over all workers; fixed memory. Default 262144. */
  readonly flows?: number;
  /** Window length for slices in seconds, dividing 900; 0 = one record per flow. */
  readonly windowSeconds: number;
  /** Also emit a HelloRecord per complete ClientHello. */
  readonly emitHellos: boolean;
  /** Only without emitHellos: emit the first hellos to watched names, at most this number, without the text of JA3. Default 0. */
  readonly firstHellos?: number;
  readonly emitFlows: boolean;
  /** 'all' emits every DNS answer, 'watchlist' those of watchlist names, 'none' nothing. */
  readonly dns: 'all' | 'watchlist' | 'none';
  readonly emitObservations: boolean;
  /** Read clear-text HTTP for signs of AI services. Default false. */
  readonly emitServices?: boolean;
  /** Emit how connections of names that matter go. */
  readonly emitOutcomes?: boolean;
  /** Cut flows that matter into exchanges. */
  readonly emitExchanges: boolean;
  /**
   * On a flush, emits an answered exchange that has been silent for this time; otherwise with the next request of the flow
   * or at its end. 0 or absent: never on a flush, so results do not depend on the time of the flush.
   */
  readonly settleSeconds?: number;
  /**
   * True: emits the counts of ended windows every five minutes by the clock of the capture, and tells in each batch up to when
   * they are complete. False or absent: flushBefore does.
   */
  readonly flushesWindows?: boolean;
  /** Watchlist: exact names and ".suffix" patterns, lower case. */
  readonly watchedNames?: readonly string[];
  /** JA4_b parts (cipher hashes) of AI runtimes: flows with these hellos to unlisted names matter too. */
  readonly watchedCiphers?: readonly string[];
  /** Product tokens of clear-text HTTP clients, matched at the start of User-Agent, e.g. "claude-cli/". */
  readonly userAgents?: readonly string[];
  /** Flows of no interest are added up per host and window instead of leaving one by one. Absent: all leave. */
  readonly totals?: TotalsOptions;
  /** BPF expression, compiled by libpcap at run time. */
  readonly filter?: string;
  /** Never recorded: CIDR texts. Packets with an address in one of them are counted and dropped. */
  readonly exclude?: readonly string[];
  /**
   * Workers that share one input by flow, at most 64. Several ones are threads of native code, see startThreads. Default 1.
   */
  readonly workers?: number;
  /** Part of flow numbers, below 256: separates decoders whose records are joined. Default 0. */
  readonly number?: number;
}

export interface RingOptions {
  /** Ring memory in MiB; default 64. */
  readonly ringMib?: number;
  /** 0 to 65535: rings of one group share the interface by flow. */
  readonly fanoutGroup?: number;
  readonly promiscuous: boolean;
  /** Only what arrives: for mirror ports. */
  readonly ignoreOutgoing: boolean;
  /** The interface's own time stamps where it has them. */
  readonly hardwareTime: boolean;
  /** BPF expression, run by the kernel. */
  readonly filter?: string;
}

export type LinkState = 'up' | 'noCarrier' | 'down' | 'gone';

/** Totals since openInterface. */
export interface RingStats {
  /** Packets that reached the ring, or would have had it not been full. */
  readonly received: number;
  /** Counts those of them that were lost because the ring was full. */
  readonly ringDrops: number;
  /** Times the ring was full. */
  readonly freezes: number;
  readonly state: LinkState;
  /** The ring was empty at the last poll. */
  readonly isQuiet: boolean;
  /** Share of the ring that waits to be read, 0 to 1. */
  readonly fill: number;
}

/** Native code exports these flows in addition to those with a watched name or hello, a proxy, or unobserved content. */
export interface TotalsOptions {
  /** CIDR texts of local networks: flows of other clients are exported. */
  readonly localNetworks: readonly string[];
  /** Names whose flows are exported, in the syntax of watchedNames; includes them. */
  readonly names: readonly string[];
  /** CIDR texts: flows without a name to these servers are exported. */
  readonly networks: readonly string[];
  /** Other decoders may see the DNS answers to this one's flows: every flow with payload and without a name leaves. */
  readonly answersElsewhere?: boolean;
}

/** The thread of a worker has finished one of these. */
export type FinishedBatch =
  /** `length` bytes in the buffer of this number. */
  | {
      readonly kind: 'records';
      readonly worker: number;
      readonly buffer: number;
      readonly length: number;
    }
  /** The header of a batch has these fields. */
  | {
      readonly kind: 'progress';
      readonly worker: number;
      readonly clockUs: number;
      readonly settledUs: number | null;
    }
  /**
   * Wants input: nothing is left to do until the next input, push or finish; of worker 0. The others are the last one of a
   * worker. Aborted: another worker ended before its end. Too small: a record is longer than the buffers.
   */
  | { readonly kind: 'wantsInput' | 'ended' | 'aborted' | 'tooSmall'; readonly worker: number };

/**
 * A decoder: inputs in, records out. Consecutive inputs form one capture: flows continue across them.
 * Call openFile or push, poll until it returns 0, then open the next input; after the last one call finish and poll
 * until it returns 0 again.
 */
export interface NativeDecoder {
  /** Opens the next input. Throws Error with code ENOENT, EACCES, EISDIR, …; a bad header is reported in its CaptureRecord. */
  openFile(path: string, fileIndex: number): void;
  /** Opens an input whose bytes are pushed. */
  openStream(fileIndex: number): void;
  /**
   * The same for zstd, which is decompressed where its packets are read; throws Error without libzstd. More bytes than
   * `freeBytes`, and than `mostExpansion` for each that was pushed, are refused. Damage does not end the input: nothing
   * behind it is read.
   */
  openPacked(fileIndex: number, freeBytes: number, mostExpansion: number): void;
  /** How far it is, between two pieces and after its end. */
  packedState(): PackedState;
  /**
   * Opens an interface as the next input; requires one worker. From then on poll waits for packets and returns a
   * batch without records on a timeout. Throws Error with code ENODEV, EPERM, ENOMEM, EINVAL (invalid filter), … and the
   * fix in `next`.
   */
  openInterface(name: string, fileIndex: number, options: RingOptions): void;
  /** Stops receiving; poll returns the content of the ring, then 0. */
  stopInterface(): void;
  /** Null when no interface is open. */
  ringStats(): RingStats | null;
  /** Other names matter from the next packet on; with one worker only. Of `totals`, names and networks are taken. */
  setWatchlist(
    watchlist: Pick<DecoderOptions, 'watchedNames' | 'watchedCiphers' | 'userAgents' | 'totals'>,
  ): void;
  /** `isFlushing`: a flushBefore has not been answered in full. */
  liveState(): { readonly isFlushing: boolean; readonly openFlows: number };
  /** Pushes bytes of the stream input; `isEnd` marks the last ones. Bytes are copied or consumed before it returns. */
  push(bytes: Uint8Array, isEnd: boolean): void;
  /**
   * Fills `batch` with whole records (at least 64 KiB; 1 MiB is a good size, 512 KiB hold any record) for about `maxMs` at
   * most. Returns bytes written; a batch without records still has its header. 0: no work until the next
   * input, push or finish. One worker only.
   */
  poll(batch: Uint8Array, maxMs: number): number;
  /**
   * Ends the input: the following polls flush open flows and unfinished handshakes. The decoder leaves an open input at its
   * current offset and emits its CaptureRecord.
   */
  finish(): void;
  /** Requests a CountersRecord with the next poll; one worker only. At the end, each of several gives its own share: sum them. */
  requestCounters(): void;
  /**
   * For live use: the following polls emit the counts of all windows that end at or before this time, and the flows that
   * have ended by it.
   */
  flushBefore(unixSeconds: number): void;
  /**
   * Once, and before the first input, if there are several workers: starts a thread for each, which polls in the place of the
   * caller. They fill buffers, all of which have the size that a batch of poll needs; buffer i belongs to worker i % workers. A
   * worker without an empty buffer waits. Throws Error with code EAGAIN, … when a thread cannot be started.
   */
  startThreads(buffers: readonly Uint8Array[]): void;
  /** Returns the oldest result of a thread; waits up to `maxMs` for it. Null: there is none. */
  takeBatch(maxMs: number): FinishedBatch | null;
  /** Returns the buffer of a batch to its thread. */
  giveBack(buffer: number): void;
  /** Bytes of input consumed so far, for progress. */
  bytesRead(): number;
  close(): void;
}

/** Rights that remain. */
export interface ConfineOptions {
  /** Numbers of capabilities to retain. Absent: all. */
  readonly keep?: readonly number[];
  /** Absent: files are left as they are. */
  readonly landlock?: {
    /** Files and folders that may be read, recursively. */
    readonly read: readonly string[];
    /** Files and folders that may be read, created, written and removed, recursively. */
    readonly write: readonly string[];
    /** TCP ports that may be connected to, from Landlock 4 on. None may be listened on. */
    readonly ports: readonly number[];
  };
  /** Absent: system calls are left as they are. Else those are refused that no part of this program needs. */
  readonly syscalls?: {
    /** Sockets that may be created: "udp" includes name resolution, "packet" opens interfaces. */
    readonly sockets: readonly SocketKind[];
    /** PIDs that may be signalled, in addition to the own one. */
    readonly signals: readonly number[];
  };
  /** UID and GID that replace root, with the capabilities to retain. Absent: no change of user. */
  readonly become?: number;
}

export type SocketKind = 'tcp' | 'udp' | 'packet';

/** Ceilings for the whole process: it ends when it is over one, wherever it is. */
export interface ProcessLimits {
  /** Private writable memory: heaps, stacks and what libraries take. */
  readonly dataBytes: number;
  readonly seconds: number;
  /** Written to stderr when memory, or time, ends the process. */
  readonly memoryWords: string;
  readonly timeWords: string;
  /** A folder that is removed when time ends the process. */
  readonly aside: string;
  readonly exitCode: number;
}

/** Results; null: done or not requested, else the system error message. */
export interface Confined {
  /** Threads that could not be reached: they keep their rights. */
  readonly silentThreads: number;
  readonly rights: string | null;
  readonly landlock: string | null;
  readonly syscalls: string | null;
  /** io_uring rings existed before, and the filter permits them. */
  readonly entersRings: boolean;
}

export interface PackedState {
  /** Message of libzstd about damaged data. */
  readonly error: string | null;
  readonly isRefused: boolean;
  /** False inside of a frame: the stored bytes must not end here. */
  readonly mayEnd: boolean;
}

export interface Unpacked {
  /** Stored bytes that are used up. */
  readonly read: number;
  readonly written: number;
  /** False inside of a frame or member: the stored bytes must not end here. */
  readonly mayEnd: boolean;
}

/**
 * Decompresses until the stored bytes are used up or `into` is full, and returns both lengths. Do not touch the buffers or
 * call it again before it resolves. Rejects for damaged data, which cannot be decompressed further.
 */
export type Unzstd = (stored: Uint8Array, into: Uint8Array) => Promise<Unpacked>;

/** A collector asks the catalogue these questions; texts and numbers only, so that few objects cross the border. */
export interface CollectorLookup {
  /** JA4_b parts of the catalogued runtimes. */
  readonly ciphers: readonly string[];
  /** CIDR texts of vendors' networks. */
  readonly networks: readonly string[];
  isListed(name: string): boolean;
  isLookedUp(name: string): boolean;
  /** Bits of HelloTraits in native-bindings/src/collector/names.h. */
  traitsOf(transport: string, ja4: string, ja3: string, alpn: readonly string[], ech: string): number;
  /** Bits of CallShape in native-bindings/src/collector/names.h. */
  shapeOf(
    bytesUp: number,
    bytesDown: number,
    recordsDown: number,
    uploadMs: number,
    waitMs: number,
    answerMs: number,
  ): number;
  /** Four numbers of each call: start, end, bytes, and 1 if its answer was streamed. */
  isLoop(calls: Float64Array, messages: Float64Array): boolean;
}

export interface CollectorOptions {
  /** Divides 900. */
  readonly windowSeconds: number;
  /** CIDR texts. */
  readonly localNetworks: readonly string[];
  /** CIDR texts of addresses that no public network has. */
  readonly privateNetworks: readonly string[];
  /** "address name": servers of connections without a name. */
  readonly addressNames?: readonly string[];
  /** Outer names of Encrypted ClientHello. */
  readonly echNames: readonly string[];
  /** Public resolvers of DNS over HTTPS. */
  readonly dohNames: readonly string[];
  /** Gateways of VPNs and relays, exact or as ".suffix". */
  readonly tunnelNames: readonly string[];
  /** If there are several, a thread makes the last windows into images, some ahead of nextWindow. */
  readonly workers?: number;
}

/** Records into windows: native-bindings/src/collector/collector.h. Times are microseconds. */
export interface NativeCollector {
  setLookup(lookup: CollectorLookup): void;
  /** Returns the number of records of kinds that it does not know; below 0 for a damaged batch. */
  add(batch: Uint8Array, length: number, parts: number): number;
  /** Texts are UTF-8. False for a damaged batch. */
  addLog(batch: Uint8Array, length: number, marks: number): boolean;
  settle(untilUs: number): void;
  keepWindow(us: number): void;
  /** The windows that are closed are given out by nextWindow. */
  close(untilUs: number): void;
  finish(lastUs: number | null): void;
  /** The image of the next closed window, in the order of time, until the next call; null when there is none. */
  nextWindow(): ArrayBuffer | null;
  /** Facts beyond ceilings since the last call, by name of the ceiling. */
  takeOverflow(): Record<string, number>;
}

/** Selects the packets of given flows: native-bindings/src/pipeline/packet_selector.h. Captures go in as into a decoder. */
export interface NativeSelector
  extends Pick<NativeDecoder, 'openFile' | 'openStream' | 'openPacked' | 'packedState' | 'push'> {
  /**
   * Addresses have 4 or 16 bytes; times are microseconds of the first and last packet. False when there are too many
   * flows (1 048 576).
   */
  addFlow(
    client: Uint8Array,
    server: Uint8Array,
    clientPort: number,
    serverPort: number,
    protocol: number,
    firstUs: number,
    lastUs: number,
  ): boolean;
  /**
   * Fills `into` (at least 512 KiB) with selected packets and returns the bytes written; 0: the input has ended, or needs
   * more bytes. Layout: SelectedPacket in packet_selector.h.
   */
  read(into: Uint8Array): number;
  /** IP fragments, none of which is selected: their ports are unknown. */
  fragments(): number;
}

/**
 * Finds fields of log lines in place: native-bindings/src/logs/field_scanner.h. Each method reads bytes[start, end) and the
 * whole lines behind it, at most `most` lines, sets the places of the fields that it finds, and returns the number of lines.
 */
export interface NativeFieldScanner {
  json(bytes: Uint8Array, start: number, end: number, most: number): number;
  /** `columns`: fields, -1 for others. */
  columns(
    bytes: Uint8Array,
    start: number,
    end: number,
    most: number,
    separator: number,
    columns: Int16Array,
    hasMore: boolean,
  ): number;
  /** `separator`: a byte, or -1; a cell that is `unset` or `empty` is absent. */
  cells(
    bytes: Uint8Array,
    start: number,
    end: number,
    most: number,
    separator: number,
    columns: Int16Array,
    unset: Uint8Array,
    empty: Uint8Array,
  ): number;
  /** `mark`: between key and value. */
  pairs(bytes: Uint8Array, start: number, end: number, most: number, separator: number, mark: number): number;
  header(bytes: Uint8Array, start: number, end: number, most: number): number;
}

/** Sums of hosts by window; src/reading/logs/host-sums.ts has their numbers. */
export interface HostSumColumns {
  /** Number of the sum plus one, by a hash of its window and host; 0: none. */
  readonly places: Int32Array;
  readonly windows: Float64Array;
  readonly hosts: Int32Array;
  readonly hasMac: Uint8Array;
  readonly numbers: Float64Array;
  /** One number: of sums. */
  readonly count: Int32Array;
}

/** Sums rows of logs: native-bindings/src/logs/summed_rows.h; src/reading/logs/summed-rows.ts has the numbers. */
export interface NativeSummedRows {
  /** `forms`: for each, the number of its kind and the fields of its cells, -1 for none. */
  open(
    names: readonly (readonly string[])[],
    forms: Int16Array,
    maxId: number,
    tables: Readonly<
      Record<'answered' | 'open' | 'unlisted' | 'waiting' | 'counts' | 'beyond' | 'recent', Int32Array>
    >,
    isRanked: boolean,
  ): void;
  /** Rows of a gateway, whose words in these fields decide their class. */
  setGateway(flags: number, classFields: Int16Array): void;
  /** Stores the class that was asked for. */
  learnClass(flags: number): void;
  /** Stores the time that was asked for, in microseconds; 0: it is none. */
  learnTime(us: number): void;
  setColumns(
    forms: readonly {
      readonly place: number;
      readonly texts: readonly string[];
      readonly columns: Int16Array;
    }[],
  ): void;
  setNamed(hashes: Int32Array | null, count: Int32Array | null): void;
  /** Stores what the text bytes[start, end) stands for. */
  learn(
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    host: number,
    hash: number,
    canonicalHash: number,
  ): void;
  forget(): void;
  openWindow(window: number): void;
  /** Finishes the batch of hidden rows, which the next row overwrites; its length, 0 for none. */
  takeHidden(): number;
  /** A row with this key waits for its name. Keys and values have one character for each byte. */
  isWaiting(key: string): boolean;
  /** Its values, as `Fields.pack` writes them; null for none. It waits no more. */
  takeWaiting(key: string): string | null;
  /**
   * Sums rows that no name came for. Returns the values of those that are not summed, `most` at a time; there are more rows while
   * the second number of `counts` is not 0, for which the batch of hidden rows has no room until it is taken.
   */
  sumWaiting(flags: number, most: number): string[];
  /** Sums rows from `start` on, and sets the numbers of `taken`. `between`: the byte between answers, 0 for a list of JSON. */
  takeJson(bytes: Uint8Array, start: number, form: number, flags: number, between: number): void;
  takeCells(
    bytes: Uint8Array,
    start: number,
    form: number,
    flags: number,
    between: number,
    separator: number,
    columns: Int16Array,
    unset: Uint8Array,
    empty: Uint8Array,
  ): void;
  /** Reads lines in the columns that were set. */
  takeColumns(
    bytes: Uint8Array,
    start: number,
    form: number,
    flags: number,
    between: number,
    separator: number,
    hasMore: boolean,
  ): void;
  takePairs(
    bytes: Uint8Array,
    start: number,
    form: number,
    flags: number,
    between: number,
    separator: number,
    mark: number,
  ): void;
  /** Lines of CEF and LEEF. */
  takeHeader(bytes: Uint8Array, start: number, form: number, flags: number, between: number): void;
}

export interface NativeAddon {
  /**
   * `names`: of each field, in their plain form. For each line, `starts`, `ends` and `written` have a place for each field, and
   * `lines` its start, its end and why it is ignored.
   */
  readonly NativeFieldScanner: new (
    names: readonly (readonly string[])[],
    isRanked: boolean,
    starts: Int32Array,
    ends: Int32Array,
    written: Uint8Array,
    lines: Int32Array,
  ) => NativeFieldScanner;
  /**
   * `columns` and `totals` are added to; `taken` receives the numbers of each call, and `hidden`, of 64 KiB at least, the records
   * of hidden rows.
   */
  readonly NativeSummedRows: new (
    columns: HostSumColumns,
    totals: Float64Array,
    taken: Float64Array,
    windowUs: number,
    hidden: Uint8Array,
  ) => NativeSummedRows;
  readonly NativeSelector: new () => NativeSelector;
  /** `files`: names by number, as JSON strings. */
  readonly NativeHelloLines: new (
    files: readonly string[],
  ) => NativeHelloLines;
  readonly NativeCollector: new (options: CollectorOptions, lookup: CollectorLookup) => NativeCollector;
  createDecoder(options: DecoderOptions): NativeDecoder;
  /** Names of the malformed counters by number, "layer.reason". */
  counterNames(): readonly string[];
  /** Names and offsets of every field of event.h: { "FlowRecord.flow_id": 8, "FlowRecord.size": 232, … }. */
  layout(): Readonly<Record<string, number>>;
  /** Digest of the sources that the addon was built from; absent in versions without one. */
  readonly border?: number;
  /** Returns the digest in hex. Node's module of cryptography takes longer to load than most short commands have left. */
  sha1(bytes: Uint8Array): string;
  /** Version of libpcap that was found at run time, null when none is installed. */
  libpcapVersion(): string | null;
  /** Version of libzstd that was found at run time, null when none is installed. */
  libzstdVersion(): string | null;
  /** Unpacks one input, on another thread; null when libzstd is not installed. */
  createUnzstd(): Unzstd | null;
  /** Confines all threads, for good: no new privileges and, with the right to it, an empty bounding set in any case. */
  confine(options: ConfineOptions): Confined;
  /** Works once, and cannot be undone. Returns null when it was done, else the system's words. */
  limit(limits: ProcessLimits): string | null;
  /** Version of the kernel interface. */
  confinement(): {
    /** The version of Landlock, 0 for none. */
    readonly landlock: number;
    /** Landlock can keep signals and abstract sockets within a process too (version 6). */
    readonly hasScopes: boolean;
    readonly syscallFilter: boolean;
  };
}

export interface NativeHelloLines {
  /**
   * Makes the lines of the HelloRecords at these places of `bytes`, each with its line end; UTF-8, and safe to display.
   * Returns their length in bytes.
   */
  make(bytes: Uint8Array, places: Uint32Array): number;
  /** Puts the lines that were made last into `to`, which has room for as many bytes as `make` returned. */
  copy(to: Uint8Array): void;
}

/** Two folders up from here, and from dist/cli, which may hold this as a part of a larger file. */
const FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** Build command for the package in `folder`; the command itself reports a missing tool. */
export function waysToCore(folder: string): string {
  const [, place, inLib] = /^(.*?)(\/lib)?\/node_modules\//.exec(folder) ?? [];
  if (place === undefined) return `cd ${shellWord(folder)} && npm run build:native`;
  if (inLib !== undefined) return 'npm rebuild --global wiretally --build-from-source';
  return `cd ${shellWord(place)} && npm rebuild wiretally --build-from-source`;
}

/** It takes precedence over a prebuilt binary. Looked for first: the package that finds those takes 2 ms of every start. */
function localBuild(): string | null {
  const path = `${FOLDER}native-bindings/build/Release/wiretally.node`;
  return process.env.PREBUILDS_ONLY === undefined && existsSync(path) ? path : null;
}

function prebuilt(require: NodeJS.Require): string {
  const { path } = require('node-gyp-build') as { path(folder: string): string };
  return path(`${FOLDER}native-bindings`);
}

/** Loads the addon; throws ADDON_MISSING, also for one of other sources, with the command that builds it. */
export function loadAddon(): NativeAddon {
  const require = createRequire(import.meta.url);
  let addon: NativeAddon;
  try {
    addon = require(localBuild() ?? prebuilt(require)) as NativeAddon;
  } catch (cause) {
    throw new WiretallyError('ADDON_MISSING', 'the native core cannot be loaded', {
      cause,
      next: waysToCore(FOLDER),
    });
  }
  if (addon.border !== BORDER) {
    throw new WiretallyError(
      'ADDON_MISSING',
      'the native core was built from other sources than the program',
      {
        next: waysToCore(FOLDER),
      },
    );
  }
  return addon;
}
