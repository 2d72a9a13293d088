// Logs of firewalls and web gateways: what each row says of its connection, in every form that a product writes.

import { describe, expect, it } from 'vitest';
import { LOG_FORMATS, recognize } from '../../../../src/reading/logs/formats.ts';
import { LineCounts } from '../../../../src/reading/logs/line-counts.ts';
import { LineSplitter } from '../../../../src/reading/logs/lines.ts';
import type { LogRecords } from '../../../../src/reading/logs/records.ts';
import { AT_US, keeping, NAME, readAll } from './read-lines.ts';

const FORTIGATE = (pairs: string): string =>
  `date=2026-11-20 time=06:22:42 devid="FGT60F0000000001" eventtime=1795155762000000000 tz="+0000" logid="0000000013" ${pairs}`;
const FORTIGATE_WEB = FORTIGATE(
  `type="utm" subtype="webfilter" sessionid=7 user="bob" srcip=10.0.0.5 srcport=4000 dstip=203.0.113.7 dstport=443 proto=6 hostname="${NAME}" action="passthrough" url="https://${NAME}/secret?q=1" agent="tool/1.2 (x)" sentbyte=500 rcvdbyte=0`,
);
const FORTIGATE_END = FORTIGATE(
  'type="traffic" subtype="forward" srcip=10.0.0.5 srcport=4000 dstip=203.0.113.7 dstport=443 sessionid=7 proto=6 action="close" service="HTTPS" duration=10 sentbyte=1520 rcvdbyte=9520 sentpkt=10 rcvdpkt=10',
);
const PAN = (type: string, rest: string): string =>
  `<14>Nov 20 06:22:42 PA-220 1,2026/11/20 06:22:42,0128,${type},2561,2026/11/20 06:22:42,10.0.0.5,203.0.113.7,192.0.2.1,203.0.113.7,"rule, one",corp\\bob,,ssl,vsys1,trust,untrust,e1,e2,fwd,2026/11/20 06:22:42,7,1,4000,443,5000,443,0x0,tcp,${rest}`;
const PAN_URL = PAN('THREAT,url', `alert,"${NAME}:443/secret",(9999),any,informational`);
const PAN_END = PAN(
  'TRAFFIC,end',
  'allow,11320,1660,9660,20,2026/11/20 06:22:32,10,any,0,1,0x0,a,b,0,10,10,tcp-fin',
);
const CEF_PAN = (header: string, rest: string): string =>
  `<14>Nov 20 06:22:42 fw CEF:0|Palo Alto Networks|PAN-OS|11.1|${header}|1|rt=Nov 20 2026 06:22:42 GMT src=10.0.0.5 dst=203.0.113.7 cs1Label=Rule cs1=rule one suser=corp\\\\bob app=ssl cn1Label=SessionID cn1=7 spt=4000 dpt=443 proto=tcp ${rest}`;
const LEEF_PAN = (cat: string, rest: string): string =>
  `Nov 20 06:22:42 fw LEEF:1.0|Palo Alto Networks|PAN-OS Syslog Integration|11.1|allow|cat=${cat}|devTime=Nov 20 2026 06:22:42 GMT|src=10.0.0.5|dst=203.0.113.7|RuleName=rule one|usrName=corp\\bob|Application=ssl|SessionID=7|srcPort=4000|dstPort=443|proto=tcp|${rest}`;
const SOPHOS = (pairs: string): string =>
  `<30>device="SFW" date=2026-11-20 time=06:22:42 timezone="UTC" device_name="XG" ${pairs} src_ip=10.0.0.5 dst_ip=203.0.113.7 protocol="TCP" src_port=4000 dst_port=443`;
const SOPHOS_WEB = SOPHOS(
  `log_type="Content Filtering" log_component="HTTP" log_subtype="Allowed" user_name="bob" url="https://${NAME}/secret" domain=${NAME} status_code="200" sent_bytes=100 recv_bytes=200`,
);
const SOPHOS_END = SOPHOS(
  'log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" duration=10 connevent="Stop" sent_bytes=1520 recv_bytes=9520 sent_pkts=10 recv_pkts=10',
);
const UMBRELLA = (verdict: string): string =>
  `"2026-11-20 06:22:42","bob","10.0.0.5","192.0.2.1","203.0.113.7","text/html","${verdict}","https://${NAME}/secret","","tool/1.2 (x)","200","1100","9100","","","AI"`;
const NETSKOPE_HEADER =
  '#Fields: date time cs-bytes sc-bytes c-ip s-ip cs-username cs-user-agent sc-status cs-host cs-uri cs-uri-port x-cs-timestamp x-cs-userip x-policy-action';
const NETSKOPE = (action: string): string =>
  `2026-11-20 06:22:42 1100 9100 192.0.2.1 203.0.113.7 "bob" "tool/1.2 (x)" 200 ${NAME} "/secret page" 443 ${AT_US / 1e6} 10.0.0.5 "${action}"`;
const CLOUDFLARE = (changes: object): string =>
  JSON.stringify({
    Action: 'none',
    Datetime: '2026-11-20T06:22:42Z',
    DestinationIP: '203.0.113.7',
    DestinationPort: 443,
    DeviceID: 'd',
    DeviceName: 'LAPTOP',
    Email: 'bob',
    HTTPHost: NAME,
    HTTPStatusCode: 200,
    SourceInternalIP: '10.0.0.5',
    SourceIP: '192.0.2.1',
    SourcePort: 4000,
    URL: `https://${NAME}/secret`,
    UserAgent: 'tool/1.2 (x)',
    ...changes,
  });
