// `wiretally dump flows FILE…`: prints one NDJSON line per flow, and stores nothing.

import { hash } from 'node:crypto';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { isProviderKind } from '../../../catalogue/rules.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import type { Confidence } from '../../../model/confidence.ts';
import type { FlowRecord } from '../../../model/flow.ts';
import { communityId } from '../../../net/community-id.ts';
import { readFlows } from '../../../reading/captures/analyze-captures.ts';
import { jsonString, jsonStrings } from '../../../text/json-text.ts';
import { formatInstant } from '../../../time/instant.ts';
import { defineCommand, example } from '../../command.ts';
import {
  captureArgument,
  catalogueOptions,
  commonOptions,
  listFilledInputs,
  readingOptions,
} from '../../input/options.ts';
import { readLines } from '../../reading/read-lines.ts';

export const command = defineCommand({
  summary: 'Print one NDJSON line per flow',
  arguments: [captureArgument],
  options: { ...readingOptions, ...catalogueOptions, ...commonOptions },
  examples: [
    example('dump flows office.pcap.gz | head -3', 'Print the first three flows'),
    example('dump flows office.pcap.gz --exclude 10.30.0.0/16 > flows.ndjson', 'Exclude a network'),
  ],
  async run(files, options) {
    const inputs = listFilledInputs(files, options);
    const catalogue = await loadCatalogue(options.catalogue);
    return await readLines(inputs, options, (captures, reading, print) =>
      readFlows(captures, reading, ({ file, flow }) =>
        print(formatFlow(file, flow, findTool(flow, catalogue))),
      ),
    );
  },
});

// Names the tool of one flow by its server name alone, and only if no other program uses that name.

function findTool(flow: FlowRecord, catalogue: Catalogue): NamedTool | null {
  const name = flow.sni ?? findHost(flow.proxy?.target ?? null);
  if (name === null) return null;
  const found = catalogue.lookup(name.toLowerCase());
  const own = found.find(({ value }) => value.endpoint.specificity === 'tool' && !isProviderKind(value.tool));
  // One flow does not show how a program uses the name: a monitor opens the same connection.
  return own === undefined ? null : { tool: own.value.tool.id, confidence: 'possible' };
}

/** "host:port" or "[v6]:port" without the port. */
function findHost(target: string | null): string | null {
  return target === null ? null : target.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

interface NamedTool {
  readonly tool: string;
  readonly confidence: Confidence;
}

const hashBytes = (bytes: Uint8Array): string => hash('sha1', bytes, 'base64');

/** Concatenates the line, because JSON.stringify of an object takes three times as long and each flow has a line. */
function formatFlow(file: string, flow: FlowRecord, named: NamedTool | null): string {
  const { hello, proxy } = flow;
  return (
    `{"file":${jsonString(file)},"ts":"${formatInstant(flow.flowFirstUs)}"` +
    `,"src_ip":"${flow.client}","src_port":${flow.clientPort}` +
    `,"dst_ip":"${flow.server}","dst_port":${flow.serverPort},"transport":"${flow.protocol}"` +
    `,"packetsUp":${flow.packetsUp},"packetsDown":${flow.packetsDown}` +
    `,"bytesUp":${flow.bytesUp},"bytesDown":${flow.bytesDown}` +
    `,"payloadUp":${flow.payloadUp},"payloadDown":${flow.payloadDown},"last":"${formatInstant(flow.lastUs)}"` +
    `,"sni":${formatText(flow.sni)},"ja3_hash":${formatText(hello?.ja3)},"ja4":${formatText(hello?.ja4)}` +
    `,"alpn":${hello === null ? '[]' : jsonStrings(hello.alpn)}` +
    `,"community_id":${formatText(communityId(flow, hashBytes))}` +
    `,"vlan":[${flow.vlans.join(',')}],"tunnel":${jsonStrings(flow.tunnel)}` +
    `,"proxy":${proxy === null ? 'null' : `{"kind":"${proxy.kind}","target":${jsonString(proxy.target)}}`}` +
    `,"tool":${formatText(named?.tool)},"confidence":${formatText(named?.confidence)}}`
  );
}

const formatText = (text: string | null | undefined): string => (text == null ? 'null' : jsonString(text));
