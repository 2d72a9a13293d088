// Reads web, firewall and DNS logs that the Nanolog Streaming Service of Zscaler Internet Access writes: JSON, CEF,
// LEEF, pairs, or columns with a header. Source: Zscaler, "NSS Feed Output Format: Web Logs", "Firewall Logs" and "DNS
// Logs" (help.zscaler.com/zia); feed formats for CEF (github.com/zscaler/microsoft-resources,
// microsoft-sentinel/zia-log-feeds), for JSON, and samples in Elastic's "Zscaler ZIA" integration; "QRadar LEEF" in
// Rapid7, "Zscaler NSS"; read on 2026-11-27.

import { gatewayFormat } from '../gateways/format.ts';
import { F, inspectionBy } from '../gateways/table.ts';
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
    time: ['time', 'datetime', 'rt', 'devTime', 'epochtime'],
    zone: ['tz'],
    milliseconds: ['durationms', 'ctime'],
    client: ['cintip', 'cltintip', 'csip', 'clt_sip', 'src', 'ClientIP'],
    outerClient: ['cip', 'cltip', 'clientpublicIP', 'sourceTranslatedAddress'],
    clientPort: ['csport', 'spt', 'clt_sport'],
    server: ['sip', 'cdip', 'dst', 'serverip'],
    serverPort: ['cdport', 'dpt'],
    protocol: ['ipproto', 'proto'],
    service: ['nwapp'],
    user: ['login', 'user', 'suser', 'usrName', 'elogin'],
    name: ['host', 'ehost', 'dhost', 'hostname', 'cltdomain', 'cdfqdn'],
    question: ['dns_req', 'req'],
    url: ['url', 'eurl', 'request'],
    status: ['respcode', 'outcome', 'status'],
    action: ['action', 'act', 'reqaction'],
    inspection: ['ssldecrypted'],
    bytesUp: ['reqsize', 'outbytes', 'out', 'requestsize', 'srcBytes'],
    bytesDown: ['respsize', 'inbytes', 'in', 'responsesize', 'dstBytes'],
    agent: ['ua', 'requestClientApplication', 'useragent'],
    ja3: ['ja3', 'ja3str'],
    type: ['dns_reqtype', 'reqtype'],
    answers: ['dns_resp', 'res'],
  },
  kindOf(row) {
    if (row.has(F.question)) return 'question';
    if (row.has(F.url) || row.has(F.status)) return 'request';
    return row.has(F.service) || row.has(F.clientPort) ? 'session' : row.has(F.name) ? 'request' : null;
  },
  allowed: new Set(['req_allow', 'res_allow', 'resp_allow', 'allow due to insufficient app data']),
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