const ZSCALER = (event: object): string =>
  JSON.stringify({
    sourcetype: 'zscalernss-web',
    event: {
      time: 'Fri Nov 20 06:22:42 2026',
      tz: 'GMT',
      login: 'bob',
      cip: '10.0.0.5',
      sip: '203.0.113.7',
      action: 'Allowed',
      reqsize: '1100',
      respsize: '9100',
      respcode: '200',
      ua: 'tool/1.2 (x)',
      eurl: `${NAME}:443`,
      devicehostname: 'LAPTOP',
      ...event,
    },
  });

const CHECK_POINT = (changes: object): string =>
  JSON.stringify({
    action: 'Accept',
    origin: '192.0.2.1',
    time: `${AT_US / 1e6}`,
    dst: '203.0.113.7',
    proto: '6',
    s_port: '4000',
    service: '443',
    src: '10.0.0.5',
    src_user_name: 'bob',
    ...changes,
  });
const ACCOUNTED = (bytes: number): object => ({
  client_inbound_bytes: `${bytes}`,
  client_outbound_bytes: `${bytes + 8000}`,
  client_inbound_packets: '10',
  client_outbound_packets: '10',
});

describe('a session with its name', () => {
  it.each([
    ['fortigate', [FORTIGATE_WEB, FORTIGATE_END], 1520, 1000],
    ['fortigate', [FORTIGATE_WEB, FORTIGATE_END].map((line) => `<189>${line}`), 1520, 1000],
    [
      'fortigate',
      [
        `Nov 20 06:22:42 fw CEF:0|Fortinet|Fortigate|v7.4.3|0317013312|utm:webfilter ftgd_allow passthrough|3|deviceExternalId=FGT FTNTFGTeventtime=1795155762000000000 cat=utm:webfilter FTNTFGTsubtype=webfilter src=10.0.0.5 spt=4000 dst=203.0.113.7 dpt=443 proto=6 externalId=7 suser=bob dhost=${NAME} act=passthrough request=https://${NAME}/secret page requestClientApplication=tool/1.2 (x) out=500 in=0`,
        'Nov 20 06:22:42 fw CEF:0|Fortinet|Fortigate|v7.4.3|0000000013|traffic:forward close|3|FTNTFGTeventtime=1795155762000000000 cat=traffic:forward src=10.0.0.5 spt=4000 dst=203.0.113.7 dpt=443 proto=6 externalId=7 act=close FTNTFGTduration=10 out=1520 in=9520 FTNTFGTsentpkt=10 FTNTFGTrcvdpkt=10 app=HTTPS',
      ],
      1520,
      1000,
    ],
    ['paloalto', [PAN_URL, PAN_END], 1660, 1000],
    ['sophos', [SOPHOS_WEB, SOPHOS_END], 1520, 1000],
    [
      'paloalto',
      [
        CEF_PAN('url|THREAT', `act=alert request=${NAME}/secret`),
        CEF_PAN(
          'end|TRAFFIC',
          'act=allow in=1660 out=9660 PanOSPacketsSent=10 PanOSPacketsReceived=10 cn3=10',
        ),
      ],
      1660,
      1000,
    ],
    [
      'paloalto',
      [
        LEEF_PAN('THREAT', `Subtype=url|action=alert|Miscellaneous="${NAME}/secret"`),
        LEEF_PAN(
          'TRAFFIC',
          'Subtype=end|action=allow|srcBytes=1660|dstBytes=9660|srcPackets=10|dstPackets=10|ElapsedTime=10',
        ),
      ],
      1660,
      1000,
    ],
    [
      'checkpoint',
      [
        CHECK_POINT({ loguid: '{0x1}', resource: `https://${NAME}/secret`, sent_bytes: '500' }),
        CHECK_POINT({ loguid: '{0x2}', start_time: `${AT_US / 1e6 - 10}`, ...ACCOUNTED(1520) }),
      ],
      1520,
      1000,
    ],
  ])('%s is one connection in either order (%#)', (format, lines, bytesUp, payloadUp) => {
    const read = readAll(lines);
    const turned = readAll([...lines].reverse());
    // Only one order joins a request to a session that is kept, which it marks.
    const others = { helloUs: expect.anything(), hasSession: expect.any(Boolean) };
    expect(turned.flows).toMatchObject(read.flows.map((flow) => ({ ...flow, ...others })));
    expect([turned.totals, turned.users]).toEqual([[], read.users]);
    expect(read).toMatchObject({
      format,
      results: [null, null],
      totals: [],
      users: ['10.0.0.5 bob'].map((user) => (format === 'paloalto' ? expect.stringContaining('bob') : user)),
    });
    expect(read.flows).toHaveLength(1);
    expect(read.flows[0]).toMatchObject({
      client: '10.0.0.5',
      clientPort: 4000,
      server: '203.0.113.7',
      serverPort: 443,
      protocol: 'tcp',
      sni: NAME,
      firstUs: AT_US - 10_000_000,
      lastUs: AT_US,
      bytesUp,
      payloadUp,
      payloadDown: 9000,
      isEstablished: true,
      outcome: { kind: 'served' },
    });
    expect(JSON.stringify(read.flows)).not.toMatch(/secret|bob|rule/);
  });
});

