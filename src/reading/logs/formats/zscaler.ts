// Reads web, firewall and DNS logs that the Nanolog Streaming Service of Zscaler Internet Access writes: JSON, CEF,
// LEEF, pairs, columns with a header, or the preset columns of each feed. Source: Zscaler, "NSS Feed Output Format: Web
// Logs", "Firewall Logs" and "DNS Logs" (help.zscaler.com/zia); feed formats for CEF
// (github.com/zscaler/microsoft-resources, microsoft-sentinel/zia-log-feeds), for JSON, and samples in Elastic's "Zscaler
// ZIA" integration; "QRadar LEEF" in Rapid7, "Zscaler NSS"; read on 2026-11-27. Sample lines of the preset feeds
// (help.zscaler.com/unified/nss-feed-output-format-web-logs, help.zscaler.com/zia/nss-feed-output-format-firewall-logs and
// nss-feed-output-format-dns-logs); read on 2026-11-30. "resaction" states that a response was refused to a request that
// was allowed.

import { splitWords } from '../../../text/word-lists.ts';
import { gatewayFormat } from '../gateways/format.ts';
import { F, inspectionBy } from '../gateways/table.ts';
import type { LogFormat } from '../records.ts';

const TIME = '"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}"';
const ADDRESS = '"[\\da-fA-F.:]{2,45}"';
const SWITCH = '"(?:Yes|No)"';
const cells = (count: number, cell = '"[^"]*"'): string => `(?:,${cell}){${count}}`;
/** The values of some columns distinguish the preset feeds from feeds with other columns. */
const PRESET: readonly string[] = [
  `${cells(4)}${cells(2)}${cells(4, '"\\d+"')}${cells(10)}${cells(2, ADDRESS)},"[A-Z_-]{2,20}","(?:\\d{1,3}|NA)"`,
  `${cells(3)}${cells(4, '"\\d+"')}${cells(5, ADDRESS)},"\\d+"${cells(2)}${cells(3, SWITCH)}`,
  `${cells(7)},"[A-Z\\d]+"${cells(2)}${cells(2, '"\\d+"')}${cells(2, ADDRESS)},`,
];

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
  pattern: new RegExp(
    `"zscalernss-(?:web|fw|dns)"|(?:CEF:\\d|LEEF:\\d\\.\\d)\\|Zscaler\\||\\bvendor=Zscaler\\b|^${TIME}(?:${PRESET.join('|')})`,
  ),
  text: 'columns',
  fixed: [
    {
      kind: [16, 'Yes', 'No'],
      names: {
        0: 'time',
        1: 'login',
        4: 'cdport',
        5: 'csport',
        8: 'csip',
        9: 'cdip',
        12: 'tsip',
        15: 'action',
        20: 'nwapp',
        21: 'ipproto',
        26: 'inbytes',
        27: 'outbytes',
        29: 'durationms',
      },
    },
    {
      kind: [8, ...splitWords('A AAAA CNAME HTTPS SVCB PTR MX TXT NS SRV SOA ANY')],
      names: {
        0: 'time',
        1: 'login',
        4: 'reqaction',
        5: 'resaction',
        8: 'dns_reqtype',
        9: 'dns_req',
        10: 'dns_resp',
        13: 'clt_sip',
      },
    },
    {
      names: {
        0: 'time',
        1: 'login',
        3: 'eurl',
        4: 'action',
        7: 'reqsize',
        8: 'respsize',
        10: 'ctime',
        21: 'cip',
        22: 'sip',
        24: 'respcode',
        25: 'ua',
      },
    },
  ],
  fields: {
    time: ['time', 'datetime', 'rt', 'devTime', 'epochtime'],
    zone: ['tz'],
    milliseconds: ['durationms', 'ctime'],
    client: ['cintip', 'cltintip', 'csip', 'clt_sip', 'src', 'ClientIP'],
    outerClient: ['cip', 'cltip', 'clientpublicIP', 'sourceTranslatedAddress', 'tsip'],
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
    laterAction: ['resaction'],
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
    [
      'client',
      { what: 'internal addresses of clients', next: 'add cintip to the feed; cip is the address after NAT' },
    ],
    ['url', { what: 'hosts of requests', next: 'add ehost or eurl to the feed of web logs' }],
    ['bytesUp', { what: 'bytes of requests', next: 'add reqsize and respsize to the feed' }],
    ['inspection', { what: 'whether connections were inspected', next: 'add ssldecrypted to the feed' }],
  ],
});
