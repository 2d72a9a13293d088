// Reads DNS, proxy and firewall logs of Cisco Umbrella from S3: CSV, with or without a header; and activities from its
// reporting API, one JSON object per line. Source: Cisco, "Umbrella Log Formats: DNS Logs, Proxy Logs"
// (docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning), and samples of them in Elastic's "Cisco
// Umbrella" integration; read on 2026-11-27. "ActivityProxy", "ActivityDNS" and "ActivityFirewall" in Cisco's client of
// the API (github.com/CiscoDevNet/go-ciscosecureaccess, reports/docs); read on 2026-11-28. Times are UTC. In older
// versions, firewall rows count the bytes of one packet and are ignored.

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
    ['internalip', 'externalip', 'verdict'],
    ['destinationip', 'packetsize', 'verdict'],
  ],
  pattern:
    /^"?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?"?,.*,"?(?:(?:Allowed|Blocked|Proxied)"?, ?"?\d+ \(\w+\)|(?:ALLOWED|BLOCKED|PROXIED|REFERRED|WARNED)"?, ?"?https?:|"?(?:OUTBOUND|INBOUND)"?, ?"?\d{1,3}"?, ?"?\d*"?, ?"?[\da-fA-F.:]+"?,)/,
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
    {
      kind: [13, 'ALLOW', 'BLOCK'],
      names: {
        0: 'Timestamp',
        5: 'ipProtocol',
        7: 'sourceIp',
        8: 'sourcePort',
        9: 'destinationIp',
        10: 'destinationPort',
        13: 'Verdict',
        14: 'FQDNs',
      },
    },
  ],
  fields: {
    time: ['Timestamp'],
    client: ['Internal IP', 'Internal Client IP', 'InternalIp', 'sourceIp'],
    outerClient: ['External IP', 'External Client IP', 'ExternalIp'],
    clientPort: ['sourcePort'],
    server: ['Destination IP', 'destinationIp'],
    serverPort: ['destinationPort', 'port'],
    protocol: ['ipProtocol', 'protocol.label'],
    user: ['Policy Identity'],
    name: ['FQDNs'],
    question: ['Domain'],

    url: ['URL'],
    status: ['Status Code', 'statuscode'],
    action: ['Action', 'Verdict'],
    bytesUp: ['Request Size', 'Request Size (bytes)', 'requestsize'],
    bytesDown: ['Response Size', 'Response Size (bytes)', 'responsesize'],
    agent: ['User Agent', 'useragent'],
    type: ['Query Type', 'QueryType'],
    rcode: ['Response Code', 'ResponseCode', 'returncode'],
  },
  kindOf(row) {
    if (row.has(F.url) || row.has(F.status)) return 'request';
    if (row.has(F.question)) return 'question';
    return row.has(F.protocol) && row.has(F.server) ? 'session' : null;
  },
  allowed: new Set(['proxied', 'referred']),
  blocked: new Set(['blocked', 'warned']),
  isJoined: false,
  isTwice: true,
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
        what: 'addresses of internal clients',
        next: 'use virtual appliances or roaming clients, which send them',
      },
    ],
  ],
});