describe('rows of one record of Check Point', () => {
  const web = CHECK_POINT({ loguid: '{0x1}', resource: `https://${NAME}/secret` });
  const update = (bytes: number, changes = {}): string =>
    CHECK_POINT({ loguid: '{0x2}', ...ACCOUNTED(bytes), ...changes });
  const note = { dst: '203.0.113.200' };
  it.each([
    ['count once', [update(1000), update(1500), update(2000)]],
    ['count once with the newest first', [update(2000), update(1500), update(1000)]],
    [
      'count once with another one between',
      [update(500), update(100, { loguid: '{0x3}', src: '10.0.0.6' }), update(2000)],
    ],
  ])('%s', (_, lines) => {
    const own = readAll(lines).totals.filter(({ host }) => host === '10.0.0.5');
    const sum = (field: 'bytesUp' | 'bytesDown' | 'flows'): number =>
      own.reduce((total, row) => total + row[field], 0);
    expect([sum('flows'), sum('bytesUp'), sum('bytesDown')]).toEqual([1, 2000, 10_000]);
  });

  it.each([
    ['behind their name', [web, update(1000), update(2000)], NAME, true],
    ['around their name', [update(1000), web, update(2000)], NAME, false],
    ['in front of their name', [update(1000), update(2000), web], NAME, false],
    ['with the newest first', [update(2000), update(1000), web], NAME, false],
    [
      'of the request itself',
      [1000, 2000].map((bytes) => update(bytes, { resource: `https://${NAME}/` })),
      NAME,
      true,
    ],
    ['to an address of note', [update(1000, note), update(2000, note)], null, true],
  ])('are one flow: %s', (_, lines, sni, isFollowed) => {
    // A follower uses rows as they come.
    for (const isWhole of isFollowed ? [true, false] : [true]) {
      const { flows } = readAll(lines, { isWhole });
      expect(flows).toMatchObject([{ sni, bytesUp: 2000, bytesDown: 10_000 }]);
    }
  });
});

describe('a session in front of its request', () => {
  it('of another name is no hidden traffic', () => {
    const { flows, totals } = readAll([FORTIGATE_END, FORTIGATE_WEB.replaceAll(NAME, 'other.example')]);
    expect([flows, totals.map(({ notVisible }) => notVisible)]).toEqual([[], [[]]]);
  });

  it('has all its requests', () => {
    const lines = [PAN_END, PAN_URL, PAN_URL.replace('alert', 'block-url'), PAN_URL];
    expect(readAll(lines).flows).toMatchObject([{ sni: NAME, bytesUp: 1660 }]);
  });

  it('that came too far in front is said', () => {
    const others = Array.from({ length: 65_536 }, (_, i) =>
      FORTIGATE_END.replace('sessionid=7', `sessionid=${i + 8}`),
    );
    const { flows, notes } = readAll([FORTIGATE_END, ...others, FORTIGATE_WEB]);
    expect(flows).toMatchObject([{ bytesUp: 500 }]);
    expect(notes).toEqual([expect.stringContaining('1 session came too far in front')]);
  });
});

describe('a request without a session', () => {
  it.each([
    ['zscaler', [ZSCALER({})]],
    ['umbrella', [UMBRELLA('ALLOWED')]],
    ['netskope', [NETSKOPE_HEADER, NETSKOPE('allow')]],
    [
      'zscaler',
      [
        `<134>Nov 20 06:22:42 zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|None|3| act=Allowed reason=None app=HTTPS dhost=${NAME} dst=203.0.113.7 src=10.0.0.5 sourceTranslatedAddress=192.0.2.1 in=9100 out=1100 request=${NAME}/secret page requestContext=None outcome=200 requestClientApplication=tool/1.2 (x) requestMethod=POST suser=bob cs1=Research cs1Label=dept`,
      ],
    ],
    [
      'zscaler',
      [
        `zscaler-nss: LEEF:1.0|Zscaler|NSS|4.1|None|cat=Allowed\tsrc=10.0.0.5\tdst=203.0.113.7\taction=Allowed\tsrcBytes=1100\tdstBytes=9100\tdevTime=Fri Nov 20 06:22:42 UTC 2026\tusrName=bob\turl=${NAME}/secret?q=1\tuseragent=tool/1.2 (x)`,
      ],
    ],
  ])('%s names the host of its URL alone (%#)', (format, lines) => {
    const read = readAll(lines);
    expect(read).toMatchObject({ format, users: ['10.0.0.5 bob'] });
    expect(read.results.at(-1)).toBeNull();
    expect(read.flows).toMatchObject([
      {
        client: '10.0.0.5',
        server: '203.0.113.7',
        proxy: { target: `${NAME}:443` },
        userAgent: 'tool/1.2',
        lastUs: AT_US,
        payloadUp: 1100,
        payloadDown: 9100,
        outcome: { kind: 'served' },
      },
    ]);
    expect(JSON.stringify(read.flows)).not.toMatch(/secret|bob|LAPTOP/);
  });

  it('of columns has those of its header, which may change', () => {
    const lines = [
      'time,login,cip,eurl,action,reqsize,respsize,respcode',
      `"Fri Nov 20 06:22:42 2026","bob","10.0.0.5","${NAME}/secret, page","Allowed","1100","9100","200"`,
      'time,cip,dept,eurl,action,respsize,reqsize',
      `"Fri Nov 20 06:22:43 2026","10.0.0.6","Research","${NAME}/","Allowed","9100","1100"`,
      `"Fri Nov 20 06:22:43 2026","10.0.0.6","Research","${NAME}/","Allowed","9100"`,
    ];
    const { format, results, flows } = readAll(lines);
    expect([format, results]).toEqual([
      'zscaler',
      ['no row', null, 'no row', null, 'fewer columns than the header has'],
    ]);
    expect(flows.map(({ client, payloadUp, payloadDown }) => [client, payloadUp, payloadDown])).toEqual([
      ['10.0.0.5', 1100, 9100],
      ['10.0.0.6', 1100, 9100],
    ]);
  });
});

