// Loads the native addon and declares the types of its calls. No other file of the project loads native code.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { WiretallyError } from '../model/errors.ts';
import { shellWord } from '../text/shell-word.ts';
import { BORDER } from './record-layout.ts';

export interface DecoderOptions {
  /** Maximum flows in the tables of all workers; fixed memory. Default 262144. */
  readonly flows?: number;
  /** Window length for slices in seconds, dividing 900; 0 = one record per flow. */
  readonly windowSeconds: number;
  /** Emits a HelloRecord per complete ClientHello. */
  readonly emitHellos: boolean;
  /**
   * Emits the first hellos to watched names, at most this number, without the text of JA3. Only without emitHellos.
   * Default 0.
   */
  readonly firstHellos?: number;
  readonly emitFlows: boolean;
  /** 'all' emits every DNS answer, 'watchlist' those for watched names, 'none' nothing. */
  readonly dns: 'all' | 'watchlist' | 'none';
  readonly emitObservations: boolean;
  /** Reads clear-text HTTP for signs of AI services. Default false. */
  readonly emitServices?: boolean;
  /** Emits outcomes of connections to watched names. */
  readonly emitOutcomes?: boolean;
  /** Splits watched flows into exchanges. */
  readonly emitExchanges: boolean;
  /**
   * On a flush, emits an answered exchange that has been silent for this time; otherwise with the next request of the
   * flow or at its end. 0 or absent: never on a flush, so that results do not depend on the time of the flush.
   */
  readonly settleSeconds?: number;
  /**
   * True: emits the counts of ended windows every five minutes by the clock of the capture, and states in each batch up
   * to which time they are complete. False or absent: flushBefore does so.
   */
  readonly flushesWindows?: boolean;
  /** Watchlist: exact names and ".suffix" patterns, lower case. */
  readonly watchedNames?: readonly string[];
  /** JA4_b parts (cipher hashes) of AI runtimes. Flows with these hellos to unlisted names are watched too. */
  readonly watchedCiphers?: readonly string[];
  /** Product tokens of clear-text HTTP clients, matched at the start of User-Agent, e.g. "claude-cli/". */
  readonly userAgents?: readonly string[];
  /** Sums flows without a match per host and window instead of exporting each. Absent: all are exported. */
  readonly totals?: TotalsOptions;
  /** BPF expression, compiled by libpcap at run time. */
  readonly filter?: string;
  /** CIDR texts. Packets with an address in one of them are counted and dropped. */
  readonly exclude?: readonly string[];
  /**
   * Workers that share one input by flow, at most 64. With more than one, each is a thread of native code, see
   * startThreads. Default 1.
   */
  readonly workers?: number;
  /** Part of the flow numbers, below 256, that distinguishes decoders whose records are joined. Default 0. */
  readonly number?: number;
}

export interface RingOptions {
  /** Ring memory in MiB; default 64. */
  readonly ringMib?: number;
  /** 0 to 65535. Rings of one group share the interface by flow. */
  readonly fanoutGroup?: number;
  readonly promiscuous: boolean;
  /** Captures incoming packets only, for mirror ports. */
  readonly ignoreOutgoing: boolean;
  /** Uses the time stamps of the interface if it has them. */
  readonly hardwareTime: boolean;
  /** BPF expression, run by the kernel. */
  readonly filter?: string;
}

export type LinkState = 'up' | 'noCarrier' | 'down' | 'gone';

/** Totals since openInterface. */
export interface RingStats {
  /** Packets that reached the ring, including those that found it full. */
  readonly received: number;
  /** Packets of `received` that were lost because the ring was full. */
  readonly ringDrops: number;
  /** Number of times the ring was full. */
  readonly freezes: number;
  readonly state: LinkState;
  /** The ring was empty at the last poll. */
  readonly isQuiet: boolean;
  /** Share of the ring that is unread, 0 to 1. */
  readonly fill: number;
}

/** Flows that native code exports in addition to those with a watched name or hello, a proxy, or unobserved content. */
export interface TotalsOptions {
  /** CIDR texts of local networks. Flows of clients outside are exported. */
  readonly localNetworks: readonly string[];
  /** Names whose flows are exported, in the syntax of watchedNames and including these. */
  readonly names: readonly string[];
  /** CIDR texts: flows without a name to these servers are exported. */
  readonly networks: readonly string[];
  /**
   * Other decoders may see the DNS answers to this one's flows, so that every flow with payload and without a name is
   * exported.
   */
  readonly answersElsewhere?: boolean;
}

