// Reads a flow record without allocation: most flows match nothing, and a full record of each would be the
// larger part of the cost outside native code.

import type { FlowSummary } from '../model/flow.ts';
import { APP_HINTS, FLOW_ENDS } from '../model/words.ts';
import type { RecordContext } from './record-context.ts';
import { FLOW, FLOW_FLAGS, RECORD } from './record-layout.ts';
import * as values from './record-values.ts';

/** JA4_a is ten characters, followed by '_' and JA4_b with twelve. */
const CIPHER_AT = 11;
const CIPHER_LENGTH = 12;
const NO_NUMBERS: readonly number[] = [];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class FlowSummaryReader {
  readonly #summary: Mutable<FlowSummary> = {
    flowId: 0,
    isFirstSlice: false,
    isLastSlice: false,
    isMidFlow: false,
    cutShort: false,
    isContradicted: false,
    isJoined: false,
    flowFirstUs: 0,
    firstUs: 0,
    lastUs: 0,
    helloUs: null,
    client: '',
    server: '',
    clientPort: 0,
    serverPort: 0,
    clientMac: null,
    protocol: 'tcp',
    packetsUp: 0,
    packetsDown: 0,
    bytesUp: 0,
    bytesDown: 0,
    payloadUp: 0,
    payloadDown: 0,
    lostUp: 0,
    lostDown: 0,
    end: 'open',
    appHint: 'unknown',
    vlans: NO_NUMBERS,
    sni: null,
    hasProxy: false,
    hasUserAgent: false,
    cipher: null,
  };

  /** The same object each time. */
  read(context: RecordContext, at: number): FlowSummary {
    const view = context.view;
    const summary = this.#summary;
    const flags = view.getUint16(at + RECORD.flags, true);
    const ipVersion = view.getUint8(at + FLOW.ipVersion);
    const sniLength = view.getUint16(at + FLOW.sniLength, true);
    const hasHello = view.getUint8(at + FLOW.ja4) !== 0;
    summary.flowId = values.readU64(view, at + FLOW.flowId);
    summary.isFirstSlice = (flags & FLOW_FLAGS.firstSlice) !== 0;
    summary.isLastSlice = (flags & FLOW_FLAGS.lastSlice) !== 0;
    summary.isMidFlow = (flags & FLOW_FLAGS.midFlow) !== 0;
    summary.cutShort = (flags & FLOW_FLAGS.cutShort) !== 0;
    summary.isContradicted = (flags & FLOW_FLAGS.contradicted) !== 0;
    summary.isJoined = (flags & FLOW_FLAGS.joined) !== 0;
    summary.flowFirstUs = values.readUs(view, at + FLOW.flowFirstNs);
    summary.firstUs = values.readUs(view, at + FLOW.firstNs);
    summary.lastUs = values.readUs(view, at + FLOW.lastNs);
    summary.helloUs = hasHello ? values.readUs(view, at + FLOW.helloNs) : null;
    summary.client = context.address(at + FLOW.clientAddress, ipVersion);
    summary.server = context.address(at + FLOW.serverAddress, ipVersion);
    summary.clientPort = view.getUint16(at + FLOW.clientPort, true);
    summary.serverPort = view.getUint16(at + FLOW.serverPort, true);
    summary.clientMac = context.mac(at + FLOW.clientMac);
    summary.protocol = view.getUint8(at + FLOW.protocol) === 6 ? 'tcp' : 'udp';
    summary.packetsUp = view.getUint32(at + FLOW.packetsUp, true);
    summary.packetsDown = view.getUint32(at + FLOW.packetsDown, true);
    summary.bytesUp = values.readU64(view, at + FLOW.bytesUp);
    summary.bytesDown = values.readU64(view, at + FLOW.bytesDown);
    summary.payloadUp = values.readU64(view, at + FLOW.payloadUp);
    summary.payloadDown = values.readU64(view, at + FLOW.payloadDown);
    summary.lostUp = view.getUint32(at + FLOW.lostUp, true);
    summary.lostDown = view.getUint32(at + FLOW.lostDown, true);
    summary.end = FLOW_ENDS[view.getUint8(at + FLOW.endReason)] ?? 'open';
    summary.appHint = APP_HINTS[view.getUint8(at + FLOW.appHint)] ?? 'unknown';
    summary.vlans = readVlans(view, at);
    summary.sni = sniLength === 0 ? null : context.text(at + FLOW.size, sniLength);
    summary.hasProxy = view.getUint8(at + FLOW.proxyKind) !== 0;
    summary.hasUserAgent = view.getUint16(at + FLOW.userAgentLength, true) !== 0;
    summary.cipher = hasHello ? context.text(at + FLOW.ja4 + CIPHER_AT, CIPHER_LENGTH) : null;
    return summary;
  }
}

function readVlans(view: DataView, at: number): readonly number[] {
  const length = view.getUint16(at + FLOW.vlanLength, true);
  if (length === 0) return NO_NUMBERS;
  const vlansAt =
    at +
    FLOW.size +
    view.getUint16(at + FLOW.sniLength, true) +
    view.getUint16(at + FLOW.alpnLength, true) +
    view.getUint16(at + FLOW.proxyLength, true) +
    view.getUint16(at + FLOW.tunnelLength, true);
  return values.readU16s(view, vlansAt, length);
}
