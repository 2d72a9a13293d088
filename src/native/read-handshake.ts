// ClientHellos and exchanges, read from their bytes.

import type { ExchangeRecord, HelloRecord } from '../model/flow.ts';
import type { RecordContext } from './record-context.ts';
import { EXCHANGE, HELLO, HELLO_FLAGS, RECORD } from './record-layout.ts';
import * as values from './record-values.ts';

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

export function readExchange(context: RecordContext, at: number): ExchangeRecord {
  const view = context.view;
  return {
    flowId: values.readU64(view, at + EXCHANGE.flowId),
    startUs: values.readUs(view, at + EXCHANGE.startNs),
    bytesUp: values.readU64(view, at + EXCHANGE.bytesUp),
    bytesDown: values.readU64(view, at + EXCHANGE.bytesDown),
    recordsUp: view.getUint32(at + EXCHANGE.recordsUp, true),
    recordsDown: view.getUint32(at + EXCHANGE.recordsDown, true),
    largestUp: view.getUint32(at + EXCHANGE.largestUp, true),
    largestDown: view.getUint32(at + EXCHANGE.largestDown, true),
    firstDown: view.getUint32(at + EXCHANGE.firstDown, true),
    waitMs: view.getUint32(at + EXCHANGE.waitMs, true),
    answerMs: view.getUint32(at + EXCHANGE.answerMs, true),
    largestGapMs: view.getUint32(at + EXCHANGE.largestGapMs, true),
    uploadMs: view.getUint32(at + EXCHANGE.uploadMs, true),
    messagesUp: view.getUint32(at + EXCHANGE.messagesUp, true),
    flags: view.getUint16(at + RECORD.flags, true),
  };
}
