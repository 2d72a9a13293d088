// Reads the records of native code that TypeScript uses from their bytes; the collector reads the others in native code.

import {
  type CaptureRecord,
  COUNTED_KINDS,
  type CountedKind,
  type Counters,
  FLOW_ENDS,
  type FlowRecord,
  type HelloRecord,
  type ServiceRecord,
} from '../model/flow.ts';
import { SERVICE_SIGNS, type ServiceSign } from '../model/service-signs.ts';
import { APP_HINTS } from '../model/window-words.ts';
import { readableText } from './byte-text.ts';
import type { RecordContext } from './record-context.ts';
import {
  CAPTURE,
  CAPTURE_FLAGS,
  COUNTERS,
  FLOW,
  FLOW_FLAGS,
  HELLO,
  HELLO_FLAGS,
  LOOK_FLAGS,
  RECORD,
  SERVICE,
  SERVICE_FLAGS,
} from './record-layout.ts';
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
    hello: hasHello ? readFlowHello(context, at, alpnAt) : null,
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

function readFlowHello(context: RecordContext, at: number, alpnAt: number): FlowRecord['hello'] {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const transport =
    (flags & FLOW_FLAGS.overQuic) !== 0 ? 'quic' : (flags & FLOW_FLAGS.overDtls) !== 0 ? 'dtls' : 'tcp';
  return {
    transport,
    ja4: context.paddedText(at + FLOW.ja4),
    ja3: context.md5(at + FLOW.ja3Md5),
    alpn: context.alpn(alpnAt, view.getUint16(at + FLOW.alpnLength, true)),
    ech: context.ech(at + FLOW.ech),
    bytes: view.getUint32(at + FLOW.helloBytes, true),
    segments: view.getUint16(at + FLOW.helloSegments, true),
    legacyVersion: view.getUint16(at + FLOW.legacyVersion, true),
  };
}

export function readHello(context: RecordContext, at: number): HelloRecord {
  const view = context.view;
  const ipVersion = view.getUint8(at + HELLO.ipVersion);
  const sniAt = at + HELLO.size;
  const sniLength = view.getUint16(at + HELLO.sniLength, true);
  const alpnAt = sniAt + sniLength;
  const alpnLength = view.getUint16(at + HELLO.alpnLength, true);
  const versionsAt = alpnAt + alpnLength;
  const versionsLength = view.getUint16(at + HELLO.versionsLength, true);
  const ja3At = versionsAt + versionsLength;
  const tunnelAt = ja3At + view.getUint16(at + HELLO.ja3Length, true);
  const vlanAt = tunnelAt + view.getUint16(at + HELLO.tunnelLength, true);
  const transport = values.TRANSPORT_BY_NUMBER[view.getUint8(at + HELLO.transport)] ?? 'tcp';
  return {
    flowId: values.readU64(view, at + HELLO.flowId),
    tsUs: values.readUs(view, at + HELLO.tsNs),
    source: context.address(at + HELLO.sourceAddress, ipVersion),
    sourcePort: view.getUint16(at + HELLO.sourcePort, true),
    destination: context.address(at + HELLO.destinationAddress, ipVersion),
    destinationPort: view.getUint16(at + HELLO.destinationPort, true),
    fileIndex: view.getUint32(at + HELLO.fileIndex, true),
    fingerprint: context.fingerprint(
      at + HELLO.ja3Md5,
      at + HELLO.ja4,
      at + HELLO.ech,
      alpnAt,
      alpnLength,
      transport,
    ),
    family: context.paddedText(at + HELLO.family),
    sni: sniLength === 0 ? null : context.text(sniAt, sniLength),
    legacyVersion: view.getUint16(at + HELLO.legacyVersion, true),
    supportedVersions: values.readWireU16s(view, versionsAt, versionsLength),
    ja3Text: context.longText(ja3At, tunnelAt),
    helloBytes: view.getUint32(at + HELLO.helloBytes, true),
    segments: view.getUint16(at + HELLO.segments, true),
    vlans: values.readU16s(view, vlanAt, view.getUint16(at + HELLO.vlanLength, true)),
    tunnel: context.tunnel(tunnelAt, vlanAt),
    isRetry: (view.getUint16(at + RECORD.flags, true) & HELLO_FLAGS.retry) !== 0,
  };
}

