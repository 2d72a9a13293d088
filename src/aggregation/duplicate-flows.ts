// Which of several flows with one ClientHello is counted: both legs of a proxied connection, or a packet seen twice.

import type { FlowRecord } from '../model/flow.ts';
import { compareText } from '../net/address.ts';
import type { TimestampUs } from '../time/instant.ts';

/** Hellos remembered at once; beyond it further ones count as first legs. */
const MAX_DUPLICATES = 131_072;
/** A proxy passes a hello on within seconds; the same bytes an hour later are a capture that was played again. */
const DUPLICATE_SPAN_US = 10_000_000;
/**
 * After this time a flow may be counted: both sensors' queues are empty, and the earlier hello has been noted. Only what
 * has been told of all threads counts as time here: which of them is ahead makes no difference.
 */
export const DUPLICATE_WAIT_US = 2_000_000;
/** Hellos remembered with one random: more than two are not a proxy but a replay. */
const MAX_DUPLICATES_OF_ONE = 16;

interface HelloSeen {
  readonly flowId: number;
  readonly helloUs: TimestampUs;
  /** Both ends, for hellos of one microsecond. */
  readonly ends: string;
}

export class DuplicateFlows {
  readonly #hellos = new Map<string, HelloSeen[]>();
  overflow = 0;

  note(flow: FlowRecord): void {
    if (flow.randomHash === null || flow.helloUs === null) return;
    const known = this.#hellos.get(flow.randomHash);
    if (known?.some((seen) => seen.flowId === flow.flowId)) return;
    const seen = { flowId: flow.flowId, helloUs: flow.helloUs, ends: endsOf(flow) };
    if (known !== undefined) this.#join(known, seen);
    else if (this.#hellos.size < MAX_DUPLICATES) this.#hellos.set(flow.randomHash, [seen]);
    else this.overflow++;
  }

  /** Too many: the latest goes, whichever was noted last. Only earlier ones are asked for. */
  #join(known: HelloSeen[], seen: HelloSeen): void {
    known.push(seen);
    if (known.length <= MAX_DUPLICATES_OF_ONE) return;
    known.sort((a, b) => (isBefore(a, b.helloUs, b.ends) ? -1 : 1));
    known.pop();
    this.overflow++;
  }

  /** To be asked LEG_WAIT_US after the hello, when the other leg has been noted. */
  isSecond(flow: FlowRecord): boolean {
    const { randomHash, helloUs } = flow;
    if (randomHash === null || helloUs === null) return false;
    const ends = endsOf(flow);
    return (this.#hellos.get(randomHash) ?? []).some(
      (seen) =>
        seen.flowId !== flow.flowId &&
        isBefore(seen, helloUs, ends) &&
        helloUs - seen.helloUs <= DUPLICATE_SPAN_US,
    );
  }

  /** Forgets hellos before `tsUs`. */
  expire(tsUs: TimestampUs): void {
    for (const [hash, hellos] of this.#hellos) {
      if (hellos.every((seen) => seen.helloUs < tsUs)) this.#hellos.delete(hash);
    }
  }
}

function endsOf(flow: FlowRecord): string {
  return `${flow.client} ${flow.clientPort} ${flow.server} ${flow.serverPort}`;
}

function isBefore(seen: HelloSeen, helloUs: TimestampUs, ends: string): boolean {
  return seen.helloUs !== helloUs ? seen.helloUs < helloUs : compareText(seen.ends, ends) < 0;
}
