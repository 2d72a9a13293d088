// Records of services, read from their bytes.

import type { ServiceRecord } from '../model/flow.ts';
import { SERVICE_SIGNS, type ServiceSign } from '../model/service-signs.ts';
import type { RecordContext } from './record-context.ts';
import { RECORD, SERVICE, SERVICE_FLAGS } from './record-layout.ts';
import { readU64, readUs } from './record-values.ts';

export function readService(context: RecordContext, at: number): ServiceRecord {
  const view = context.view;
  const ipVersion = view.getUint8(at + SERVICE.ipVersion);
  const flags = view.getUint16(at + RECORD.flags, true);
  return {
    host: context.address(at + SERVICE.clientAddress, ipVersion),
    server: context.address(at + SERVICE.serverAddress, ipVersion),
    port: view.getUint16(at + SERVICE.serverPort, true),
    firstUs: readUs(view, at + SERVICE.firstNs),
    lastUs: readUs(view, at + SERVICE.lastNs),
    signs: signsOf(view.getUint32(at + SERVICE.signs, true), view.getUint32(at + SERVICE.signs + 4, true)),
    flows: (flags & SERVICE_FLAGS.first) === 0 ? 0 : 1,
    requests: view.getUint32(at + SERVICE.requests, true),
    uses: view.getUint32(at + SERVICE.uses, true),
    isUncounted: (flags & SERVICE_FLAGS.uncounted) !== 0,
    bytesUp: readU64(view, at + SERVICE.bytesUp),
    bytesDown: readU64(view, at + SERVICE.bytesDown),
  };
}

const NONE: readonly ServiceSign[] = [];

function signsOf(low: number, high: number): readonly ServiceSign[] {
  if (low === 0 && high === 0) return NONE;
  return SERVICE_SIGNS.filter((_, bit) => ((bit < 32 ? low >>> bit : high >>> (bit - 32)) & 1) === 1);
}
