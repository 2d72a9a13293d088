// DNS and proxy logs of Cisco Umbrella, as they are exported to S3: CSV, with or without a header.
// Source: Cisco, "Umbrella Log Formats: DNS Logs, Proxy Logs" (docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning),
// and samples of them in Elastic's "Cisco Umbrella" integration; read on 2026-11-27. Times are UTC.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const UMBRELLA: LogFormat = gatewayFormat({
  id: 'umbrella',
  title: 'Cisco Umbrella log',
  shows: 'questions, and hosts of requests',
  signs: [
    ['Timestamp', 'Policy Identity'],
    ['Timestamp', 'Most Granular Identity'],
  ],
  pattern:
    /^"?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?"?,.*,"?(?:(?:Allowed|Blocked|Proxied)"?, ?"?\d+ \(\w+\)|(?:ALLOWED|BLOCKED|PROXIED|REFERRED|WARNED)"?, ?"?https?:)/,
  text: 'columns',
  isUtc: true,
  fixed: [
    {
      kind: [5, 'Allowed', 'Blocked', 'Proxied'],
      names: {
        0: 'Timestamp',
        3: 'Internal IP',
        4: 'External IP',
        5: 'Action',
        6: 'Query Type',
        7: 'Response Code',
        8: 'Domain',
      },
    },
    {
      kind: [6, 'ALLOWED', 'BLOCKED', 'PROXIED', 'REFERRED', 'WARNED'],
      names: {
        0: 'Timestamp',
        1: 'Policy Identity',
        2: 'Internal Client IP',
        3: 'External Client IP',
        4: 'Destination IP',
        6: 'Verdict',
        7: 'URL',
        9: 'User Agent',
        10: 'Status Code',
        11: 'Request Size',
        12: 'Response Size',
      },
    },
  ],
  fields: {
    time: ['Timestamp'],
    client: ['Internal IP', 'Internal Client IP', 'InternalIp'],
    outerClient: ['External IP', 'External Client IP', 'ExternalIp'],
    server: ['Destination IP'],
    user: ['Policy Identity'],
    question: ['Domain'],
    url: ['URL'],
    status: ['Status Code'],
    action: ['Action', 'Verdict'],
    bytesUp: ['Request Size', 'Request Size (bytes)'],
    bytesDown: ['Response Size', 'Response Size (bytes)'],
    agent: ['User Agent'],
    type: ['Query Type', 'QueryType'],
    rcode: ['Response Code', 'ResponseCode'],
  },
  kindOf(row) {
    return row.has(F.url) ? 'request' : row.has(F.question) ? 'question' : null;
  },
  blocked: new Set(['blocked', 'warned']),
  isJoined: false,
  bytes: 'payload',
  isProxy: true,
  wanted: [
    [
      'url',
      {
        what: 'hosts and bytes of requests: proxy logs',
        next: 'send web traffic through the secure web gateway',
      },
    ],
    [
      'client',
      {
        what: 'addresses inside of the site',
        next: 'use virtual appliances or roaming clients, which send them',
      },
    ],
  ],
});
