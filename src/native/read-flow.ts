// A flow record, read from its bytes.

import { COUNTED_KINDS, type CountedKind, FLOW_ENDS, type FlowRecord } from '../model/flow.ts';
import { APP_HINTS } from '../model/window-words.ts';
import type { RecordContext } from './record-context.ts';
import { FLOW, FLOW_FLAGS, LOOK_FLAGS, RECORD } from './record-layout.ts';
import * as values from './record-values.ts';

const NO_NUMBERS: readonly number[] = [];
const NO_KINDS: readonly CountedKind[] = [];

export function readFlow(context: RecordContext, at: number): FlowRecord {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const ipVersion = view.getUint8(at + FLOW.ipVersion);
  const sniAt = at + FLOW.size;
  const sniLength = view.getUint16(at + FLOW.sniLength, true);
  const alpnAt = sniAt + sniLength;
  const alpnLength = view.getUint16(at + FLOW.alpnLength, true);
  const proxyAt = alpnAt + alpnLength;
  const proxyLength = view.getUint16(at + FLOW.proxyLength, true);
  const tunnelAt = proxyAt + proxyLength;
  const vlanAt = tunnelAt + view.getUint16(at + FLOW.tunnelLength, true);
  const vlanLength = view.getUint16(at + FLOW.vlanLength, true);
  const agentAt = vlanAt + vlanLength;
  const agentLength = view.getUint16(at + FLOW.userAgentLength, true);
  const otherSniLength = view.getUint16(at + FLOW.otherSniLength, true);
  const hasHello = view.getUint8(at + FLOW.ja4) !== 0;
  const transport =
    (flags & FLOW_FLAGS.overQuic) !== 0 ? 'quic' : (flags & FLOW_FLAGS.overDtls) !== 0 ? 'dtls' : 'tcp';
  const countedKinds = view.getUint16(at + FLOW.countedKinds, true);
  const proxyKind = values.PROXY_BY_NUMBER[view.getUint8(at + FLOW.proxyKind)];
  return {
    flowId: values.readU64(view, at + FLOW.flowId),
    isFirstSlice: (flags & FLOW_FLAGS.firstSlice) !== 0,
    isLastSlice: (flags & FLOW_FLAGS.lastSlice) !== 0,
    synSeen: (flags & FLOW_FLAGS.synSeen) !== 0,
    isMidFlow: (flags & FLOW_FLAGS.midFlow) !== 0,
    serverHello: (flags & FLOW_FLAGS.serverHello) !== 0,
    established: (flags & FLOW_FLAGS.established) !== 0,
    isTls13: (flags & FLOW_FLAGS.tls13) !== 0,
    resumed: (flags & FLOW_FLAGS.resumed) !== 0,
    isHttp2: (flags & FLOW_FLAGS.http2) !== 0,
    retried: (flags & FLOW_FLAGS.retried) !== 0,
    cutShort: (flags & FLOW_FLAGS.cutShort) !== 0,
    flowFirstUs: values.readUs(view, at + FLOW.flowFirstNs),
    firstUs: values.readUs(view, at + FLOW.firstNs),
    lastUs: values.readUs(view, at + FLOW.lastNs),
    helloUs: hasHello ? values.readUs(view, at + FLOW.helloNs) : null,
    client: context.address(at + FLOW.clientAddress, ipVersion),
    server: context.address(at + FLOW.serverAddress, ipVersion),
    clientPort: view.getUint16(at + FLOW.clientPort, true),
    serverPort: view.getUint16(at + FLOW.serverPort, true),
    clientMac: context.mac(at + FLOW.clientMac),
    serverMac: context.mac(at + FLOW.serverMac),
    protocol: view.getUint8(at + FLOW.protocol) === 6 ? 'tcp' : 'udp',
    packetsUp: view.getUint32(at + FLOW.packetsUp, true),
    packetsDown: view.getUint32(at + FLOW.packetsDown, true),
    bytesUp: values.readU64(view, at + FLOW.bytesUp),
    bytesDown: values.readU64(view, at + FLOW.bytesDown),
    payloadUp: values.readU64(view, at + FLOW.payloadUp),
    payloadDown: values.readU64(view, at + FLOW.payloadDown),
    lostUp: view.getUint32(at + FLOW.lostUp, true),
    lostDown: view.getUint32(at + FLOW.lostDown, true),
    fileIndex: view.getUint32(at + FLOW.fileIndex, true),
    end: FLOW_ENDS[view.getUint8(at + FLOW.endReason)] ?? 'open',
    clientKnownBy: values.CLIENT_KNOWN_BY[view.getUint8(at + FLOW.clientKnownBy)] ?? 'firstPacket',
    appHint: APP_HINTS[view.getUint8(at + FLOW.appHint)] ?? 'unknown',
    vlans: vlanLength === 0 ? NO_NUMBERS : values.readU16s(view, vlanAt, vlanLength),
    tunnel: context.tunnel(tunnelAt, vlanAt),
    proxy: proxyKind === undefined ? null : { kind: proxyKind, target: context.text(proxyAt, proxyLength) },
    userAgent: agentLength === 0 ? null : context.text(agentAt, agentLength),
    sni: sniLength === 0 ? null : context.text(sniAt, sniLength),
    hello: hasHello
      ? {
          transport,
          ja4: context.paddedText(at + FLOW.ja4),
          ja3: context.md5(at + FLOW.ja3Md5),
          alpn: context.alpn(alpnAt, alpnLength),
          ech: context.ech(at + FLOW.ech),
          bytes: view.getUint32(at + FLOW.helloBytes, true),
          segments: view.getUint16(at + FLOW.helloSegments, true),
          legacyVersion: view.getUint16(at + FLOW.legacyVersion, true),
        }
      : null,
    helloHash: hasHello ? values.readHex64(view, at + FLOW.helloHash) : null,
    isAnswered: (flags & FLOW_FLAGS.answered) !== 0,
    isContradicted: (flags & FLOW_FLAGS.contradicted) !== 0,
    isJoined: (flags & FLOW_FLAGS.joined) !== 0,
    multipathToken: view.getUint32(at + FLOW.multipathToken, true),
    isParsed: (view.getUint8(at + FLOW.look) & LOOK_FLAGS.parsed) !== 0,
    countedKinds:
      countedKinds === 0 ? NO_KINDS : COUNTED_KINDS.filter((_, bit) => (countedKinds & (1 << bit)) !== 0),
    otherSni: otherSniLength === 0 ? null : context.text(agentAt + agentLength, otherSniLength),
  };
}
