// Reads page events, application events and alerts of Netskope from its REST API v2: one JSON object per line. Source:
// Netskope, "Get events data" and "Page events", "Application events", "Alerts"
// (docs.netskope.com/en/rest-api-v2-overview); samples of them in Elastic's "Netskope" integration
// (github.com/elastic/integrations, packages/netskope); read on 2026-11-28. A page event is a visit. The other events
// describe actions in a visit; they count if the visit was refused.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

const BLOCKED: ReadonlySet<string> = new Set(['block', 'blocked', 'useralert', 'coach', 'quarantine']);

export const NETSKOPE_EVENTS: LogFormat = gatewayFormat({
  id: 'netskope-events',
  title: 'Netskope events',
  shows: 'hosts of visits, and refused activities',
  signs: [
    ['access_method', 'traffic_type'],
    ['access_method', 'appcategory'],
    ['access_method', 'alert_type'],
  ],
  text: 'columns',
  isUtc: true,
  fields: {
    time: ['timestamp'],
    start: ['conn_starttime'],
    seconds: ['conn_duration'],
    kind: ['type'],
    part: ['access_method'],
    client: ['userip'],
    outerClient: ['srcip'],
    server: ['dstip'],
    serverPort: ['dstport'],
    user: ['user', 'userkey'],
    name: ['domain'],
    url: ['url'],
    action: ['action'],
    bypass: ['bypass_traffic'],
    bytesUp: ['client_bytes'],
    bytesDown: ['server_bytes'],
    agent: ['useragent'],
  },
  kindOf(row) {
    // A connector of an API sees files of an app but no traffic.
    if (row.word(F.part) === 'api connector') return null;
    return row.is(F.kind, 'connection') || BLOCKED.has(row.word(F.action)) ? 'request' : null;
  },
  blocked: BLOCKED,
  inspectionOf: (row) => (row.is(F.bypass, 'yes') ? 'notInspected' : 'unknown'),
  isJoined: false,
  bytes: 'payload',
  isProxy: true,
  wanted: [
    [
      'bytesUp',
      { what: 'visits and their bytes: page events', next: 'export page events (events/page) as well' },
    ],
  ],
});
