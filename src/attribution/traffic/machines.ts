// Finds which machine used an address at which time, by the MAC addresses of frames. Packets that are forged without the
// host's MAC appear as frames of two machines in turn.

import { addTo } from '../../model/grouped-by.ts';
import type { HostTotals, SharedMac } from '../../model/usage.ts';
import { countBefore } from '../../time/sorted.ts';
import { QUARTER_SECONDS, type TimestampUs, US } from '../../time/units.ts';
import { listFrames } from '../../window/sums.ts';
import type { Slice } from './channel.ts';

/**
 * A laptop that leaves its dock goes on with another MAC, and may come back. Frames of the first MAC before and behind
 * those of the second within so much time are of two machines.
 */
const IN_TURN_US = 15 * 60_000_000;
/** A person needs longer to leave a dock, get a network and work on: then two machines have the address at once. */
const AT_ONCE_US = 60_000_000;
/** The MAC of a machine that has an address of its own, and not of a router: in frames of so many hosts. */
const BORROWED_BY = { least: 2, most: 3 } as const;
/** Another machine's MAC on an address is no second network card of its owner, who was seen within this time. */
const BORROWED_US = 3600 * US;
/** A machine that was seen in so many times more windows than another is the one that has the address. */
const OWNER_RATIO = 4;

/** One laptop may use an address with two network cards. With this many MAC addresses in turn, the machine is unknown. */
const MANY_MACHINES = 3;

/** Enough to know that an address has several; what an attacker adds costs no more. */
const MAX_MACHINES = 16;

interface Stretch {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
}

export class Machines {
  readonly #stretches = new Map<string, Stretch[]>();
  /** How many hosts showed a MAC, where more than this one did. */
  readonly #hosts = new Map<string, number>();

  add(totals: HostTotals, sharedMacs: readonly SharedMac[]): void {
    for (const { mac, hosts } of sharedMacs) this.#hosts.set(mac, Math.max(hosts, this.#hosts.get(mac) ?? 1));
    for (const { mac, firstUs, lastUs, isAnswered } of listFrames(totals)) {
      // One packet in the name of another machine asks for nothing: it is no use of the address.
      if (!isAnswered) continue;
      const known = this.#stretches.get(mac);
      if (known === undefined && this.#stretches.size >= MAX_MACHINES) continue;
      if (known === undefined) this.#stretches.set(mac, [{ firstUs, lastUs }]);
      else known.push({ firstUs, lastUs });
    }
  }

  /** The same slices, with those marked that another machine than the owner of the address sent. */
  markForeign(slices: readonly Slice[]): readonly Slice[] {
    const own = [...this.#stretches].filter(([mac]) => !this.#isRouters(mac));
    if (own.length < 2) return slices; // nearly all
    for (const [, stretches] of own) stretches.sort((a, b) => a.firstUs - b.firstUs);
    // Machines that use tools at one address are reported; each of them may have it.
    const users = new Set(slices.filter(isAnswered).flatMap(({ row }) => row.macs));
    const foreign = slices.filter((slice) => this.#isForeign(slice, own, users));
    if (foreign.length === 0) return slices;
    // A machine that is another one goes on when the owner of the address is silent.
    const byMac = stretchesByMac(foreign);
    return slices.map((slice) =>
      slice.row.macs.some((mac) => isWithin(slice.row, byMac.get(mac) ?? [], IN_TURN_US))
        ? { ...slice, isForeign: true }
        : slice,
    );
  }

  #isForeign(
    { row }: Slice,
    own: readonly (readonly [string, readonly Stretch[]])[],
    users: ReadonlySet<string>,
  ): boolean {
    if (row.macs.length === 0 || row.macs.some((mac) => this.#isRouters(mac))) return false;
    const others = own.filter(([mac]) => !row.macs.includes(mac));
    const isBorrowed = row.macs.every((mac) => this.#isBorrowed(mac));
    const hasOwner = others.some(
      ([mac, stretches]) => !this.#isBorrowed(mac) && isWithin(row, stretches, BORROWED_US),
    );
    if (isBorrowed && hasOwner) return true;
    const mine = Math.max(...row.macs.map((mac) => this.#stretches.get(mac)?.length ?? 0));
    const rivals = others.filter(([, stretches]) => mine < OWNER_RATIO * stretches.length);
    const near = rivals.filter(([, stretches]) => isWithin(row, stretches, IN_TURN_US));
    if (row.macs.length + near.length >= MANY_MACHINES) return true;
    return rivals.some(([mac, stretches]) => !users.has(mac) && isInTurn(row, stretches));
  }

  /** It says nothing of the host behind. */
  #isRouters(mac: string): boolean {
    return (this.#hosts.get(mac) ?? 1) > BORROWED_BY.most;
  }

  #isBorrowed(mac: string): boolean {
    const hosts = this.#hosts.get(mac) ?? 1;
    return hosts >= BORROWED_BY.least && hosts <= BORROWED_BY.most;
  }
}

/** Sorted by their begin. */
function stretchesByMac(slices: readonly Slice[]): ReadonlyMap<string, readonly Stretch[]> {
  const byMac = new Map<string, Stretch[]>();
  for (const { row } of slices) {
    for (const mac of row.macs) {
      addTo(byMac, mac, row);
    }
  }
  for (const stretches of byMac.values()) stretches.sort((a, b) => a.firstUs - b.firstUs);
  return byMac;
}

const isAnswered = ({ row }: Slice): boolean => row.answeredSlices > row.contradictedSlices;

/** Some stretch is no further from the row than `us`. `stretches` are sorted by their begin. */
function isWithin({ firstUs, lastUs }: Stretch, stretches: readonly Stretch[], us: number): boolean {
  const next =
    stretches[countBefore(stretches, (other) => other.firstUs < firstUs - us - QUARTER_SECONDS * US)];
  return next !== undefined && next.firstUs <= lastUs + us;
}

/** `stretches` are sorted by their begin. */
function isInTurn({ firstUs, lastUs }: Stretch, stretches: readonly Stretch[]): boolean {
  let isBefore = false;
  let isBehind = false;
  // No window, and so no stretch, is longer than a quarter hour.
  const fromUs = firstUs - IN_TURN_US - QUARTER_SECONDS * US;
  for (let i = countBefore(stretches, (other) => other.firstUs < fromUs); i < stretches.length; i++) {
    const other = stretches[i];
    if (other === undefined || other.firstUs > lastUs + IN_TURN_US) break;
    if (other.firstUs <= lastUs + AT_ONCE_US && other.lastUs >= firstUs - AT_ONCE_US) return true;
    if (other.firstUs > lastUs) isBehind = true;
    else if (other.lastUs >= firstUs - IN_TURN_US) isBefore = true;
    if (isBefore && isBehind) return true;
  }
  return false;
}
