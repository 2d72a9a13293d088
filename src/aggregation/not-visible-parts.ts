// Unobserved traffic by host: bytes per slice, and each flow once per kind.

import type { FlowRecord } from '../model/flow.ts';
import type { NotVisibleKind } from '../model/words.ts';
import { US } from '../time/units.ts';
import { addNotVisible } from './host-builder.ts';
import { rankOf } from './host-ranks.ts';
import { maySeeHalf, notVisiblePartsOf } from './not-visible.ts';
import type { CountedOnce } from './row-builder.ts';
import { GREETING_US } from './tracked-flow.ts';
import type { WindowBuilder } from './window-builder.ts';

/** Maximum flows with several slices; an evicted flow counts again with its next slice. About 10 MB. */
const MAX_NOT_VISIBLE_FLOWS = 65_536;
/** First slices that wait for a hello, about 16 MB; the one that waits longest counts as dark when it has to go. */
const MAX_WAITING = 16_384;

interface Seen {
  readonly kinds: Set<NotVisibleKind>;
  lastUs: number;
}

/** Where the windows are. */
interface Builders {
  at(us: number): WindowBuilder;
}

export class NotVisibleParts {
  readonly #windowUs: number;
  readonly #builders: Builders;
  /** First slices at the edge of their window: whether a hello followed in time is not known from the slice itself. */
  readonly #waiting = new Map<number, FlowRecord>();
  /** Kinds already counted as a flow, for flows of several slices. */
  readonly #seen = new Map<number, Seen>();
  overflow = 0;

  constructor(windowSeconds: number, builders: Builders) {
    this.#windowUs = windowSeconds * US;
    this.#builders = builders;
  }

  /** True for a flow whose next slice must be added in any case. */
  isWaitingFor(flowId: number): boolean {
    return this.#waiting.has(flowId);
  }

  /** Kinds that the slice itself shows. */
  add(flow: FlowRecord): void {
    const first = this.#waiting.get(flow.flowId);
    if (first !== undefined) this.#decide(first, flow);
    const builder = this.#builders.at(flow.firstUs);
    for (const { kind, bytes } of notVisiblePartsOf(flow)) {
      if (kind === 'midFlow' && !flow.isMidFlow && this.#mayGreet(flow)) this.#wait(flow);
      else addPart(builder, flow, kind, bytes, this.#isNew(flow, kind));
    }
    if (!flow.isFirstSlice) this.#goOn(builder, flow);
    if (flow.isLastSlice) this.#seen.delete(flow.flowId);
  }

  /** Of a slice that holds nothing else. */
  addLoss(flow: FlowRecord): void {
    const lost = flow.lostUp + flow.lostDown;
    if (lost > 0) addPart(this.#builders.at(flow.firstUs), flow, 'loss', lost, this.#isNew(flow, 'loss'));
  }

  /** True when the next slice may begin early enough to hold the hello. */
  #mayGreet(flow: FlowRecord): boolean {
    if (!flow.isFirstSlice || flow.isLastSlice) return false;
    const nextWindowUs = (Math.floor(flow.firstUs / this.#windowUs) + 1) * this.#windowUs;
    return nextWindowUs < flow.flowFirstUs + GREETING_US;
  }

  #wait(flow: FlowRecord): void {
    const [oldest] = this.#waiting.size < MAX_WAITING ? [] : this.#waiting.values();
    if (oldest !== undefined) this.#decide(oldest, null);
    this.#waiting.set(flow.flowId, flow);
  }

  /** A pending first slice with its successor; null when there is none. */
  #decide(first: FlowRecord, next: FlowRecord | null): void {
    this.#waiting.delete(first.flowId);
    const isInTime = next !== null && next.firstUs < first.flowFirstUs + GREETING_US;
    if (isInTime && next.helloUs !== null) return;
    const bytes = first.bytesUp + first.bytesDown;
    addPart(this.#builders.at(first.firstUs), first, 'midFlow', bytes, this.#isNew(first, 'midFlow'));
  }

  /** Every slice that begins before `untilUs` has been added. */
  settle(untilUs: number): void {
    for (const first of this.#waiting.values()) {
      if (first.flowFirstUs + GREETING_US + this.#windowUs <= untilUs) this.#decide(first, null);
    }
  }

  /** The flow has ended. */
  end(flowId: number): void {
    const first = this.#waiting.get(flowId);
    if (first !== undefined) this.#decide(first, null);
    this.#seen.delete(flowId);
  }

  /** Forgets flows that have been silent since `tsUs`. */
  expire(tsUs: number): void {
    for (const [flowId, seen] of this.#seen) if (seen.lastUs < tsUs) this.#seen.delete(flowId);
  }

  /** A flow with one observed direction remains one-directional until the other appears. */
  #goOn(builder: WindowBuilder, flow: FlowRecord): void {
    const seen = this.#seen.get(flow.flowId);
    if (seen === undefined || !seen.kinds.has('oneWay')) return;
    seen.lastUs = flow.lastUs;
    if (maySeeHalf(flow)) addPart(builder, flow, 'oneWay', flow.bytesUp + flow.bytesDown, false);
    else seen.kinds.delete('oneWay');
  }

  #isNew(flow: FlowRecord, kind: NotVisibleKind): boolean {
    if (flow.isFirstSlice && flow.isLastSlice) return true;
    const seen = this.#seen.get(flow.flowId) ?? {
      kinds: new Set<NotVisibleKind>(flow.countedKinds),
      lastUs: 0,
    };
    const isNew = !seen.kinds.has(kind);
    seen.kinds.add(kind);
    seen.lastUs = flow.lastUs;
    if (!flow.isLastSlice) this.#remember(flow.flowId, seen);
    return isNew;
  }

  /** Order of the last slice: the oldest flow is first and is evicted first. */
  #remember(flowId: number, seen: Seen): void {
    this.#seen.delete(flowId);
    const [oldest] = this.#seen.size < MAX_NOT_VISIBLE_FLOWS ? [] : this.#seen.keys();
    if (oldest !== undefined && this.#seen.delete(oldest)) this.overflow++;
    this.#seen.set(flowId, seen);
  }
}

/** Slices of a relay are counted when they are flushed: one by one, or all at the flow's end. */
export function addRelayPart(builder: WindowBuilder, slice: FlowRecord, counted: Set<CountedOnce>): void {
  addPart(builder, slice, 'relay', slice.bytesUp + slice.bytesDown, !counted.has('relay'));
  counted.add('relay');
}

function addPart(
  builder: WindowBuilder,
  flow: FlowRecord,
  kind: NotVisibleKind,
  bytes: number,
  isNew: boolean,
): void {
  const host = builder.host(flow.client, flow.firstUs, rankOf(flow.bytesDown, flow.helloUs !== null));
  if (host === null) return;
  const { firstUs, lastUs } = flow;
  addNotVisible(host, kind, flow.appHint, { flows: isNew ? 1 : 0, bytes, firstUs, lastUs });
}
