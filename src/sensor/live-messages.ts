// What the main thread and the threads of live rings say to each other.

import type { DecoderOptions, LinkState, RingOptions } from '../native/addon.ts';

export type LiveSource =
  | { readonly backend: 'ring'; readonly name: string; readonly index: number; readonly ring: RingOptions }
  | {
      readonly backend: 'cap';
      readonly name: string;
      readonly index: number;
      readonly filter: string | null;
    };

/** What native code must know of the catalogue. */
export type LiveInterest = Pick<
  DecoderOptions,
  'interestNames' | 'interestCiphers' | 'userAgents' | 'totals'
>;

export interface LiveTask {
  readonly source: LiveSource;
  readonly decoder: DecoderOptions;
  readonly windowSeconds: number;
  /** Empty batches. Each comes back when it has been read. */
  readonly buffers: readonly ArrayBuffer[];
}

export type ToWorker =
  | { readonly kind: 'buffer'; readonly buffer: ArrayBuffer }
  | { readonly kind: 'stop' }
  /** The next bytes of the pcap stream of a portable source. */
  | { readonly kind: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'interest'; readonly interest: LiveInterest }
  | { readonly kind: 'reopen'; readonly fanoutGroup: number }
  /** Ends the thread as a fault of its own would. */
  | { readonly kind: 'fail' };

/** How far a thread is: everything before `clockUs` has been given; windows before `settledSeconds` are out. */
export interface Progress {
  readonly clockUs: number;
  readonly settledSeconds: number | null;
}

export interface WorkerStats {
  readonly received: number;
  readonly ringDrops: number;
  readonly freezes: number;
  readonly state: LinkState;
  readonly openFlows: number;
  /** 0 to 1; null where the system does not tell. */
  readonly load: number | null;
}

export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'reopened' }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      readonly next: string | null;
    }
  | ({ readonly kind: 'batch'; readonly buffer: ArrayBuffer; readonly length: number } & Progress)
  | ({ readonly kind: 'clock' } & Progress)
  | ({ readonly kind: 'stats' } & WorkerStats);
