// Reads host totals without allocation: a busy network has hundreds of thousands.

import { COUNTED_KINDS, type HostTotalsRecord, type NotVisibleSums } from '../model/flow.ts';
import { APP_HINTS } from '../model/words.ts';
import type { RecordContext } from './record-context.ts';
import { HOST_TOTALS, RECORD } from './record-layout.ts';
import { readU16s, readU64, readUs } from './record-values.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_NUMBERS: readonly number[] = [];
const NONE: readonly never[] = [];

export class HostTotalsReader {
  readonly #totals: Mutable<HostTotalsRecord> = {
    host: '',
    mac: null,
    vlans: NO_NUMBERS,
    firstUs: 0,
    lastUs: 0,
    packets: 0,
    bytesUp: 0,
    bytesDown: 0,
    flows: 0,
    hellosComplete: 0,
    echHellos: 0,
    evictedFlows: 0,
    notVisible: NONE,
  };

  /** The same object each time. */
  read(context: RecordContext, at: number): HostTotalsRecord {
    const view = context.view;
    const totals = this.#totals;
    const vlans = view.getUint8(at + HOST_TOTALS.vlanCount);
    totals.host = context.address(at + HOST_TOTALS.address, view.getUint8(at + HOST_TOTALS.ipVersion));
    totals.mac = context.mac(at + HOST_TOTALS.mac);
    totals.vlans = vlans === 0 ? NO_NUMBERS : readU16s(view, at + HOST_TOTALS.vlans, 2 * vlans);
    totals.firstUs = readUs(view, at + HOST_TOTALS.firstNs);
    totals.lastUs = readUs(view, at + HOST_TOTALS.lastNs);
    totals.packets = readU64(view, at + HOST_TOTALS.packets);
    totals.bytesUp = readU64(view, at + HOST_TOTALS.bytesUp);
    totals.bytesDown = readU64(view, at + HOST_TOTALS.bytesDown);
    totals.flows = readU64(view, at + HOST_TOTALS.flows);
    totals.hellosComplete = readU64(view, at + HOST_TOTALS.hellosComplete);
    totals.echHellos = readU64(view, at + HOST_TOTALS.echHellos);
    totals.evictedFlows = readU64(view, at + HOST_TOTALS.evictedFlows);
    const kinds = view.getUint16(at + RECORD.flags, true);
    totals.notVisible =
      kinds === 0 ? NONE : readNotVisible(view, at, kinds, totals.bytesUp + totals.bytesDown);
    return totals;
  }
}

function readNotVisible(view: DataView, at: number, kinds: number, bytes: number): NotVisibleSums[] {
  const hint = APP_HINTS[view.getUint8(at + HOST_TOTALS.appHint)] ?? 'unknown';
  return COUNTED_KINDS.flatMap((kind, bit) =>
    (kinds & (1 << bit)) === 0
      ? []
      : [
          {
            kind,
            hint,
            flows: view.getUint32(at + HOST_TOTALS.kindFlows + 4 * bit, true),
            bytes: kind === 'loss' ? readU64(view, at + HOST_TOTALS.lost) : bytes,
          },
        ],
  );
}
