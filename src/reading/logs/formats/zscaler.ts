// Web, firewall and DNS logs that the Nanolog Streaming Service of Zscaler Internet Access writes: JSON, CEF, LEEF, pairs, or
// columns with a header.
// Source: Zscaler, "NSS Feed Output Format: Web Logs", "Firewall Logs" and "DNS Logs" (help.zscaler.com/zia); feed formats for
// CEF (github.com/zscaler/microsoft-resources, microsoft-sentinel/zia-log-feeds), for JSON, and samples in Elastic's "Zscaler ZIA"
// integration; "QRadar LEEF" in Rapid7, "Zscaler NSS"; read on 2026-11-27.

import { gatewayFormat, inspectionBy } from '../gateway.ts';
import type { LogFormat } from '../records.ts';

export const ZSCALER: LogFormat = gatewayFormat({
  id: 'zscaler',
  title: 'Zscaler NSS log',
  shows: 'hosts of requests and tunnels, and questions',
  signs: [
    ['eurl'],
    ['cintip'],
    ['csip', 'cdip'],
    ['clt_sip', 'dns_req'],
    ['cip', 'reqsize'],
    ['cip', 'respcode'],
  ],
  pattern: /"zscalernss-(?:web|fw|dns)"|(?:CEF:\d|LEEF:\d\.\d)\|Zscaler\||\bvendor=Zscaler\b/,
  text: 'columns',
  fields: {
    time: [
      'time',
      'event.time',
      'datetime',
      'event.datetime',
      'rt',
      'devTime',
      'epochtime',
      'event.epochtime',
    ],
    zone: ['tz', 'event.tz'],
    milliseconds: ['durationms', 'event.durationms', 'ctime', 'event.ctime'],
    client: [
      'cintip',
      'event.cintip',
      'cltintip',
      'event.cltintip',
      'csip',
      'event.csip',
      'clt_sip',
      'event.clt_sip',
      'src',
      'ClientIP',
    ],
    outerClient: ['cip', 'event.cip', 'cltip', 'event.cltip', 'clientpublicIP', 'sourceTranslatedAddress'],
    clientPort: ['csport', 'event.csport', 'spt', 'clt_sport', 'event.clt_sport'],
    server: ['sip', 'event.sip', 'cdip', 'event.cdip', 'dst', 'serverip', 'event.serverip'],
    serverPort: ['cdport', 'event.cdport', 'dpt'],
    protocol: ['ipproto', 'proto', 'event.proto', 'event.ipproto'],
    service: ['nwapp', 'event.nwapp'],
    user: ['login', 'event.login', 'user', 'event.user', 'suser', 'usrName', 'elogin', 'event.elogin'],
    name: [
      'host',
      'event.host',
      'ehost',
      'event.ehost',
      'dhost',
      'hostname',
      'cltdomain',
      'event.cltdomain',
      'cdfqdn',
      'event.cdfqdn',
    ],
    question: ['dns_req', 'event.dns_req', 'req', 'event.req'],
    url: ['url', 'event.url', 'eurl', 'event.eurl', 'request'],
    status: ['respcode', 'event.respcode', 'outcome', 'status'],
    action: ['action', 'event.action', 'act', 'reqaction', 'event.reqaction'],
    inspection: ['ssldecrypted', 'event.ssldecrypted'],
    bytesUp: ['reqsize', 'event.reqsize', 'outbytes', 'event.outbytes', 'out', 'requestsize', 'srcBytes'],
    bytesDown: ['respsize', 'event.respsize', 'inbytes', 'event.inbytes', 'in', 'responsesize', 'dstBytes'],
    agent: ['ua', 'event.ua', 'requestClientApplication', 'useragent', 'event.useragent'],
    ja3: ['ja3', 'event.ja3', 'ja3str', 'event.ja3str'],
    type: ['dns_reqtype', 'event.dns_reqtype', 'reqtype', 'event.reqtype'],
    answers: ['dns_resp', 'event.dns_resp', 'res', 'event.res'],
  },
  kindOf(row) {
    if (row.has('question')) return 'question';
    if (row.has('url') || row.has('status')) return 'request';
    return row.has('service') || row.has('clientPort') ? 'session' : row.has('name') ? 'request' : null;
  },
  blocked: new Set([
    'blocked',
    'block',
    'caution',
    'drop',
    'drop/reset',
    'block/drop',
    'block/reset',
    'block icmp',
    'reset',
    'req_block',
    'blocked by dns',
  ]),
  inspectionOf: inspectionBy('yes', ['no']),
  isJoined: false,
  isTwice: true,
  bytes: 'payload',
  isProxy: true,
  opaque: new Set(['ssl', 'http', 'https', 'quic', 'none', 'unknown', 'tcp', 'udp', 'not available']),
  wanted: [
    ['client', { what: 'addresses of clients', next: 'add cintip (else cip) to the feed' }],
    ['url', { what: 'hosts of requests', next: 'add ehost or eurl to the feed of web logs' }],
    ['bytesUp', { what: 'bytes of requests', next: 'add reqsize and respsize to the feed' }],
    ['inspection', { what: 'whether connections were inspected', next: 'add ssldecrypted to the feed' }],
  ],
});
