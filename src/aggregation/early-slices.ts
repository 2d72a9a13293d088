// First slices of flows whose hello may follow in the next window. Stored as numbers in fixed memory, because a flood
// of forged packets makes hundreds of thousands of them without a hello.

import type { FlowRecord } from '../model/flow.ts';
import { US } from '../time/units.ts';
import { GREETING_US } from './tracked-flow.ts';

/** Maximum slices, a power of two: 13 MB. A busy network has some thousand at the end of a window. */
export const MAX_EARLY_SLICES = 131_072;
/** Slots per hash: more slots let the newest slices find a free one in a fuller table. */
const WAYS = 8;

/** Stored fields of a slice; the others recur in later slices or are not known yet. */
const FIELDS = [
  'flowFirstUs',
  'firstUs',
  'lastUs',
  'packetsUp',
  'packetsDown',
  'bytesUp',
  'bytesDown',
  'payloadUp',
  'payloadDown',
  'lostUp',
  'lostDown',
] as const;

export class EarlySlices {
  readonly #windowUs: number;
  /** Numbers of flows; 0 in a free place, as no flow has it. Null before the first slice. */
  #flowIds: Float64Array | null = null;
  #values: Float64Array | null = null;
  /** Start of the flow of the earliest slice, as far as is known: nothing expires before it may. */
  #earliestUs = Number.POSITIVE_INFINITY;
  /** Slices that had to go before their time. */
  overflow = 0;

  constructor(windowSeconds: number) {
    this.#windowUs = windowSeconds * US;
  }

  /** True when a later slice may contain the hello and start early enough to belong to this one. */
  isWorthKeeping(slice: FlowRecord): boolean {
    const nextWindowUs = (Math.floor(slice.firstUs / this.#windowUs) + 1) * this.#windowUs;
    return nextWindowUs < slice.flowFirstUs + GREETING_US;
  }

  /** When the table is full, evicts the flow that started first: it is the least likely to continue. */
  add(slice: FlowRecord): void {
    this.#flowIds ??= new Float64Array(MAX_EARLY_SLICES);
    this.#values ??= new Float64Array(MAX_EARLY_SLICES * FIELDS.length);
    const set = setOf(slice.flowId);
    let place = set;
    for (let i = set; i < set + WAYS; i++) {
      if (this.#flowIds[i] === 0) {
        place = i;
        break;
      }
      if (this.#beganUs(i) < this.#beganUs(place)) place = i;
    }
    if (this.#flowIds[place] !== 0) {
      this.overflow++;
      if (this.#beganUs(place) > slice.flowFirstUs) return;
    }
    this.#earliestUs = Math.min(this.#earliestUs, slice.flowFirstUs);
    this.#flowIds[place] = slice.flowId;
    for (const [i, field] of FIELDS.entries()) this.#values[place * FIELDS.length + i] = slice[field];
  }

  /** Removes and returns the previous slice if it was stored and this one followed in time. */
  take(next: FlowRecord): FlowRecord | null {
    if (this.#flowIds === null) return null;
    const set = setOf(next.flowId);
    for (let i = set; i < set + WAYS; i++) {
      if (this.#flowIds[i] !== next.flowId) continue;
      this.#flowIds[i] = 0;
      return next.firstUs < this.#beganUs(i) + GREETING_US ? this.#sliceAt(i, next) : null;
    }
    return null;
  }

  /** Evicts slices without a possible successor, once every slice that starts before `untilUs` has been added. */
  expire(untilUs: number): void {
    const beforeUs = untilUs - GREETING_US - this.#windowUs;
    if (this.#flowIds === null || this.#earliestUs > beforeUs) return;
    this.#earliestUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < MAX_EARLY_SLICES; i++) {
      if (this.#flowIds[i] === 0) continue;
      if (this.#beganUs(i) <= beforeUs) this.#flowIds[i] = 0;
      else this.#earliestUs = Math.min(this.#earliestUs, this.#beganUs(i));
    }
  }

  #beganUs(place: number): number {
    return this.#values?.[place * FIELDS.length] ?? 0;
  }

  #sliceAt(place: number, next: FlowRecord): FlowRecord {
    const values = this.#values?.subarray(place * FIELDS.length, (place + 1) * FIELDS.length);
    const kept = Object.fromEntries(FIELDS.map((field, i) => [field, values?.[i] ?? 0]));
    return {
      ...next,
      ...kept,
      isFirstSlice: true,
      isLastSlice: false,
      serverHello: false,
      established: false,
      resumed: false,
      isHttp2: false,
      helloUs: null,
      hello: null,
      sni: null,
      helloHash: null,
      isAnswered: false,
      isContradicted: false,
      otherSni: null,
      end: 'open',
    };
  }
}

/** First slot of a flow; flow numbers are dense except for the decoder in the upper bits. */
function setOf(flowId: number): number {
  const mixed = Math.imul((flowId % 0x1_0000_0000) ^ (flowId / 0x1_0000_0000), 0x9e3779b1) >>> 0;
  return Math.floor(mixed / (0x1_0000_0000 / (MAX_EARLY_SLICES / WAYS))) * WAYS;
}