/** A result of a worker's thread. */
export type FinishedBatch =
  /** `length` bytes in the buffer with this number. */
  | {
      readonly kind: 'records';
      readonly worker: number;
      readonly buffer: number;
      readonly length: number;
    }
  /** Fields of the header of a batch. */
  | {
      readonly kind: 'progress';
      readonly worker: number;
      readonly clockUs: number;
      readonly settledUs: number | null;
    }
  /**
   * wantsInput: worker 0 has nothing to do until the next input, push or finish. The others are the last result of a
   * worker. aborted: another worker ended before its end. tooSmall: a record is longer than the buffers.
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
   * Opens a zstd input, which is decompressed where its packets are read. Throws Error without libzstd. It refuses more
   * bytes than `freeBytes`, and more than `mostExpansion` for each pushed byte. Damage does not end the input, but
   * nothing after it is read.
   */
  openPacked(fileIndex: number, freeBytes: number, mostExpansion: number): void;
  /** Returns the progress, between two pieces and after the end. */
  packedState(): PackedState;
  /**
   * Opens an interface as the next input; requires one worker. From then on poll waits for packets and returns a batch
   * without records on a timeout. Throws Error with code ENODEV, EPERM, ENOMEM, EINVAL (invalid filter), … and the fix
   * in `next`.
   */
  openInterface(name: string, fileIndex: number, options: RingOptions): void;
  /** Stops receiving; poll returns the content of the ring, then 0. */
  stopInterface(): void;
  /** Null when no interface is open. */
  ringStats(): RingStats | null;
  /**
   * Replaces the watched names from the next packet on; with one worker only. It uses names and networks of `totals`.
   */
  setWatchlist(
    watchlist: Pick<DecoderOptions, 'watchedNames' | 'watchedCiphers' | 'userAgents' | 'totals'>,
  ): void;
  /** `isFlushing`: a flushBefore has not been completely answered. */
  liveState(): { readonly isFlushing: boolean; readonly openFlows: number };
  /** Pushes bytes of the stream input; `isEnd` marks the last ones. Bytes are copied or consumed before it returns. */
  push(bytes: Uint8Array, isEnd: boolean): void;
  /**
   * Fills `batch` with whole records (at least 64 KiB; 1 MiB is a good size, 512 KiB fit any record) for at most about
   * `maxMs`. Returns the bytes written; a batch without records still has its header. 0: no work until the next input,
   * push or finish. One worker only.
   */
  poll(batch: Uint8Array, maxMs: number): number;
  /**
   * Ends the input: the following polls flush open flows and unfinished handshakes. The decoder leaves an open input at its
   * current offset and emits its CaptureRecord.
   */
  finish(): void;
  /**
   * Requests a CountersRecord with the next poll; one worker only. At the end, each of several workers reports its
   * share; the caller sums them.
   */
  requestCounters(): void;
  /**
   * For live use: the following polls emit the counts of all windows that end at or before this time, and the flows
   * that have ended by then.
   */
  flushBefore(unixSeconds: number): void;
  /**
   * Starts a thread for each of several workers, which polls instead of the caller; once, before the first input. They
   * fill buffers, all of which have the size that a batch of poll needs; buffer i belongs to worker i % workers. A
   * worker without an empty buffer waits. Throws Error with code EAGAIN, … if a thread cannot be started.
   */
  startThreads(buffers: readonly Uint8Array[]): void;
  /** Returns the oldest result of a thread, after waiting up to `maxMs` for it. Null: none. */
  takeBatch(maxMs: number): FinishedBatch | null;
  /** Returns the buffer of a batch to its thread. */
  giveBack(buffer: number): void;
  /** Bytes of input consumed so far, for progress. */
  bytesRead(): number;
  close(): void;
}

/** Rights that the process retains. */
export interface ConfineOptions {
  /** Capabilities to retain, by number. Absent: all. */
  readonly keep?: readonly number[];
  /** Absent: access to files is not restricted. */
  readonly landlock?: {
    /** Files and folders that may be read, recursively. */
    readonly read: readonly string[];
    /** Files and folders that may be read, created, written and removed, recursively. */
    readonly write: readonly string[];
    /** TCP ports that may be connected to, from Landlock 4 on. No port may be listened on. */
    readonly ports: readonly number[];
  };
  /** Absent: system calls are not restricted. Otherwise all calls that the program does not need are refused. */
  readonly syscalls?: {
    /** Sockets that may be created: "udp" includes name resolution, "packet" opens interfaces. */
    readonly sockets: readonly SocketKind[];
    /** PIDs that may be signalled, in addition to the own PID. */
    readonly signals: readonly number[];
  };
  /** UID and GID that replace root, with the capabilities to retain. Absent: no change of user. */
  readonly become?: number;
}

