// Exchanges that precede the slice of their flow: the slice ends with its window.

import type { ExchangeRecord } from '../model/flow.ts';

/** About 40 MB. */
const MAX_WAITING_EXCHANGES = 262_144;

export class WaitingExchanges {
  readonly #byFlow = new Map<number, ExchangeRecord[]>();
  #count = 0;
  overflow = 0;

  has(flowId: number): boolean {
    return this.#byFlow.has(flowId);
  }

  add(exchange: ExchangeRecord): void {
    if (this.#count >= MAX_WAITING_EXCHANGES) {
      this.overflow++;
      return;
    }
    this.#count++;
    const list = this.#byFlow.get(exchange.flowId);
    if (list === undefined) this.#byFlow.set(exchange.flowId, [exchange]);
    else list.push(exchange);
  }

  /** Those of the flow; they wait no longer. */
  take(flowId: number): readonly ExchangeRecord[] {
    const list = this.#byFlow.get(flowId) ?? [];
    this.#byFlow.delete(flowId);
    this.#count -= list.length;
    return list;
  }

  /** Evicts flows whose exchanges all started before `tsUs`. */
  expire(tsUs: number): void {
    for (const [flowId, list] of this.#byFlow) {
      if (list.every((exchange) => exchange.startUs < tsUs)) this.take(flowId);
    }
  }
}
