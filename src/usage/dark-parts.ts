// What could not be seen of flows, added to their hosts: bytes slice by slice, and each flow once for each kind.

import type { FlowRecord } from '../model/flow.ts';
import type { UsageLookup } from '../model/sensor.ts';
import type { DarkKind } from '../model/usage.ts';
import { darkPartsOf, maySeeHalf } from './dark.ts';
import { addDark } from './host-draft.ts';
import { rankOf } from './host-ranks.ts';
import type { CountedOnce } from './row-draft.ts';
import type { WindowDraft } from './window-draft.ts';

/** Flows remembered, of several slices each; one that is forgotten counts anew with its next slice. About 10 MB. */
export const MAX_DARK_FLOWS = 65_536;

interface Seen {
  readonly kinds: Set<DarkKind>;
  lastUs: number;
}

export class DarkParts {
  /** Kinds already counted as a flow, for flows of several slices. */
  readonly #seen = new Map<number, Seen>();
  leftOut = 0;

  /** The kinds that the slice shows by itself. */
  add(draft: WindowDraft, flow: FlowRecord, lookup: UsageLookup): void {
    for (const { kind, bytes } of darkPartsOf(flow, lookup)) {
      addPart(draft, flow, kind, bytes, this.#isNew(flow, kind));
    }
    if (!flow.isFirstSlice) this.#goOn(draft, flow);
    if (flow.isLastSlice) this.#seen.delete(flow.flowId);
  }

  /** The flow has ended. */
  forget(flowId: number): void {
    this.#seen.delete(flowId);
  }

  /** Forgets flows that have been silent since `tsUs`. */
  expire(tsUs: number): void {
    for (const [flowId, seen] of this.#seen) if (seen.lastUs < tsUs) this.#seen.delete(flowId);
  }

  /** A flow of which one direction was seen stays so until the other shows. */
  #goOn(draft: WindowDraft, flow: FlowRecord): void {
    const seen = this.#seen.get(flow.flowId);
    if (seen === undefined || !seen.kinds.has('oneWay')) return;
    seen.lastUs = flow.lastUs;
    if (maySeeHalf(flow)) addPart(draft, flow, 'oneWay', flow.bytesUp + flow.bytesDown, false);
    else seen.kinds.delete('oneWay');
  }

  #isNew(flow: FlowRecord, kind: DarkKind): boolean {
    if (flow.isFirstSlice && flow.isLastSlice) return true;
    const seen = this.#seen.get(flow.flowId) ?? { kinds: new Set<DarkKind>(), lastUs: 0 };
    const isNew = !seen.kinds.has(kind);
    seen.kinds.add(kind);
    seen.lastUs = flow.lastUs;
    if (!flow.isLastSlice) this.#remember(flow.flowId, seen);
    return isNew;
  }

  /** The flow of the slice told longest ago comes first, and has to go first. */
  #remember(flowId: number, seen: Seen): void {
    this.#seen.delete(flowId);
    const [oldest] = this.#seen.size < MAX_DARK_FLOWS ? [] : this.#seen.keys();
    if (oldest !== undefined && this.#seen.delete(oldest)) this.leftOut++;
    this.#seen.set(flowId, seen);
  }
}

/** Slices of a relay are counted when they are flushed: one by one, or all at the flow's end. */
export function addRelayPart(draft: WindowDraft, slice: FlowRecord, counted: Set<CountedOnce>): void {
  addPart(draft, slice, 'relay', slice.bytesUp + slice.bytesDown, !counted.has('relay'));
  counted.add('relay');
}

function addPart(draft: WindowDraft, flow: FlowRecord, kind: DarkKind, bytes: number, isNew: boolean): void {
  const host = draft.host(flow.client, flow.firstUs, rankOf(flow.bytesDown, flow.helloUs !== null));
  if (host === null) return;
  const { firstUs, lastUs } = flow;
  addDark(host, kind, flow.appHint, { flows: isNew ? 1 : 0, bytes, firstUs, lastUs });
}