export type SocketKind = 'tcp' | 'udp' | 'packet';

/** Limits for the whole process, which ends when it exceeds one. */
export interface ProcessLimits {
  /** Private writable memory: heaps, stacks and memory of libraries. */
  readonly dataBytes: number;
  readonly seconds: number;
  /** Texts for stderr if memory or time ends the process. */
  readonly memoryMessage: string;
  readonly timeMessage: string;
  /** Spill folder of the database engine, which is removed if time ends the process; empty for none. */
  readonly spillFolder: string;
  readonly exitCode: number;
}

/** Results; null: done or not requested, else the system error message. */
export interface Confined {
  /** Number of threads that could not be reached and keep their rights. */
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
  /** False inside a frame: the stored bytes must not end here. */
  readonly mayEnd: boolean;
}

export interface Unpacked {
  /** Number of stored bytes that were used. */
  readonly read: number;
  readonly written: number;
  /** False inside a frame or member: the stored bytes must not end here. */
  readonly mayEnd: boolean;
}

/**
 * Decompresses until the stored bytes are used up or `into` is full, and returns both lengths. The caller must not use
 * the buffers or call it again before it resolves. Rejects for damaged data, which cannot be decompressed further.
 */
export type Unzstd = (stored: Uint8Array, into: Uint8Array) => Promise<Unpacked>;

/**
 * Questions of a collector about the catalogue. They use only texts and numbers, so that few objects cross the border.
 */
export interface CollectorLookup {
  /** JA4_b parts of the catalogued runtimes. */
  readonly ciphers: readonly string[];
  /** CIDR texts of vendors' networks. */
  readonly networks: readonly string[];
  isListed(name: string): boolean;
  isLookedUp(name: string): boolean;
  /** Returns bits of HelloTraits in native-bindings/src/collector/names.h. */
  traitsOf(transport: string, ja4: string, ja3: string, alpn: readonly string[], ech: string): number;
  /** Returns bits of CallShape in native-bindings/src/collector/names.h. */
  shapeOf(
    bytesUp: number,
    bytesDown: number,
    recordsDown: number,
    uploadMs: number,
    waitMs: number,
    answerMs: number,
  ): number;
  /** Four numbers per call: start, end, bytes, and 1 if its answer was streamed. */
  isLoop(calls: Float64Array, messages: Float64Array): boolean;
}

export interface CollectorOptions {
  /** Divides 900. */
  readonly windowSeconds: number;
  /** CIDR texts. */
  readonly localNetworks: readonly string[];
  /** CIDR texts of addresses that no public network has. */
  readonly privateNetworks: readonly string[];
  /** Lines "address name": servers of connections without a name. */
  readonly addressNames?: readonly string[];
  /** Outer names of Encrypted ClientHello. */
  readonly echNames: readonly string[];
  /** Public resolvers of DNS over HTTPS. */
  readonly dohNames: readonly string[];
  /** Gateways of VPNs and relays, exact or as ".suffix". */
  readonly tunnelNames: readonly string[];
  /** If there is more than one, a thread creates the images of the last windows, some ahead of nextWindow. */
  readonly workers?: number;
}

/** Collects records into windows: native-bindings/src/collector/collector.h. Times are in microseconds. */
export interface NativeCollector {
  setLookup(lookup: CollectorLookup): void;
  /** Returns the number of records of unknown kinds; a negative number for a damaged batch. */
  add(batch: Uint8Array, length: number, parts: number): number;
  /** Texts are UTF-8. Returns false for a damaged batch. */
  addLog(batch: Uint8Array, length: number, marks: number): boolean;
  settle(untilUs: number): void;
  keepWindow(us: number): void;
  /** Closes windows; nextWindow then returns them. */
  close(untilUs: number): void;
  finish(lastUs: number | null): void;
  /** Returns the image of the next closed window, in order of time, valid until the next call; null without one. */
  nextWindow(): ArrayBuffer | null;
  /** Returns the number of facts beyond limits since the last call, by name of the limit. */
  takeOverflow(): Record<string, number>;
}

/**
 * Selects the packets of given flows: native-bindings/src/pipeline/packet_selector.h. Captures are passed in as for a
 * decoder.
 */
