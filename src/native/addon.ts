// Loads the native addon and gives its calls types. The only file of the project that loads native code.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { WiretallyError } from '../model/errors.ts';
import { shellWord } from '../text/shell-word.ts';

export interface DecoderOptions {
  /** Flow table entries over all workers; fixed memory. Default 262144. */
  readonly flows?: number;
  /** Window length for slices in seconds, dividing 900; 0 = one record per flow. */
  readonly windowSeconds: number;
  /** Also emit a HelloRecord per complete ClientHello. */
  readonly emitHellos: boolean;
  /** Emit FlowRecords. */
  readonly emitFlows: boolean;
  /** 'all' emits every DNS answer, 'watchlist' those of interest names, 'none' nothing. */
  readonly dns: 'all' | 'watchlist' | 'none';
  readonly emitObservations: boolean;
  /** Cut flows that matter into exchanges. */
  readonly emitExchanges: boolean;
  /**
   * With a flush, an exchange that was answered and has been silent for so long is told; else with the flow's next request,
   * or its end. 0 or absent: never with a flush, so that results do not depend on when one was asked for.
   */
  readonly settleSeconds?: number;
  /** Names whose flows matter: exact names and ".suffix" patterns, lower case. */
  readonly watchedNames?: readonly string[];
  /** JA4_b parts (cipher hashes) of AI runtimes: flows with these hellos to unlisted names matter too. */
  readonly watchedCiphers?: readonly string[];
  /** Product tokens of clear-text HTTP clients, matched at the start of User-Agent, e.g. "claude-cli/". */
  readonly userAgents?: readonly string[];
  /** Flows of no interest are added up per host and window instead of leaving one by one. Absent: all leave. */
  readonly totals?: TotalsOptions;
  /** BPF expression, compiled by libpcap at run time. */
  readonly filter?: string;
  /** Never recorded: CIDR texts. A packet with either address inside is counted and dropped. */
  readonly exclude?: readonly string[];
  /**
   * Workers that share one input by flow, at most 64. The decoder that is created is worker 0: it is given the inputs.
   * Each of the others calls attachDecoder in its own thread and polls until poll returns 0. Default 1.
   */
  readonly workers?: number;
  /** Goes into flow numbers, below 256: keeps those of decoders apart whose records are joined. Default 0. */
  readonly number?: number;
}

/** How an interface is listened on. */
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
  /** Of these, lost because the ring was full. */
  readonly ringDrops: number;
  /** Times the ring was full. */
  readonly freezes: number;
  readonly state: LinkState;
  /** The ring was empty when it was looked at last. */
  readonly isQuiet: boolean;
  /** Share of the ring that waits to be read, 0 to 1. */
  readonly fill: number;
}

/** What decides whether a flow leaves native code by itself, beside its name, hello, proxy and what could not be seen. */
export interface TotalsOptions {
  /** CIDR texts of our side: flows of other clients leave by themselves. */
  readonly localNetworks: readonly string[];
  /** Names whose flows leave by themselves, written as watchedNames are: these and more. */
  readonly names: readonly string[];
  /** CIDR texts: flows without a name to servers in them leave by themselves. */
  readonly networks: readonly string[];
  /** Other decoders may see the DNS answers to this one's flows: every flow with payload and without a name leaves. */
  readonly answersElsewhere?: boolean;
}

/**
 * A decoder: inputs in, records out. Inputs given one after the other are one capture: flows go on across them.
 * Call openFile or push, poll until it returns 0, then the next input; after the last one call finish and poll
 * until it returns 0 again.
 */
export interface NativeDecoder {
  /** With several workers: the number to hand to attachDecoder. */
  readonly shared?: number;
  /** Opens the next input. Throws Error with code ENOENT, EACCES, EISDIR, …; a bad header is reported in its CaptureRecord. */
  openFile(path: string, fileIndex: number): void;
  /** Begins an input whose bytes will be pushed. */
  openStream(fileIndex: number): void;
  /**
   * Listens on an interface as the next input; with one worker only. From then on poll waits for packets and returns a
   * batch without records when none came. Throws Error with code ENODEV, EPERM, ENOMEM, EINVAL (a bad filter), … and a
   * `next` that says what to do.
   */
  openInterface(name: string, fileIndex: number, options: RingOptions): void;
  /** Nothing more is received; poll gives what the ring holds, and then 0. */
  stopInterface(): void;
  /** Null when no interface is open. */
  ringStats(): RingStats | null;
  /** Other names matter from the next packet on; with one worker only. Of `totals`, names and networks are taken. */
  setWatchlist(
    watchlist: Pick<DecoderOptions, 'watchedNames' | 'watchedCiphers' | 'userAgents' | 'totals'>,
  ): void;
  /** `isFlushing`: a flushBefore has not been answered in full. */
  liveState(): { readonly isFlushing: boolean; readonly openFlows: number };
  /** Hands over bytes of the stream input; `isEnd` says that these are the last. Bytes are copied or consumed before it returns. */
  push(bytes: Uint8Array, isEnd: boolean): void;
  /**
   * Fills `batch` with whole records (at least 64 KiB; 1 MiB is a good size, 512 KiB hold any record) for at most about
   * `maxMs`. Returns bytes written; a batch without records still has its header. 0: nothing left to do until the next
   * input, push or finish. Workers other than 0 wait for inputs instead: their 0 comes once, after finish, when all
   * their flows are out. Throws when another worker closed its decoder before that.
   */
  poll(batch: Uint8Array, maxMs: number): number;
  /**
   * No further input: open flows and unfinished handshakes are flushed by the polls that follow. An input that is still
   * open is left where it is, with its CaptureRecord for what was read. With several workers, call it on one of them.
   */
  finish(): void;
  /** Asks for a CountersRecord with the next poll. With several workers each reports its own share: add them up. */
  requestCounters(): void;
  /**
   * For live use: the polls that follow emit what is counted so far of all windows that end at or before this time, and
   * the flows that have ended by it. With several workers, call it on each.
   */
  flushBefore(unixSeconds: number): void;
  /** Bytes of input consumed so far, for progress. */
  bytesRead(): number;
  close(): void;
}

