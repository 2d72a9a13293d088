// Which of several flows with one ClientHello is counted. A proxy that tunnels and a router that translates addresses pass
// a hello on unchanged; so does an attacker who sends somebody's hello again. Only the former leave out a flow.

import type { FlowRecord } from '../model/flow.ts';
import { compareText } from '../net/address.ts';
import type { TimestampUs } from '../time/instant.ts';

/** Hellos remembered at once; beyond it further ones count as first legs. */
const MAX_DUPLICATES = 131_072;
/** A proxy passes a hello on within seconds: to other ends it is another flow later. Those are remembered longest … */
const NEAR_US = 10_000_000;
/** … but capture points whose clocks differ show the same ends at any distance in time: a day is kept, as far as it fits. */
export const DUPLICATE_KEPT_US = 24 * 3_600_000_000;
/**
 * After this time a flow may be counted: both sensors' queues are empty, and the earlier hello has been noted. Only what
 * has been told of all threads counts as time here: which of them is ahead makes no difference.
 */
export const DUPLICATE_WAIT_US = 2_000_000;
/** An answer needs less from one leg to the other. */
const ANSWER_US = 1_000_000;
/** Hellos remembered with one hash: more than two are not a proxy but a replay. */
const MAX_DUPLICATES_OF_ONE = 16;

/**
 * How a flow stands to earlier flows with the same hello, however much earlier: a client makes 32 random bytes for each.
 * `only`: there is none. `secondLeg`: it continues one of them, and is not counted again. `again`: the same flow at another
 * capture point: its packets count and prove, its exchanges do not count. `unclear`: it may be one of them, but one machine
 * sent both: counted, with its requests in the upper ends of ranges alone, and proves nothing. `retold`: the same, and
 * proves, since the packets of the earlier one contradict each other. `copy`: nothing connects the two, so that both count.
 */
export type SameHello = 'only' | 'secondLeg' | 'again' | 'unclear' | 'retold' | 'copy';

type Ends = Pick<FlowRecord, 'client' | 'clientPort' | 'server' | 'serverPort'>;

interface HelloSeen extends Ends {
  readonly flowId: number;
  readonly helloUs: TimestampUs;
  readonly mac: string | null;
  readonly isToProxy: boolean;
  isAnswered: boolean;
  isContradicted: boolean;
}

export class DuplicateFlows {
  readonly #hellos = new Map<string, HelloSeen[]>();
  overflow = 0;
  /** When those that are not near were last forgotten for want of room. */
  #madeRoomUs = Number.NEGATIVE_INFINITY;

  note(flow: FlowRecord): void {
    if (flow.helloHash === null || flow.helloUs === null) return;
    const known = this.#hellos.get(flow.helloHash);
    const own = known?.find((seen) => seen.flowId === flow.flowId);
    if (own !== undefined) {
      own.isAnswered ||= flow.isAnswered;
      own.isContradicted ||= flow.isContradicted;
      return;
    }
    const { flowId, helloUs, client, clientPort, server, serverPort, clientMac: mac } = flow;
    const { isAnswered, isContradicted } = flow;
    const ends = { client, clientPort, server, serverPort };
    const seen = {
      ...ends,
      flowId,
      helloUs,
      mac,
      isToProxy: flow.proxy !== null,
      isAnswered,
      isContradicted,
    };
    if (known !== undefined) this.#join(known, seen);
    else if (this.#hasRoom(helloUs)) this.#hellos.set(flow.helloHash, [seen]);
    else this.overflow++;
  }

  /** Looks through all of them once in that time at most: a flood of hellos costs no more than that. */
  #hasRoom(nowUs: TimestampUs): boolean {
    if (this.#hellos.size < MAX_DUPLICATES) return true;
    if (nowUs - this.#madeRoomUs < NEAR_US) return false;
    this.#madeRoomUs = nowUs;
    this.expire(nowUs - NEAR_US);
    return this.#hellos.size < MAX_DUPLICATES;
  }

  /** Too many: the latest goes, whichever was noted last. Only earlier ones are asked for. */
  #join(known: HelloSeen[], seen: HelloSeen): void {
    known.push(seen);
    if (known.length <= MAX_DUPLICATES_OF_ONE) return;
    known.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    known.pop();
    this.overflow++;
  }

  /**
   * To be asked DUPLICATE_WAIT_US after the hello, when the other leg has been noted. The answer of one leg may be part of
   * the next window: what is not final is asked again with the next slice.
   */
  sameHello(flow: FlowRecord): { readonly outcome: SameHello; readonly isFinal: boolean } {
    const { helloHash, helloUs, clientMac } = flow;
    if (helloHash === null || helloUs === null) return { outcome: 'only', isFinal: true };
    const own = { ...flow, helloUs };
    const earlier = (this.#hellos.get(helloHash) ?? []).filter(
      (seen) =>
        seen.flowId !== flow.flowId && isBefore(seen, own) && helloUs - seen.helloUs <= DUPLICATE_KEPT_US,
    );
    if (earlier.length === 0) return { outcome: 'only', isFinal: true };
    const legs = earlier.filter((seen) => leadsTo(seen, own));
    const answered = legs.filter(({ isAnswered }) => isAnswered);
    const isOther = ({ mac }: HelloSeen): boolean => mac === null || clientMac === null || mac !== clientMac;
    const sameEnds = answered.filter((seen) => endsOf(seen) === endsOf(flow));
    if (sameEnds.some(isOther)) return { outcome: 'again', isFinal: true };
    if (sameEnds.length > 0 && sameEnds.every(({ isContradicted }) => isContradicted))
      return { outcome: 'retold', isFinal: true };
    if (answered.some(isOther)) return { outcome: 'secondLeg', isFinal: true };
    if (answered.length > 0) return { outcome: 'unclear', isFinal: true };
    if (legs.length === 0) return { outcome: 'copy', isFinal: true };
    // An answer passes the second leg first. While it may be on its way, nothing says that the first leg is forged.
    const isOnItsWay = flow.end === 'open' && flow.lastUs - helloUs < ANSWER_US;
    return { outcome: flow.isAnswered && !isOnItsWay ? 'copy' : 'secondLeg', isFinal: false };
  }

  /** Forgets hellos before `tsUs`. */
  expire(tsUs: TimestampUs): void {
    for (const [hash, hellos] of this.#hellos) {
      if (hellos.every((seen) => seen.helloUs < tsUs)) this.#hellos.delete(hash);
    }
  }
}

/**
 * The later flow has the same ends (another capture point); or, soon, it begins where the earlier one ends (a proxy with one
 * address), goes to the same server from another address (address translation, a transparent proxy), or comes from
 * somewhere behind a proxy that the client named.
 */
function leadsTo(first: HelloSeen, second: Ends & { readonly helloUs: TimestampUs }): boolean {
  if (endsOf(first) === endsOf(second)) return true;
  if (second.helloUs - first.helloUs > NEAR_US) return false;
  if (first.server === second.client) return true;
  const isSameServer = first.server === second.server && first.serverPort === second.serverPort;
  return (isSameServer && first.client !== second.client) || first.isToProxy;
}

export function endsOf(flow: Ends): string {
  return `${flow.client} ${flow.clientPort} ${flow.server} ${flow.serverPort}`;
}

/** By both ends for hellos of one microsecond. */
function isBefore(seen: HelloSeen, flow: Ends & { readonly helloUs: TimestampUs }): boolean {
  if (seen.helloUs !== flow.helloUs) return seen.helloUs < flow.helloUs;
  return compareText(endsOf(seen), endsOf(flow)) < 0;
}
