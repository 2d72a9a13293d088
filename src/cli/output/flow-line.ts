// One flow as the NDJSON line of `wiretally flows`.

import { createHash } from 'node:crypto';
import type { FlowRecord } from '../../model/flow.ts';
import type { Confidence } from '../../model/report.ts';
import { communityId } from '../../net/community-id.ts';
import { jsonText } from '../../text/json-text.ts';
import { instantFormatter } from '../../time/instant.ts';

export interface NamedTool {
  readonly tool: string;
  readonly confidence: Confidence;
}

const formatInstant = instantFormatter();
const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

export function flowLine(file: string, flow: FlowRecord, named: NamedTool | null): string {
  return jsonText({
    file,
    ts: formatInstant(flow.flowFirstUs),
    src_ip: flow.client,
    src_port: flow.clientPort,
    dst_ip: flow.server,
    dst_port: flow.serverPort,
    transport: flow.protocol,
    packetsUp: flow.packetsUp,
    packetsDown: flow.packetsDown,
    bytesUp: flow.bytesUp,
    bytesDown: flow.bytesDown,
    payloadUp: flow.payloadUp,
    payloadDown: flow.payloadDown,
    last: formatInstant(flow.lastUs),
    sni: flow.sni,
    ja3_hash: flow.hello?.ja3 ?? null,
    ja4: flow.hello?.ja4 ?? null,
    alpn: flow.hello?.alpn ?? [],
    community_id: communityId(flow, sha1),
    vlan: flow.vlans,
    tunnel: flow.tunnel,
    proxy: flow.proxy === null ? null : { kind: flow.proxy.kind, target: flow.proxy.target },
    tool: named?.tool ?? null,
    confidence: named?.confidence ?? null,
  });
}
