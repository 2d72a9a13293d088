// Reads VPC flow logs of Google Cloud, and the logs of its firewall rules: entries of Cloud Logging, one JSON object
// per line. A flow row is one direction, sampled; a firewall row is the start of a connection. Source: Google Cloud,
// "About VPC Flow Logs records" (cloud.google.com/vpc/docs/about-flow-logs-records); read on 2026-11-27. "Firewall
// Rules Logging: log format" (cloud.google.com/firewall/docs/firewall-rules-logging); samples of it in Elastic's
// "Google Cloud Platform" integration; read on 2026-11-28. The logs have no names: an address of a vendor's network
// makes a tool possible.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const GCP_FLOW: LogFormat = gatewayFormat({
  id: 'gcp-flow',
  title: 'GCP VPC flow log',
  shows: 'addresses and bytes of flows, of sampled packets',
  signs: [['jsonPayload.connection.src_ip', 'jsonPayload.connection.dest_ip']],
  pattern: /"connection"\s*:\s*\{[^}]*"src_ip"/,
  text: 'columns',
  fields: {
    time: ['jsonPayload.end_time', 'end_time', 'timestamp'],
    start: ['jsonPayload.start_time', 'start_time'],
    client: ['jsonPayload.connection.src_ip', 'connection.src_ip'],
    clientPort: ['jsonPayload.connection.src_port', 'connection.src_port'],
    server: ['jsonPayload.connection.dest_ip', 'connection.dest_ip'],
    serverPort: ['jsonPayload.connection.dest_port', 'connection.dest_port'],
    protocol: ['jsonPayload.connection.protocol', 'connection.protocol'],
    action: ['jsonPayload.disposition', 'disposition'],
    bytesUp: ['jsonPayload.bytes_sent', 'bytes_sent'],
    packetsUp: ['jsonPayload.packets_sent', 'packets_sent'],
  },
  kindOf: (row) => (row.has(F.client) ? 'session' : null),
  blocked: new Set(),
  isJoined: true,
  parts: 'directions',
  bytes: 'packets',
  isProxy: false,
  wanted: [
    [
      'name',
      { what: 'names of servers', next: 'log the questions of Cloud DNS, which this version does not read' },
    ],
  ],
});