describe('Zscaler logs of requests and of sessions', () => {
  const session = (event: object): string =>
    JSON.stringify({
      sourcetype: 'zscalernss-fw',
      event: {
        datetime: 'Fri Nov 20 06:22:45 2026',
        tz: 'GMT',
        csip: '10.0.0.5',
        csport: '4000',
        cdip: '203.0.113.7',
        cdport: '443',
        proto: 'TCP',
        nwapp: 'ssl',
        action: 'Allow',
        outbytes: '1900',
        inbytes: '9900',
        durationms: '9000',
        ...event,
      },
    });
  const NOTE =
    'Zscaler NSS log: connections of which the requests are logged as well count once; sessions left out: 1';

  it.each([
    ['one session of a server', ZSCALER({}), session({})],
    ['one session of a name', ZSCALER({ sip: '0.0.0.0' }), session({ cltdomain: NAME })],
    ['one of an unlisted server', ZSCALER({ eurl: 'www.other.example/' }), session({})],
  ])('count %s once', (_, request, firewall) => {
    const { results, flows, totals, notes } = readAll([request, firewall]);
    expect([results, flows.length + totals.length, notes]).toEqual([[null, null], 1, [NOTE]]);
    expect([...flows.map(({ payloadUp }) => payloadUp), ...totals.map(({ bytesUp }) => bytesUp)]).toEqual([
      1100,
    ]);
  });

  it.each([
    ['another host', { csip: '10.0.0.6' }],
    ['another server', { cdip: '203.0.113.8' }],
    ['another time', { datetime: 'Fri Nov 20 08:22:45 2026' }],
    ['QUIC, which the proxy does not read', { proto: 'UDP' }],
    ['another service of the server', { cdport: '22', nwapp: 'ssh' }],
  ])('count a session of %s', (_, event) => {
    const { flows, totals, notes } = readAll([ZSCALER({}), session(event)]);
    expect([flows.length, totals.length, notes]).toEqual([1, 1, []]);
  });

  it('have a time in the zone of the feed', () => {
    expect(readAll([ZSCALER({ tz: 'GMT' })], { zone: 'Asia/Tokyo' }).flows[0]?.lastUs).toBe(AT_US);
    expect(readAll([ZSCALER({ tz: undefined })], { zone: 'Asia/Tokyo' }).flows[0]?.lastUs).toBe(
      AT_US - 9 * 3_600_000_000,
    );
  });
});

it('a header is no row of the sample', () => {
  const lines = [
    'datetime,csip,cdip,cdport,csport,nwapp,proto,action,inbytes,outbytes',
    '"Fri Nov 20 06:22:42 2026","10.0.0.5","203.0.113.9","443","4000","ssl","TCP","Allow","1","2"',
  ];
  const sample = { file: 'a.csv', lines, modifiedUs: AT_US };
  const format = recognize(sample, []);
  expect(format?.id).toBe('zscaler');
  const reader = format?.reader({} as LogRecords, { zone: 'UTC', definitions: [] });
  expect(reader?.describe(sample)).toEqual({ kind: 'session', rank: 1, firstUs: AT_US });
});

describe('columns without a header', () => {
  const rows = [`"Fri Nov 20 06:22:42 2026","bob","10.0.0.5","${NAME}/secret, page","Allowed","1100","9100"`];
  it('are those of a definition', () => {
    const definitions = ['columns zscaler time, login, cip, eurl, action, reqsize, respsize'];
    const { format, results, flows } = readAll(rows, { definitions });
    expect([format, results]).toEqual(['zscaler', [null]]);
    expect(flows).toMatchObject([{ client: '10.0.0.5', payloadUp: 1100, payloadDown: 9100 }]);
  });

  it.each([
    ['in another order', 'time, login, eurl, cip, action, reqsize, respsize', 'no address: outerClient'],
    ['of another type', 'time, login, cip, eurl, reqsize, action, respsize', 'no number: bytesUp'],
    ['that are too few', 'time, login, cip, eurl', 'more columns than the header has'],
  ])('%s are refused line by line', (_, names, reason) => {
    const { results } = readAll(rows, { definitions: [`columns zscaler ${names}`], format: 'zscaler' });
    expect(results).toEqual([reason]);
  });

  it('of another format, or without a definition, are no known log', () => {
    expect(readAll(rows).format).toBeUndefined();
    expect(readAll(rows, { definitions: ['columns netskope time, cip'] }).format).toBeUndefined();
  });
});

