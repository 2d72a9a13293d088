// Reads web transactions of Netskope: columns after W3C with a header, or JSON with the same names. Source: Netskope,
// "Web Transaction Events: fields" (docs.netskope.com/en/web-transaction-events), and the columns of a sample in Sumo
// Logic, "Netskope WebTx Streaming"; read on 2026-11-27. "NotChecked" and "x-cs-ssl-engine-action": "Transaction Event
// Fields" (docs.netskope.com/en/transaction-event-fields), and samples in Elastic's "Netskope" integration
// (github.com/elastic/integrations, packages/netskope, transaction); read on 2026-11-30. Times are UTC.

import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const NETSKOPE: LogFormat = gatewayFormat({
  id: 'netskope',
  title: 'Netskope web transactions',
  shows: 'hosts of requests and TLS names',
  signs: [['x-cs-timestamp'], ['x-cs-session-id'], ['x-cs-access-method'], ['x-cs-app'], ['x-cs-userip']],
  text: 'columns',
  separator: ' ',
  isUtc: true,
  fields: {
    time: ['date', 'x-cs-timestamp'],
    clock: ['time'],
    milliseconds: ['time-taken'],
    client: ['x-cs-userip'],
    outerClient: ['c-ip', 'x-cs-src-ip', 'x-cs-src-ip-egress'],
    clientPort: ['x-cs-src-port'],
    server: ['s-ip'],
    serverPort: ['cs-uri-port'],
    user: ['cs-username'],
    name: ['cs-host', 'x-cs-sni', 'cs-dns'],
    url: ['cs-uri', 'cs-url'],
    status: ['sc-status'],
    action: ['x-policy-action', 'x-cs-policy-action'],
    laterAction: ['x-cs-ssl-engine-action'],
    inspection: ['x-ssl-policy-action'],
    bypass: ['x-ssl-bypass'],
    bytesUp: ['cs-bytes'],
    bytesDown: ['sc-bytes'],
    agent: ['cs-user-agent', 'cs(User-Agent)'],
    ja3: ['x-cs-ssl-ja3'],
  },
  kindOf: () => 'request',
  // No policy was evaluated: of a connection that was not decrypted, or in which no request came.
  allowed: new Set(['notchecked']),
  blocked: new Set(['block', 'blocked', 'useralert', 'coach', 'quarantine']),
  // A connection may pass without decryption although the policy says "Decrypt", if the client did not accept the
  // certificate.
  inspectionOf(row) {
    const [action, bypass] = [row.word(F.inspection), row.word(F.bypass)];
    if (bypass === 'yes' || action === 'do not decrypt') return 'notInspected';
    return bypass === 'no' || action === 'decrypt' ? 'inspected' : 'unknown';
  },
  isJoined: false,
  bytes: 'payload',
  isProxy: true,
  wanted: [
    ['action', { what: 'what the policy did', next: 'add x-policy-action to the transaction format' }],
    [
      'bypass',
      {
        what: 'whether connections were inspected',
        next: 'add x-ssl-bypass and x-ssl-policy-action to the transaction format',
      },
    ],
    ['bytesUp', { what: 'bytes of requests', next: 'add cs-bytes and sc-bytes to the transaction format' }],
  ],
});
