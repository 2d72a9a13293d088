// The hosts of a window by what speaks for their being there: a flood of forged senders must not push out honest hosts.

import type { HostDraft } from './host-draft.ts';

/** Ceiling of hosts in one window: a /16. */
export const MAX_HOSTS = 65_536;
/** Of these, hosts that only sent: forging them costs nothing, and a host that uses something is answered. */
export const MAX_UNHEARD_HOSTS = 16_384;

/** 0: it only sent; 1: it was answered, or sent a whole hello; 2: both. */
export type Rank = 0 | 1 | 2;

/** Of a host that ARP, DHCP or the like tell of: it is there, whether it is answered or not. */
export const SIGHTED: Rank = 1;

export function rankOf(bytesDown: number, hasHello: boolean): Rank {
  if (bytesDown === 0) return hasHello ? 1 : 0;
  return hasHello ? 2 : 1;
}

export class HostRanks {
  readonly #ranks: readonly [Map<string, HostDraft>, Map<string, HostDraft>, Map<string, HostDraft>] = [
    new Map(),
    new Map(),
    new Map(),
  ];

  /** Null when it is not known; one of a lower rank rises. */
  find(address: string, rank: Rank): HostDraft | null {
    for (let known: Rank | -1 = 2; known >= 0; known--) {
      const ranks = this.#ranks[known as Rank];
      const host = ranks.get(address);
      if (host === undefined) continue;
      if (known < rank) {
        ranks.delete(address);
        this.#ranks[rank].set(address, host);
      }
      return host;
    }
    return null;
  }

  /** 'made': an unlikelier host had to go. */
  makeRoom(rank: Rank): 'free' | 'made' | 'none' {
    const [unheard, heard, greeted] = this.#ranks;
    const isFull = unheard.size + heard.size + greeted.size >= MAX_HOSTS;
    if (rank === 0) return isFull || unheard.size >= MAX_UNHEARD_HOSTS ? 'none' : 'free';
    if (!isFull) return 'free';
    const lower = this.#ranks.slice(0, rank).find((hosts) => hosts.size > 0);
    const [oldest] = lower?.keys() ?? [];
    return oldest !== undefined && lower?.delete(oldest) ? 'made' : 'none';
  }

  add(host: HostDraft, rank: Rank): void {
    this.#ranks[rank].set(host.host, host);
  }

  all(): HostDraft[] {
    return this.#ranks.flatMap((hosts) => [...hosts.values()]);
  }
}