describe('a connection that the gateway refused is an attempt', () => {
  it.each([
    ['fortigate', [FORTIGATE_WEB.replace('passthrough', 'blocked'), FORTIGATE_END], 403],
    ['fortigate', [FORTIGATE_WEB.replace('passthrough', 'warning')], 403],
    ['paloalto', [PAN_URL.replace('alert', 'block-url'), PAN_END], 403],
    ['paloalto', [PAN_URL.replace('alert', 'reset-both'), PAN_END.replace('allow', 'reset-both')], 403],
    ['zscaler', [ZSCALER({ action: 'Blocked', respcode: '403' })], 403],
    ['zscaler', [ZSCALER({ action: 'Caution', respcode: '200' })], 403],
    ['zscaler', [ZSCALER({ respcode: '407' })], 407],
    ['sophos', [SOPHOS_WEB.replace('Allowed', 'Denied'), SOPHOS_END], 403],
    ['umbrella', [UMBRELLA('BLOCKED')], 403],
    ['netskope', [NETSKOPE_HEADER, NETSKOPE('block')], 403],
    ['netskope', [NETSKOPE_HEADER, NETSKOPE('useralert')], 403],
    ['cloudflare', [CLOUDFLARE({ Action: 'block' })], 403],
  ])('%s (%#)', (_, lines, detail) => {
    const { flows } = readAll(lines);
    expect(flows).toHaveLength(1);
    expect(flows[0]).toMatchObject({ isEstablished: false, outcome: { kind: 'connectStatus', detail } });
  });

  it.each([
    ['a request', [ZSCALER({ eurl: 'www.example', action: 'Blocked' })], 0],
    ['one without a name', [ZSCALER({ eurl: '203.0.113.7', action: 'Blocked' })], 0],
    ['one that passed', [ZSCALER({ eurl: 'www.example' })], 10_200],
    ['a session', [FORTIGATE_END.replace('"close"', '"deny"').replaceAll('520', '52')], 0],
    [
      'a session that was cut behind its work',
      [FORTIGATE_END.replace('"close"', '"deny"').replace('=1520', '=9520')],
      19_040,
    ],
  ])('to another name carried its bytes, or none: %s', (_, lines, bytes) => {
    const { totals } = readAll(lines);
    expect(totals.map(({ bytesUp, bytesDown }) => bytesUp + bytesDown)).toEqual([bytes]);
  });

  it('an answer of the server with an error is use', () => {
    const { flows } = readAll([ZSCALER({ respcode: '429' })]);
    expect(flows).toMatchObject([{ isEstablished: true, outcome: { kind: 'served' } }]);
  });
});

it('a log without bytes has unknown bytes, and requests of one connection count once', () => {
  const network = CLOUDFLARE({ HTTPHost: undefined, HTTPStatusCode: undefined, URL: undefined, SNI: NAME });
  const { results, flows } = readAll([
    network,
    CLOUDFLARE({}),
    CLOUDFLARE({ Datetime: '2026-11-20T06:22:52Z' }),
  ]);
  expect(results).toEqual([null, null, null]);
  expect(flows).toMatchObject([
    {
      client: '10.0.0.5',
      sni: NAME,
      firstUs: AT_US,
      lastUs: AT_US + 10_000_000,
      bytesUp: null,
      payloadDown: null,
    },
  ]);
  expect(flows[0]).toMatchObject({ isEstablished: true, outcome: { kind: 'served' } });
});

describe('a flow log of a cloud', () => {
  const aws = (ends: string, end = 'ACCEPT OK'): string =>
    `2 123456789010 eni-0a1b2c3d ${ends} 1795155760 1795155762 ${end}`;
  it('has each direction in a row of its own', () => {
    const { format, results, flows } = readAll([
      aws('10.0.0.5 203.0.113.200 4000 443 6 10 1520'),
      aws('203.0.113.200 10.0.0.5 443 4000 6 10 9520'),
      '2 123456789010 eni-0a1b2c3d - - - - - - - 1795155760 1795155762 - NODATA',
    ]);
    expect([format, results]).toEqual(['aws-flow', [null, null, 'no row']]);
    expect(flows).toMatchObject([
      {
        client: '10.0.0.5',
        server: '203.0.113.200',
        bytesUp: 1520,
        bytesDown: 9520,
        payloadUp: 1000,
        sni: null,
      },
    ]);
  });

  it('of a virtual network of Azure has tuples in a document', () => {
    const tuple = (time: number, rest: string): string =>
      `${time},10.0.0.5,203.0.113.200,4000,443,6,O,${rest}`;
    const tuples = [
      tuple(1_795_155_750_000, 'B,NX,0,0,0,0'),
      tuple(1_795_155_762_000, 'E,NX,10,1520,10,9520'),
    ];
    const document = {
      records: [{ flowRecords: { flows: [{ flowGroups: [{ rule: 'secret', flowTuples: tuples }] }] } }],
    };
    for (const text of [JSON.stringify(document), JSON.stringify(document, null, 1)]) {
      const { format, flows } = readAll(text.split('\n'));
      expect(format).toBe('azure-flow');
      expect(flows).toMatchObject([
        { client: '10.0.0.5', server: '203.0.113.200', bytesUp: 1520, bytesDown: 9520, isEstablished: true },
      ]);
    }
  });

  it('of Azure is read where its document is one line above all limits', () => {
    const row = (port: number): string =>
      `1795155762000,10.0.0.5,203.0.113.200,${port},443,6,O,E,NX,10,1520,10,9520`;
    const flowTuples = Array.from({ length: 100 }, (_, i) => row(4000 + i));
    const text = JSON.stringify({
      records: [
        { rule: 'a "quoted" rule', flowTuples },
        { flowTuples: [row(5000), '1795155762,damaged,O,'] },
      ],
    });
    const { records, flows } = keeping();
    const sample = { file: 'PT1H.json', lines: [text], modifiedUs: AT_US };
    const reader = recognize(sample, [])?.reader(records, { zone: 'UTC', definitions: [] });
    const lines = reader?.open(sample);
    if (reader === undefined || lines === undefined) throw new TypeError('not recognized');
    const counts = new LineCounts();
    const splitter = new LineSplitter(counts.visitor(lines), { maxBytes: 200, ending: lines.ending });
    for (let at = 0; at < text.length; at += 97) splitter.push(Buffer.from(text.slice(at, at + 97)));
    splitter.end();
    reader.finish();
    expect(flows).toHaveLength(101);
    expect([counts.lines, counts.rows, counts.first]).toEqual([
      102,
      101,
      { line: 102, reason: 'no address: client' },
    ]);
  });

  it('of columns that were chosen follows its header', () => {
    const { results, totals } = readAll([
      'version vpc-id srcaddr dstaddr srcport dstport protocol bytes packets start end action log-status',
      '3 vpc-1 10.0.0.5 203.0.113.9 4000 443 17 9000 10 1795155760 1795155762 ACCEPT OK',
      '3 vpc-1 10.0.0.5 203.0.113.9 4000 443 17 many 10 1795155760 1795155762 ACCEPT OK',
    ]);
    expect(results).toEqual(['no row', null, 'no number: bytesUp']);
    expect(totals).toMatchObject([{ bytesUp: 9000, notVisible: [{ kind: 'tunnel' }] }]);
  });
});

