// Reads outcome records.

import { CONNECTION_OUTCOMES, type OutcomeRecord } from '../model/outcome.ts';
import type { RecordContext } from './record-context.ts';
import { OUTCOME, OUTCOME_FLAGS, RECORD } from './record-layout.ts';
import * as values from './record-values.ts';

export function readOutcome(context: RecordContext, at: number): OutcomeRecord {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const ipVersion = view.getUint8(at + OUTCOME.ipVersion);
  const kind = CONNECTION_OUTCOMES[view.getUint8(at + OUTCOME.kind)] ?? 'opened';
  return {
    tsUs: values.readUs(view, at + OUTCOME.tsNs),
    lastUs: values.readUs(view, at + OUTCOME.lastNs),
    client: context.address(at + OUTCOME.clientAddress, ipVersion),
    server: context.address(at + OUTCOME.serverAddress, ipVersion),
    clientPort: view.getUint16(at + OUTCOME.clientPort, true),
    serverPort: view.getUint16(at + OUTCOME.serverPort, true),
    kind,
    detail: view.getUint32(at + OUTCOME.detail, true),
    ttl: view.getUint8(at + OUTCOME.ttl),
    handshakeTtl: view.getUint8(at + OUTCOME.handshakeTtl),
    delayUs: view.getUint32(at + OUTCOME.delayUs, true),
    handshakeUs: view.getUint32(at + OUTCOME.handshakeUs, true),
    value: view.getUint32(at + OUTCOME.value, true),
    repeated: view.getUint32(at + OUTCOME.repeated, true),
    segments: view.getUint32(at + OUTCOME.segments, true),
    fastestKbit: view.getUint32(at + OUTCOME.fastestKbit, true),
    name: context.text(at + OUTCOME.size, view.getUint16(at + OUTCOME.nameLength, true)),
    isProxied: (flags & OUTCOME_FLAGS.proxied) !== 0,
    isOutOfWindow: (flags & OUTCOME_FLAGS.outOfWindow) !== 0,
    isContinued: (flags & OUTCOME_FLAGS.continued) !== 0,
    isTls12: (flags & OUTCOME_FLAGS.tls12) !== 0,
    isByClient: (flags & OUTCOME_FLAGS.byClient) !== 0,
    by: kind === 'icmp' ? context.address(at + OUTCOME.by, ipVersion) : '',
  };
}
