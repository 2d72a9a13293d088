// Totals of hosts by window, added up before the aggregator receives them. Nearly all rows of a log end here: the sums are
// columns of numbers, so that a collection of garbage has no object of theirs to move.

import type { HostTotalsRecord } from '../../model/flow.ts';
import type { TimestampUs } from '../../time/units.ts';
import { TextSlots } from './text-slots.ts';
import { hostTotals } from './totals.ts';

/** Sums that are kept at once: those of the open windows of a large network. More would not fit into the cache of a processor. */
const MAX_SUMS = 16_384;
/** Places of sums, a power of two: half of them stay free. */
const PLACES = 2 * MAX_SUMS;
/** Numbers of a sum. */
const [FIRST_US, LAST_US, PACKETS, UP, DOWN, FLOWS, HELLOS, EVICTED, WIDTH] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

export class HostSums {
  readonly #give: (sums: Iterable<HostTotalsRecord>) => void;
  /** Numbers of hosts, in the order in which they came. */
  readonly #hosts = new Map<string, number>();
  readonly #recent = new TextSlots();
  /** Number of the sum plus one, by a hash of its window and host; 0: none. */
  readonly #places = new Int32Array(PLACES);
  readonly #windowOf = new Float64Array(MAX_SUMS);
  readonly #hostOf = new Int32Array(MAX_SUMS);
  readonly #numbers = new Float64Array(WIDTH * MAX_SUMS);
  readonly #names: string[] = [];
  readonly #macs: (string | null)[] = [];
  #count = 0;

  /** `give` receives full sums. */
  constructor(give: (sums: Iterable<HostTotalsRecord>) => void) {
    this.#give = give;
  }

  /** Adds a row that has no part which is not visible, and no VLAN. `latestUs`: within the window. */
  add(window: number, row: HostTotalsRecord, latestUs: TimestampUs): void {
    if (this.#count === MAX_SUMS) this.giveAll();
    const host = this.#findNumber(row.host);
    let place = hashPlace(window, host);
    let sum = (this.#places[place] ?? 0) - 1;
    while (sum >= 0 && (this.#hostOf[sum] !== host || this.#windowOf[sum] !== window)) {
      place = (place + 1) & (PLACES - 1);
      sum = (this.#places[place] ?? 0) - 1;
    }
    // A host that changes its MAC has a sum for each run of rows with one.
    if (sum >= 0 && this.#macs[sum] !== row.mac) sum = -1;
    if (sum < 0) {
      sum = this.#count++;
      this.#places[place] = sum + 1;
      this.#windowOf[sum] = window;
      this.#hostOf[sum] = host;
      this.#names[sum] = row.host;
      this.#macs[sum] = row.mac;
      this.#numbers.fill(0, WIDTH * sum, WIDTH * (sum + 1));
      this.#numbers[WIDTH * sum + FIRST_US] = row.firstUs;
      this.#numbers[WIDTH * sum + LAST_US] = latestUs;
    }
    const at = WIDTH * sum;
    const numbers = this.#numbers;
    if (row.firstUs < (numbers[at + FIRST_US] ?? 0)) numbers[at + FIRST_US] = row.firstUs;
    if (latestUs > (numbers[at + LAST_US] ?? 0)) numbers[at + LAST_US] = latestUs;
    numbers[at + PACKETS] = (numbers[at + PACKETS] ?? 0) + row.packets;
    numbers[at + UP] = (numbers[at + UP] ?? 0) + row.bytesUp;
    numbers[at + DOWN] = (numbers[at + DOWN] ?? 0) + row.bytesDown;
    numbers[at + FLOWS] = (numbers[at + FLOWS] ?? 0) + row.flows;
    numbers[at + HELLOS] = (numbers[at + HELLOS] ?? 0) + row.hellosComplete;
    numbers[at + EVICTED] = (numbers[at + EVICTED] ?? 0) + row.evictedFlows;
  }

  #findNumber(host: string): number {
    const recent = this.#recent.get(host);
    if (recent >= 0) return recent;
    const number = this.#hosts.get(host) ?? this.#hosts.size;
    this.#hosts.set(host, number);
    this.#recent.set(host, number);
    return number;
  }

  giveAll(): void {
    this.#recent.clear();
    this.#give(this.#all());
    this.#places.fill(0);
    this.#hosts.clear();
    this.#names.length = 0;
    this.#macs.length = 0;
    this.#count = 0;
  }

  *#all(): Generator<HostTotalsRecord> {
    for (let sum = 0; sum < this.#count; sum++) {
      const number = (field: number): number => this.#numbers[WIDTH * sum + field] ?? 0;
      yield hostTotals({
        host: this.#names[sum] ?? '',
        mac: this.#macs[sum] ?? null,
        firstUs: number(FIRST_US),
        lastUs: number(LAST_US),
        packets: number(PACKETS),
        bytesUp: number(UP),
        bytesDown: number(DOWN),
        flows: number(FLOWS),
        hellosComplete: number(HELLOS),
        evictedFlows: number(EVICTED),
      });
    }
  }
}

const hashPlace = (window: number, host: number): number =>
  (Math.imul(window, 0x9e3779b1) ^ Math.imul(host, 0x85ebca6b)) >>> (32 - Math.log2(PLACES));
