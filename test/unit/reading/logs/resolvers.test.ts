// Forms in which resolvers write a question and an answer: each names the client that asked.

import { describe, expect, it } from 'vitest';
import { reportOfLines } from './report-of-lines.ts';

const NAME = 'api.anthropic.com';

async function read(lines: readonly string[]) {
  const { hosts, inputs, attempts } = await reportOfLines(lines);
  return {
    found: hosts.flatMap(({ host, tools, providers }) =>
      [...tools, ...providers].map(({ firstSeen }) => `${host} ${firstSeen?.slice(0, 16)}`),
    ),
    ignored: inputs?.[0]?.ignored,
    faults: attempts?.map(({ fault }) => fault) ?? [],
  };
}

const bind = (text: string): string => `18-Nov-2026 11:06:40.123 ${text}`;
const BIND_CLIENT = `client @0x7f0a 192.0.2.10#50123 (${NAME})`;
const unbound = (text: string): string => `[1795000000] unbound[12:0] ${text}`;
const windows = (date: string, type = 'A'): string =>
  `${date} 0E8C PACKET  000000A1B2C3D4E0 UDP Rcv 192.0.2.10      1a2b   Q [0001   D   NOERROR] ${type.padEnd(6)} (3)api(9)anthropic(3)com(0)`;
const powerdns = (what: string): string =>
  `msg="${what}" subsystem="syncres" level="0" ts="1795000000.098" proto="udp" qname="${NAME}" qtype="A" rcode="0" remote="192.0.2.10:5300"`;
const coredns = (client: string, code = 'NOERROR'): string =>
  `2026-11-18T11:06:40.123Z [INFO] ${client}:34710 - 35652 "A IN ${NAME}. udp 44 false 512" ${code} qr,rd,ra 123 0.000123s`;