export function readService(context: RecordContext, at: number): ServiceRecord {
  const view = context.view;
  const ipVersion = view.getUint8(at + SERVICE.ipVersion);
  const flags = view.getUint16(at + RECORD.flags, true);
  return {
    host: context.address(at + SERVICE.clientAddress, ipVersion),
    server: context.address(at + SERVICE.serverAddress, ipVersion),
    port: view.getUint16(at + SERVICE.serverPort, true),
    firstUs: values.readUs(view, at + SERVICE.firstNs),
    lastUs: values.readUs(view, at + SERVICE.lastNs),
    signs: listSigns(view.getUint32(at + SERVICE.signs, true), view.getUint32(at + SERVICE.signs + 4, true)),
    flows: (flags & SERVICE_FLAGS.first) === 0 ? 0 : 1,
    requests: view.getUint32(at + SERVICE.requests, true),
    uses: view.getUint32(at + SERVICE.uses, true),
    isUncounted: (flags & SERVICE_FLAGS.uncounted) !== 0,
    bytesUp: values.readU64(view, at + SERVICE.bytesUp),
    bytesDown: values.readU64(view, at + SERVICE.bytesDown),
    ...readServiceDetails(view, at),
  };
}

function readServiceDetails(view: DataView, at: number): Pick<ServiceRecord, 'versions' | 'mcp'> {
  const numbers = [0, 2, 4]
    .slice(0, view.getUint8(at + SERVICE.versionParts))
    .map((offset) => view.getUint16(at + SERVICE.version + offset, true));
  const { mcpSessions, mcpLists, mcpReads, mcpCalls } = SERVICE;
  const mcp = [mcpSessions, mcpLists, mcpReads, mcpCalls].map((offset) => view.getUint32(at + offset, true));
  return {
    ...(numbers.length === 0 ? {} : { versions: [numbers.join('.')] }),
    ...(mcp.some((count) => count > 0) ? { mcp } : {}),
  };
}

const NO_SIGNS: readonly ServiceSign[] = [];

function listSigns(low: number, high: number): readonly ServiceSign[] {
  if (low === 0 && high === 0) return NO_SIGNS;
  return SERVICE_SIGNS.filter((_, bit) => ((bit < 32 ? low >>> bit : high >>> (bit - 32)) & 1) === 1);
}

/** Bytes of one malformed entry: counter number, reserved, count. */
const MALFORMED_ENTRY = 16;

export function readCapture(context: RecordContext, at: number): CaptureRecord {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const packets = values.readU64(view, at + CAPTURE.packets);
  const linksAt = at + CAPTURE.size;
  const linksLength = view.getUint16(at + CAPTURE.linksLength, true);
  const reasonAt = linksAt + linksLength;
  const code = view.getUint32(at + CAPTURE.errorCode, true);
  return {
    fileIndex: view.getUint32(at + CAPTURE.fileIndex, true),
    packets,
    bytes: values.readU64(view, at + CAPTURE.wireBytes),
    firstUs: packets === 0 ? null : values.readUs(view, at + CAPTURE.firstNs),
    lastUs: packets === 0 ? null : values.readUs(view, at + CAPTURE.lastNs),
    backUs: Math.floor(values.readU64(view, at + CAPTURE.backNs) / 1000),
    drops: values.readU64(view, at + CAPTURE.drops),
    dropsSinceUs: values.readUs(view, at + CAPTURE.dropsSinceNs),
    filtered: values.readU64(view, at + CAPTURE.filtered),
    linkTypes: values.readU16s(view, linksAt, linksLength),
    truncated: (flags & CAPTURE_FLAGS.truncated) !== 0,
    damaged: (flags & CAPTURE_FLAGS.damaged) !== 0,
    error:
      code === 0
        ? null
        : {
            code,
            offset: values.readU64(view, at + CAPTURE.errorOffset),
            reason: readableText(
              context.bytes,
              reasonAt,
              reasonAt + view.getUint16(at + CAPTURE.errorLength, true),
            ),
          },
  };
}

export function readCounters(context: RecordContext, at: number, names: readonly string[]): Counters {
  const view = context.view;
  const malformed: Record<string, number> = {};
  const count = view.getUint32(at + COUNTERS.malformedCount, true);
  for (let i = 0; i < count; i++) {
    const entry = at + COUNTERS.size + i * MALFORMED_ENTRY;
    malformed[names[view.getUint32(entry, true)] ?? 'unknown'] = values.readU64(view, entry + 8);
  }
  return {
    packets: values.readU64(view, at + COUNTERS.packets),
    bytes: values.readU64(view, at + COUNTERS.wireBytes),
    flows: values.readU64(view, at + COUNTERS.flows),
    hellosComplete: values.readU64(view, at + COUNTERS.hellosComplete),
    hellosIncomplete: values.readU64(view, at + COUNTERS.hellosIncomplete),
    snaplenCut: values.readU64(view, at + COUNTERS.snaplenCut),
    evictedFlows: values.readU64(view, at + COUNTERS.evictedFlows),
    kernelDrops: values.readU64(view, at + COUNTERS.kernelDrops),
    undecoded: values.readU64(view, at + COUNTERS.undecoded),
    fragments: values.readU64(view, at + COUNTERS.fragments),
    excluded: values.readU64(view, at + COUNTERS.excluded),
    unwatched: view.getUint32(at + COUNTERS.unwatched, true),
    filtered: values.readU64(view, at + COUNTERS.filtered),
    malformed,
  };
}
