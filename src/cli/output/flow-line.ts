// One flow as the NDJSON line of `wiretally dump flows`.

import { hash } from 'node:crypto';
import type { FlowRecord } from '../../model/flow.ts';
import type { Confidence } from '../../model/words.ts';
import { communityId } from '../../net/community-id.ts';
import { jsonString, jsonStrings } from '../../text/json-text.ts';
import { formatInstant } from '../../time/instant.ts';

export interface NamedTool {
  readonly tool: string;
  readonly confidence: Confidence;
}

const sha1 = (bytes: Uint8Array): string => hash('sha1', bytes, 'base64');

/** Put together by hand: there are as many lines as flows, and JSON.stringify of an object costs thrice as much. */
export function flowLine(file: string, flow: FlowRecord, named: NamedTool | null): string {
  const { hello, proxy } = flow;
  return (
    `{"file":${jsonString(file)},"ts":"${formatInstant(flow.flowFirstUs)}"` +
    `,"src_ip":"${flow.client}","src_port":${flow.clientPort}` +
    `,"dst_ip":"${flow.server}","dst_port":${flow.serverPort},"transport":"${flow.protocol}"` +
    `,"packetsUp":${flow.packetsUp},"packetsDown":${flow.packetsDown}` +
    `,"bytesUp":${flow.bytesUp},"bytesDown":${flow.bytesDown}` +
    `,"payloadUp":${flow.payloadUp},"payloadDown":${flow.payloadDown},"last":"${formatInstant(flow.lastUs)}"` +
    `,"sni":${textOrNull(flow.sni)},"ja3_hash":${textOrNull(hello?.ja3)},"ja4":${textOrNull(hello?.ja4)}` +
    `,"alpn":${hello === null ? '[]' : jsonStrings(hello.alpn)}` +
    `,"community_id":${textOrNull(communityId(flow, sha1))}` +
    `,"vlan":[${flow.vlans.join(',')}],"tunnel":${jsonStrings(flow.tunnel)}` +
    `,"proxy":${proxy === null ? 'null' : `{"kind":"${proxy.kind}","target":${jsonString(proxy.target)}}`}` +
    `,"tool":${textOrNull(named?.tool)},"confidence":${textOrNull(named?.confidence)}}`
  );
}

const textOrNull = (text: string | null | undefined): string => (text == null ? 'null' : jsonString(text));