const QUESTIONS: Readonly<Record<string, string>> = {
  'BIND, signed': bind(
    `client @0x7f0a 192.0.2.10#50123/key k (${NAME}): view in: query: ${NAME} IN A +SE (192.0.2.1)`,
  ),
  'BIND before 9.9': bind(`client 192.0.2.10#50123: query: ${NAME} IN A + (192.0.2.1)`),
  'BIND, time with an offset': `2026-11-18T12:06:40.123+01:00 queries: info: ${BIND_CLIENT}: query: ${NAME} IN A + (192.0.2.1)`,
  'BIND, denied': bind(`security: info: ${BIND_CLIENT}: query (cache) '${NAME}/A/IN' denied (why)`),
  'BIND, failed': bind(
    `query-errors: info: ${BIND_CLIENT}: query failed (SERVFAIL) for ${NAME}/IN/A at query.c:6883`,
  ),
  'BIND, policy zone': bind(
    `rpz: info: ${BIND_CLIENT}: rpz QNAME NXDOMAIN rewrite ${NAME}/A/IN via ${NAME}.rpz`,
  ),
  Infoblox: bind(
    `client 192.0.2.10#50123 UDP: query: ${NAME} IN A response: NOERROR +AED ${NAME}. 300 IN A 198.51.100.20;`,
  ),
  'unbound, local zone': unbound(`info: ${NAME}. always_nxdomain 192.0.2.10@53123 ${NAME}. A IN`),
  'unbound, policy zone': unbound(
    `info: rpz: applied [list] ${NAME}. rpz-nxdomain 192.0.2.10@53123 ${NAME}. A IN`,
  ),
  'Windows 2003':
    `20261118 11:06:40 5B4 PACKET  UDP Rcv 192.0.2.10      1a2b   Q [0001   D   NOERROR] (3)api(9)anthropic(3)com(0)`.replace(
      'NOERROR] ',
      'NOERROR] A      ',
    ),
  'Windows, year first': windows('2026-11-18 11:06:40'),
  'Windows, morning': windows('11/18/2026 11:06:40 AM'),
  'Windows, Korean': windows('2026-11-18 오전 11:06:40'),
  'Windows, Hungarian': windows('2026. 11. 18. 11:06:40'),
  'Windows, Finnish': windows('18.11.2026 11.06.40'),
  'Windows, two digits of a year': windows('18/11/26 11:06:40'),
  'BIND, category responses': bind(
    `responses: info: ${BIND_CLIENT}: response: ${NAME} IN A NOERROR +E(0)K qr`,
  ),
  CoreDNS: coredns('192.0.2.10'),
  'CoreDNS before 1.3': `2026/11/18 11:06:40 [INFO] 192.0.2.10:34710 - 35652 "A IN ${NAME}. udp 44 false 512" NOERROR qr 123 0.0001s`,
  'PowerDNS Recursor': `Nov 18 11:06:40 h pdns_recursor[12]: ${powerdns('Question')}`,
  'PowerDNS Recursor, answer': `Nov 18 11:06:40 ${powerdns('Answer')} rd="1"`,
  'PowerDNS Recursor, JSON': `{"level":"0","msg":"Question","qname":"${NAME}","qtype":"A","remote":"192.0.2.10:5300","ts":"1795000000.9"}`,
  'PowerDNS Recursor before 4.8': `Nov 18 11:06:40 h pdns_recursor[12]: 3 [42/1] question for '${NAME}|A' from 192.0.2.10:5300`,
  'PowerDNS Authoritative Server': `Nov 18 11:06:40 h pdns[12]: Remote 192.0.2.10 wants '${NAME}|A', do = 0, bufsize = 512: packetcache MISS`,
  dnsdist: `Nov 18 11:06:40 h dnsdist[12]: Packet from 192.0.2.10:5300 for ${NAME}. A with id 1234`,
  Technitium: `[2026-11-18 11:06:40 UTC] [192.0.2.10:5300] [UDP] QNAME: ${NAME}; QTYPE: A; QCLASS: IN; RCODE: NoError; ANSWER: [198.51.100.20]`,
  'Technitium, Log Exporter': `{"answers":[],"clientIp":"192.0.2.10","question":{"questionClass":"IN","questionName":"${NAME}","questionType":"A"},"responseCode":"NoError","responseType":"Recursive","timestamp":"2026-11-18T11:06:40.384Z"}`,
  'Technitium, exported': `1,2026-11-18T11:06:40Z,192.0.2.10,Udp,Recursive,12.3,NoError,${NAME},A,IN,198.51.100.20`,
  'dnscrypt-proxy': `[2026-11-18 11:06:40]\t192.0.2.10\t${NAME}\tA\tPASS\t12ms\tserver`,
  'dnscrypt-proxy, LTSV': `time:1795000000\thost:192.0.2.10\tmessage:${NAME}\ttype:A\treturn:PASS\tcached:0`,
  Blocky: `2026-11-18 11:06:40\t192.0.2.10\tpc\t12\tRESOLVED (tls:1.1.1.1)\t${NAME}\tA (198.51.100.20)\tNOERROR\tRESOLVED\tA\thost`,
  'Blocky before 0.20': `2026-11-18 11:06:40\t192.0.2.10\tpc\t12\tRESOLVED (x)\tA (${NAME}.)\tA (198.51.100.20)\tNOERROR`,
  'Blocky, terminal': `[2026-11-18 11:06:40]  INFO queryLog: query resolved client_ip=192.0.2.10 question_name=${NAME} question_type=A response_code=NOERROR`,
  RouteDNS: `time=2026-11-18T12:06:40.580+01:00 source-ip=192.0.2.10 question-name=${NAME}. question-class=IN question-type=A`,
  'dnstap-read': `18-Nov-2026 11:06:40.123 CQ 192.0.2.10:5300 -> 192.0.2.1:53 UDP 40b ${NAME}/IN/A`,
  'DNS-collector': `2026-11-18T11:06:40.268465Z unbound CLIENT_QUERY NOERROR 192.0.2.10 5300 IPv4 UDP 50b ${NAME} A 0.000000`,
  'DNS-collector, JSON': `{"network":{"query-ip":"192.0.2.10"},"dns":{"rcode":"NOERROR","qname":"${NAME}","qtype":"A"},"dnstap":{"operation":"CLIENT_QUERY","timestamp-rfc3339ns":"2026-11-18T11:06:40.2Z"}}`,
};

