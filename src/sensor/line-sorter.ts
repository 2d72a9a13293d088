// Records in an order that does not depend on which worker gave them: sorted whole up to a ceiling, by parts beyond it.

import type { FlowRecord, HelloRecord } from '../model/flow.ts';
import { compareText } from '../net/address.ts';

/** Records held for sorting, about 600 MB of flows. A capture with more is given out in sorted parts of this size. */
const MAX_SORTED = 1_000_000;

export class LineSorter<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #emit: (record: T) => void;
  #held: T[] = [];

  constructor(compare: (a: T, b: T) => number, emit: (record: T) => void) {
    this.#compare = compare;
    this.#emit = emit;
  }

  add(record: T): void {
    this.#held.push(record);
    if (this.#held.length >= MAX_SORTED) this.finish();
  }

  /** Gives out what is held. */
  finish(): void {
    const held = this.#held;
    this.#held = [];
    held.sort(this.#compare);
    for (const record of held) this.#emit(record);
  }
}

export function compareHellos(a: HelloRecord, b: HelloRecord): number {
  return (
    a.tsUs - b.tsUs ||
    compareText(a.source, b.source) ||
    a.sourcePort - b.sourcePort ||
    compareText(a.destination, b.destination) ||
    a.destinationPort - b.destinationPort ||
    compareText(a.form.ja4, b.form.ja4)
  );
}

export function compareFlows(a: FlowRecord, b: FlowRecord): number {
  return (
    a.flowFirstUs - b.flowFirstUs ||
    compareText(a.client, b.client) ||
    a.clientPort - b.clientPort ||
    compareText(a.server, b.server) ||
    a.serverPort - b.serverPort ||
    compareText(a.protocol, b.protocol) ||
    a.lastUs - b.lastUs
  );
}
