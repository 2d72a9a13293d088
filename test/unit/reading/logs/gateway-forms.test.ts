// Forms of gateways that a product writes beside its usual one: other datasets, interfaces and older versions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AT_US, NAME, readAll } from './read-lines.ts';

const LOGS = join(import.meta.dirname, '../../../../captures/logs');
const linesIn = (file: string): string[] =>
  readFileSync(join(LOGS, file), 'utf8')
    .replaceAll('ampcode.com', NAME)
    .split('\n')
    .filter((line) => line !== '');

describe('a sample of', () => {
  it.each([
    ['sophos-utm/http.log', 'sophos-utm', 4.2, [0, 5230]],
    ['netskope-events/events.json', 'netskope-events', 4, [7405, 5230]],
    ['umbrella-api/activity.json', 'umbrella', 0, [7405, 5230]],
    ['checkpoint-lea/fw.log', 'checkpoint', 4, [0, 0]],
    ['checkpoint-leef/firewall.log', 'checkpoint', 4, [8597, 6010]],
  ])('%s has one connection that was served', (file, format, seconds, bytes) => {
    const { flows, ...read } = readAll(linesIn(file));
    const served = flows.filter(({ isEstablished, outcome }) => isEstablished || outcome === undefined);
    expect(read.format).toBe(format);
    expect(read.results.filter((result) => result !== null && result !== 'no row')).toEqual([]);
    expect(served).toMatchObject([{ client: '10.77.0.2' }]);
    const [flow] = served;
    expect([flow?.bytesUp ?? flow?.payloadUp ?? 0, flow?.bytesDown ?? flow?.payloadDown ?? 0]).toEqual(bytes);
    expect(((flow?.lastUs ?? 0) - (flow?.firstUs ?? 0)) / 1e6).toBeCloseTo(seconds, 3);
    expect(flows.filter(({ outcome }) => outcome?.kind === 'connectStatus').length).toBeGreaterThan(0);
    expect(JSON.stringify(flows)).not.toMatch(/secret|bob|carol|LAPTOP/i);
  });
});

it('sessions of Cloudflare give their bytes to the request with their name', () => {
  const request = linesIn('cloudflare/network.json');
  const session = linesIn('cloudflare/sessions.json');
  for (const lines of [
    [...request, ...session],
    [...session, ...request],
  ]) {
    const { flows, totals } = readAll(lines);
    expect(totals).toEqual([]);
    expect(flows).toMatchObject([{ sni: NAME, payloadUp: 8597, payloadDown: 6010, isEstablished: true }]);
  }
});

it('a session of the firewall of Umbrella counts by its request', () => {
  const { flows, totals, notes } = readAll([
    ...linesIn('umbrella/proxylogs.csv'),
    ...linesIn('umbrella/firewalllogs.csv'),
  ]);
  expect(flows.map(({ payloadUp }) => payloadUp)).toEqual([7405, 600]);
  // The request of another name, the session over QUIC, and ICMP.
  expect(totals).toHaveLength(3);
  expect(notes).toEqual([expect.stringContaining('sessions left out: 1')]);
});

it('a rule of a firewall of Google Cloud tells what it refused', () => {
  const lines = linesIn('gcp-firewall/firewall.json').map((line) =>
    line.replaceAll('160.79.104.10', '203.0.113.200'),
  );
  const { results, flows } = readAll(lines);
  expect(results).toEqual([null, null, null]);
  expect(flows.map(({ client, outcome }) => [client, outcome?.kind])).toEqual([
    ['10.77.0.2', undefined],
    ['10.77.0.3', 'synSilent'],
  ]);
});

describe('LEEF 2.0', () => {
  const pairs = (separator: string): string =>
    ['cat=Firewall', `devTime=${AT_US / 1e6}`, 'src=10.0.0.5', 'dst=203.0.113.7', 'srcPort=4000'].join(
      separator,
    ) +
    [
      '',
      'dstPort=443',
      'proto=6',
      'action=Accept',
      'loguid={1}',
      'origin=192.0.2.1',
      `resource=https://${NAME}/`,
    ].join(separator);
  it.each([
    ['without a delimiter', `${pairs('\t')}`],
    ['with its number', `x09|${pairs('\t')}`],
    ['with the number of another', `0x5e|${pairs('^')}`],
    ['with a character', `^|${pairs('^')}`],
    ['with "|" and no delimiter', pairs('|')],
  ])('%s', (_, body) => {
    const { format, flows } = readAll([`LEEF:2.0|Check Point|VPN-1 & FireWall-1|R81|Accept|${body}`]);
    expect(format).toBe('checkpoint');
    expect(flows).toMatchObject([{ client: '10.0.0.5', clientPort: 4000, serverPort: 443, sni: NAME }]);
  });
});

