// Selects which of several flows with one ClientHello counts. Tunneling proxies and NAT routers forward a hello unchanged;
// an attacker can replay it. Only the former remove a flow from the counts.

import type { FlowRecord } from '../model/flow.ts';
import { compareText } from '../net/address.ts';
import type { TimestampUs } from '../time/units.ts';

/** Maximum number of hellos; further ones count as first legs. */
const MAX_DUPLICATES = 131_072;
/** A proxy passes a hello on within seconds: to other ends it is another flow later. Those are remembered longest … */
const NEAR_US = 10_000_000;
/** … but capture points with different clocks show equal ends at any distance in time: kept for a day if memory permits. */
export const DUPLICATE_KEPT_US = 24 * 3_600_000_000;
/**
 * After this time a flow may be counted: the queues of both sensors are empty, and the earlier hello is recorded. Only the
 * clock that all threads have passed counts, so the order of threads does not matter.
 */
export const DUPLICATE_WAIT_US = 2_000_000;
/** An answer needs less from one leg to the other. */
const ANSWER_US = 1_000_000;
/** Hellos remembered with one hash: more than two are not a proxy but a replay. */
const MAX_DUPLICATES_OF_ONE = 16;

/**
 * Relation of a flow to earlier flows with the same hello, at any distance: a client makes 32 random bytes for each.
 * `only`: there is none. `secondLeg`: it continues one of them and is not counted again. `again`: the same flow at another
 * capture point: its packets count and are evidence, its exchanges do not count. `unclear`: it may be one of them, but one
 * machine sent both: counted, its requests only in upper bounds, and no evidence. `retold`: the same, and
 * evidence, since the packets of the earlier one contradict each other. `copy`: unrelated, so both count.
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
  /** Time of the last eviction of distant entries for lack of memory. */
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

  /** Scans all entries at most once in this time, which bounds the cost of a flood of hellos. */
  #hasRoom(nowUs: TimestampUs): boolean {
    if (this.#hellos.size < MAX_DUPLICATES) return true;
    if (nowUs - this.#madeRoomUs < NEAR_US) return false;
    this.#madeRoomUs = nowUs;
    this.expire(nowUs - NEAR_US);
    return this.#hellos.size < MAX_DUPLICATES;
  }

  /** Evicts the latest entry, whichever was recorded last: lookups only ask for earlier ones. */
  #join(known: HelloSeen[], seen: HelloSeen): void {
    known.push(seen);
    if (known.length <= MAX_DUPLICATES_OF_ONE) return;
    known.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    known.pop();
    this.overflow++;
  }

  /**
   * Call it DUPLICATE_WAIT_US after the hello, when the other leg is recorded. The answer of one leg may belong to
   * the next window: a result that is not final is requested again with the next slice.
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
    // An answer passes the second leg first. While it may be in transit, the first leg does not count as forged.
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
 * The later flow has the same ends (another capture point); or, within a short time, it starts at the server of the earlier
 * one (a proxy with one address), has the same server and another client (NAT, a transparent proxy), or comes from
 * a host behind a proxy that the client named.
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
