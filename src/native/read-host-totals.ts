// Totals of hosts, read from their bytes.

import type { HostTotalsRecord } from '../model/flow.ts';
import type { RecordContext } from './record-context.ts';
import { HOST_TOTALS } from './record-layout.ts';
import { readU16s, readU64, readUs } from './record-values.ts';

export function readHostTotals(context: RecordContext, at: number): HostTotalsRecord {
  const view = context.view;
  return {
    host: context.address(at + HOST_TOTALS.address, view.getUint8(at + HOST_TOTALS.ipVersion)),
    mac: context.mac(at + HOST_TOTALS.mac),
    vlans: readU16s(view, at + HOST_TOTALS.vlans, 2 * view.getUint8(at + HOST_TOTALS.vlanCount)),
    firstUs: readUs(view, at + HOST_TOTALS.firstNs),
    lastUs: readUs(view, at + HOST_TOTALS.lastNs),
    packets: readU64(view, at + HOST_TOTALS.packets),
    bytesUp: readU64(view, at + HOST_TOTALS.bytesUp),
    bytesDown: readU64(view, at + HOST_TOTALS.bytesDown),
    flows: readU64(view, at + HOST_TOTALS.flows),
    hellosComplete: readU64(view, at + HOST_TOTALS.hellosComplete),
    evictedFlows: readU64(view, at + HOST_TOTALS.evictedFlows),
  };
}
