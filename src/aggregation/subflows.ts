// Subflows of multipath TCP connections (RFC 8684). They carry parts of the first flow and have no hello
// of their own, so their bytes count under the name of the first flow; their request boundaries are not visible.

import type { FlowRecord } from '../model/flow.ts';
import { endsOf } from './duplicate-flows.ts';
import type { CountedFlow, RowIdentity } from './row-builder.ts';
import type { TrackedFlow } from './tracked-flow.ts';

/** Maximum number of connections. */
const MAX_CONNECTIONS = 16_384;
/** Maximum number of subflows. */
const MAX_JOINED = 16_384;
/** Slices that wait for the end of their window, until the first flow of their connection is known. */
const MAX_WAITING = 8192;

interface JoinedFlow extends CountedFlow {
  lastUs: number;
}

export interface JoinedSlice {
  readonly slice: FlowRecord;
  readonly flow: CountedFlow;
  /** Null for an unknown connection. */
  readonly identity: RowIdentity | null;
}

export class Subflows {
  readonly #connections = new Map<number, TrackedFlow>();
  readonly #joined = new Map<number, JoinedFlow>();
  /** By flow, in order of arrival. */
  readonly #waiting = new Map<number, FlowRecord[]>();
  #waitingCount = 0;
  overflow = 0;

  /** Records the first flow of a connection. Of two with one token the earlier: joins refer to it. */
  noteConnection(tracked: TrackedFlow): void {
    const { multipathToken: token, isJoined } = tracked.latest;
    if (token === 0 || isJoined) return;
    const known = this.#connections.get(token);
    if (known === undefined && this.#connections.size >= MAX_CONNECTIONS) this.overflow++;
    else if (known === undefined || isBefore(tracked.latest, known.latest))
      this.#connections.set(token, tracked);
  }

  /** False: the slice needs no connection, or the limit is reached. */
  add(slice: FlowRecord): boolean {
    if (!slice.isJoined || slice.hello !== null) return false;
    if (this.#waitingCount >= MAX_WAITING) {
      this.overflow++;
      return false;
    }
    this.#waitingCount++;
    const slices = this.#waiting.get(slice.flowId);
    if (slices === undefined) this.#waiting.set(slice.flowId, [slice]);
    else slices.push(slice);
    return true;
  }

  /** Marks the end of the flow. False: no slice of it is pending. */
  end(flowId: number): boolean {
    const slices = this.#waiting.get(flowId);
    const last = slices?.pop();
    if (slices === undefined || last === undefined) return false;
    slices.push({ ...last, isLastSlice: true });
    return true;
  }

  /** Slices of ended windows: all flows that began in these are known. */
  take(untilUs: number): JoinedSlice[] {
    const taken: JoinedSlice[] = [];
    for (const [flowId, slices] of this.#waiting) {
      const ready = slices.filter(({ firstUs }) => firstUs < untilUs);
      for (const slice of ready)
        taken.push({ slice, flow: this.#flowOf(slice), identity: this.#identityOf(slice) });
      this.#waitingCount -= ready.length;
      if (ready.length === slices.length) this.#waiting.delete(flowId);
      else if (ready.length > 0)
        this.#waiting.set(
          flowId,
          slices.filter(({ firstUs }) => firstUs >= untilUs),
        );
    }
    return taken;
  }

  /** Evicts connections and flows that were silent since `tsUs`. */
  expire(tsUs: number): void {
    for (const [token, { latest }] of this.#connections)
      if (latest.lastUs < tsUs) this.#connections.delete(token);
    for (const [flowId, { lastUs }] of this.#joined) if (lastUs < tsUs) this.#joined.delete(flowId);
  }

  #flowOf(slice: FlowRecord): CountedFlow {
    const flow = this.#joined.get(slice.flowId) ?? {
      counted: new Set(),
      answeredSlices: 0,
      answeredIn: null,
      lastUs: 0,
    };
    flow.lastUs = slice.lastUs;
    if (slice.isLastSlice) this.#joined.delete(slice.flowId);
    else if (this.#joined.has(slice.flowId) || this.#joined.size < MAX_JOINED)
      this.#joined.set(slice.flowId, flow);
    else this.overflow++;
    return flow;
  }

  #identityOf({ multipathToken }: FlowRecord): RowIdentity | null {
    const identity = this.#connections.get(multipathToken)?.identity ?? null;
    return identity === null ? null : { ...identity, fingerprint: null };
  }
}

/** By both ends for flows that began in one microsecond. */
function isBefore(one: FlowRecord, other: FlowRecord): boolean {
  if (one.flowFirstUs !== other.flowFirstUs) return one.flowFirstUs < other.flowFirstUs;
  return endsOf(one) < endsOf(other);
}