describe('a session without a name', () => {
  const end = (changes: string): string =>
    `${FORTIGATE_END.replace('sessionid=7', 'sessionid=8')} ${changes}`;
  it.each([
    ['of no recognized protocol is hidden', [end('')], 'tunnel'],
    ['of a recognized one is not', [end('app="Microsoft.Portal"')], undefined],
    ['of TLS alone is hidden', [end('app="SSL"')], 'tunnel'],
    [
      'whose name was logged is not',
      [FORTIGATE_WEB.replaceAll(NAME, 'other.example'), FORTIGATE_END],
      undefined,
    ],
  ])('%s', (_, lines, kind) => {
    const { flows, totals } = readAll(lines);
    expect(flows).toEqual([]);
    expect(totals).toHaveLength(1);
    expect(totals[0]?.notVisible[0]?.kind).toBe(kind);
  });

  it('to an address of note is a flow that was not looked into', () => {
    const { flows } = readAll([end('').replace('203.0.113.7', '203.0.113.200')]);
    expect(flows).toMatchObject([{ sni: null, server: '203.0.113.200', isUnread: true }]);
  });

  it('that goes on is counted at its end alone', () => {
    const statistics = FORTIGATE_END.replace('0000000013', '0000000020');
    expect(readAll([statistics, FORTIGATE_END]).results).toEqual(['no row', null]);
    expect(readAll([PAN_END.replace(',end,', ',start,'), PAN_END]).results).toEqual(['no row', null]);
  });
});

describe('a request whose row has no name of its server', () => {
  const unnamed = (host: string): readonly (readonly [string, readonly string[]])[] => [
    ['Zscaler', [ZSCALER({ eurl: `${host}:443` })]],
    ['Netskope', [NETSKOPE_HEADER, NETSKOPE('allow').replace(NAME, host)]],
    ['Umbrella', [UMBRELLA('ALLOWED').replace(NAME, host)]],
    ['FortiGate', [FORTIGATE_WEB, FORTIGATE_END].map((line) => line.replaceAll(NAME, host))],
    ['FortiGate', [FORTIGATE_END, FORTIGATE_WEB].map((line) => line.replaceAll(NAME, host))],
  ];
  const kinds = (lines: readonly string[]): string[] =>
    readAll(lines).totals.flatMap(({ notVisible }) => notVisible.map(({ kind }) => kind));

  it.each(
    ['203.0.113.7', '*.example'].flatMap((host) => unnamed(host).map((row) => [host, ...row] as const)),
  )('is hidden traffic: %s, %s', (_, __, lines) => {
    expect(kinds(lines)).toEqual([expect.stringMatching(/^(?:unnamed|tunnel)$/)]);
  });

  it.each(unnamed('www.example'))('is none with another name: %s', (_, lines) => {
    expect(kinds(lines)).toEqual([]);
  });

  it.each([
    ['the gateway refused it', { action: 'Blocked' }],
    ['the gateway decrypted it', { ssldecrypted: 'Yes' }],
    ['it is in clear text', { eurl: 'http://203.0.113.7/a' }],
  ])('is none where %s', (_, change) => {
    const lines = [ZSCALER({ eurl: '203.0.113.7:443', ...change })];
    expect([readAll(lines).totals.length, kinds(lines)]).toEqual([1, []]);
  });

  it('is a flow that was not looked into where its server is one of note', () => {
    const { flows } = readAll([ZSCALER({ eurl: '203.0.113.200:443', sip: '203.0.113.200' })]);
    expect(flows).toMatchObject([{ sni: null, server: '203.0.113.200', isUnread: true }]);
  });
});