export interface NativeSelector
  extends Pick<NativeDecoder, 'openFile' | 'openStream' | 'openPacked' | 'packedState' | 'push'> {
  /**
   * Addresses have 4 or 16 bytes; times are microseconds of the first and last packet. Returns false if there are too
   * many flows (1 048 576).
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
   * Fills `into` (at least 512 KiB) with selected packets and returns the bytes written; 0: the input has ended, or
   * needs more bytes. Layout: SelectedPacket in packet_selector.h.
   */
  read(into: Uint8Array): number;
  /** Returns the number of IP fragments, none of which is selected, because their ports are unknown. */
  fragments(): number;
}

/**
 * Finds fields of log lines in place: native-bindings/src/logs/field_scanner.h. Each method reads bytes[start, end) and
 * the complete lines after it, at most `most` lines, sets the positions of the fields that it finds, and returns the
 * number of lines.
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
  /** `separator`: a byte, or -1. A cell that is `unset` or `empty` is absent. */
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
  /** `mark`: the byte between key and value. */
  pairs(bytes: Uint8Array, start: number, end: number, most: number, separator: number, mark: number): number;
  header(bytes: Uint8Array, start: number, end: number, most: number): number;
}

/** Sums of hosts by window, with the columns of src/reading/logs/host-sums.ts. */
export interface HostSumColumns {
  /** Index of the sum plus one, by a hash of its window and host; 0: none. */
  readonly places: Int32Array;
  readonly windows: Float64Array;
  readonly hosts: Int32Array;
  readonly hasMac: Uint8Array;
  readonly numbers: Float64Array;
  /** A single number: the number of sums. */
  readonly count: Int32Array;
  /** IPv4 addresses by number of the host; 0: another one. */
  readonly addresses: Uint32Array;
}

/**
 * Sums rows of logs: native-bindings/src/logs/summed_rows.h. The numbers are those of src/reading/logs/summed-rows.ts.
 */
export interface NativeSummedRows {
  /** `forms`: for each form, the number of its kind and the fields of its cells, -1 for none. */
  open(
    names: readonly (readonly string[])[],
    forms: Int16Array,
    maxId: number,
    tables: Readonly<
      Record<
        'answered' | 'open' | 'unlisted' | 'waiting' | 'readers' | 'counts' | 'beyond' | 'recent',
        Int32Array
      >
    >,
    isRanked: boolean,
  ): void;
  /** Sets local networks, networks of vendors and listed names, which the core then looks up without a question. */
  setLists(local: readonly string[], vendors: readonly string[], listed: readonly string[]): void;
  /**
   * Writes at most 256 sums as records of totals. Returns the length of the batch; 0 if the core cannot write one of
   * them.
   */
  writeSums(from: number, batch: Uint8Array): number;
  /** Enables rows of a gateway, whose class depends on the words in these fields. */
  setGateway(flags: number, classFields: Int16Array): void;
  /** Sets the places of sessions that wait for their requests, for rows of a gateway whose sessions do. */
  setSessions(
    places: Readonly<Record<'next' | 'hashes' | 'gone', Int32Array> & Record<'owners', Uint8Array>>,
  ): void;
  /** Returns the place of the session with this hash that the core keeps; -1 for none. */
  findSession(hash: number): number;
  /** Returns its values, as `Fields.pack` writes them; "" for none. */
  readSession(place: number): string;
  removeSession(place: number): void;
  /**
   * Sums the sessions that no request came for, without those that their reader must read. Returns false while more
   * remain; then the sums and the batch of hidden rows must be taken first.
   */
  sumSessions(): boolean;
  /** Stores the requested class. */
  learnClass(flags: number): void;
  /** Stores the requested time in microseconds; 0: the text is not a time. */
  learnTime(us: number): void;
  setColumns(
    forms: readonly {
      readonly place: number;
      readonly texts: readonly string[];
      readonly columns: Int16Array;
    }[],
  ): void;
  setNamed(hashes: Int32Array | null, count: Int32Array | null): void;
  /** Sets the columns that receive requests of a gateway. */
  setRequests(
    columns: Readonly<Record<'hashes' | 'hosts' | 'count', Int32Array> & Record<'times', Float64Array>>,
  ): void;
  /** Stores the meaning of the text bytes[start, end). */
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
  /** Completes the batch of hidden rows, which the next row overwrites. Returns its length, 0 for none. */
  takeHidden(): number;
  /** True if a row with this key waits for its name. Keys and values have one character per byte. */
  isWaiting(key: string): boolean;
  /** Returns its values, as `Fields.pack` writes them, and removes the row; null for none. */
  takeWaiting(key: string): string | null;
  /**
   * Sums the waiting rows without a name. Returns the values of those that cannot be summed, at most `most`. More rows
   * remain while the second number of `counts` is not 0; then the batch of hidden rows is full and must be taken first.
   */
  sumWaiting(flags: number, most: number): string[];
  /**
   * Sums rows from `start` on, and sets the numbers of `taken`. `between`: the byte between answers, 0 for a JSON list.
   */
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
  /** Reads lines with the columns that were set. */
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
  /** Reads lines of CEF and LEEF. */
  takeHeader(bytes: Uint8Array, start: number, form: number, flags: number, between: number): void;
}