describe('a question', () => {
  it.each(Object.entries(QUESTIONS))('%s', async (_, line) => {
    const { found, ignored } = await read([line]);
    expect([...new Set(found)]).toEqual(['192.0.2.10 2026-11-18T11:06']);
    expect(ignored).toEqual({});
  });

  it.each(Object.entries(QUESTIONS))('%s: no prefix makes another row', async (_, line) => {
    const prefixes = Array.from({ length: line.length }, (_, length) => line.slice(0, length));
    const { found } = await read([line, ...prefixes]);
    expect([...new Set(found)]).toEqual(['192.0.2.10 2026-11-18T11:06']);
  });

  it('an afternoon, and clients of IPv6', async () => {
    expect((await read([windows('11/18/2026 1:06:40 PM')])).found[0]).toContain('T13:06');
    expect((await read([windows('2026/11/18 下午 1:06:40')])).found[0]).toContain('T13:06');
    expect((await read([coredns('[fd00::10]')])).found[0]).toContain('fd00::10');
    const scoped = `Nov 18 11:06:40 dnsmasq[12]: query[A] ${NAME} from fe80::1%eth0`;
    expect((await read([scoped])).found[0]).toContain('fe80::1');
  });
});

describe('a date of Windows with slashes', () => {
  const days = (...dates: readonly string[]): string[] =>
    dates.map((date) => windows(`${date}/2026 11:06:40`));
  const TWO = expect.stringContaining('a date with two readings');
  it.each<readonly [string, readonly string[], readonly string[], number]>([
    ['has the day first as a later one', days('10/12', '10/12', '13/12'), ['2026-12-10', '2026-12-13'], 0],
    ['has the month first as a later one', days('12/10', '12/13'), ['2026-12-10', '2026-12-13'], 0],
    ['has the order of an earlier one', days('30/11', '01/12'), ['2026-11-30', '2026-12-01'], 0],
    [
      'far behind the first rows',
      [...Array.from({ length: 80 }, () => days('10/12')[0] ?? ''), ...days('13/12')],
      ['2026-12-10', '2026-12-13'],
      0,
    ],
    [
      'has the order of the line about the file',
      ['Log file wrap at 11/20/2026 6:21:45 AM', ...days('12/01')],
      ['2026-12-01'],
      0,
    ],
    ['has one reading', days('11/11'), ['2026-11-11'], 0],
    [
      'with dashes has the day first as a later one',
      [windows('10-12-2026 11:06:40'), windows('13-12-2026 11:06:40')],
      ['2026-12-10', '2026-12-13'],
      0,
    ],
    ['is not read without another one', days('11/12', '11/12', '12/12'), ['2026-12-12'], 2],
    ['with dashes is not read without another one', [windows('11-12-2026 11:06:40')], [], 1],
  ])('%s', async (_, lines, dates, count) => {
    const { hosts, inputs } = await reportOfLines(lines);
    const found = hosts.flatMap(({ tools, providers }) =>
      [...tools, ...providers].flatMap(({ firstSeen, lastSeen }) => [
        firstSeen?.slice(0, 10),
        lastSeen?.slice(0, 10),
      ]),
    );
    expect([...new Set(found)]).toEqual(dates);
    expect(Object.entries(inputs?.[0]?.ignored ?? {})).toEqual(count === 0 ? [] : [[TWO, count]]);
  });

  it.each([
    ['day,month,year', '2026-12-11'],
    ['month, day, year', '2026-11-12'],
  ])('is read as %s if the user says so', async (order, date) => {
    const { hosts, inputs } = await reportOfLines(days('11/12'), [`columns windows-dns ${order}`]);
    expect([...(hosts[0]?.tools ?? []), ...(hosts[0]?.providers ?? [])][0]?.firstSeen).toContain(
      `${date}T11:06`,
    );
    expect(inputs?.[0]?.ignored).toEqual({});
  });
});

