// Interprets traffic and URL logs of PAN-OS, from a firewall or from the cloud service that forwards them. Source: Palo
// Alto Networks, "Syslog Field Descriptions" 10.2; paloalto.ts and strata.ts contain the addresses.

import { splitWords } from '../../../text/word-lists.ts';
import { F, type GatewayTable } from '../gateways/table.ts';

export const PAN_OS: Omit<GatewayTable, 'id' | 'title' | 'text' | 'fields'> = {
  shows: 'hosts of URL logs, and bytes of sessions',
  kindOf(row) {
    // Headers of CEF have the type and subtype in either order.
    const words = [row.word(F.kind), row.word(F.part)];
    if (words.includes('traffic')) return words.includes('start') ? null : 'session';
    return words.includes('url') && row.has(F.url) ? 'request' : null;
  },
  blocked: new Set([
    'deny',
    'drop',
    'drop icmp',
    'reset-client',
    'reset-server',
    'reset-both',
    'reset both',
    'reset client',
    'reset server',
    'block',
    'block-url',
    'block-continue',
    'block-override',
    'override-lockout',
    'block-ip',
  ]),
  isJoined: true,
  bytes: 'frames',
  isProxy: false,
  opaque: new Set(
    splitWords(
      'ssl quic web-browsing incomplete insufficient-data not-applicable unknown-tcp unknown-udp',
      'unknown-p2p non-syn-tcp',
    ),
  ),
  wanted: [
    [
      'url',
      {
        what: 'hosts: URL logs',
        next: 'set the site access of the categories in the URL filtering profile to alert, and forward URL logs',
      },
    ],
    [
      'bytesDown',
      { what: 'bytes of sessions: traffic logs', next: 'log at session end, and forward traffic logs' },
    ],
  ],
};
