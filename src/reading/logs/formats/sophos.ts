// Reads firewall and web filter logs of Sophos Firewall (SFOS): pairs of keys and values, with the names of both log
// formats. Source: Sophos, "Sophos Firewall Syslog Guide" (docs.sophos.com/nsg/sophos-firewall/latest/syslog), sections
// "Firewall" and "Content filtering", and lines of both formats in public parsers; read on 2026-11-27.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const SOPHOS: LogFormat = gatewayFormat({
  id: 'sophos',
  title: 'Sophos Firewall log',
  shows: 'hosts of the web filter, and bytes of sessions',
  signs: [
    ['device_name', 'log_type', 'log_subtype'],
    ['device', 'log_type', 'log_subtype'],
    ['log_type', 'log_component', 'log_subtype'],
  ],
  text: 'pairs',
  fields: {
    time: ['timestamp', 'date'],
    clock: ['time'],
    zone: ['timezone'],
    seconds: ['duration'],
    kind: ['log_type'],
    part: ['log_component'],
    record: ['con_event', 'connevent'],
    client: ['src_ip'],
    clientPort: ['src_port'],
    server: ['dst_ip'],
    serverPort: ['dst_port'],
    protocol: ['protocol'],
    service: ['app_name', 'application'],
    user: ['user_name', 'user'],
    name: ['domain', 'domainname'],
    url: ['url'],
    status: ['http_status', 'status_code'],
    action: ['log_subtype'],
    bytesUp: ['bytes_sent', 'sent_bytes'],
    bytesDown: ['bytes_received', 'recv_bytes'],
    packetsUp: ['packets_sent', 'sent_pkts'],
    packetsDown: ['packets_received', 'recv_pkts'],
    agent: ['http_user_agent', 'user_agent'],
  },
  kindOf(row) {
    if (row.is(F.kind, 'Content Filtering')) return row.has(F.name) || row.has(F.url) ? 'request' : null;
    if (!row.is(F.kind, 'Firewall')) return null;
    return row.is(F.record, 'Start') || row.is(F.record, 'Interim') ? null : 'session';
  },
  blocked: new Set(['denied', 'deny', 'drop', 'dropped', 'reject', 'rejected', 'warned', 'blocked']),
  isJoined: true,
  bytes: 'packets',
  isProxy: false,
  wanted: [
    [
      'url',
      {
        what: 'hosts: the log of content filtering',
        next: 'set a web policy in the rules, and log web events',
      },
    ],
    [
      'packetsUp',
      { what: 'bytes of sessions', next: 'set "Log firewall traffic" in the rules, and log firewall events' },
    ],
  ],
});