describe('an answer of dnsmasq and Pi-hole', () => {
  const said = (answer: string): string[] =>
    [`query[A] ${NAME} from 192.0.2.10`, answer].map((text) => `Nov 18 11:06:40 dnsmasq[12]: ${text}`);

  it.each([
    [`reply ${NAME} is NXDOMAIN-IPv4`, 'dns-nxdomain'],
    [`special domain ${NAME} is NXDOMAIN`, 'dns-nxdomain'],
    [`exactly blacklisted ${NAME} is 0.0.0.0`, 'dns-blocked'],
    [`/etc/pihole/custom.list ${NAME} is 0.0.0.0`, 'dns-blocked'],
  ])('%s', async (answer, fault) => {
    expect((await read(said(answer))).faults).toContain(fault);
  });
});

describe('an answer in the line of its question', () => {
  const technitium = (answer: string): string =>
    `[2026-11-18 11:06:40 UTC] [192.0.2.10:5300] [UDP] QNAME: ${NAME}; QTYPE: A; QCLASS: IN; RCODE: ${answer}`;
  it.each([
    [technitium('NxDomain; ANSWER: []'), 'dns-nxdomain'],
    [technitium('ServerFailure; ANSWER: []'), 'dns-refused'],
    [technitium('NoError; ANSWER: [0.0.0.0]'), 'dns-blocked'],
    [`[2026-11-18 11:06:40]\t192.0.2.10\t${NAME}\tA\tREJECT\t0ms\t-`, 'dns-blocked'],
    [`2026-11-18 11:06:40\t192.0.2.10\t\t1\tBLOCKED (ai)\t${NAME}\t\tNOERROR\tBLOCKED\tA\th`, 'dns-blocked'],
  ])('%s', async (line, fault) => {
    expect((await read([line])).faults).toContain(fault);
  });
});

it('questions without a client are of the host of the log', async () => {
  const line = `Nov 18 11:06:40 pc systemd-resolved[6]: Looking up RR for ${NAME} IN A.`;
  expect((await read([line])).found[0]).toBe('127.0.0.1 2026-11-18T11:06');
});

it('a client behind a proxy is the one that the proxy names', async () => {
  const line = `Nov 18 11:06:40 ${powerdns('Question').replace('192.0.2.10', '10.0.0.1')} source="192.0.2.10:53"`;
  expect((await read([line])).found[0]).toContain('192.0.2.10');
});

it('a question in a form that is not known is ignored and counted', async () => {
  const { ignored } = await read([QUESTIONS.Technitium ?? '', `[2026-11-18] QNAME: ${NAME}`]);
  expect(ignored).toEqual({ 'question in an unknown form': 1 });
});

it('an answer of digits is a text, not a code', async () => {
  const asked = `Nov 18 11:06:40 gw dnsmasq[1]: query[TXT] ${NAME} from 192.0.2.10`;
  expect((await read([asked, `Nov 18 11:06:40 gw dnsmasq[1]: reply ${NAME} is 3`])).faults).toEqual([]);
});

it.each([
  ['BIND', bind(`client 192.0.2.10#50123: query: ${NAME} IN A + (192.0.2.1)`), /18-Nov/, '31-Nov'],
  ['RFC 3164', `Nov 18 11:06:40 gw dnsmasq[1]: query[A] ${NAME} from 192.0.2.10`, /Nov 18/, 'Nov 31'],
  ['ISO', `2026-11-18T11:06:40Z gw dnsmasq[1]: query[A] ${NAME} from 192.0.2.10`, /11-18/, '02-30'],
  ['local ISO', `2026-11-18T11:06:40 gw dnsmasq[1]: query[A] ${NAME} from 192.0.2.10`, /T11/, 'T24'],
  ['a form of a resolver', `[2026-11-18 11:06:40]\t192.0.2.10\t${NAME}\tA\tPASS\t12ms\ts`, /:06:/, ':60:'],
])('a time of %s that is not in the calendar is none', async (_, line, part, other) => {
  const { found, ignored } = await read([line, line.replace(part, other)]);
  expect([...new Set(found)]).toHaveLength(1);
  expect(ignored).toEqual({ 'no time': 1 });
});
