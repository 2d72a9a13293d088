// Reads logs of Cloudflare Gateway (Zero Trust): DNS, network, HTTP and network sessions, as Logpush writes them: one
// JSON object per line. Source: Cloudflare, "Logpush: datasets, account-scoped: Gateway DNS, Gateway Network, Gateway
// HTTP" (developers.cloudflare.com/logs/logpush/logpush-job/datasets/account), and samples of them in Elastic's
// "Cloudflare Logpush" integration; read on 2026-11-27. "Zero Trust Network Session Logs" of the same documentation,
// which alone have bytes; read on 2026-11-28. The fields of all four, and "Gateway activity logs: Resolver decisions"
// with their numbers (github.com/cloudflare/cloudflare-docs); read on 2026-11-30.

import { splitWords } from '../../../text/word-lists.ts';
import { gatewayFormat } from '../gateways/format.ts';
import { F } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

export const CLOUDFLARE: LogFormat = gatewayFormat({
  id: 'cloudflare',
  title: 'Cloudflare Gateway log',
  shows: 'questions, names of connections and hosts of requests',
  signs: ['QueryName', 'SNI', 'HTTPHost']
    .flatMap((name) =>
      ['UserID', 'DeviceID', 'ResolverDecision', 'PolicyID', 'SrcIP'].map((other) => [name, other]),
    )
    .concat([['SessionStartTime', 'OriginIP']]),
  text: 'columns',
  fields: {
    time: ['Datetime', 'SessionEndTime'],
    start: ['SessionStartTime'],
    client: ['SourceInternalIP', 'InternalIP'],
    outerClient: ['SourceIP', 'SrcIP'],
    clientPort: ['SourcePort'],
    server: ['DestinationIP', 'OriginIP'],
    serverPort: ['DestinationPort', 'OriginPort'],
    protocol: ['TransportProtocol', 'Transport', 'Protocol'],
    user: ['Email'],
    name: ['HTTPHost', 'SNI', 'ResolvedFQDN'],
    question: ['QueryName'],
    url: ['URL'],
    status: ['HTTPStatusCode'],
    action: ['Action', 'ResolverDecision', 'ConnectionCloseReason'],
    bytesUp: ['BytesSent'],
    bytesDown: ['BytesReceived'],
    agent: ['UserAgent'],
    type: ['QueryTypeName', 'QueryType'],
    rcode: ['RCode'],
    answers: ['ResolvedIPs'],
  },
  kindOf(row) {
    if (row.has(F.question)) return 'question';
    // The row is a query without its name.
    if (row.has(F.type) || row.has(F.rcode)) return null;
    if (row.has(F.start)) return 'session';
    return row.has(F.name) || row.has(F.url) ? 'request' : 'session';
  },
  allowed: new Set(
    splitWords(
      'on off donotinspect noscan noisolate scan resolve safesearch ytrestricted l4_override',
      'allowedbyqueryname allowedbycategory allowedonnolocation allowedonnopolicymatch',
      'allowedonnorule allowedonallowpolicy allowedrule overrideforsafesearch overrideapplied',
      'overriderule client_closed client_idle_timeout client_tls_error client_error origin_closed',
      'origin_tls_error origin_error origin_unreachable origin_unroutable unknown',
      'mismatched_ip_versions 1 4 5 7 8 10',
    ),
  ),
  // Numbers are those of decisions on questions. All words that begin with "block" refuse.
  blocked: new Set(
    splitWords(
      'overridebyblockpage redirect proxy_conn_refused too_many_active_sessions_for_account',
      'too_many_active_sessions_for_user too_many_new_sessions_for_account too_many_new_sessions_for_user',
      '2 3 6 9',
    ),
  ),
  isJoined: true,
  bytes: 'payload',
  isProxy: false,
  wanted: [
    [
      'name',
      {
        what: 'names',
        next: 'add SNI to the fields of the Gateway Network job, or push Gateway HTTP as well',
      },
    ],
    [
      'client',
      { what: 'addresses of internal clients', next: 'add SourceInternalIP to the fields of the job' },
    ],
    ['bytesUp', { what: 'bytes', next: 'push Zero Trust Network Session logs as well' }],
  ],
});
