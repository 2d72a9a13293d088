// Reads the host totals of a batch, which the collector reads in native code.

import { COUNTED_KINDS, type HostTotalsRecord, type NotVisibleSums } from '../../../src/model/flow.ts';
import { APP_HINTS } from '../../../src/model/window-words.ts';
import { RecordContext } from '../../../src/native/record-context.ts';
import { BATCH, HOST_TOTALS, RECORD, RECORD_TYPE } from '../../../src/native/record-layout.ts';
import { readU16s, readU64, readUs } from '../../../src/native/record-values.ts';

export function hostTotalsOf(batch: Uint8Array<ArrayBuffer>, length: number): HostTotalsRecord[] {
  const context = new RecordContext();
  context.open(batch);
  const found: HostTotalsRecord[] = [];
  for (let at = BATCH.size; at < length; at += context.view.getUint32(at + RECORD.length, true)) {
    const type = context.view.getUint16(at + RECORD.type, true);
    if (type === RECORD_TYPE.hostTotals) found.push(totalsAt(context, at));
  }
  return found;
}

function totalsAt(context: RecordContext, at: number): HostTotalsRecord {
  const view = context.view;
  const number = (field: number): number => readU64(view, at + field);
  const bytesUp = number(HOST_TOTALS.bytesUp);
  const bytesDown = number(HOST_TOTALS.bytesDown);
  return {
    host: context.address(at + HOST_TOTALS.address, view.getUint8(at + HOST_TOTALS.ipVersion)),
    mac: context.mac(at + HOST_TOTALS.mac),
    vlans: readU16s(view, at + HOST_TOTALS.vlans, 2 * view.getUint8(at + HOST_TOTALS.vlanCount)),
    firstUs: readUs(view, at + HOST_TOTALS.firstNs),
    lastUs: readUs(view, at + HOST_TOTALS.lastNs),
    packets: number(HOST_TOTALS.packets),
    bytesUp,
    bytesDown,
    flows: number(HOST_TOTALS.flows),
    hellosComplete: number(HOST_TOTALS.hellosComplete),
    echHellos: number(HOST_TOTALS.echHellos),
    evictedFlows: number(HOST_TOTALS.evictedFlows),
    notVisible: notVisibleAt(view, at, bytesUp + bytesDown),
  };
}

function notVisibleAt(view: DataView, at: number, bytes: number): NotVisibleSums[] {
  const kinds = view.getUint16(at + RECORD.flags, true);
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
