// Reads traffic, web filter, application control, SSL and DNS logs of FortiGate: pairs of keys and values, or CEF.
// Source: Fortinet, "FortiOS Log Message Reference" 7.4
// (docs.fortinet.com/document/fortigate/7.4.5/fortios-log-message-reference), sections "Log schema structure",
// "Traffic", "Webfilter", "DNS", "CEF support"; read on 2026-11-27. The same reference of 7.6.0, "26 -
// LOG_ID_TRAFFIC_HTTP_TRANSACTION", and of 7.4.3, "10001 - LOG_ID_CASB_ACCESS_BYPASS"; samples of 7.2 to 7.6 in Elastic's
// "Fortinet FortiGate" integration (github.com/elastic/integrations, packages/fortinet_fortigate); read on 2026-11-30. A
// session whose request a profile refused has the action of its end: "utmaction" states the refusal.

import { splitWords } from '../../../text/word-lists.ts';
import { gatewayFormat } from '../gateways/format.ts';
import { F, type GatewayRow } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

/** Marks "forward traffic statistics": the bytes of a session so far. */
const INTERIM = '20';
const REQUESTS: ReadonlySet<string> = new Set(
  splitWords('webfilter app-ctrl ssl virus dlp casb file-filter videofilter'),
);

/** Returns the subtype. CEF has the type before it: "traffic:forward close", "utm:webfilter ftgd_allow". */
const rowPart = (row: GatewayRow): string =>
  row.has(F.part) ? row.word(F.part) : (/:([^ ]*)/.exec(row.word(F.kind))?.[1] ?? '');

export const FORTIGATE: LogFormat = gatewayFormat({
  id: 'fortigate',
  title: 'FortiGate log',
  shows: 'hosts of the web filter, and bytes of sessions',
  signs: [
    ['logid', 'subtype', 'devid'],
    ['logid', 'subtype', 'eventtime'],
    ['logid', 'srcip', 'dstip'],
  ],
  pattern: /(?:^|[\s,])logid="?\d{10}|CEF:\d\|Fortinet\|/,
  text: 'pairs',
  fields: {
    time: ['eventtime', 'FTNTFGTeventtime', 'date'],
    clock: ['time'],
    zone: ['tz', 'FTNTFGTtz'],
    seconds: ['duration', 'FTNTFGTduration'],
    kind: ['type', 'header.name'],
    record: ['logid', 'header.class'],
    part: ['subtype', 'FTNTFGTsubtype'],
    client: ['srcip', 'src'],
    clientPort: ['srcport', 'spt'],
    server: ['dstip', 'dst'],
    serverPort: ['dstport', 'dpt'],
    protocol: ['proto'],
    service: ['app'],
    session: ['sessionid', 'externalId'],
    user: ['user', 'suser', 'duser'],
    name: ['hostname', 'dhost', 'sni'],
    question: ['qname', 'FTNTFGTqname'],
    url: ['url', 'request'],
    status: ['statuscode'],
    action: ['action', 'act'],
    laterAction: ['utmaction', 'FTNTFGTutmaction'],
    bytesUp: ['sentbyte', 'out'],
    bytesDown: ['rcvdbyte', 'in'],
    packetsUp: ['sentpkt', 'FTNTFGTsentpkt'],
    packetsDown: ['rcvdpkt', 'FTNTFGTrcvdpkt'],
    agent: ['agent', 'requestClientApplication'],
    type: ['qtype', 'FTNTFGTqtype'],
    answers: ['ipaddr', 'FTNTFGTipaddr'],
  },
  kindOf(row) {
    const part = rowPart(row);
    if (row.word(F.kind).startsWith('traffic')) {
      if (part === 'http-transaction') return row.has(F.name) || row.has(F.url) ? 'request' : null;
      if (part === 'local' || part === 'sniffer' || part === 'multicast') return null;
      return row.word(F.record).endsWith(INTERIM) || row.is(F.action, 'start') ? null : 'session';
    }
    if (row.has(F.question)) return 'question';
    return REQUESTS.has(part) && (row.has(F.name) || row.has(F.url)) ? 'request' : null;
  },
  allowed: new Set(
    splitWords(
      'close timeout client-rst server-rst ip-conn dns start exempted log-only info pass-monitor',
      'analytics',
    ),
  ),
  blocked: new Set(
    splitWords('blocked block deny dropped drop reset warning authenticate redirect kickout encrypt-kickout'),
  ),
  // Returns the inspection from logs of SSL: 62004 to 62009 (exempt), 62100 (inspect), 62102 (bypass).
  inspectionOf(row) {
    if (rowPart(row) !== 'ssl') return 'unknown';
    const action = row.word(F.action);
    if (action === 'inspect') return 'inspected';
    return action.startsWith('exempt') || action === 'bypass' ? 'notInspected' : 'unknown';
  },
  isJoined: true,
  bytes: 'packets',
  isProxy: false,
  opaque: new Set(['ssl', 'quic', 'unknown', 'https', 'http']),
  wanted: [
    [
      'url',
      {
        what: 'hosts: the web filter log',
        next: 'set the categories of the web filter profile to monitor, and log the utm types with "set webfilter enable"',
      },
    ],
    ['packetsUp', { what: 'bytes of sessions: the traffic log', next: 'set "logtraffic all" in the policy' }],
  ],
});