describe('an action that is not known', () => {
  const row = (action: string): string =>
    `2026:11:20-06:22:42 utm httpproxy[1]: id="0001" sys="SecureWeb" sub="http" name="x" action="${action}" srcip="10.0.0.5" dstip="203.0.113.7" statuscode="200" size="9100" url="https://${NAME}/"`;
  it.each([
    'allow-failed',
    'not allowed',
    'password',
    'logout',
    'unsafe',
    'disconnected',
    'online',
    'frobnicate',
  ])('"%s" is neither use nor an attempt, and said', (action) => {
    const { flows, notes } = readAll([row(action), row('pass')]);
    expect(flows.map(({ isEstablished, outcome }) => [isEstablished, outcome?.kind])).toEqual([
      [false, undefined],
      [true, 'served'],
    ]);
    expect(notes.join()).toContain('1 row with a decision that is not known');
  });
});

describe('a flow log of a cloud without a column for the action', () => {
  it.each([
    [
      'aws-flow',
      [
        'srcaddr dstaddr srcport dstport protocol packets bytes start end',
        '10.77.0.2 160.79.104.10 34038 443 6 23 8597 1795155743 1795155747',
        '160.79.104.10 10.77.0.2 443 34038 6 15 6010 1795155743 1795155747',
      ],
    ],
    [
      'gcp-flow',
      [
        'timestamp,jsonPayload.connection.src_ip,jsonPayload.connection.src_port,jsonPayload.connection.dest_ip,jsonPayload.connection.dest_port,jsonPayload.connection.protocol,jsonPayload.bytes_sent',
        '2026-11-20T06:22:23Z,10.77.0.2,34038,160.79.104.10,443,6,8597',
        '2026-11-20T06:22:23Z,160.79.104.10,443,10.77.0.2,34038,6,6010',
      ],
    ],
  ])('%s is read', (format, lines) => {
    const { results, totals, ...read } = readAll(lines);
    expect(read.format).toBe(format);
    expect(results).toEqual(['no row', null, null]);
    expect(totals.map(({ bytesUp, bytesDown }) => bytesUp + bytesDown)).toEqual([8597, 6010]);
  });
});

describe('feeds of Zscaler as they are preset, without a header', () => {
  const web = (action: string, status: number): string =>
    `"Fri Nov 20 06:22:42 2026","bob","HTTPS","${NAME}/secret","${action}","Amp","AI","1100","9100","0","3000","Business","IT","AI","None","None","0","None","None","HQ","Sales","10.0.0.5","203.0.113.7","POST","${status}","tool/1.2 (x)","None","FwFilter","Rule","Other","None","NA","NA","N/A"`;
  const firewall = (action: string): string =>
    `"Fri Nov 20 06:22:42 2026","bob","Sales","HQ","443","4000","443","0","10.0.0.5","203.0.113.200","0.0.0.0","203.0.113.200","192.0.2.1","0","GRE","${action}","No","Yes","No","HTTPS","ssl","TCP","AI","United States","21","Rule","9100","1100","0","21","1","None","None","None","NA","NA"`;
  const dns = (request: string, response: string): string =>
    `"Fri Nov 20 06:22:42 2026","bob","Sales","Road Warrior","${request}","${response}","DNS_1","Rule","A","${NAME}","203.0.113.7","53","0","10.0.0.5","192.0.2.53","AI","Other","Zscaler","D"`;

  it.each([
    ['requests', [web('Allowed', 200), web('Blocked', 403)], ['served', 'connectStatus'], [1100, 9100]],
    ['sessions', [firewall('Allow'), firewall('Drop')], [undefined, 'synSilent'], [1100, 9100]],
  ])('have %s', (_, lines, outcomes, bytes) => {
    const { format, results, flows } = readAll(lines);
    expect([format, results]).toEqual(['zscaler', [null, null]]);
    expect(flows.map(({ client, outcome }) => [client, outcome?.kind])).toEqual(
      outcomes.map((outcome) => ['10.0.0.5', outcome]),
    );
    expect([flows[0]?.payloadUp, flows[0]?.payloadDown]).toEqual(bytes);
    expect(JSON.stringify(flows)).not.toMatch(/secret|bob/);
  });

  it('have questions, of which the request or the response is refused', () => {
    const { format, questions } = readAll([
      dns('Allow', 'Allow'),
      dns('REQ_BLOCK', 'Allow'),
      dns('REQ_ALLOW', 'RES_BLOCK'),
    ]);
    expect(format).toBe('zscaler');
    expect(questions.filter(({ isResponse }) => isResponse).map(({ addresses }) => addresses)).toEqual([
      ['203.0.113.7'],
      [],
      [],
    ]);
  });

  it('with other columns are refused', () => {
    const cells = web('Allowed', 200).split(',');
    for (const [i, j] of [
      [7, 21],
      [21, 24],
      [22, 23],
    ]) {
      const turned = cells.map((cell, k) => (k === i ? cells[j ?? 0] : k === j ? cells[i ?? 0] : cell));
      expect(readAll([turned.join(',')]).format).toBeUndefined();
    }
  });
});