describe('a question', () => {
  it.each([
    [
      FORTIGATE(
        `type="utm" subtype="dns" eventtype="dns-response" srcip=10.0.0.5 srcport=5 dstip=10.0.0.1 dstport=53 proto=17 qname="${NAME}" qtype="A" ipaddr="203.0.113.7, 203.0.113.8" action="pass"`,
      ),
    ],
    [
      JSON.stringify({
        sourcetype: 'zscalernss-dns',
        event: {
          datetime: 'Fri Nov 20 06:22:42 2026',
          user: 'bob',
          dns_reqtype: 'A record',
          dns_req: NAME,
          dns_resp: '203.0.113.7;203.0.113.8',
          clt_sip: '10.0.0.5',
          srv_dip: '10.0.0.1',
          reqaction: 'REQ_ALLOW',
        },
      }),
    ],
  ])('has its answer (%#)', (line) => {
    const { results, questions, users } = readAll([line]);
    expect([results, users]).toEqual([[null], []]);
    expect(questions).toMatchObject([
      { client: '10.0.0.5', name: NAME, queryType: 1, isResponse: false },
      { isResponse: true, addresses: ['203.0.113.7', '203.0.113.8'] },
    ]);
  });
});

describe('a row with the name of a question alone', () => {
  const time = { Datetime: '2026-11-20T06:22:42Z', QueryName: NAME };
  it.each([
    ['Cloudflare', [JSON.stringify({ ...time, DeviceID: 'd', SrcIP: '10.0.0.5', SrcPort: 4000 })]],
    ['Cloudflare, with a number', [JSON.stringify({ ...time, SrcIP: '10.0.0.5', QueryType: 1 })]],
    [
      'Cloudflare, in columns',
      ['Datetime,SrcIP,SrcPort,QueryName', `2026-11-20T06:22:42Z,10.0.0.5,4000,${NAME}`],
    ],
    ['Zscaler', ['time,clt_sip,srv_dip,dns_req', `Fri Nov 20 06:22:42 2026,10.0.0.5,10.0.0.1,${NAME}`]],
    [
      'Umbrella',
      ['Timestamp,Policy Identity,Internal IP,Domain', `2026-11-20 06:22:42,bob,10.0.0.5,${NAME}`],
    ],
    ['FortiGate', [FORTIGATE(`srcip=10.0.0.5 srcport=5 dstip=10.0.0.1 dstport=53 qname="${NAME}"`)]],
    ['FortiGate, of the subtype', [FORTIGATE(`subtype=dns srcip=10.0.0.5 qname="${NAME}"`)]],
  ])('is a question and no request: %s', (_, lines) => {
    const { results, flows, totals, questions } = readAll(lines);
    expect([results.at(-1), flows, totals]).toEqual([null, [], []]);
    expect(questions).toMatchObject([{ client: '10.0.0.5', name: NAME, isResponse: false }]);
  });

  it('has a type by its number', () => {
    const lines = [1, 28, 65, 16].map((QueryType) =>
      JSON.stringify({ ...time, SrcIP: '10.0.0.5', QueryType }),
    );
    expect(readAll(lines).questions.map(({ queryType }) => queryType)).toEqual([1, 28, 65, 0]);
  });
});

describe('a value that is not of the type of its field', () => {
  it.each([
    [FORTIGATE_END.replace('srcip=10.0.0.5', 'srcip=bob'), 'no address: client'],
    [FORTIGATE_END.replace('sentbyte=1520', 'sentbyte=close'), 'no number: bytesUp'],
    [FORTIGATE_END.replace('srcport=4000', 'srcport=70000'), 'no port: clientPort'],
    [FORTIGATE_END.replace(/eventtime=\d+ /, '').replace('date=2026-11-20', 'date=today'), 'no time'],
    [FORTIGATE_END.replace('srcip=10.0.0.5 ', ''), 'no client address'],
    [PAN_END.replace('11320,1660', '11320,allow'), 'no number: bytesUp'],
    // A comma in the name of a user, without quotes, moves the fields behind it.
    [PAN_URL.replace('corp\\bob', 'Miller, Bob'), 'no protocol'],
    [PAN_URL.replace('corp\\bob', 'Miller, Bob, Jr'), 'no protocol'],
  ])('is the reason for which the line is ignored (%#)', (line, reason) => {
    expect(readAll([line], { format: line.includes('PA-220') ? 'paloalto' : 'fortigate' }).results).toEqual([
      reason,
    ]);
  });
});

describe('a time', () => {
  it.each([
    ['of the zone of the firewall', PAN_END, { zone: 'America/New_York' }, 5 * 3600],
    [
      'with an offset',
      FORTIGATE_END.replace(/eventtime=\d+ tz="\+0000"/, 'tz="-0800"'),
      { zone: 'Asia/Tokyo' },
      8 * 3600,
    ],
    [
      'without one',
      FORTIGATE_END.replace(/eventtime=\d+ tz="\+0000"/, ''),
      { zone: 'America/New_York' },
      5 * 3600,
    ],
  ])('%s', (_, line, options, seconds) => {
    const [total] = readAll([line], options).totals;
    expect(total?.lastUs).toBe(AT_US + seconds * 1_000_000);
  });
});

