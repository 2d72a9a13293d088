// Sums totals of hosts by window before the aggregator receives them. Almost all rows of a log end here. The sums are
// columns of numbers, so that garbage collection has no objects to move.

import type { HostTotalsRecord } from '../../model/flow.ts';
import type { HostSumColumns } from '../../native/addon.ts';
import { parseAddress } from '../../net/address.ts';
import type { TimestampUs } from '../../time/units.ts';
import { TextSlots } from './text-slots.ts';
import { hostTotals } from './totals.ts';

/** Maximum sums: those of the open windows of a large network. More would not fit into the cache of a processor. */
const MAX_SUMS = 16_384;
/** Slots for sums, a power of two. Half of them stay free. */
const PLACES = 2 * MAX_SUMS;
/** Maximum hosts that have a number at one time. */
const MAX_HOSTS = 131_072;
/** Maximum sums that the core writes at once. */
const AT_ONCE = 256;
/** Columns of a sum. */
const [FIRST_US, LAST_US, PACKETS, UP, DOWN, FLOWS, HELLOS, UNSIZED, WIDTH] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

export class HostSums {
  readonly #give: (sums: Iterable<HostTotalsRecord>) => void;
  /** Numbers of hosts, in the order of their first row. */
  readonly #hosts = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #recent = new TextSlots();
  /** The core adds to these columns too. */
  readonly columns: HostSumColumns = {
    places: new Int32Array(PLACES),
    windows: new Float64Array(MAX_SUMS),
    hosts: new Int32Array(MAX_SUMS),
    hasMac: new Uint8Array(MAX_SUMS),
    numbers: new Float64Array(WIDTH * MAX_SUMS),
    count: new Int32Array(1),
    addresses: new Uint32Array(MAX_HOSTS),
  };
  /** MACs of the sums that have one. */
  readonly #macs: string[] = [];
  /** Called before numbers are assigned to other hosts. */
  onForget: (() => void) | null = null;
  /** Lets the core emit the sums from this index on, at most AT_ONCE; false: it cannot. */
  write: ((from: number) => boolean) | null = null;

  /** `give` receives completed sums. */
  constructor(give: (sums: Iterable<HostTotalsRecord>) => void) {
    this.#give = give;
  }

  /** Adds a row that has neither traffic that is not visible nor a VLAN. `latestUs`: the last time within the window. */
  add(window: number, row: HostTotalsRecord, latestUs: TimestampUs): void {
    const { places, windows, hosts, hasMac, numbers, count } = this.columns;
    if ((count[0] ?? 0) >= MAX_SUMS) this.emitAll();
    const host = this.findNumber(row.host);
    let place = hashPlace(window, host);
    let sum = (places[place] ?? 0) - 1;
    while (sum >= 0 && (hosts[sum] !== host || windows[sum] !== window)) {
      place = (place + 1) & (PLACES - 1);
      sum = (places[place] ?? 0) - 1;
    }
    // A host that changes its MAC has a sum for each run of rows with one.
    if (sum >= 0 && this.#mac(sum) !== row.mac) sum = -1;
    if (sum < 0) {
      sum = count[0] ?? 0;
      count[0] = sum + 1;
      places[place] = sum + 1;
      windows[sum] = window;
      hosts[sum] = host;
      hasMac[sum] = row.mac === null ? 0 : 1;
      if (row.mac !== null) this.#macs[sum] = row.mac;
      numbers.fill(0, WIDTH * sum, WIDTH * (sum + 1));
      numbers[WIDTH * sum + FIRST_US] = row.firstUs;
      numbers[WIDTH * sum + LAST_US] = latestUs;
    }
    const at = WIDTH * sum;
    if (row.firstUs < (numbers[at + FIRST_US] ?? 0)) numbers[at + FIRST_US] = row.firstUs;
    if (latestUs > (numbers[at + LAST_US] ?? 0)) numbers[at + LAST_US] = latestUs;
    numbers[at + PACKETS] = (numbers[at + PACKETS] ?? 0) + row.packets;
    numbers[at + UP] = (numbers[at + UP] ?? 0) + row.bytesUp;
    numbers[at + DOWN] = (numbers[at + DOWN] ?? 0) + row.bytesDown;
    numbers[at + FLOWS] = (numbers[at + FLOWS] ?? 0) + row.flows;
    numbers[at + HELLOS] = (numbers[at + HELLOS] ?? 0) + row.hellosComplete;
    numbers[at + UNSIZED] = (numbers[at + UNSIZED] ?? 0) + (row.unsizedFlows ?? 0);
  }

  /** Returns the number of a host, which all its sums share. */
  findNumber(host: string): number {
    const recent = this.#recent.get(host);
    if (recent >= 0) return recent;
    const existing = this.#hosts.get(host);
    if (existing === undefined && this.#hosts.size >= MAX_HOSTS) this.#forget();
    const number = existing ?? this.#hosts.size;
    this.#hosts.set(host, number);
    this.#names[number] = host;
    if (existing === undefined) this.columns.addresses[number] = ip4Number(host);
    this.#recent.set(host, number);
    return number;
  }

  hostOf(number: number): string {
    return this.#names[number] ?? '';
  }

  #forget(): void {
    this.emitAll();
    this.#hosts.clear();
    this.#recent.clear();
    this.onForget?.();
  }

  #mac(sum: number): string | null {
    return this.columns.hasMac[sum] === 0 ? null : (this.#macs[sum] ?? null);
  }

  emitAll(): void {
    const count = this.columns.count[0] ?? 0;
    if (this.write === null) this.#give(this.#list(0, count));
    else
      for (let from = 0; from < count; from += AT_ONCE)
        if (!this.write(from)) this.#give(this.#list(from, Math.min(from + AT_ONCE, count)));
    this.columns.places.fill(0);
    this.columns.count[0] = 0;
  }

  *#list(from: number, to: number): Generator<HostTotalsRecord> {
    const { hosts, numbers } = this.columns;
    for (let sum = from; sum < to; sum++) {
      const number = (field: number): number => numbers[WIDTH * sum + field] ?? 0;
      yield hostTotals({
        host: this.hostOf(hosts[sum] ?? 0),
        mac: this.#mac(sum),
        firstUs: number(FIRST_US),
        lastUs: number(LAST_US),
        packets: number(PACKETS),
        bytesUp: number(UP),
        bytesDown: number(DOWN),
        flows: number(FLOWS),
        hellosComplete: number(HELLOS),
        notVisible: unsizedFlows(number(UNSIZED)),
      });
    }
  }
}

/** Returns the number of an IPv4 address; 0 for other hosts. */
function ip4Number(host: string): number {
  const bytes = parseAddress(host);
  return bytes?.length === 4 ? new DataView(bytes.buffer).getUint32(0) : 0;
}

const NOTHING: HostTotalsRecord['notVisible'] = [];

const unsizedFlows = (flows: number): HostTotalsRecord['notVisible'] =>
  flows === 0 ? NOTHING : [{ kind: 'unsized', hint: 'unknown', flows, bytes: 0 }];

const hashPlace = (window: number, host: number): number =>
  (Math.imul(window, 0x9e3779b1) ^ Math.imul(host, 0x85ebca6b)) >>> (32 - Math.log2(PLACES));