describe('a session of Cloudflare with its own name', () => {
  const session = (changes: object): string =>
    JSON.stringify({
      BytesReceived: 6010,
      BytesSent: 8597,
      ConnectionCloseReason: 'CLIENT_CLOSED',
      OriginIP: '203.0.113.7',
      OriginPort: 443,
      Protocol: 'TCP',
      SessionEndTime: '2026-11-20T06:22:50Z',
      SessionStartTime: '2026-11-20T06:22:42Z',
      SNI: NAME,
      SourceInternalIP: '10.0.0.5',
      SourcePort: 4000,
      ...changes,
    });
  const network = (action: string): string =>
    JSON.stringify({
      Action: action,
      Datetime: '2026-11-20T06:22:42Z',
      DestinationIP: '203.0.113.7',
      DestinationPort: 443,
      DeviceID: 'd',
      SNI: NAME,
      SourceInternalIP: '10.0.0.5',
      SourcePort: 4000,
      TransportProtocol: 'tcp',
    });

  it.each([
    ['block', 'connectStatus', false],
    ['allow', 'served', true],
  ])('goes as the row of its rule: %s', (action, kind, isEstablished) => {
    for (const isWhole of [true, false])
      for (const lines of [
        [network(action), session({})],
        [session({}), network(action)],
      ]) {
        const { flows, totals } = readAll(lines, { isWhole });
        expect(totals).toEqual([]);
        expect(flows).toMatchObject([{ sni: NAME, payloadUp: 8597, isEstablished, outcome: { kind } }]);
      }
  });

  it('counts for its host where the name is another one', () => {
    const { flows, totals } = readAll([session({ SNI: 'www.other.example' })]);
    expect(flows).toEqual([]);
    expect(totals).toMatchObject([{ host: '10.0.0.5', bytesUp: 8597, bytesDown: 6010, notVisible: [] }]);
  });

  it('has the name that was resolved, without one of TLS', () => {
    expect(readAll([session({ SNI: '', ResolvedFQDN: NAME })]).flows).toMatchObject([{ sni: NAME }]);
  });

  it.each([
    ['TOO_MANY_ACTIVE_SESSIONS_FOR_USER', 'connectStatus'],
    ['ORIGIN_UNROUTABLE', undefined],
  ])('that ended with %s is no use', (ConnectionCloseReason, outcome) => {
    const { flows, notes } = readAll([session({ ConnectionCloseReason, BytesSent: 0, BytesReceived: 0 })]);
    expect(flows.map((flow) => [flow.isEstablished, flow.outcome?.kind])).toEqual([[false, outcome]]);
    expect(notes).toEqual([]);
  });

  it('over QUIC is UDP', () => {
    const line = network('allow').replace('"tcp"', '"quic"');
    expect(readAll([line]).flows).toMatchObject([{ protocol: 'udp' }]);
  });
});

describe('a session of FortiGate in which a profile refused the request', () => {
  const row = (pairs: string): string =>
    `date=2026-11-20 time=06:22:42 devid="FGT60F0000000001" eventtime=1795155762000000000 tz="+0000" ${pairs}`;
  const ends = 'srcip=10.0.0.5 srcport=4000 dstip=203.0.113.200 dstport=443 sessionid=7 proto=6';
  const session = (bytes: number, action = 'close'): string =>
    row(
      `logid="0000000013" type="traffic" subtype="forward" ${ends} action="${action}" sentbyte=${bytes} rcvdbyte=5087 sentpkt=4 rcvdpkt=7 utmaction="block" countweb=1`,
    );

  it.each(['close', 'timeout', 'accept', 'client-rst'])('is an attempt where it ended as %s', (action) => {
    expect(readAll([session(172, action)]).flows).toMatchObject([
      { isEstablished: false, outcome: { kind: 'synSilent' } },
    ]);
  });

  it('is use where it went on, or where another request of it passed', () => {
    expect(readAll([session(9000)]).flows).toMatchObject([{ isEstablished: true }]);
    const passed = row(
      `logid="0317013312" type="utm" subtype="webfilter" ${ends} hostname="${NAME}" action="passthrough" url="https://${NAME}/"`,
    );
    for (const lines of [
      [passed, session(1720)],
      [session(1720), passed],
    ])
      expect(readAll(lines).flows).toMatchObject([{ sni: NAME, isEstablished: true, bytesUp: 1720 }]);
  });

  it('is told by the log of its HTTP transactions', () => {
    const transaction = (decision: string): string =>
      row(
        `logid="0010000026" type="traffic" subtype="http-transaction" srcip=10.0.0.5 dstip=203.0.113.7 srcport=4000 dstport=443 sessionid=8 hostname="${NAME}" url="https://${NAME}/secret" reqlength=474 sentbyte=943 rcvdbyte=1932 statuscode=200 utmaction="${decision}"`,
      );
    for (const [decision, kind] of [
      ['block', 'connectStatus'],
      ['allow', 'served'],
    ] as const) {
      const { results, flows } = readAll([transaction(decision)]);
      expect([results, flows.map(({ sni, outcome }) => [sni, outcome?.kind])]).toEqual([
        [null],
        [[NAME, kind]],
      ]);
    }
  });
});