describe('a zone', () => {
  const note = [expect.stringContaining('times without a zone that is known are taken as Asia/Tokyo')];
  const sophos = (zone: string): string => SOPHOS_END.replace('timezone="UTC"', zone);
  it.each([
    ['UTC', sophos('timezone="UTC"'), 0, []],
    ['an abbreviation', sophos('timezone="CET"'), -1, []],
    ['one of summer', sophos('timezone="CEST"'), -2, []],
    ['an offset', sophos('timezone="+0530"'), -5.5, []],
    ['an offset behind a name', sophos('timezone="GMT+05"'), -5, []],
    ['an abbreviation of several zones', sophos('timezone="IST"'), -9, note],
    ['none', sophos(''), -9, note],
    ['none in the product', PAN_END, -9, note],
  ])('is used, or said to be missing: %s', (_, line, hours, notes) => {
    const read = readAll([line], { zone: 'Asia/Tokyo' });
    expect(read.totals[0]?.lastUs).toBe(AT_US + hours * 3_600_000_000);
    expect(read.notes).toEqual(notes);
  });
});

describe('a decision', () => {
  const words = (action: string): readonly string[] => [
    FORTIGATE_WEB.replace('passthrough', action).replace('rcvdbyte=0', 'rcvdbyte=10'),
    CLOUDFLARE({ Action: action }),
    ZSCALER({ action }),
    NETSKOPE_HEADER,
    NETSKOPE(action),
  ];
  it.each([
    ['allow', 'served'],
    ['blockedByQueryName', 'connectStatus'],
    ['denied by a list', 'connectStatus'],
    ['frobnicated', undefined],
  ])('"%s" is %s', (word, kind) => {
    const lines = words(word);
    const reads = [...lines.slice(0, 3).map((line) => [line]), lines.slice(3)].map((rows) => readAll(rows));
    for (const { flows, notes } of reads) {
      expect(flows.map(({ outcome }) => outcome?.kind)).toEqual([kind]);
      expect(flows[0]?.isEstablished).toBe(kind === 'served');
      expect(notes.filter((text) => text.includes('neither use nor an attempt'))).toHaveLength(
        kind === undefined ? 1 : 0,
      );
    }
  });

  it('that is not known is said by doctor, without its words', () => {
    const lines = [ZSCALER({ action: 'frobnicated' })];
    const sample = { file: 'a', lines, modifiedUs: AT_US };
    const { missing } = recognize(sample, [])?.review([sample], []) ?? { missing: [] };
    expect(missing.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^decisions.*1 row /));
    expect(JSON.stringify(missing)).not.toContain('frobnicated');
  });
});

describe('names in front of which a collector puts its own', () => {
  const event = Object.entries({ ...JSON.parse(ZSCALER({})).event, tz: 'UTC' });
  const flat = Object.fromEntries(event.map(([key, value]) => [`event.${key}`, value]));
  it.each([
    ['flat', [JSON.stringify(flat)]],
    ['in a result', [JSON.stringify({ preview: false, result: flat })]],
    ['nested in a result', [JSON.stringify({ result: { event: Object.fromEntries(event) } })]],
    [
      'in columns',
      [
        Object.keys(flat).join(','),
        Object.values(flat)
          .map((cell) => `"${cell}"`)
          .join(','),
      ],
    ],
  ])('%s', (_, lines) => {
    const { format, flows } = readAll(lines);
    expect([format, flows.map(({ proxy }) => proxy?.target)]).toEqual(['zscaler', [`${NAME}:443`]]);
  });
});

describe('two names of one field in a row', () => {
  it.each([
    [ZSCALER({ cintip: '10.0.0.7', csip: '10.0.0.9' })],
    [ZSCALER({ csip: '10.0.0.9', cintip: '10.0.0.7' })],
    [ZSCALER({ cintip: '10.0.0.7', csip: '' })],
    [ZSCALER({ csip: '10.0.0.7', cintip: '' })],
    [FORTIGATE_WEB.replace('srcip=10.0.0.5', 'src=10.0.0.9 srcip=10.0.0.7')],
    [FORTIGATE_WEB.replace('srcip=10.0.0.5', 'srcip=10.0.0.7 src=10.0.0.9')],
  ])('have the value of the preferred one, unless it is empty (%#)', (line) => {
    expect(readAll([line]).flows).toMatchObject([{ client: '10.0.0.7' }]);
  });
});

describe('every prefix of a row', () => {
  const lines = [
    FORTIGATE_WEB,
    PAN_URL,
    ZSCALER({}),
    CEF_PAN('url|THREAT', `request=${NAME}/`),
    LEEF_PAN('THREAT', `Subtype=url|Miscellaneous=${NAME}`),
    SOPHOS_WEB,
    UMBRELLA('ALLOWED'),
    CLOUDFLARE({}),
  ];
  it.each(lines)('ends, and makes no other name of it: %s', (line) => {
    const format = recognize({ file: 'a', lines: [line], modifiedUs: AT_US }, [])?.id ?? '';
    const prefixes = Array.from(line, (_, length) => line.slice(0, length));
    const { flows } = readAll([line, ...prefixes], { format });
    expect(flows.length).toBeGreaterThan(0);
    for (const { sni, proxy, client } of flows) {
      expect(client).toBe('10.0.0.5');
      expect([null, NAME]).toContain(sni);
      expect([undefined, `${NAME}:443`]).toContain(proxy?.target);
    }
  });
});

it('no log of a gateway is taken for one of another product', () => {
  const logs = [FORTIGATE_WEB, PAN_END, ZSCALER({}), SOPHOS_WEB, UMBRELLA('ALLOWED'), CLOUDFLARE({})];
  for (const line of logs) {
    const sample = { file: 'a', lines: [line], modifiedUs: AT_US };
    expect(LOG_FORMATS.filter((format) => format.recognizes(sample, []))).toHaveLength(1);
  }
});
