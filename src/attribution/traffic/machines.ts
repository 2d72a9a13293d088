// Finds which machine used an address at which time, by the MAC addresses of frames. Packets that are forged without the
// host's MAC appear as frames of two machines in turn.

import { addTo } from '../../model/grouped-by.ts';
import type { HostTotals, SharedMac } from '../../model/usage.ts';
import { countBefore } from '../../time/sorted.ts';
import { QUARTER_SECONDS, type TimestampUs, US } from '../../time/units.ts';
import { listFrames } from '../../window/sums.ts';
import type { Slice } from './channel.ts';

/**
 * If frames of one MAC occur within this time before and after frames of another, two machines use the address. A longer
 * return may be that of a laptop to its dock.
 */
const IN_TURN_US = 15 * 60_000_000;
/** With frames within this time, two machines have the address: a person needs longer to leave a dock and connect again. */
const AT_ONCE_US = 60_000_000;
/** A MAC with this many hosts is a machine that also uses addresses of others; a router has more hosts. */
const BORROWED_BY = { least: 2, most: 3 } as const;
/** If the owner of an address was seen within this time, the MAC of another machine is not its second network card. */
const BORROWED_US = 3600 * US;
/** The machine with this many times more windows than another owns the address. */
const OWNER_RATIO = 4;

/** One laptop may use an address with two network cards. With this many MAC addresses in turn, the machine is unknown. */
const MANY_MACHINES = 3;

/** Maximum number of machines per address: enough to detect several, and a limit for attackers. */
const MAX_MACHINES = 16;

interface Stretch {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
}

export class Machines {
  readonly #stretches = new Map<string, Stretch[]>();
  /** Number of hosts per MAC, if more than this host used it. */
  readonly #hosts = new Map<string, number>();

  add(totals: HostTotals, sharedMacs: readonly SharedMac[]): void {
    for (const { mac, hosts } of sharedMacs) this.#hosts.set(mac, Math.max(hosts, this.#hosts.get(mac) ?? 1));
    for (const { mac, firstUs, lastUs, isAnswered } of listFrames(totals)) {
      // A single packet with the address of another machine is not use of the address.
      if (!isAnswered) continue;
      const existing = this.#stretches.get(mac);
      if (existing === undefined && this.#stretches.size >= MAX_MACHINES) continue;
      if (existing === undefined) this.#stretches.set(mac, [{ firstUs, lastUs }]);
      else existing.push({ firstUs, lastUs });
    }
  }

  /** Marks the slices of another machine than the owner of the address. */
  markForeign(slices: readonly Slice[]): readonly Slice[] {
    const own = [...this.#stretches].filter(([mac]) => !this.#isRouters(mac));
    if (own.length < 2) return slices; // true for nearly all hosts
    for (const [, stretches] of own) stretches.sort((a, b) => a.firstUs - b.firstUs);
    // A MAC with answered traffic of tools may be the owner's, so that it is not foreign only because it alternates.
    const users = new Set(slices.filter(isAnswered).flatMap(({ row }) => row.macs));
    const foreign = slices.filter((slice) => this.#isForeign(slice, own, users));
    if (foreign.length === 0) return slices;
    // A separate machine continues while the owner of the address is silent.
    const byMac = groupByMac(foreign);
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

  /** True for the MAC of a router, which is no evidence for the host behind it. */
  #isRouters(mac: string): boolean {
    return (this.#hosts.get(mac) ?? 1) > BORROWED_BY.most;
  }

  #isBorrowed(mac: string): boolean {
    const hosts = this.#hosts.get(mac) ?? 1;
    return hosts >= BORROWED_BY.least && hosts <= BORROWED_BY.most;
  }
}

/** Groups traffic by MAC, sorted by its start. */
function groupByMac(slices: readonly Slice[]): ReadonlyMap<string, readonly Stretch[]> {
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

/** Yields the stretches that may be within `us` of the row. `stretches` are sorted by their start. */
function* listNear(
  { firstUs, lastUs }: Stretch,
  stretches: readonly Stretch[],
  us: number,
): Generator<Stretch> {
  // No window, and so no stretch, is longer than a quarter hour.
  const fromUs = firstUs - us - QUARTER_SECONDS * US;
  for (let i = countBefore(stretches, (other) => other.firstUs < fromUs); i < stretches.length; i++) {
    const other = stretches[i];
    if (other === undefined || other.firstUs > lastUs + us) return;
    yield other;
  }
}

/** True if the row is within `us` of a stretch. */
function isWithin(row: Stretch, stretches: readonly Stretch[], us: number): boolean {
  for (const other of listNear(row, stretches, us)) if (other.lastUs >= row.firstUs - us) return true;
  return false;
}

/** True if the row lies between two stretches, or at the time of one. */
function isInTurn(row: Stretch, stretches: readonly Stretch[]): boolean {
  const { firstUs, lastUs } = row;
  let isBefore = false;
  let isAfter = false;
  for (const other of listNear(row, stretches, IN_TURN_US)) {
    if (other.firstUs <= lastUs + AT_ONCE_US && other.lastUs >= firstUs - AT_ONCE_US) return true;
    if (other.firstUs > lastUs) isAfter = true;
    else if (other.lastUs >= firstUs - IN_TURN_US) isBefore = true;
    if (isBefore && isAfter) return true;
  }
  return false;
}
