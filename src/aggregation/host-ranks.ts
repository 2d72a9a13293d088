// Ranks the hosts of a window by the evidence of their existence: a flood of forged senders must not evict real hosts.

import type { HostBuilder } from './host-builder.ts';

/**
 * 0: it only sent; forging that costs nothing. 1: it was answered, or sent a whole hello. 2: ARP, DHCP or similar reported
 * it. 3: it sent a whole hello and was answered, as every host with tool use does.
 */
export type Rank = 0 | 1 | 2 | 3;

export const SIGHTED: Rank = 2;

/** Ceilings of hosts in one window: of a rank and those below it. All hosts together are a /16. */
export const MAX_HOSTS = [16_384, 32_768, 49_152, 65_536] as const;

export function rankOf(bytesDown: number, hasHello: boolean): Rank {
  if (bytesDown === 0) return hasHello ? 1 : 0;
  return hasHello ? 3 : 1;
}

export class HostRanks {
  /** Made when they are needed: an empty map is as large as a host. */
  readonly #ranks: (Map<string, HostBuilder> | null)[] = MAX_HOSTS.map(() => null);

  /** Null when it is not known; one of a lower rank rises. */
  find(address: string, rank: Rank): HostBuilder | null {
    for (let known = MAX_HOSTS.length - 1; known >= 0; known--) {
      const hosts = this.#ranks[known];
      const host = hosts?.get(address);
      if (host === undefined) continue;
      if (known < rank) {
        hosts?.delete(address);
        this.add(host, rank);
      }
      return host;
    }
    return null;
  }

  /** 'made': the oldest host of the lowest rank had to go. */
  makeRoom(rank: Rank): 'free' | 'made' | 'none' {
    let sum = 0;
    const isFull = MAX_HOSTS.some((ceiling, at) => {
      sum += this.#ranks[at]?.size ?? 0;
      return at >= rank && sum >= ceiling;
    });
    if (!isFull) return 'free';
    const lowest = this.#ranks.slice(0, rank).find((hosts) => hosts !== null && hosts.size > 0);
    const [oldest] = lowest?.keys() ?? [];
    return oldest !== undefined && lowest?.delete(oldest) ? 'made' : 'none';
  }

  add(host: HostBuilder, rank: Rank): void {
    const hosts = this.#ranks[rank] ?? new Map<string, HostBuilder>();
    this.#ranks[rank] = hosts.set(host.host, host);
  }

  all(): HostBuilder[] {
    return this.#ranks.flatMap((hosts) => (hosts === null ? [] : [...hosts.values()]));
  }
}