/** What a process is left with. */
export interface ConfineOptions {
  /** Numbers of capabilities that stay, where they are there at all. Absent: all that are there. */
  readonly keep?: readonly number[];
  /** Absent: files are left as they are. */
  readonly landlock?: {
    /** Files and folders that may be read, and what is below them. */
    readonly read: readonly string[];
    /** The same for what may be read, made, written and removed. */
    readonly write: readonly string[];
    /** TCP ports that may be connected to, from Landlock 4 on. None may be listened on. */
    readonly ports: readonly number[];
  };
  /** Absent: system calls are left as they are. Else those are refused that no part of this program needs. */
  readonly syscalls?: {
    /** Sockets that may be made: "udp" looks up names too, "packet" opens interfaces. */
    readonly sockets: readonly SocketKind[];
    /** Numbers of processes that may be signalled, beside the own one. */
    readonly signals: readonly number[];
  };
  /** The number of the user and group that root becomes, with the capabilities to keep. Absent: nobody else. */
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

/** What came of it; null is done, or not asked for, else the system's words. */
export interface Confined {
  /** Threads that could not be reached: they keep their rights. */
  readonly silentThreads: number;
  readonly rights: string | null;
  readonly landlock: string | null;
  readonly syscalls: string | null;
  /** Rings of io_uring were there before, and pass the filter. */
  readonly entersRings: boolean;
}

/**
 * Unpacks stored bytes until they are used up or `into` is full, and says how far it came; leave both alone until then, and
 * call again only then. Rejects with what is wrong with the data, beyond which nothing can be unpacked.
 */
export type Unzstd = (
  stored: Uint8Array,
  into: Uint8Array<ArrayBuffer>,
) => Promise<{
  readonly read: number;
  readonly written: number;
  /** False inside of a frame: the stored bytes must not end here. */
  readonly isBetweenFrames: boolean;
}>;

export interface NativeAddon {
  createDecoder(options: DecoderOptions): NativeDecoder;
  /** Attaches worker `index` (0 is the creator) of a decoder with several workers, from any thread. */
  attachDecoder(shared: number, index: number): NativeDecoder;
  /** Names of the malformed counters by number, "layer.reason". */
  counterNames(): readonly string[];
  /** Names and offsets of every field of event.h: { "FlowRecord.flow_id": 8, "FlowRecord.size": 232, … }. */
  layout(): Readonly<Record<string, number>>;
  /** JA3 and JA4 of one ClientHello handshake message, null when it is not well formed. */
  fingerprintHello(
    message: Uint8Array,
    protocol: 'tls' | 'quic' | 'dtls',
  ): { ja3Text: string; ja3: string; ja4: string; family: string; sni: string | null } | null;
  /** Version of libpcap that was found at run time, null when none is installed. */
  libpcapVersion(): string | null;
  /** Version of libzstd that was found at run time, null when none is installed. */
  libzstdVersion(): string | null;
  /** Unpacks one input, on another thread; null when libzstd is not installed. */
  createUnzstd(): Unzstd | null;
  /** Of all threads, for good: no new privileges and, with the right to it, an empty bounding set in any case. */
  confine(options: ConfineOptions): Confined;
  /** For good, and once. Null when it was done, else the system's words. */
  limit(limits: ProcessLimits): string | null;
  /** What the kernel has. */
  confinement(): {
    /** The version of Landlock, 0 for none. */
    readonly landlock: number;
    /** Landlock can keep signals and abstract sockets within a process too (version 6). */
    readonly hasScopes: boolean;
    readonly syscallFilter: boolean;
  };
}

/** Two folders up from here, and from dist/cli, which may hold this as a part of a larger file. */
const FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The command that builds the core of the package in `folder`; it says itself which of its tools is missing. */
export function waysToCore(folder: string): string {
  const [, place, inLib] = /^(.*?)(\/lib)?\/node_modules\//.exec(folder) ?? [];
  if (place === undefined) return `cd ${shellWord(folder)} && npm run build:native`;
  if (inLib !== undefined) return 'npm rebuild --global wiretally --build-from-source';
  return `cd ${shellWord(place)} && npm rebuild wiretally --build-from-source`;
}

/** Loads the addon; throws ADDON_MISSING with the command that builds it. */
export function loadAddon(): NativeAddon {
  const require = createRequire(import.meta.url);
  try {
    // What was built here goes before what the package brings.
    const load = require('node-gyp-build') as (folder: string) => NativeAddon;
    return load(fileURLToPath(new URL('../../native-bindings', import.meta.url)));
  } catch (cause) {
    throw new WiretallyError('ADDON_MISSING', 'the native core cannot be loaded', {
      cause,
      next: waysToCore(FOLDER),
    });
  }
}
