// Which of several flows with one ClientHello is counted: both legs of a proxied connection, or a packet seen twice.

import type { FlowRecord } from '../model/flow.ts';
import { compareText } from '../net/address.ts';
import type { TimestampUs } from '../time/instant.ts';

/** Hellos remembered at once; beyond it further ones count as first legs. */
const MAX_LEGS = 131_072;
/** A proxy passes a hello on within seconds; the same bytes an hour later are a capture that was played again. */
const LEG_SPAN_US = 10_000_000;
/**
 * After this time a flow may be counted: both sensors' queues are empty, and the earlier hello has been noted. Only what
 * has been told of all threads counts as time here: which of them is ahead makes no difference.
 */
export const LEG_WAIT_US = 2_000_000;
/** Hellos remembered with one random: more than two are not a proxy but a replay. */
const MAX_LEGS_OF_ONE = 16;

interface Leg {
  readonly flowId: number;
  readonly helloUs: TimestampUs;
  /** Both ends, for hellos of one microsecond. */
  readonly ends: string;
}

export class Legs {
  readonly #legs = new Map<string, Leg[]>();
  leftOut = 0;

  note(flow: FlowRecord): void {
    if (flow.randomHash === null || flow.helloUs === null) return;
    const known = this.#legs.get(flow.randomHash);
    if (known?.some((leg) => leg.flowId === flow.flowId)) return;
    const leg = { flowId: flow.flowId, helloUs: flow.helloUs, ends: endsOf(flow) };
    if (known !== undefined) this.#join(known, leg);
    else if (this.#legs.size < MAX_LEGS) this.#legs.set(flow.randomHash, [leg]);
    else this.leftOut++;
  }

  /** Too many: the latest goes, whichever was noted last. Only earlier ones are asked for. */
  #join(known: Leg[], leg: Leg): void {
    known.push(leg);
    if (known.length <= MAX_LEGS_OF_ONE) return;
    known.sort((a, b) => (isBefore(a, b.helloUs, b.ends) ? -1 : 1));
    known.pop();
    this.leftOut++;
  }

  /** To be asked LEG_WAIT_US after the hello, when the other leg has been noted. */
  isSecond(flow: FlowRecord): boolean {
    const { randomHash, helloUs } = flow;
    if (randomHash === null || helloUs === null) return false;
    const ends = endsOf(flow);
    return (this.#legs.get(randomHash) ?? []).some(
      (leg) =>
        leg.flowId !== flow.flowId && isBefore(leg, helloUs, ends) && helloUs - leg.helloUs <= LEG_SPAN_US,
    );
  }

  /** Forgets hellos before `tsUs`. */
  expire(tsUs: TimestampUs): void {
    for (const [hash, legs] of this.#legs) {
      if (legs.every((leg) => leg.helloUs < tsUs)) this.#legs.delete(hash);
    }
  }
}

function endsOf(flow: FlowRecord): string {
  return `${flow.client} ${flow.clientPort} ${flow.server} ${flow.serverPort}`;
}

function isBefore(leg: Leg, helloUs: TimestampUs, ends: string): boolean {
  return leg.helloUs !== helloUs ? leg.helloUs < helloUs : compareText(leg.ends, ends) < 0;
}
