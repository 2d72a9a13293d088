// Which of several flows with one ClientHello is counted: both legs of a proxied connection, or a packet seen twice.

import { compareText } from '../model/address.ts';
import type { FlowRecord, TimestampUs } from '../model/flow.ts';

/** Hellos remembered at once; beyond it further ones count as first legs. */
export const MAX_LEGS = 131_072;
/** A proxy passes a hello on within seconds: after this time a flow may be counted. */
export const LEG_WAIT_US = 2_000_000;

interface Leg {
  readonly flowId: number;
  readonly helloUs: TimestampUs;
  /** Both ends, for hellos of one microsecond. */
  readonly ends: string;
}

export class Legs {
  readonly #first = new Map<string, Leg>();
  leftOut = 0;

  note(flow: FlowRecord): void {
    if (flow.randomHash === null || flow.helloUs === null) return;
    const known = this.#first.get(flow.randomHash);
    if (known?.flowId === flow.flowId) return;
    if (known === undefined && this.#first.size >= MAX_LEGS) {
      this.leftOut++;
      return;
    }
    const ends = `${flow.client} ${flow.clientPort} ${flow.server} ${flow.serverPort}`;
    const leg = { flowId: flow.flowId, helloUs: flow.helloUs, ends };
    if (known === undefined || isEarlier(leg, known)) this.#first.set(flow.randomHash, leg);
  }

  /** To be asked LEG_WAIT_US after the hello, when the other leg has been noted. */
  isSecond(flow: FlowRecord): boolean {
    if (flow.isSecondLeg) return true;
    if (flow.randomHash === null) return false;
    const first = this.#first.get(flow.randomHash);
    return first !== undefined && first.flowId !== flow.flowId;
  }

  /** Forgets hellos before `tsUs`. */
  expire(tsUs: TimestampUs): void {
    for (const [hash, leg] of this.#first) if (leg.helloUs < tsUs) this.#first.delete(hash);
  }
}

function isEarlier(a: Leg, b: Leg): boolean {
  return a.helloUs !== b.helloUs ? a.helloUs < b.helloUs : compareText(a.ends, b.ends) < 0;
}