export interface NativeAddon {
  /**
   * `names`: normalized names of each field. For each line, `starts`, `ends` and `written` have an entry for each
   * field, and `lines` has its start, its end and the reason why it is ignored.
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
   * Adds to `columns` and `totals`. `taken` receives the numbers of each call, and `hidden`, of at least 64 KiB, the
   * records of hidden rows.
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
  /** Returns the digest in hex. Loading Node's crypto module takes longer than the rest of most short commands. */
  sha1(bytes: Uint8Array): string;
  /** Returns the version of libpcap found at run time, null if none is installed. */
  libpcapVersion(): string | null;
  /** Returns the version of libzstd found at run time, null if none is installed. */
  libzstdVersion(): string | null;
  /** Creates a decompressor of one input on another thread; null if libzstd is not installed. */
  createUnzstd(): Unzstd | null;
  /** Confines all threads permanently: always without new privileges and, if permitted, with an empty bounding set. */
  confine(options: ConfineOptions): Confined;
  /** Works once and cannot be undone. Returns null after success, else the message of the system. */
  limit(limits: ProcessLimits): string | null;
  /** Returns the version of the kernel interface. */
  confinement(): {
    /** The version of Landlock, 0 for none. */
    readonly landlock: number;
    /** Landlock can also restrict signals and abstract sockets to a process (version 6). */
    readonly hasScopes: boolean;
    readonly syscallFilter: boolean;
  };
}

export interface NativeHelloLines {
  /**
   * Formats the HelloRecords at these positions of `bytes` as lines, each with its line end; UTF-8, and safe to
   * display. Returns their length in bytes.
   */
  make(bytes: Uint8Array, places: Uint32Array): number;
  /** Copies the last formatted lines into `to`, which must have the size that `make` returned. */
  copy(to: Uint8Array): void;
}

/** Two folders above this file, and above dist/cli, whose bundle may contain this file. */
const FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the build command for the package in `folder`; the command itself reports a missing tool. */
export function formatBuildCommand(folder: string): string {
  const [, place, inLib] = /^(.*?)(\/lib)?\/node_modules\//.exec(folder) ?? [];
  if (place === undefined) return `cd ${shellWord(folder)} && npm run build:native`;
  if (inLib !== undefined) return 'npm rebuild --global wiretally --build-from-source';
  return `cd ${shellWord(place)} && npm rebuild wiretally --build-from-source`;
}

/**
 * Finds a local build, which has priority over a prebuilt binary. It is tried first because the package that finds
 * prebuilt binaries adds 2 ms to every start.
 */
function findLocalBuild(): string | null {
  const path = `${FOLDER}native-bindings/build/Release/wiretally.node`;
  return process.env.PREBUILDS_ONLY === undefined && existsSync(path) ? path : null;
}

function findPrebuilt(require: NodeJS.Require): string {
  const { path } = require('node-gyp-build') as { path(folder: string): string };
  return path(`${FOLDER}native-bindings`);
}

/** Loads the addon. Throws ADDON_MISSING, also for one of other sources, with the command that builds it. */
export function loadAddon(): NativeAddon {
  const require = createRequire(import.meta.url);
  let addon: NativeAddon;
  try {
    addon = require(findLocalBuild() ?? findPrebuilt(require)) as NativeAddon;
  } catch (cause) {
    throw new WiretallyError('ADDON_MISSING', 'the native core cannot be loaded', {
      cause,
      next: formatBuildCommand(FOLDER),
    });
  }
  if (addon.border !== BORDER) {
    throw new WiretallyError(
      'ADDON_MISSING',
      'the native core was built from other sources than the program',
      {
        next: formatBuildCommand(FOLDER),
      },
    );
  }
  return addon;
}
