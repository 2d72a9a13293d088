// Reads web filter logs of Sophos UTM (SG): key-value pairs after a time with colons. Packet filter logs are not
// supported: they contain single packets, not connections. Source: Sophos, "UTM 9: Logging & Reporting"
// (docs.sophos.com/nsg/sophos-utm/utm/9.7/help), lines of "httpproxy" and "ulogd" in community.sophos.com/utm-firewall,
// and samples of both in Elastic's "Sophos" integration (github.com/elastic/integrations, packages/sophos, utm); read
// on 2026-11-28. "size" is the size of the response, "fullreqtime" counts microseconds.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const SOPHOS_UTM: LogFormat = gatewayFormat({
  id: 'sophos-utm',
  title: 'Sophos UTM log',
  shows: 'hosts of requests and tunnels',
  pattern: /\bsys="Secure(?:Web|Net)" sub="/,
  text: 'pairs',
  fields: {
    kind: ['sys'],
    part: ['sub'],
    microseconds: ['fullreqtime'],
    client: ['srcip'],
    server: ['dstip'],
    user: ['user'],
    url: ['url'],
    status: ['statuscode'],
    action: ['action'],
    bytesDown: ['size'],
    agent: ['ua'],
  },
  // A request that the user continues after a warning is logged again without an action; only the first row counts.
  kindOf: (row) => (row.is(F.part, 'http') && row.has(F.action) ? 'request' : null),
  blocked: new Set(['warn']),
  isJoined: false,
  bytes: 'payload',
  isProxy: true,
  wanted: [
    [
      'url',
      { what: 'hosts: the web filter log', next: 'switch on web filtering, and forward its log to syslog' },
    ],
    [
      'bytesUp',
      {
        what: 'bytes that clients sent, which this product does not log',
        next: 'pass flows of the same traffic as well, such as IPFIX of a router',
      },
    ],
  ],
});