it.each([
  ['NotChecked', 'Allow', 'served'],
  ['NotChecked', 'Block', 'connectStatus'],
  ['allow', 'Allow', 'served'],
])('Netskope: the policy says %s and the engine of TLS %s', (policy, engine, kind) => {
  const { flows } = readAll([
    '#Fields: date time cs-bytes sc-bytes c-ip s-ip sc-status cs-host x-cs-userip x-policy-action x-cs-ssl-engine-action',
    `2026-11-20 06:22:42 1100 9100 192.0.2.1 203.0.113.7 200 ${NAME} 10.0.0.5 ${policy} ${engine}`,
  ]);
  expect(flows).toMatchObject([{ outcome: { kind } }]);
});

describe('flow logs of AWS without a header', () => {
  const ROW =
    '123456789010 eni-1235b8ca123456789 10.0.0.5 203.0.113.200 4000 443 6 20 4249 1795155762 1795155800';
  it.each([
    [
      'of version 5',
      `5 ${ROW} ACCEPT OK vpc-1 subnet-1 i-1 3 IPv4 10.0.0.5 203.0.113.200 us-east-1 use1-az5 - -`,
      true,
    ],
    ['of version 8, refused', `8 ${ROW} REJECT OK - - - - - - egress - BPA`, false],
  ])('%s begin with the columns of the default format', (_, line, passes) => {
    const { format, flows } = readAll([line]);
    expect(format).toBe('aws-flow');
    expect(flows).toMatchObject([{ client: '10.0.0.5', bytesUp: 4249 }]);
    expect(flows[0]?.outcome?.kind).toBe(passes ? undefined : 'synSilent');
  });

  it('in another order are refused', () => {
    const line =
      '3 eni-33333333333333333 123456789010 vpc-1 subnet-1 i-1 10.0.0.5 203.0.113.200 39812 80 6 3 IPv4 ACCEPT OK';
    expect(readAll([line]).format).toBeUndefined();
  });
});

it.each([
  ['HTTPS Bypass', '2026-11-20T06:22:42Z'],
  ['HTTPS Inspect', '2026-11-20T01:22:42--5:00'],
])('Check Point: a row of %s at %s is read', (action, time) => {
  const pairs = `Action="${action}" UUid="{1}" src="10.0.0.5" dst="203.0.113.7" proto="6" svc="443" sport_svc="4000" resource="https://${NAME}/"`;
  const { format, flows, notes } = readAll([
    `<85>1 ${time} 192.0.2.9 CP-GW - Log [Fields@1.3.6.1.4.1.2620 ${pairs} ProductFamily="Network" ]`,
  ]);
  expect([format, notes]).toEqual(['checkpoint', []]);
  expect(flows).toMatchObject([{ sni: NAME, lastUs: AT_US }]);
});

it('every prefix of a row of each new form ends, and makes no other name of it', () => {
  for (const file of [
    'sophos-utm/http.log',
    'netskope-events/events.json',
    'umbrella-api/activity.json',
    'umbrella/firewalllogs.csv',
    'checkpoint-lea/fw.log',
    'checkpoint-leef/firewall.log',
    'aws-ocsf/flow.json',
    'gcp-firewall/firewall.json',
  ]) {
    const lines = linesIn(file);
    const [line = ''] = lines;
    const prefixes = Array.from(line, (_, length) => line.slice(0, length));
    const { format, flows } = readAll([...lines, ...prefixes]);
    expect(format, file).toBeDefined();
    for (const { sni, proxy } of flows)
      expect([NAME, `${NAME}:443`, undefined]).toContain(sni ?? proxy?.target);
  }
});
