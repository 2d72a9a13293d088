// Exports of gateways as administrators make them: other separators, quotes, times, orders of columns and envelopes.

import { describe, expect, it } from 'vitest';
import { recognize } from '../../../../src/reading/logs/formats.ts';
import { buildSample } from '../../../../src/reading/logs/inputs.ts';
import { LineCounts } from '../../../../src/reading/logs/line-counts.ts';
import { LineSplitter } from '../../../../src/reading/logs/lines.ts';
import { AT_US, keeping, NAME, readAll } from './read-lines.ts';

const SECONDS = AT_US / 1e6;
const ISO = '2026-11-20T06:22:42';

type Row = Readonly<Record<string, string | number>>;

const quoted = (value: string | number): string => `"${value}"`;
const plain = (value: string | number): string => `${value}`;

/** Columns with a header. */
const columns = (
  row: Row,
  separator = ',',
  cell: (value: string | number) => string = quoted,
  name: (value: string) => string = (value) => value,
): string[] => [Object.keys(row).map(name).join(separator), Object.values(row).map(cell).join(separator)];
const pairs = (
  row: Row,
  separator = ' ',
  cell = (value: string | number) => (/^[\w.:-]+$/.test(`${value}`) ? `${value}` : `"${value}"`),
): string[] => [
  Object.entries(row)
    .map(([key, value]) => `${key}=${cell(value)}`)
    .join(separator),
];
const json = (row: object): string[] => [JSON.stringify(row)];
const reversed = (row: Row): Row => Object.fromEntries(Object.entries(row).reverse());
const without = (row: Row, ...names: readonly string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

const ZSCALER = {
  time: 'Fri Nov 20 06:22:42 2026',
  login: 'bob',
  cip: '10.0.0.5',
  sip: '203.0.113.7',
  eurl: `${NAME}/secret`,
  action: 'Allowed',
  reqsize: 1100,
  respsize: 9100,
  respcode: 200,
};
const NETSKOPE = {
  date: '2026-11-20',
  time: '06:22:42',
  'cs-bytes': 1100,
  'sc-bytes': 9100,
  'c-ip': '192.0.2.1',
  'x-cs-userip': '10.0.0.5',
  's-ip': '203.0.113.7',
  'sc-status': 200,
  'cs-host': NAME,
  'cs-uri-port': 443,
  'x-cs-session-id': 7,
  'x-policy-action': 'allow',
};
const UMBRELLA = {
  Timestamp: '2026-11-20 06:22:42',
  'Policy Identity': 'bob',
  'Internal Client IP': '10.0.0.5',
  'External Client IP': '192.0.2.1',
  'Destination IP': '203.0.113.7',
  'Content Type': 'text/html',
  Verdict: 'ALLOWED',
  URL: `https://${NAME}/secret`,
  Referer: '',
  'User Agent': 'tool/1.2',
  'Status Code': 200,
  'Request Size': 1100,
  'Response Size': 9100,
};
const FORTIGATE = {
  date: '2026-11-20',
  time: '06:22:42',
  devname: 'FGT',
  devid: 'FGT60F',
  eventtime: `${SECONDS}000000000`,
  tz: '+0000',
  logid: '0317013312',
  type: 'utm',
  subtype: 'webfilter',
  sessionid: 7,
  srcip: '10.0.0.5',
  srcport: 4000,
  dstip: '203.0.113.7',
  dstport: 443,
  proto: 6,
  hostname: NAME,
  action: 'passthrough',
  url: `https://${NAME}/secret page`,
  sentbyte: 1100,
  rcvdbyte: 9100,
};
const CHECK_POINT = {
  action: 'Accept',
  flags: '444676',
  loguid: '{0x5e80a05a,0x0,0x60e0fe3b,0xda019994}',
  origin: '192.0.2.1',
  time: `${SECONDS}`,
  __policy_id_tag: 'product=VPN-1 & FireWall-1[db_tag={DF90};policy_name=a]',
  dst: '203.0.113.7',
  product: 'URL Filtering',
  proto: '6',
  resource: `https://${NAME}/secret; page`,
  s_port: '4000',
  service: '443',
  service_id: 'https',
  src: '10.0.0.5',
  src_user_name: 'bob (bob)',
  sent_bytes: '1100',
  received_bytes: '9100',
};
/** Values in quotes, with brackets and quotes escaped. */
const bracketed = (row: Row, between = '; '): string =>
  `[${Object.entries(row)
    .map(([key, value]) => `${key}:"${`${value}`.replaceAll(']', '\\]')}"`)
    .join(between)}]`;
const checkPoint = (row: Row, time = `${ISO}Z`, between?: string): string[] => [
  `<134>1 ${time} gw CheckPoint 1930 - ${bracketed(row, between)}`,
];
const SOPHOS = {
  device_name: 'XG 1',
  timestamp: `${ISO}+0000`,
  log_type: 'Content Filtering',
  log_subtype: 'Allowed',
  src_ip: '10.0.0.5',
  dst_ip: '203.0.113.7',
  protocol: 'TCP',
  src_port: 4000,
  dst_port: 443,
  url: `https://${NAME}/secret`,
  domain: NAME,
  http_status: '200',
  bytes_sent: 1100,
  bytes_received: 9100,
};
const CLOUDFLARE = {
  Datetime: `${ISO}Z`,
  DestinationIP: '203.0.113.7',
  DestinationPort: 443,
  DeviceID: 'd',
  HTTPHost: NAME,
  SourceIP: '192.0.2.1',
  SourceInternalIP: '10.0.0.5',
  SourcePort: 4000,
  URL: `https://${NAME}/secret`,
  Action: 'allow',
  HTTPStatusCode: 200,
  PolicyID: 'p',
};
const STRATA = {
  TimeReceived: `${ISO}.000000Z`,
  DeviceSN: '0128',
  LogType: 'THREAT',
  Subtype: 'url',
  TimeGenerated: `${ISO}.000000Z`,
  SourceAddress: '10.0.0.5',
  DestinationAddress: '203.0.113.7',
  SourceUser: 'corp\\bob',
  DestinationUser: '',
  Application: 'ssl',
  SessionID: 7,
  SourcePort: 4000,
  DestinationPort: 443,
  Protocol: 'tcp',
  Action: 'alert',
  URL: `${NAME}/secret`,
};
const STRATA_LEEF = (separator: string): string =>
  `LEEF:2.0|Palo Alto Networks|Next Generation Firewall|10.1|ai|${separator}|${[
    `TimeReceived=${ISO}.000000Z`,
    'cat=threat',
    'SubType=url',
    `devTime=${ISO}.000000Z`,
    'src=10.0.0.5',
    'dst=203.0.113.7',
    'usrName=corp\\bob',
    'Application=ssl',
    'SessionID=7',
    'srcPort=4000',
    'dstPort=443',
    'proto=tcp',
    'Action=alert',
    `URL=${NAME}/secret`,
  ].join(separator)}`;
const PAN_HEADED = {
  'Receive Time': '2026/11/20 06:22:42',
  'Serial #': '0128',
  Type: 'THREAT',
  'Threat/Content Type': 'url',
  'Generate Time': '2026/11/20 06:22:42',
  'Source address': '10.0.0.5',
  'Destination address': '203.0.113.7',
  'Source User': 'bob',
  Application: 'ssl',
  'Session ID': 7,
  'Source Port': 4000,
  'Destination Port': 443,
  'IP Protocol': 'tcp',
  Action: 'alert',
  'URL/Filename': `${NAME}/secret`,
};
const PAN =
  '1,2026/11/20 06:22:42,0128,THREAT,url,2561,2026/11/20 06:22:42,10.0.0.5,203.0.113.7,192.0.2.1,203.0.113.7,rule,bob,,ssl,vsys1,trust,untrust,e1,e2,fwd,2026/11/20 06:22:42,7,1,4000,443,5000,443,0x0,tcp,alert,"api.example/secret",(9999),any,informational';
const CEF_FORTI = (time: string) =>
  `CEF:0|Fortinet|Fortigate|v7.4.3|0317013312|utm:webfilter ftgd_allow passthrough|3|deviceExternalId=FGT ${time} cat=utm:webfilter FTNTFGTsubtype=webfilter src=10.0.0.5 spt=4000 dst=203.0.113.7 dpt=443 proto=6 externalId=7 dhost=${NAME} act=passthrough request=https://${NAME}/secret out=500 in=900`;
const AWS = {
  version: 2,
  'account-id': '123456789010',
  'interface-id': 'eni-0a1b2c3d',
  srcaddr: '10.0.0.5',
  dstaddr: '203.0.113.200',
  srcport: 4000,
  dstport: 443,
  protocol: 6,
  packets: 10,
  bytes: 1520,
  start: SECONDS - 2,
  end: SECONDS,
  action: 'ACCEPT',
  'log-status': 'OK',
};
const GCP = {
  connection: { src_ip: '10.0.0.5', src_port: 4000, dest_ip: '203.0.113.200', dest_port: 443, protocol: 6 },
  start_time: `${ISO}.000000000Z`,
  end_time: `${ISO}.000000000Z`,
  bytes_sent: '1520',
  packets_sent: '10',
  reporter: 'SRC',
};
const TUPLE = `${SECONDS}000,10.0.0.5,203.0.113.200,4000,443,6,O,E,NX,10,1520,10,9520`;

const upper = (name: string): string => name.toUpperCase();

const EXPORTS: readonly (readonly [product: string, what: string, lines: readonly string[]])[] = [
  ['zscaler', 'comma, quoted', columns(ZSCALER)],
  ['zscaler', 'comma, plain', columns(ZSCALER, ',', plain)],
  ['zscaler', 'tab', columns(ZSCALER, '\t', plain)],
  ['zscaler', 'semicolon', columns(ZSCALER, ';')],
  ['zscaler', 'pipe', columns(ZSCALER, '|', plain)],
  ['zscaler', 'reversed', columns(reversed(ZSCALER))],
  ['zscaler', 'upper case', columns(ZSCALER, ',', quoted, upper)],
  ['zscaler', 'quoted header', columns(ZSCALER, ',', quoted, quoted)],
  ['zscaler', 'spaces behind commas', columns(ZSCALER, ', ')],
  ['zscaler', 'epoch', columns({ epochtime: SECONDS, ...without(ZSCALER, 'time') })],
  ['zscaler', 'iso', columns({ ...ZSCALER, time: `${ISO}Z` })],
  ['zscaler', 'slashes', columns({ ...ZSCALER, time: '2026-11-20 06:22:42' })],
  [
    'zscaler',
    'datetime last',
    columns({ ...without(ZSCALER, 'time'), datetime: 'Fri Nov 20 06:22:42 2026' }),
  ],
  ['zscaler', 'json flat', json(ZSCALER)],
  ['zscaler', 'json event', json({ sourcetype: 'zscalernss-web', event: ZSCALER })],
  [
    'zscaler',
    'json v2 names',
    json({
      sourcetype: 'zscalernss-web',
      event: {
        time: 'Fri Nov 20 06:22:42 2026',
        tz: 'GMT',
        host: NAME,
        serverip: '203.0.113.7',
        action: 'Allowed',
        reqsize: 1100,
        respsize: 9100,
        respcode: '200',
        cltip: '192.0.2.1',
        cltintip: '10.0.0.5',
        cltsourceport: 12345,
        url: `${NAME}/secret`,
      },
    }),
  ],
  ['zscaler', 'splunk hec', json({ time: SECONDS, sourcetype: 'zscalernss-web', event: ZSCALER })],
  [
    'zscaler',
    'pairs splunk',
    [
      `2026-11-20 06:22:42\treason=Allowed\tevent_id=1\tprotocol=HTTPS\taction=Allowed\ttransactionsize=10200\tresponsesize=9100\trequestsize=1100\turlcategory=x\tserverip=203.0.113.7\trequestmethod=GET\tuseragent=tool/1.2\tproduct=NSS\tlocation=HQ\tClientIP=10.0.0.5\tstatus=200\tuser=bob\turl=${NAME}/secret\tvendor=Zscaler\thostname=${NAME}\tclientpublicIP=192.0.2.1`,
    ],
  ],
  [
    'zscaler',
    'cef',
    [
      `CEF:0|Zscaler|NSSWeblog|5.0|Allowed|Allowed|3|act=Allowed app=HTTPS cat=x dhost=${NAME} dst=203.0.113.7 src=10.0.0.5 in=9100 outcome=200 out=1100 request=${NAME}/secret rt=Nov 20 2026 06:22:42 GMT sourceTranslatedAddress=192.0.2.1`,
    ],
  ],
  ['zscaler', 'empty columns', columns({ ...ZSCALER, login: '', respcode: '' }, ',', plain)],
  ['netskope', 'w3c', columns(NETSKOPE, ' ', plain).map((l, i) => (i === 0 ? `#Fields: ${l}` : l))],
  [
    'netskope',
    'w3c directives',
    [
      '#Software: Netskope',
      '#Version: 1.0',
      '#Date: 2026-11-20 06:22:42',
      ...columns(NETSKOPE, ' ', plain).map((l, i) => (i === 0 ? `#Fields: ${l}` : l)),
    ],
  ],
  ['netskope', 'w3c tab', columns(NETSKOPE, '\t', plain).map((l, i) => (i === 0 ? `#Fields:\t${l}` : l))],
  ['netskope', 'csv', columns(NETSKOPE)],
  ['netskope', 'csv plain', columns(NETSKOPE, ',', plain)],
  ['netskope', 'csv quoted header', columns(NETSKOPE, ',', quoted, quoted)],
  ['netskope', 'semicolon', columns(NETSKOPE, ';')],
  ['netskope', 'reversed', columns(reversed(NETSKOPE))],
  [
    'netskope',
    'x-cs-timestamp',
    columns({ 'x-cs-timestamp': SECONDS, ...without(NETSKOPE, 'date', 'time') }, ' ', plain),
  ],
  ['netskope', 'both times', columns({ 'x-cs-timestamp': SECONDS, ...NETSKOPE }, ',')],
  ['netskope', 'json', json(NETSKOPE)],
  [
    'netskope',
    'json underscored',
    json(Object.fromEntries(Object.entries(NETSKOPE).map(([k, v]) => [k.replaceAll('-', '_'), v]))),
  ],
  ['netskope', 'json both', json({ 'x-cs-timestamp': `${SECONDS}`, ...NETSKOPE })],
  ['netskope', 'upper', columns(NETSKOPE, ',', quoted, upper)],
  [
    'netskope',
    'dashes for empty',
    columns({ ...NETSKOPE, 'cs-username': '-', 'cs-user-agent': '-' }, ' ', plain).map((l, i) =>
      i === 0 ? `#Fields: ${l}` : l,
    ),
  ],
  ['netskope', 'tls only', columns({ ...without(NETSKOPE, 'cs-host'), 'x-cs-sni': NAME }, ' ', plain)],
  [
    'netskope',
    'uri',
    columns({ ...without(NETSKOPE, 'cs-host'), 'cs-url': `https://${NAME}/secret` }, ' ', plain),
  ],
  [
    'netskope',
    'url absent host',
    columns({ ...NETSKOPE, 'cs-uri': '/secret', 'cs-uri-scheme': 'https' }, ' ', plain),
  ],
  ['netskope', 'c-ip only', columns({ ...without(NETSKOPE, 'x-cs-userip'), 'c-ip': '10.0.0.5' }, ' ', plain)],
  [
    'netskope',
    'agent with spaces',
    columns({ ...NETSKOPE, 'cs-user-agent': 'Mozilla 5.0 (x; y)' }, ' ', (v) =>
      / /.test(`${v}`) ? `"${v}"` : `${v}`,
    ),
  ],
  ['umbrella', 'headed quoted', columns(UMBRELLA)],
  ['umbrella', 'headed quoted both', columns(UMBRELLA, ',', quoted, quoted)],
  ['umbrella', 'no header', columns(UMBRELLA).slice(1)],
  ['umbrella', 'no header plain', columns(UMBRELLA, ',', plain).slice(1)],
  ['umbrella', 'reversed', columns(reversed(UMBRELLA))],
  ['umbrella', 'tab', columns(UMBRELLA, '\t', plain)],
  ['umbrella', 'semicolon', columns(UMBRELLA, ';')],
  ['umbrella', 'lower case header', columns(UMBRELLA, ',', quoted, (n) => n.toLowerCase())],
  ['umbrella', 'iso', columns({ ...UMBRELLA, Timestamp: `${ISO}Z` })],
  ['umbrella', 'iso no header', columns({ ...UMBRELLA, Timestamp: `${ISO}Z` }).slice(1)],
  [
    'umbrella',
    'more columns',
    [
      ...columns({
        ...UMBRELLA,
        'Response Body Size': 1,
        'SHA-SHA256': '',
        Categories: 'AI, Tools',
        AVDetections: '',
      }).slice(1),
    ],
  ],
  ['umbrella', 'epoch header', columns({ ...UMBRELLA, Timestamp: SECONDS })],
  ['umbrella', 'verdict mixed case', columns({ ...UMBRELLA, Verdict: 'Allowed' })],
  ['umbrella', 'ipv4 in url with port', columns({ ...UMBRELLA, URL: `https://${NAME}:443/secret` })],
  [
    'umbrella',
    'underscored header',
    columns(UMBRELLA, ',', quoted, (n) => n.replaceAll(' ', '_').toLowerCase()),
  ],
  ['fortigate', 'pairs quoted as needed', pairs(FORTIGATE)],
  ['fortigate', 'all quoted', pairs(FORTIGATE, ' ', quoted)],
  ['fortigate', 'comma (set format csv)', pairs(FORTIGATE, ',')],
  ['fortigate', 'comma all quoted values', pairs(FORTIGATE, ',', quoted)],
  ['fortigate', 'comma and space', pairs(FORTIGATE, ', ', quoted)],
  [
    'fortigate',
    'quoted pairs (analyzer csv)',
    [
      Object.entries(FORTIGATE)
        .map(([k, v]) => `"${k}=${v}"`)
        .join(','),
    ],
  ],
  [
    'fortigate',
    'analyzer doubled quotes',
    [
      Object.entries(FORTIGATE)
        .map(([k, v]) => (typeof v === 'number' ? `${k}=${v}` : `${k}=""${v}""`))
        .map((p) => `"${p}"`)
        .join(','),
    ],
  ],
  ['fortigate', 'tab', pairs(FORTIGATE, '\t')],
  ['fortigate', 'no eventtime', pairs(without(FORTIGATE, 'eventtime'))],
  ['fortigate', 'no eventtime no tz', pairs(without(FORTIGATE, 'eventtime', 'tz'))],
  ['fortigate', 'eventtime s', pairs({ ...FORTIGATE, eventtime: SECONDS })],
  ['fortigate', 'eventtime us', pairs({ ...FORTIGATE, eventtime: `${SECONDS}000000` })],
  ['fortigate', 'tz half hour', pairs({ ...without(FORTIGATE, 'eventtime'), time: '11:52:42', tz: '+0530' })],
  ['fortigate', 'reversed', pairs(reversed(FORTIGATE))],
  ['fortigate', 'itime first', pairs({ itime: SECONDS, vd: 'root', ...FORTIGATE })],
  ['fortigate', 'rfc3164', pairs(FORTIGATE).map((l) => `<189>Nov 20 06:22:42 fw01 ${l}`)],
  ['fortigate', 'rfc5424', pairs(FORTIGATE).map((l) => `<189>1 2026-11-20T06:22:42.000Z fw01 - - - - ${l}`)],
  ['fortigate', 'rsyslog file', pairs(FORTIGATE).map((l) => `2026-11-20T06:22:42.123456+00:00 fw01 ${l}`)],
  ['fortigate', 'json', json(FORTIGATE)],
  ['fortigate', 'headed csv', columns(FORTIGATE)],
  ['fortigate', 'cef eventtime', [CEF_FORTI(`FTNTFGTeventtime=${SECONDS}000000000`)]],
  [
    'fortigate',
    'cef syslog',
    [`<189>Nov 20 06:22:42 fw ${CEF_FORTI(`FTNTFGTeventtime=${SECONDS}000000000`)}`],
  ],
  ['fortigate', 'message in json', json({ '@timestamp': `${ISO}Z`, message: pairs(FORTIGATE)[0] })],
  ['sophos', 'pairs', pairs(SOPHOS, ' ', quoted)],
  ['sophos', 'pairs as needed', pairs(SOPHOS)],
  [
    'sophos',
    'old date time',
    pairs(
      {
        device: 'SFW',
        date: '2026-11-20',
        time: '06:22:42',
        timezone: 'GMT',
        ...without(SOPHOS, 'timestamp'),
      },
      ' ',
      quoted,
    ),
  ],
  ['sophos', 'syslog', pairs(SOPHOS, ' ', quoted).map((l) => `<30>Nov 20 06:22:42 xg ${l}`)],
  ['sophos', 'rfc5424', pairs(SOPHOS, ' ', quoted).map((l) => `<30>1 ${ISO}Z xg - - - - ${l}`)],
  ['sophos', 'timestamp colon', pairs({ ...SOPHOS, timestamp: `${ISO}+00:00` }, ' ', quoted)],
  ['sophos', 'reversed', pairs(reversed(SOPHOS), ' ', quoted)],
  ['sophos', 'comma', pairs(SOPHOS, ',', quoted)],
  ['sophos', 'json', json(SOPHOS)],
  ['sophos', 'csv', columns(SOPHOS)],
  ['checkpoint', 'syslog', checkPoint(CHECK_POINT)],
  ['checkpoint', 'ms', checkPoint({ ...CHECK_POINT, time: `${SECONDS}000` })],
  ['checkpoint', 'iso', checkPoint({ ...CHECK_POINT, time: `${ISO}Z` })],
  ['checkpoint', 'time of the header', checkPoint(without(CHECK_POINT, 'time'))],
  [
    'checkpoint',
    'offset of the header',
    checkPoint(without(CHECK_POINT, 'time'), '2026-11-20T07:22:42.000+01:00'),
  ],
  ['checkpoint', 'no spaces', checkPoint(CHECK_POINT, undefined, ';')],
  ['checkpoint', 'reversed', checkPoint(reversed(CHECK_POINT))],
  ['checkpoint', 'rsyslog', [`${ISO}.123456+00:00 gw ${bracketed(CHECK_POINT)}`]],
  [
    'checkpoint',
    'splunk pairs',
    [
      `${Object.entries(CHECK_POINT)
        .map(([key, value]) => `${key}=${value}`)
        .join('|')}|`,
    ],
  ],
  [
    'checkpoint',
    'CPLogToSyslog',
    [
      `<85>1 ${ISO}+00:00 192.0.2.1 CP-GW - Log [Fields@1.3.6.1.4.1.2620 Action="allow" UUid="{0x5c80acf5,0x0,0x203d10ac,0xc0000001}" src="10.0.0.5" dst="203.0.113.7" proto="6" appi_name="a" resource="https://${NAME}/secret" product="URL Filtering" service="443" s_port="4000" product_family="Network"]`,
    ],
  ],
  ['checkpoint', 'json', json(CHECK_POINT)],
  [
    'checkpoint',
    'cef',
    [
      `CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept deviceDirection=0 rt=${SECONDS}000 spt=4000 dpt=443 cs2Label=Rule Name cs2=rule one layer_name=Network loguid={0x5e80} origin=192.0.2.1 proto=6 request=https://${NAME}/secret page service_id=https src=10.0.0.5 dst=203.0.113.7 suser=bob`,
    ],
  ],
  ['cloudflare', 'json', json(CLOUDFLARE)],
  ['cloudflare', 'ns', json({ ...CLOUDFLARE, Datetime: SECONDS * 1e9 })],
  ['cloudflare', 's', json({ ...CLOUDFLARE, Datetime: SECONDS })],
  ['cloudflare', 'ms', json({ ...CLOUDFLARE, Datetime: `${SECONDS}000` })],
  ['cloudflare', 'reversed', json(Object.fromEntries(Object.entries(CLOUDFLARE).reverse()))],
  ['cloudflare', 'spaces', [JSON.stringify(CLOUDFLARE).replaceAll('":', '" : ').replaceAll(',"', ', "')]],
  ['cloudflare', 'nulls', json({ ...CLOUDFLARE, Email: null, SNI: null, Referer: '' })],
  ['cloudflare', 'csv', columns(CLOUDFLARE as unknown as Row)],
  ['cloudflare', 'hec', json({ event: CLOUDFLARE, time: SECONDS })],
  ['cloudflare', 'datadog message', json({ message: JSON.stringify(CLOUDFLARE) })],
  ['paloalto', 'syslog', [`<14>Nov 20 06:22:42 PA ${PAN}`]],
  ['paloalto', 'bare', [PAN]],
  ['paloalto', 'rfc5424', [`<14>1 ${ISO}Z PA - - - - ${PAN}`]],
  ['paloalto', 'header of the web page', columns(PAN_HEADED)],
  ['paloalto', 'header quoted', columns(PAN_HEADED, ',', quoted, quoted)],
  ['paloalto', 'header plain', columns(PAN_HEADED, ',', plain)],
  ['paloalto', 'header reversed', columns(reversed(PAN_HEADED))],
  ['paloalto', 'header semicolon', columns(PAN_HEADED, ';')],
  [
    'paloalto',
    'all quoted',
    [
      PAN.split(',')
        .map((one) => (one.startsWith('"') ? one : quoted(one)))
        .join(','),
    ],
  ],
  ['paloalto', 'cortex ms', [PAN.replace(/2026\/11\/20 06:22:42/g, '2026-11-20T06:22:42.000Z')]],
  ['paloalto', 'panorama offset', [PAN.replace(/2026\/11\/20 06:22:42/g, '2026-11-20T06:22:42+00:00')]],
  ['paloalto', 'json message', json({ message: PAN })],
  ['paloalto', 'rsyslog', [`2026-11-20T06:22:42+00:00 PA ${PAN}`]],
  ['strata', 'json', json(STRATA)],
  ['strata', 'hec', json({ time: SECONDS, source: 'Palo Alto Networks FLS LF', event: STRATA })],
  ['strata', 'json syslog', [`<14>Nov 20 06:22:42 log-forwarder logforwarder ${JSON.stringify(STRATA)}`]],
  ['strata', 'mail', pairs(STRATA)],
  ['strata', 'csv', columns(STRATA)],
  [
    'strata',
    'older names',
    json({
      ...without(STRATA, 'SourceAddress', 'DestinationAddress'),
      SourceIP: '10.0.0.5',
      DestinationIP: '203.0.113.7',
    }),
  ],
  [
    'strata',
    'cef',
    [
      `<14>1 ${ISO}.869Z stream-logfwd20 logforwarder - panwlogs - CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|1|dtz=UTC rt=Nov 20 2026 06:22:43 deviceExternalId=0128 start=Nov 20 2026 06:22:42 src=10.0.0.5 dst=203.0.113.7 cs1=a b cs1Label=Rule suser=bob app=ssl cn1=7 cn1Label=SessionID spt=4000 dpt=443 proto=tcp act=alert request=${NAME}/secret cs2=ai cs2Label=URLCategory`,
    ],
  ],
  [
    'strata',
    'cef in an array',
    json({
      customer_id: 'x',
      log_type: 'ARCSIGHT_CEF',
      entries: [
        {
          log_text: `CEF:0|palo alto networks|LF|2.0|THREAT|url|1|dtz=UTC start=Nov 20 2026 06:22:42 src=10.0.0.5 dst=203.0.113.7 cn1=7 spt=4000 dpt=443 proto=tcp act=alert request=${NAME}/secret`,
        },
      ],
    }),
  ],
  ...['\t', ' ', '^'].map((separator) => ['strata', `leef ${separator}`, [STRATA_LEEF(separator)]] as const),
  ['aws-flow', 'headed', columns(AWS, ' ', plain)],
  ['aws-flow', 'bare', columns(AWS, ' ', plain).slice(1)],
  ['aws-flow', 'headed csv', columns(AWS, ',', plain)],
  ['aws-flow', 'headed tab', columns(AWS, '\t', plain)],
  ['aws-flow', 'underscored', columns(AWS, ' ', plain, (n) => n.replaceAll('-', '_'))],
  ['aws-flow', 'reversed', columns(reversed(AWS), ' ', plain)],
  ['aws-flow', 'json', json(AWS)],
  ['aws-flow', 'cloudwatch event', json({ timestamp: SECONDS * 1000, message: columns(AWS, ' ', plain)[1] })],
  ['aws-flow', 'ms', columns({ ...AWS, start: AWS.start * 1000, end: AWS.end * 1000 }, ' ', plain)],
  [
    'aws-flow',
    'cloudwatch tail',
    columns(AWS, ' ', plain)
      .slice(1)
      .map((l) => `${ISO}.000Z ${l}`),
  ],
  ['aws-flow', 'athena quotes', columns(AWS, ',', quoted, quoted)],
  ['gcp-flow', 'payload', json({ jsonPayload: GCP, insertId: 'x' })],
  ['gcp-flow', 'flat', json(GCP)],
  ['gcp-flow', 'numbers', json({ jsonPayload: { ...GCP, bytes_sent: 1520, packets_sent: 10 } })],
  [
    'gcp-flow',
    'bigquery',
    json({
      jsonPayload: {
        ...GCP,
        connection: { ...GCP.connection, protocol: 6.0 },
        end_time: '2026-11-20 06:22:42 UTC',
        start_time: '2026-11-20 06:22:42 UTC',
      },
    }),
  ],
  [
    'azure-flow',
    'one line',
    json({ records: [{ flowRecords: { flows: [{ flowGroups: [{ flowTuples: [TUPLE] }] }] } }] }),
  ],
  [
    'azure-flow',
    'nsg v2',
    json({
      records: [
        {
          properties: {
            Version: 2,
            flows: [
              {
                rule: 'r',
                flows: [
                  {
                    mac: 'x',
                    flowTuples: [`${SECONDS},10.0.0.5,203.0.113.200,4000,443,T,O,A,E,10,1520,10,9520`],
                  },
                ],
              },
            ],
          },
        },
      ],
    }),
  ],
  [
    'azure-flow',
    'nsg v1',
    json({
      records: [
        {
          properties: {
            Version: 1,
            flows: [
              {
                rule: 'r',
                flows: [{ mac: 'x', flowTuples: [`${SECONDS},10.0.0.5,203.0.113.200,4000,443,T,O,A`] }],
              },
            ],
          },
        },
      ],
    }),
  ],
  [
    'azure-flow',
    'record a line',
    json({ time: ISO, flowRecords: { flows: [{ flowGroups: [{ flowTuples: [TUPLE] }] }] } }),
  ],
  [
    'azure-flow',
    'event hub message',
    json({ message: JSON.stringify({ records: [{ flowTuples: [TUPLE] }] }) }),
  ],
];

it.each(EXPORTS)('%s: %s', (product, _, lines) => {
  const { format, flows, results } = readAll(lines);
  expect({ format, results: results.filter((one) => one !== null && one !== 'no row') }).toEqual({
    format: product,
    results: [],
  });
  expect(
    flows.map(({ client, sni, proxy, server, lastUs }) => [client, sni ?? proxy?.target ?? server, lastUs]),
  ).toEqual([['10.0.0.5', expect.stringMatching(/^api\.example(?::443)?$|^203\.0\.113\.200$/), AT_US]]);
});

it.each(EXPORTS)(
  '%s: %s: a damaged row makes no other host or name, and no text of it is kept',
  (product, _, lines) => {
    const last = lines.at(-1) ?? '';
    const prefixes = Array.from({ length: last.length }, (__, length) => last.slice(0, length));
    const { flows, totals, questions, notes, results } = readAll([...lines, ...prefixes], {
      format: product,
    });
    const kept = JSON.stringify([flows, totals, questions, notes, results]);
    expect(kept).not.toMatch(/bob|secret|FGT|tool\/1\.2 \(/);
    for (const { client, sni, proxy, server } of flows) {
      expect(client).toBe('10.0.0.5');
      expect([NAME, `${NAME}:443`, '203.0.113.200', '203.0.113.7']).toContain(sni ?? proxy?.target ?? server);
    }
  },
);

/** Objects whose other fields have names of rows as well. */
const IN_OBJECTS: Readonly<Record<string, (message: string) => unknown>> = {
  'Fluent Bit': (log) => ({ date: AT_US / 1e6, log }),
  'Splunk HEC': (event) => ({ time: AT_US / 1e6, host: 'gw', source: 'udp:514', event }),
  GELF: (text) => ({ version: '1.1', host: 'gw', short_message: text, timestamp: AT_US / 1e6, level: 6 }),
};

describe.each(Object.entries(IN_OBJECTS))('as texts of %s', (_, wrap) => {
  const texts = EXPORTS.filter(([, , lines]) => lines.every((line) => !/^[{[]/.test(line)));
  it.each(texts)('%s: %s', (product, __, lines) => {
    const alone = readAll(lines);
    const { format, flows, results } = readAll(lines.map((line) => JSON.stringify(wrap(line))));
    expect(format).toBe(product);
    expect(results.filter((one) => typeof one === 'string' && one !== 'no row')).toEqual([]);
    expect(flows).toEqual(alone.flows);
  });
});

describe('every export', () => {
  const address = (product: string): string =>
    product === 'gcp-flow' || product === 'aws-flow' || product === 'azure-flow' ? '203.0.113.200' : NAME;

  it.each(EXPORTS)('%s: %s: of a client with IPv6', (_, __, lines) => {
    for (const written of ['2001:db8::5', '2001:0DB8:0000:0000:0000:0000:0000:0005']) {
      const { results, flows } = readAll(lines.map((line) => line.replaceAll('10.0.0.5', written)));
      expect(results.filter((one) => one !== null && one !== 'no row')).toEqual([]);
      expect(flows.map(({ client }) => client)).toEqual(['2001:db8::5']);
    }
  });

  it.each(EXPORTS)('%s: %s: with a mark, carriage returns and empty lines', (product, _, lines) => {
    const text = `\ufeff${lines.join('\r\n\r\n')}\r\n`;
    const sample = buildSample('a.log', Buffer.from(text), AT_US);
    const format = recognize(sample, []);
    expect(format?.id).toBe(product);
    const { records, flows } = keeping();
    const reader = format?.reader(records, { zone: 'UTC', definitions: [] });
    const rows = reader?.open(sample);
    if (reader === undefined || rows === undefined) throw new TypeError('not recognized');
    const counts = new LineCounts();
    const splitter = new LineSplitter(counts.visitor(rows), { ending: rows.ending });
    splitter.push(Buffer.from(text));
    splitter.end();
    for (const result of rows.end?.() ?? []) counts.add(result);
    reader.finish();
    expect(counts.first).toBeNull();
    expect(JSON.stringify(flows)).toContain(address(product));
  });
});

describe('values of another country', () => {
  const row = (changes: Row): string[] => columns({ ...ZSCALER, ...changes }, ';');
  it.each([
    ['a grouped number', { reqsize: '1.100' }, 'no number: bytesUp'],
    ['a number with commas', { reqsize: '1,100' }, 'no number: bytesUp'],
    ['a number of a table program', { reqsize: '1,1E+03' }, 'no number: bytesUp'],
    ['a date that has two readings', { time: '11/12/2026 06:22:42' }, 'no time'],
    ['a date without a clock', { time: '2026-11-20' }, 'no time'],
    ['a name of a client', { cip: 'laptop-7' }, 'no address: outerClient'],
  ])('%s is ignored, with the reason', (_, changes, reason) => {
    expect(readAll(row(changes), { format: 'zscaler' })).toMatchObject({
      results: ['no row', reason],
      flows: [],
    });
  });

  it.each([
    ['fractions of a second', { time: '2026-11-20 06:22:42,500' }, AT_US + 500_000],
    ['an offset', { time: '2026-11-20T07:22:42+01:00' }, AT_US],
    ['an offset of minutes', { time: '2026-11-20T11:52:42+0530' }, AT_US],
    ['microseconds since 1970', { time: `${SECONDS}000000` }, AT_US],
    ['seconds with a fraction', { time: `${SECONDS}.500` }, AT_US + 500_000],
  ])('%s is a time', (_, changes, lastUs) => {
    expect(readAll(row(changes)).flows.map((flow) => flow.lastUs)).toEqual([lastUs]);
  });
});
