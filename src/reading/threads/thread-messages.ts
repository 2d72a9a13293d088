// Defines the messages between the main thread and decoding threads, over one port per task.

import type { MessagePort } from 'node:worker_threads';
import type { DecoderOptions, LinkState, RingOptions } from '../../native/addon.ts';

export type LiveSource =
  | { readonly backend: 'ring'; readonly name: string; readonly index: number; readonly ring: RingOptions }
  | {
      readonly backend: 'cap';
      readonly name: string;
      readonly index: number;
      readonly filter: string | null;
    };

export type LiveWatchlist = Pick<DecoderOptions, 'watchedNames' | 'watchedCiphers' | 'userAgents' | 'totals'>;

/** Source of the records of a thread: an interface, with its own decoder. */
export interface ThreadInput {
  readonly source: LiveSource;
  readonly decoder: DecoderOptions;
}

export interface DecodeTask {
  readonly input: ThreadInput;
  readonly windowSeconds: number;
  /** Empty batch buffers. Each is returned after it was read. */
  readonly buffers: readonly ArrayBuffer[];
  readonly port: MessagePort;
}

export type ToThread = { readonly kind: 'buffer'; readonly buffer: ArrayBuffer } | ToInput;

export type ToInput =
  | { readonly kind: 'stop' }
  /** The next bytes of the pcap stream of a portable source. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'watchlist'; readonly watchlist: LiveWatchlist }
  | { readonly kind: 'reopen'; readonly fanoutGroup: number }
  /** Crashes the thread, for tests. */
  | { readonly kind: 'fail' };

/**
 * Progress of a thread: every record before `clockUs` has been delivered, and all records of windows that end by
 * `settledUs`.
 */
export interface Progress {
  readonly clockUs: number;
  /** Null: unchanged. */
  readonly settledUs: number | null;
}

export interface ThreadStats {
  readonly received: number;
  readonly ringDrops: number;
  readonly freezes: number;
  /** Maximum fill level of the ring since the last message, 0 to 1; null without a ring. */
  readonly ringFill: number | null;
  readonly state: LinkState;
  readonly openFlows: number;
  /** 0 to 1; null if the system does not report it. */
  readonly load: number | null;
}

/** The process was stopped, or the machine was suspended. */
export interface Pause {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface ThreadFailure {
  readonly code: string;
  readonly message: string;
  readonly next: string | null;
}

export type FromThread =
  | { readonly kind: 'opened' }
  | ({ readonly kind: 'batch'; readonly buffer: ArrayBuffer; readonly length: number } & Progress)
  | ({ readonly kind: 'progress' } & Progress)
  | ({ readonly kind: 'stats' } & ThreadStats)
  | { readonly kind: 'reopened' }
  | ({ readonly kind: 'paused' } & Pause)
  /** The thread could not open its input, or not reopen its interface. */
  | ({ readonly kind: 'failed' } & ThreadFailure)
  /** The last message: complete, or failed. */
  | { readonly kind: 'ended'; readonly failure: ThreadFailure | null };

export type Post = (message: FromThread, transfer?: readonly ArrayBuffer[]) => void;
