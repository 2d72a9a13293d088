// Reads logs of Check Point gateways as Log Exporter writes them: syslog with keys and values in brackets, pairs
// separated by "|", CEF, LEEF, or JSON; and as clients of its older interface LEA write them: pairs separated by "|".
// Source: Check Point, sk122323 "Log Exporter" and sk144192 "Logs Fields Description"; samples of R80 and R81 in
// Elastic's "Check Point" integration (github.com/elastic/integrations, packages/checkpoint), of CEF in its "CEF"
// module, and of pairs in syslog-ng, "Check Point Log Exporter parser"; read on 2026-11-27. Lines of LEEF and of
// fw1-loggrabber (github.com/certego/ fw1-loggrabber) in public parsers; read on 2026-11-28. Lines of CPLogToSyslog,
// "Fields@1.3.6.1.4.1.2620", in the same integration and in public parsers; read on 2026-11-29, their times with offsets
// as "--5:00" on 2026-11-30. Actions: "Logging and Monitoring Administration Guide" R80.40, "Using the Action Filter"
// (sc1.checkpoint.com/documents/R80.40); read on 2026-11-30. "client_inbound" counts the bytes that the client sent.

import { gatewayFormat } from '../gateways/format.ts';
import { F, inspectionBy } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const CHECK_POINT: LogFormat = gatewayFormat({
  id: 'checkpoint',
  title: 'Check Point log',
  shows: 'hosts of URL filtering, and sessions',
  signs: [
    ['loguid', 'origin'],
    ['orig', 'i/f_dir'],
  ],
  pattern: /(?:CEF:\d|LEEF:\d\.\d)\|Check Point\|| \[Fields@1\.3\.6\.1\.4\.1\.2620 /,
  text: 'pairs',
  fields: {
    time: ['time', 'rt', 'devTime'],
    start: ['start_time'],
    record: ['loguid'],
    client: ['src'],
    clientPort: ['s_port', 'sport_svc', 'spt', 'srcPort'],
    server: ['dst'],
    serverPort: ['service', 'svc', 'dpt', 'dstPort'],
    protocol: ['proto'],
    service: ['service_id'],
    user: ['src_user_name', 'user', 'suser', 'usrName'],
    name: ['http_host'],
    url: ['resource', 'request'],
    action: ['action', 'act'],
    inspection: ['https_inspection_action'],
    bytesUp: ['sent_bytes', 'client_inbound_bytes'],
    bytesDown: ['received_bytes', 'client_outbound_bytes'],
    packetsUp: ['client_inbound_packets'],
    packetsDown: ['client_outbound_packets'],
    agent: ['user_agent', 'requestClientApplication'],
  },
  kindOf(row) {
    // Management events, and updates that contain only the identifier of their connection, are not rows.
    if (!row.has(F.client) || !row.has(F.protocol)) return null;
    return row.has(F.url) || row.has(F.name) ? 'request' : 'session';
  },
  allowed: new Set(['encrypt', 'authcrypt', 'vpn routing', 'https inspect', 'https bypass']),
  blocked: new Set([
    'drop',
    'reject',
    'block',
    'prevent',
    'redirect',
    'quarantine',
    'ask user',
    'inform user',
  ]),
  inspectionOf: inspectionBy('inspect', ['bypass']),
  isJoined: true,
  hasUpdates: true,
  bytes: 'packets',
  isProxy: false,
  opaque: new Set(['https', 'http', 'quic', 'unknown', 'ssl', 'tls']),
  wanted: [
    [
      'url',
      {
        what: 'hosts: logs of URL filtering',
        next: 'set Track of the rules to Detailed Log or Extended Log, with URL Filtering and Application Control',
      },
    ],
    ['bytesUp', { what: 'bytes of sessions', next: 'set Accounting in Track of the rules' }],
    [
      'inspection',
      {
        what: 'whether connections were inspected',
        next: 'set Track of the rules of HTTPS Inspection to Log',
      },
    ],
  ],
});
