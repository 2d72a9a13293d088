// One window while it is being filled: sums per host, row and name asked, and the finished window made of them.

import type { NameAsked, UsageWindow, WindowStats } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { US } from '../time/units.ts';
import { askedKey, MAX_ASKED_ADDRESSES, rowKey, smallestTexts } from '../window/sums.ts';
import { emptyHost, finishHost, type HostBuilder } from './host-builder.ts';
import { HostRanks, type Rank } from './host-ranks.ts';
import { emptyRow, finishRow, type RowBuilder, type RowIdentity } from './row-builder.ts';

/** Ceilings of one window beside that of hosts; what a hostile window would hold is about 100 MB. */
const MAX_ROWS = 65_536;
const MAX_ASKED = 65_536;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class WindowBuilder {
  readonly startSeconds: number;
  readonly startUs: number;
  readonly stats: Mutable<WindowStats> & { overflow: Record<string, number> };
  readonly #hosts = new HostRanks();
  readonly #rows = new Map<string, RowBuilder>();
  readonly #asked = new Map<string, Mutable<NameAsked>>();
  /** Keys of names that a host asked for others: it answered a question for the same name. */
  readonly #forwarded = new Set<string>();

  constructor(startSeconds: number) {
    this.startSeconds = startSeconds;
    this.startUs = startSeconds * US;
    this.stats = {
      packets: 0,
      bytes: 0,
      flows: 0,
      hellosComplete: 0,
      hellosIncomplete: 0,
      snaplenCut: 0,
      evictedFlows: 0,
      kernelDrops: 0,
      malformed: {},
      undecoded: 0,
      overflow: {},
    };
  }

  /** Null when there are too many hosts of its rank or above. `rank` is by what is to be added to it. */
  host(address: string, tsUs: number, rank: Rank): HostBuilder | null {
    const known = this.#hosts.find(address, rank);
    if (known !== null) return known;
    const room = this.#hosts.makeRoom(rank);
    if (room !== 'free') this.#leaveOut('hosts');
    if (room === 'none') return null;
    const builder = emptyHost(address, tsUs);
    this.#hosts.add(builder, rank);
    return builder;
  }

  row(identity: RowIdentity, tsUs: number): RowBuilder | null {
    const key = rowKey(identity);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= MAX_ROWS) return this.#leaveOut('rows');
    const builder = emptyRow(identity, tsUs);
    this.#rows.set(key, builder);
    return builder;
  }

  asked(host: string, name: string, tsUs: number): Mutable<NameAsked> | null {
    const key = askedKey({ host, name });
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    if (this.#asked.size >= MAX_ASKED) return this.#leaveOut('asked');
    const builder = { host, name, count: 0, firstUs: tsUs, lastUs: tsUs, addresses: [], offersEch: false };
    this.#asked.set(key, builder);
    return builder;
  }

  /** `server` answers a question for the name: what it asks for itself is a question of its client. */
  answered(server: string, name: string): void {
    if (this.#forwarded.size < MAX_ASKED) this.#forwarded.add(askedKey({ host: server, name }));
  }

  #leaveOut(ceiling: string): null {
    this.stats.overflow[ceiling] = (this.stats.overflow[ceiling] ?? 0) + 1;
    return null;
  }

  finish(sensor: string, lengthSeconds: number, revision: number): UsageWindow {
    return {
      sensor,
      startSeconds: this.startSeconds,
      revision,
      lengthSeconds,
      stats: { ...this.stats, malformed: { ...this.stats.malformed }, overflow: { ...this.stats.overflow } },
      hosts: this.#hosts
        .all()
        .map(finishHost)
        .sort((a, b) => compareText(a.host, b.host)),
      rows: sorted(this.#rows).map(finishRow),
      asked: sorted(this.#asked)
        .filter((asked) => !this.#forwarded.has(askedKey(asked)))
        .map((asked) => ({ ...asked })),
    };
  }
}

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort((a, b) => compareText(a[0], b[0])).map(([, value]) => value);
}

export function addAddresses(asked: Mutable<NameAsked>, addresses: readonly string[]): void {
  if (addresses.length === 0) return;
  asked.addresses = smallestTexts([...asked.addresses, ...addresses], MAX_ASKED_ADDRESSES);
}
