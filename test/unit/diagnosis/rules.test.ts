// How sure a rule is: what other packets of the host say for and against a fault.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { BEFORE_DATA, type OutcomeKind, SOCKS_STATUS } from '../../../src/model/outcome.ts';
import type { HostTotals, OutcomeCell, UsageExchange, UsageWindow } from '../../../src/model/usage.ts';
import { exchange, FORMS, row, window } from '../attribution/rows.ts';
import { numbersAt } from '../cell-numbers.ts';

const HOST = '10.1.0.5';
const SERVER = '160.79.104.10';
const GATEWAY = '10.1.0.1';
const PROHIBITED = 3 * 256 + 13;
const AT_US = 1_790_000_000_000_000;
const MS = 1000;

const known = { toolsOf: () => [], isModel: () => false, isMixed: () => false, runtimeOf: () => null };

function cell(kind: OutcomeKind, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: HOST, name: 'api.anthropic.com', server: SERVER, port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(AT_US, 0), count: 1, ...more };
}

const elsewhere = cell('served', { name: 'chatgpt.com', server: '104.18.32.47', handshakeMinUs: 30 * MS });

const said = (...cells: readonly OutcomeCell[]) =>
  diagnose(cells, [], known).diagnoses.map(({ name, fault, confidence }) => `${name} ${fault} ${confidence}`);
const against = (...cells: readonly OutcomeCell[]) =>
  diagnose(cells, [], known).diagnoses.flatMap((one) => one.against);
const evidenceOf = (...cells: readonly OutcomeCell[]) =>
  diagnose(cells, [], known).diagnoses.flatMap((one) => one.evidence);

describe('ICMP messages that prohibit', () => {
  const message = cell('icmp', { detail: PROHIBITED, by: GATEWAY, count: 4 });
  const silent = cell('synSilent', { count: 4, value: 4 });

  it('are certain where each connection ended with one, and another name works', () => {
    expect(said(message, silent, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited certain']);
    expect(against(message, silent, elsewhere)).toEqual([]);
  });

  it('are the same in a capture that has every packet twice', () => {
    const twice = [
      cell('icmp', { ...message, count: 8 }),
      cell('synSilent', { count: 4, value: 8, delayMaxUs: 40 }),
    ];
    expect(said(...twice, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited certain']);
  });

  it('are likely where no other name works: a proxy may be required', () => {
    expect(said(message, silent)).toEqual(['api.anthropic.com icmp-prohibited likely']);
    expect(against(message, silent)).toEqual([
      'this host reached no other AI service: the network may require a proxy',
    ]);
  });

  it('are likely where some connections ended without one', () => {
    const more = cell('synSilent', { count: 9, value: 9 });
    expect(said(message, more, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited likely']);
  });

  it.each([
    [
      'the client did not accept them',
      [cell('synSilent', { count: 4, value: 24, delayMaxUs: 7000 * MS })],
      'repeated the SYN',
    ],
    ['connections opened', [silent, cell('served', { handshakeMinUs: 30 * MS })], 'had no effect'],
    ['no connection failed', [], null],
  ])('are possible where %s', (_, others, reason) => {
    expect(said(message, ...others, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited possible']);
    if (reason !== null) expect(against(message, ...others, elsewhere).join()).toContain(reason);
  });
});

it('connections left after the certificate, soon before requests are carried, may have been opened in advance', () => {
  const left = cell('answerRefused', { count: 6, handshakeMinUs: 60 * MS, handshakeTtlMax: 52 });
  const works = (afterS: number) =>
    cell('served', { count: 2, handshakeMinUs: 60 * MS, firstUs: AT_US + afterS * 1000 * MS });
  expect(said(left, works(4)).join()).toContain('possible');
  expect(said(left, works(400)).join()).toContain('likely');
});

it('one connection that the client left after the certificate may have been opened in advance', () => {
  const left = (count: number) => cell('answerRefused', { count, handshakeMinUs: MS, handshakeTtlMax: 64 });
  expect(said(left(1))).toEqual(['api.anthropic.com interception-untrusted possible']);
  expect(said(left(2))).toEqual(['api.anthropic.com interception-untrusted possible']);
  expect(said(left(3))).toEqual(['api.anthropic.com interception-untrusted likely']);
});

it('connections with an alert, without one, and those closed later are counted apart', () => {
  const left = (count: number, detail: number) =>
    cell('answerRefused', { count, detail, handshakeMinUs: MS, handshakeTtlMax: 64 });
  const unused = cell('opened', { detail: 1, handshakeMinUs: MS });
  expect(evidenceOf(left(2, 0), left(3, 49), unused).slice(0, 3)).toEqual([
    '3 connections: the client sent the TLS alert 48 (unknown CA) after the certificate',
    '2 connections: the client left without a request after the certificate',
    '1 other connection: the client left without a request, some time after the handshake',
  ]);
});

describe('connections of which the client ended TLS in order', () => {
  const ended = cell('answerRefused', {
    count: 6,
    detail: 300,
    handshakeMinUs: 60 * MS,
    handshakeTtlMax: 52,
  });
  const of = { ...known, runtimeOf: () => ({ id: 'openssl', label: 'openssl s_client 3.0' }) };

  it('refuse the name where nothing passed', () =>
    expect(said(ended)).toEqual(['api.anthropic.com cert-wrongname likely']));

  it('refuse nothing where another program passed, which the name would have stopped', () =>
    expect(said(ended, cell('served', { count: 2, firstUs: AT_US + 400_000 * MS }))).toEqual([]));

  it('may be of a monitor that reads the certificate', () => {
    const rows = [row('api.anthropic.com', FORMS.curl, { host: HOST, flows: 6 })];
    const [found] = diagnose([ended], [window(rows)], of).diagnoses;
    expect([found?.fault, found?.confidence]).toEqual(['cert-wrongname', 'possible']);
  });
});

it('SYNs that ICMP errors answer are not silent, and the router is named', () => {
  const silent = cell('synSilent', { count: 4, value: 4 });
  const unreachable = cell('icmp', { detail: 3 * 256 + 1, by: GATEWAY, count: 4 });
  const [found] = diagnose([silent, unreachable, elsewhere], [], known).diagnoses;
  expect([found?.fault, found?.devices]).toEqual(['tcp-blackhole', [GATEWAY]]);
  expect(found?.summary).toBe('10.1.0.1 answers connections to api.anthropic.com with ICMP errors');
  expect(diagnose([{ ...silent, count: 9 }, unreachable], [], known).diagnoses[0]?.summary).toContain(
    'are dropped',
  );
  expect(found?.evidence).toEqual([
    '4 connections: 4 SYNs without a SYN-ACK',
    '10.1.0.1 sent 4 ICMP messages "host unreachable" that quote packets to the server',
    '1 other name of the host worked: chatgpt.com',
  ]);
});

describe('two causes of the same packets are both in the sentence, with what decides', () => {
  const near = { ttlMin: 64, handshakeTtlMin: 54, handshakeMinUs: 30 * MS, delayMinUs: MS };

  it.each<[OutcomeKind, Partial<OutcomeCell>, readonly OutcomeCell[], string, string]>([
    ['synSilent', { value: 12 }, [], 'or the network requires a proxy', 'HTTPS_PROXY'],
    ['synReset', { ttlMin: 64, delayMinUs: MS }, [], 'or the network requires a proxy', 'HTTPS_PROXY'],
    ['icmp', { detail: PROHIBITED, by: GATEWAY }, [], 'or the network requires a proxy', 'HTTPS_PROXY'],
    [
      'helloSilent',
      { value: 12 },
      [],
      'or a firewall drops the name',
      'openssl s_client -connect 160.79.104.10:443',
    ],
    ['helloSilent', { value: 12 }, [elsewhere], 'or no data reaches its server', '-servername example.com'],
    [
      'helloReset',
      { ...near, detail: 2 },
      [],
      'or cannot read a ClientHello in two packets',
      '-groups X25519',
    ],
    ['answerRefused', { handshakeMinUs: 30 * MS }, [elsewhere], 'or a wrong clock', 'date -u'],
  ])('%s', (kind, more, others, cause, test) => {
    const silent = kind === 'icmp' ? [cell('synSilent', { count: 4, value: 4 })] : [];
    const [found] = diagnose([cell(kind, { count: 4, ...more }), ...silent, ...others], [], known).diagnoses;
    expect(found?.summary).toContain(cause);
    expect(found?.advice).toContain(test);
  });

  it('a proxy is not required where the host exchanges data without one', () => {
    const silent = cell('synSilent', { count: 4, value: 12 });
    const read = (lookedInto: number): UsageWindow => ({
      ...window([]),
      account: [{ host: HOST, lookedInto, harmless: 0, inside: 0, hidden: [], destinations: [] }],
    });
    const summary = (of: UsageWindow, ...more: readonly OutcomeCell[]) =>
      diagnose([silent, ...more], [of], known).diagnoses[0]?.summary;
    expect(summary(read(900))).toContain('requires a proxy');
    expect(summary(read(22_000))).not.toContain('proxy');
    expect(diagnose([silent], [read(900)], known).diagnoses[0]?.alike).toEqual(['proxy-ignored']);
    expect(diagnose([silent], [read(22_000)], known).diagnoses[0]?.alike).toEqual([]);
    // These bytes are those of DNS, or went through a proxy.
    expect(summary(read(22_000), cell('dnsAnswered', { count: 60 }))).toContain('requires a proxy');
    const proxied = cell('served', { name: 'github.com', server: '10.1.0.9', port: 3128, proxied: 1 });
    expect(summary(read(22_000), proxied)).toContain('uses a proxy');
  });

  it('an inspection comes before the clock where the certificates of all names are refused', () => {
    const refused = cell('answerRefused', { count: 4, handshakeMinUs: 30 * MS, handshakeTtlMax: 50 });
    const [found] = diagnose([refused, { ...refused, name: 'chatgpt.com' }], [], known).diagnoses;
    expect(found?.fault).toBe('interception-untrusted');
    expect(found?.summary).toContain('or its clock is wrong');
    expect(found?.advice).toContain('date -u');
  });

  it('no doubt is left where another packet decides', () => {
    const summaries = (...cells: readonly OutcomeCell[]) =>
      diagnose(cells, [], known).diagnoses.map(({ summary }) => summary);
    const silent = cell('synSilent', { count: 4, value: 12 });
    const text = 'Connections to api.anthropic.com are dropped without an answer';
    expect(summaries(silent, elsewhere)).toEqual([text]);
    expect(summaries(silent, cell('served', { handshakeMinUs: 30 * MS, firstUs: AT_US - 9 }))).toEqual([
      text,
    ]);
    const [alert] = summaries(cell('answerRefused', { count: 4, detail: 47 }), elsewhere);
    expect(alert).toBe('The client refuses the certificate of api.anthropic.com');
  });
});

describe('a port of proxies that does not answer', () => {
  const reset = (port: number) =>
    cell('synReset', { name: '', server: '10.1.0.9', port, count: 5, delayMinUs: MS });

  it.each([
    [3128, 'certain'],
    [1080, 'certain'],
    [8000, 'possible'],
    [8080, 'possible'],
  ])('%i is %s', (port, confidence) => {
    expect(said(reset(port))).toEqual([`10.1.0.9 proxy-unreachable ${confidence}`]);
  });

  it('is that of a proxy where the host uses it as one', () => {
    const through = { ...elsewhere, server: '10.1.0.9', port: 8080, proxied: 1, handshakeMinUs: 0 };
    expect(said(reset(8080), through)).toEqual(['10.1.0.9 proxy-unreachable certain']);
    expect(said(reset(8000), through)).toEqual(['10.1.0.9 proxy-unreachable possible']);
  });
});

describe('a refusal of a proxy', () => {
  const { reply4, reply5, noMethod, loginFailed } = SOCKS_STATUS;
  const refused = (detail: number, more: Partial<OutcomeCell> = {}) =>
    cell('connectStatus', { server: '10.1.0.9', port: 1080, proxied: 3, count: 3, detail, ...more });

  it.each([
    [302, 'proxy-denied certain', 'redirects requests for api.anthropic.com to another page (302)'],
    [451, 'proxy-denied certain', 'refuses api.anthropic.com (451)'],
    [407, 'proxy-auth certain', 'requires authentication (407)'],
    [429, 'proxy-denied certain', 'limits the rate of requests for api.anthropic.com (429)'],
    [511, 'captive-portal certain', 'requires a login to the network first (511)'],
    [reply5 + 1, 'proxy-bad-gateway likely', 'cannot reach'],
    [reply5 + 2, 'proxy-denied certain', 'refuses'],
    [reply5 + 5, 'proxy-bad-gateway certain', 'cannot reach'],
    [reply5 + 8, 'proxy-bad-gateway certain', 'does not support'],
    [reply4 + 91, 'proxy-denied likely', 'refuses'],
    [reply4 + 93, 'proxy-auth certain', 'requires authentication'],
  ])('%i is %s', (detail, fault, text) => {
    expect(said(refused(detail))).toEqual([`api.anthropic.com ${fault}`]);
    const [found] = diagnose([refused(detail)], [], known).diagnoses;
    expect(found?.summary).toContain(`The proxy 10.1.0.9:1080 ${text}`);
  });

  it('for too many requests is no matter of an allow list', () => {
    const [found] = diagnose([refused(429)], [], known).diagnoses;
    expect(found?.advice).toBe(
      'On the proxy 10.1.0.9:1080: check the limits of requests and connections for this client and for api.anthropic.com.',
    );
  });

  it.each([noMethod, loginFailed])('before a name is asked for: %i', (detail) => {
    const nameless = refused(detail, { name: '' });
    expect(said(nameless)).toEqual(['10.1.0.9 proxy-auth certain']);
    const through = { ...elsewhere, server: '10.1.0.9', port: 1080, proxied: 1 };
    expect(said(nameless, through)).toEqual(['10.1.0.9 proxy-auth likely']);
    // Of a request for a name that is not followed, nothing is said.
    expect(said(refused(reply5 + 2, { name: '' }))).toEqual([]);
  });
});

describe('a reset right behind the SYN-ACK', () => {
  const server = { handshakeMinUs: 40 * MS, handshakeTtlMin: 52, handshakeTtlMax: 52 };
  const reset = (more: Partial<OutcomeCell> = {}) =>
    cell('helloReset', { ...server, detail: BEFORE_DATA, count: 2, delayMinUs: 400, ttlMin: 64, ...more });

  it('is of a device near the client, or of the server', () => {
    expect(said(reset(), elsewhere)).toEqual(['api.anthropic.com tcp-refused likely']);
    const far = reset({ delayMinUs: 41 * MS, ttlMin: 52 });
    expect(said(far, elsewhere)).toEqual(['api.anthropic.com provider-refused likely']);
  });

  it('explains those that a ClientHello crossed, and no later ones', () => {
    const crossed = reset({ detail: 2, delayMaxUs: 1200 });
    expect(said(reset(), crossed, elsewhere)).toEqual(['api.anthropic.com tcp-refused likely']);
    expect(said(crossed, elsewhere)).toEqual(['api.anthropic.com sni-reset likely']);
  });
});

describe('a login that the network requires', () => {
  const near = { handshakeMinUs: 2 * MS, handshakeTtlMax: 64 };
  const redirected = cell('connectStatus', { name: '', server: '192.0.2.7', port: 80, detail: 302, ...near });
  const refused = cell('answerRefused', { count: 4, ...near });
  const reset = cell('synReset', { count: 4, ttlMin: 64, delayMinUs: MS });

  it('is known by an answer in clear text that leads to another site', () => {
    for (const stopped of [refused, reset]) {
      expect(said(stopped, redirected)).toEqual(['api.anthropic.com captive-portal likely']);
      expect(said(stopped, { ...redirected, detail: 511 })).toEqual([
        'api.anthropic.com captive-portal likely',
      ]);
    }
    const insecure = cell('served', { name: 'github.com', server: '192.0.2.8', ...near });
    expect(said(refused, redirected, insecure)).toEqual(['api.anthropic.com captive-portal likely']);
  });

  it('is known by an answer that comes sooner than the server can give it', () => {
    const far = { ...redirected, handshakeMinUs: 53 * MS, handshakeTtlMax: 54 };
    expect(said(reset, { ...far, delayMinUs: 300 })).toEqual(['api.anthropic.com captive-portal likely']);
    expect(said(reset, { ...far, delayMinUs: 54 * MS }).join()).not.toContain('captive');
  });

  it.each<[string, readonly OutcomeCell[]]>([
    ['a site far away redirects', [{ ...redirected, handshakeMinUs: 30 * MS, handshakeTtlMax: 54 }]],
    ['another name works', [redirected, elsewhere]],
    ['a proxy redirects', [{ ...redirected, proxied: 1 }]],
    ['a firewall refuses', [{ ...redirected, detail: 403 }]],
  ])('is none where %s', (_, others) => {
    expect(said(reset, ...others).filter((text) => text.includes('captive'))).toEqual([]);
    expect(said(...others)).toEqual([]);
  });
});

describe('QUIC without an answer', () => {
  const quicRow = (packetsDown: number, flows: number) =>
    row('api.anthropic.com', { ...FORMS.curl, transport: 'quic' }, { host: HOST, flows, packetsDown });
  const found = (rows: readonly ReturnType<typeof quicRow>[], ...cells: readonly OutcomeCell[]) =>
    diagnose(
      [cell('dnsAnswered', { port: 53 }), ...cells],
      rows.map((one) => window([one])),
      known,
    ).diagnoses.map(({ fault, confidence }) => `${fault} ${confidence}`);
  const later = cell('served', { handshakeMinUs: 30 * MS, firstUs: AT_US * 2, lastUs: AT_US * 2 });

  it('is blocked where TCP works behind it', () => {
    expect(found([quicRow(0, 1)], later)).toEqual(['quic-blocked possible']);
    expect(found([quicRow(0, 1)], { ...later, kind: 'opened' })).toEqual(['quic-blocked possible']);
    expect(found([quicRow(0, 2)])).toEqual(['quic-blocked likely']);
  });

  it('is blocked where its Initials cannot be read, by their size', () => {
    const initials = (payloadUp: number, packetsDown = 0) =>
      row('api.anthropic.com', null, {
        ...{ host: HOST, flows: 2, packetsUp: 8, packetsDown, payloadUp, serverPorts: [443] },
      });
    expect(found([initials(9600)])).toEqual(['quic-blocked likely']);
    expect(found([initials(9000)])).toEqual([]);
    expect(found([initials(9600, 8)])).toEqual([]);
  });

  it('is none if the answer is in the next window, or behind the end of the capture', () => {
    expect(found([quicRow(0, 1), quicRow(5, 0)], later)).toEqual([]);
    expect(found([quicRow(0, 1)])).toEqual([]);
  });
});

it('a silent cut is none of idle connections where new ones do not open afterwards', () => {
  const cut = cell('requestUnheard', { value: 8, handshakeMinUs: MS, delayMaxUs: 25_000 * MS });
  const silent = (us: number) => cell('synSilent', { count: 2, value: 14, firstUs: us, lastUs: us });
  const found = (...cells: readonly OutcomeCell[]) =>
    diagnose([cut, ...cells], [], known).diagnoses.find(({ fault }) => fault !== 'tcp-blackhole');
  const stopped = found(silent(AT_US + 900 * MS));
  expect([stopped?.fault, stopped?.confidence]).toEqual(['data-blackhole', 'likely']);
  expect(stopped?.summary).toBe(
    'Open connections to api.anthropic.com get no answer any more, and new ones do not open',
  );
  expect(stopped?.evidence.at(-1)).toBe('2 connections afterwards: 14 SYNs without a SYN-ACK');
  expect(found(silent(AT_US - 900 * MS))?.fault).toBe('idle-cut-silent');
  const later = cell('served', { handshakeMinUs: MS, firstUs: AT_US + 2, lastUs: AT_US + 2 });
  expect(found(silent(AT_US + 900 * MS), later)?.fault).toBe('idle-cut-silent');
});

it('requests that full segments alone do not get through are a matter of size', () => {
  const lost = cell('requestUnheard', { detail: 2, value: 8, delayMaxUs: MS });
  expect(said(lost)).toEqual(['api.anthropic.com mtu-blackhole possible']);
  expect(said({ ...lost, count: 2 })).toEqual(['api.anthropic.com mtu-blackhole likely']);
  expect(said({ ...lost, delayMaxUs: 60_000 * MS })).toEqual(['api.anthropic.com idle-cut-silent likely']);
});

it('a proxy that serves other names alone is one, and its port is not unreachable', () => {
  const other = cell('opened', { name: '', server: '10.1.0.9', port: 3128, proxied: 1, handshakeMinUs: MS });
  expect(said(cell('synSilent', { count: 4, value: 12 }), other)).toEqual([
    'api.anthropic.com proxy-ignored likely',
  ]);
  const silent = cell('synSilent', { name: '', server: '10.1.0.8', port: 3128, count: 4, value: 12 });
  expect(said(silent, other)).toEqual(['10.1.0.8 proxy-unreachable likely']);
});

describe('a block that came after use, or was lifted before it', () => {
  const LATER = 3_600_000_000;
  const use = { count: 400, handshakeMinUs: 30 * MS, firstUs: AT_US, lastUs: AT_US + 60_000_000 };
  const from = (startUs: number, count: number) => ({ count, firstUs: startUs, lastUs: startUs + 9_000_000 });

  it.each<[OutcomeKind, Partial<OutcomeCell>, string]>([
    ['synSilent', { value: 40 }, 'tcp-blackhole'],
    ['synReset', { delayMinUs: 30 * MS, ttlMin: 60 }, 'provider-refused'],
    ['helloReset', {}, 'provider-tls'],
    ['helloSilent', { value: 40 }, 'data-blackhole'],
    ['answerRefused', {}, 'cert-wrongname'],
    ['dnsError', { detail: 3, server: GATEWAY, port: 53 }, 'dns-nxdomain'],
    ['dnsZero', { by: '0.0.0.0', server: GATEWAY, port: 53 }, 'dns-blocked'],
  ])('%s is likely', (kind, more, fault) => {
    for (const startUs of [AT_US + LATER, AT_US - LATER]) {
      const failed = cell(kind, { ...more, ...from(startUs, 10) });
      const works = kind.startsWith('dns') ? [cell('dnsAnswered', { ...use, port: 53 })] : [];
      expect(said(cell('served', use), ...works, failed)).toEqual([`api.anthropic.com ${fault} likely`]);
    }
  });

  it('is possible among connections that work, and with few failures', () => {
    const among = cell('helloReset', from(AT_US + 1_000_000, 10));
    const few = cell('helloReset', from(AT_US + LATER, 2));
    for (const failed of [among, few])
      expect(said(cell('served', use), failed)).toEqual(['api.anthropic.com provider-tls possible']);
  });
});

describe('a reset after the hello', () => {
  const reset = (delayMinUs: number, more: Partial<OutcomeCell> = {}) =>
    cell('helloReset', { count: 3, handshakeMinUs: 30 * MS, delayMinUs, ...more });

  it.each([
    ['sooner than the server can answer, is of a box before it', reset(4 * MS), 'sni-reset'],
    ['after the time of the server, is of the server', reset(30 * MS), 'provider-tls'],
    [
      'with another TTL than the server, is of a box before it',
      reset(30 * MS, { handshakeTtlMin: 52, handshakeTtlMax: 52, ttlMin: 63 }),
      'sni-reset',
    ],
    [
      'with the TTL of the server, is of the server',
      reset(30 * MS, { handshakeTtlMin: 52, handshakeTtlMax: 52, ttlMin: 52 }),
      'provider-tls',
    ],
  ])('%s', (_, one, fault) => {
    expect(said(one, elsewhere)).toEqual([`api.anthropic.com ${fault} likely`]);
  });
});

describe('a name that one resolver does not know', () => {
  const OTHER = '10.1.0.2';
  const unknown = (more: Partial<OutcomeCell> = {}) =>
    cell('dnsError', { server: GATEWAY, port: 53, detail: 3, count: 4, lastUs: AT_US + 9000 * MS, ...more });
  const answered = (more: Partial<OutcomeCell> = {}) =>
    cell('dnsAnswered', {
      ...{ server: OTHER, port: 53, detail: 1, count: 4, by: SERVER },
      ...{ firstUs: AT_US + 2000 * MS, lastUs: AT_US + 7000 * MS, ...more },
    });

  it('is likely, and both are named', () => {
    const [found] = diagnose([unknown(), answered()], [], known).diagnoses;
    expect([found?.fault, found?.confidence]).toEqual(['dns-nxdomain', 'likely']);
    expect(found?.summary).toBe(
      'The resolver 10.1.0.1 says that api.anthropic.com does not exist, and 10.1.0.2 knows it',
    );
  });

  it.each([
    ['the same resolver answered too', { server: GATEWAY }],
    ['both are always asked at once', { firstUs: AT_US, lastUs: AT_US + 9000 * MS }],
  ])('is possible where %s', (_, more) => {
    expect(said(unknown(), answered(more))).toEqual(['api.anthropic.com dns-nxdomain possible']);
  });
});

describe('an address of many names', () => {
  const PAGE = '203.0.113.80';
  const to = (name: string, by = PAGE) =>
    cell('dnsAnswered', { name, server: GATEWAY, port: 53, detail: 1, by });
  const failed = (server = PAGE) => cell('synReset', { server, count: 3, delayMinUs: MS });
  const three = [to('api.anthropic.com'), to('chatgpt.com'), to('api.mistral.ai')];

  it('is that of a block page where connections to it fail', () => {
    expect(said(...three, failed()).toSorted()).toEqual(
      ['api.anthropic.com', 'api.mistral.ai', 'chatgpt.com'].map((name) => `${name} dns-sinkhole likely`),
    );
  });

  it.each([
    ['two owners share it', [to('api.anthropic.com'), to('chatgpt.com'), to('cdn.chatgpt.com'), failed()]],
    [
      'a request to it was answered',
      [...three, failed(), cell('served', { name: 'chatgpt.com', server: PAGE })],
    ],
    ['other addresses of the name fail', [...three, failed(SERVER)]],
  ])('is none where %s', (_, cells) => {
    expect(said(...cells).join()).not.toContain('dns-sinkhole');
  });

  it('is known of one service', () => {
    const page = '146.112.61.108';
    expect(said(to('api.anthropic.com', page), failed(page))).toEqual([
      'api.anthropic.com dns-sinkhole likely',
    ]);
  });
});

describe('search domains', () => {
  const models = { ...known, isModel: (name: string) => name === 'api.anthropic.com' };
  const name = 'api.anthropic.com.corp.example';
  const of = (...cells: readonly OutcomeCell[]) =>
    diagnose(cells, [], models).diagnoses.map((one) => `${one.name} ${one.fault} ${one.confidence}`);
  const asked = (kind: OutcomeKind, more: Partial<OutcomeCell>) =>
    cell(kind, { server: GATEWAY, port: 53, detail: 3, count: 4, name, ...more });
  const answered = cell('dnsAnswered', { server: GATEWAY, port: 53, detail: 1, firstUs: AT_US + 3000 * MS });

  it('that are slow delay each look-up, and are not named', () => {
    const slow = asked('dnsError', { delayMs: 4 * 1200 });
    expect(of(slow, answered)).toEqual(['api.anthropic.com dns-slow likely']);
    expect(JSON.stringify(diagnose([slow, answered], [], models))).not.toContain('corp');
  });

  it('that are quick are no fault', () => {
    expect(of(asked('dnsError', { delayMs: 4 * 40 }), answered)).toEqual([]);
  });

  it('without an answer delay each look-up, if the next question waits for it', () => {
    const silent = asked('dnsUnanswered', { detail: 0, delayMaxUs: 12_000 * MS });
    expect(of(silent, answered)).toEqual(['api.anthropic.com dns-slow likely']);
    expect(of(silent, { ...answered, firstUs: AT_US + 20 * MS })).toEqual([]);
  });

  it('with a wildcard record lead elsewhere', () => {
    const wrong = asked('dnsAnswered', { detail: 1, by: '203.0.113.80' });
    const failed = cell('synReset', { server: '203.0.113.80', name, count: 3, delayMinUs: MS });
    expect(of(wrong, failed)).toEqual(['api.anthropic.com dns-sinkhole likely']);
  });
});

describe('a proxy in a PAC file', () => {
  const pac = cell('dnsPrivate', {
    name: 'wpad.corp.example',
    server: GATEWAY,
    port: 53,
    detail: 1,
    by: '10.1.0.9',
  });
  const silent = cell('synSilent', { count: 3, value: 9 });

  it('is not used by a tool that goes direct in vain', () => {
    const [found] = diagnose([pac, silent], [], known).diagnoses;
    expect([found?.leg, found?.fault, found?.confidence]).toEqual(['client', 'proxy-ignored', 'likely']);
    expect(found?.advice).toContain('HTTPS_PROXY');
  });

  it('is not used by a tool that goes direct and is reset', () => {
    const reset = cell('synReset', { count: 3, delayMinUs: MS, ttlMin: 64 });
    expect(said(pac, reset)).toEqual(['api.anthropic.com proxy-ignored likely']);
    expect(said(pac, reset, elsewhere)).toEqual(['api.anthropic.com tcp-refused likely']);
  });

  it('is no reason where another name works without it', () => {
    expect(said(pac, silent, elsewhere)).toEqual(['api.anthropic.com tcp-blackhole likely']);
  });
});

it('a resolver of DNS over HTTPS that is stopped', () => {
  const [found] = diagnose(
    [cell('synSilent', { name: 'dns.google', count: 3, value: 9 })],
    [],
    known,
  ).diagnoses;
  expect([found?.name, found?.fault, found?.leg]).toEqual(['dns.google', 'tcp-blackhole', 'local-firewall']);
  expect(found?.advice).toContain('DNS over HTTPS');
});

it.each([
  [3, []],
  [30, ['api.anthropic.com proxy-auth likely']],
])('%i challenges of a proxy beside 3 connections through it are %j', (count, expected) => {
  const proxy = { server: '10.1.0.9', port: 3128, lastUs: AT_US + 9000 * MS };
  const challenge = cell('connectStatus', { ...proxy, detail: 407, count, proxied: count });
  const works = cell('served', { ...proxy, count: 3, proxied: 3, handshakeMinUs: MS });
  expect(said(challenge, works)).toEqual(expected);
});

it('a gateway inside that a proxy refuses: the client ignores NO_PROXY', () => {
  const refusal = cell('connectStatus', { name: 'llm-gateway.internal', detail: 403, count: 3, proxied: 3 });
  const [found] = diagnose([refusal], [], known).diagnoses;
  expect([found?.fault, found?.leg]).toEqual(['proxy-denied', 'client']);
  expect(found?.advice).toContain('NO_PROXY=llm-gateway.internal,localhost');
});

describe('questions without an answer', () => {
  const unanswered = (count: number) =>
    cell('dnsUnanswered', { server: GATEWAY, port: 53, count, delayMaxUs: 12_000 * MS });

  it.each([
    [1, []],
    [2, ['api.anthropic.com dns-timeout likely']],
    [9, ['api.anthropic.com dns-timeout likely']],
  ])('%i of one name are %j', (count, expected) => {
    expect(said(unanswered(count))).toEqual(expected);
  });

  it('waited at least as long as the shortest wait', () => {
    const short = { ...unanswered(3), delayMinUs: 5_000 * MS };
    expect(evidenceOf(short)).toEqual(['3 DNS queries to 10.1.0.1 got no answer within 5.0 s']);
  });

  it('are some of the queries where the resolver answers others for the name', () => {
    const summary = (...cells: readonly OutcomeCell[]) => diagnose(cells, [], known).diagnoses[0]?.summary;
    const answered = (us: number, server = GATEWAY) =>
      cell('dnsEmpty', { server, port: 53, detail: 28, firstUs: us, lastUs: us });
    const asked = { ...unanswered(4), lastUs: AT_US + 900 * MS };
    expect(summary(asked, answered(AT_US + 500 * MS))).toBe(
      'The resolver 10.1.0.1 answers some queries for api.anthropic.com, and not others',
    );
    const silent = 'The resolver 10.1.0.1 does not answer';
    expect(summary(asked, answered(AT_US + 500 * MS, '10.1.0.2'))).toBe(silent);
    expect(summary(asked, answered(AT_US - 9_000 * MS))).toBe(silent);
  });

  it('over TCP that got no SYN-ACK may have got an ICMP error', () => {
    const truncated = cell('dnsTruncated', { server: GATEWAY, port: 53, count: 2 });
    const tried = cell('synSilent', { name: '', server: GATEWAY, port: 53, count: 2, value: 2 });
    expect(evidenceOf(truncated, tried)).toContain('2 TCP connections to port 53 of 10.1.0.1 got no SYN-ACK');
  });

  it('are certain where ICMP errors reject them', () => {
    expect(said({ ...unanswered(2), detail: 1 })).toEqual(['api.anthropic.com dns-timeout certain']);
  });

  it('are possible where more connections than answers show that answers are missing from the capture', () => {
    const answered = (count: number) =>
      cell('dnsAnswered', { server: GATEWAY, port: 53, count, detail: 1, firstUs: AT_US + 500 * MS });
    const opened = cell('served', { handshakeMinUs: 30 * MS, count: 2, lastUs: AT_US + 900 * MS });
    const asked = { ...unanswered(4), lastUs: AT_US + 800 * MS };
    expect(said(asked, answered(1), opened)).toEqual(['api.anthropic.com dns-timeout possible']);
    expect(said(asked, answered(2), opened)).toEqual(['api.anthropic.com dns-timeout likely']);
    const other = { name: 'api.openai.com' };
    const elsewhere = [answered(1), opened].map((one) => ({ ...one, ...other }));
    expect(said(asked, { ...asked, ...other }, ...elsewhere)).toEqual([
      'api.anthropic.com dns-timeout possible',
      'api.openai.com dns-timeout possible',
    ]);
  });

  it('are possible among many answers', () => {
    const answered = cell('dnsAnswered', { server: GATEWAY, port: 53, count: 40 });
    expect(said(unanswered(2), answered)).toEqual(['api.anthropic.com dns-timeout possible']);
  });

  const later = (ms: number): Partial<OutcomeCell> => ({
    firstUs: AT_US + ms * MS,
    lastUs: AT_US + ms * MS,
  });

  it.each([
    [1100, 'possible'],
    [9000, 'likely'],
  ])('are followed by an answer of the same resolver after %i ms: %s', (ms, confidence) => {
    const answered = cell('dnsAnswered', { server: GATEWAY, port: 53, detail: 1, ...later(ms) });
    expect(said(unanswered(2), answered)).toEqual([`api.anthropic.com dns-timeout ${confidence}`]);
  });

  it.each([
    [2, 35_000, 'possible'],
    [2, 5000, 'likely'],
    [8, 350_000, 'likely'],
  ])('%i of them within %i ms are %s: a client without an answer asks again', (count, ms, confidence) => {
    const silent = { ...unanswered(count), lastUs: AT_US + ms * MS };
    expect(said(silent)).toEqual([`api.anthropic.com dns-timeout ${confidence}`]);
  });

  it('are possible where a connection follows within a second, and no answer at all is in the capture', () => {
    const follows = cell('served', { count: 6, handshakeMinUs: MS, ...later(600) });
    expect(said(unanswered(4), follows)).toEqual(['api.anthropic.com dns-timeout possible']);
  });
});

describe('answers without an address for AAAA', () => {
  const empty = cell('dnsEmpty', { server: GATEWAY, port: 53, detail: 28, count: 2 });
  const answered = (detail: number) =>
    cell('dnsAnswered', { server: GATEWAY, port: 53, detail, name: 'chatgpt.com', by: '2606:4700::6810:1' });

  it('block a name on a host that asks for IPv6 alone', () => {
    expect(said(empty, answered(28))).toEqual(['api.anthropic.com dns-blocked likely']);
  });

  it('are no fault where the host asks for IPv4 too, or gets no address at all', () => {
    expect(said(empty, answered(28), answered(1))).toEqual([]);
    expect(said(empty)).toEqual([]);
  });
});

it.each([
  [
    'a proxy that was asked',
    'proxy-denied',
    {},
    'the proxy 160.79.104.10:443 answered 3 CONNECT requests with status 403',
  ],
  [
    'a proxy whose log has no address of it',
    'proxy-denied',
    { server: '0.0.0.0' },
    'the proxy answered 3 CONNECT requests with status 403',
  ],
  [
    'a gateway on the path',
    'gateway-denied',
    { proxied: 0 },
    'a firewall or web gateway on the path refused 3 connections to 160.79.104.10:443',
  ],
])('a refusal of %s says so', (_, fault, changes, evidence) => {
  const refusal = cell('connectStatus', { detail: 403, count: 3, proxied: 3, ...changes });
  expect(said(refusal)).toEqual([`api.anthropic.com ${fault} certain`]);
  expect(evidenceOf(refusal)).toEqual([evidence]);
});

it.each([
  [403, 'proxy-denied'],
  [503, 'proxy-bad-gateway'],
])(
  'a request for the host itself that a proxy answered with %i: the client ignores NO_PROXY',
  (detail, fault) => {
    const refusal = cell('connectStatus', { name: 'localhost', detail, count: 3, proxied: 3 });
    const [found] = diagnose([refusal], [], known).diagnoses;
    expect([found?.fault, found?.leg, found?.confidence]).toEqual([fault, 'client', 'certain']);
    expect(found?.advice).toContain('NO_PROXY');
  },
);

describe('a part of a tool that goes another way than the rest', () => {
  const LATER_US = AT_US + 20_000 * MS;
  const at = (us: number): Partial<OutcomeCell> => ({ firstUs: us, lastUs: us });
  const proxy = { server: '10.1.0.9', port: 3128 };
  const found = (...cells: readonly OutcomeCell[]) =>
    diagnose(cells, [], { ...known, isModel: () => true }).diagnoses[0];
  const through = (us: number) =>
    cell('served', { ...proxy, count: 2, proxied: 2, handshakeMinUs: MS, ...at(us) });

  it.each([
    ['got no answer', [cell('synSilent', { count: 3, value: 9 })]],
    ['is reset', [cell('synReset', { count: 3, delayMinUs: MS, ttlMin: 64 })]],
    [
      'is prohibited',
      [
        cell('icmp', { detail: PROHIBITED, by: GATEWAY, count: 3 }),
        cell('synSilent', { count: 3, value: 3 }),
      ],
    ],
  ])('past the proxy and %s ignores the proxy: the first one is probably the WebSocket', (_, failed) => {
    const first = found(...failed, through(LATER_US));
    expect([first?.fault, first?.leg, first?.confidence]).toEqual(['proxy-ignored', 'client', 'likely']);
    expect(first?.summary).toBe(
      'A part of the tool, probably its WebSocket, goes to api.anthropic.com past the proxy and is stopped, and requests through the proxy 10.1.0.9:3128 are answered',
    );
    expect(first?.evidence).toContain(
      'the first request through the proxy was sent 20.0 s after the first SYN that bypasses it',
    );
    expect(first?.advice).toContain('disable WebSockets');
  });

  it('past the proxy after the rest may be another program', () => {
    const direct = cell('synSilent', { count: 3, value: 9, ...at(LATER_US) });
    const later = found(direct, through(AT_US));
    expect(later?.summary).toMatch(/^A part of the tool, or another program,/);
    expect(later?.advice).not.toContain('WebSockets');
  });

  it('through a proxy that refuses it, while the rest is answered without one', () => {
    const refused = cell('connectStatus', { ...proxy, detail: 403, count: 3, proxied: 3 });
    const direct = cell('served', { count: 2, handshakeMinUs: 30 * MS, ...at(LATER_US) });
    expect(found(refused, direct)?.summary).toBe(
      'A part of the tool, probably its WebSocket, goes to api.anthropic.com through the proxy 10.1.0.9:3128, which answers with status 403, and requests without a proxy are answered',
    );
    expect(found(refused)?.summary).toBe('The proxy 10.1.0.9:3128 refuses api.anthropic.com (403)');
  });
});

it('a long way is a delay, also where few packets follow each other; a slow line answers the first SYN soon', () => {
  const slow = (handshakeMinUs: number, count = 3) =>
    cell('served', { count, handshakeMinUs, handshakeMaxUs: 1500 * MS, fastestKbit: 60 });
  expect(said(slow(900 * MS))).toEqual(['api.anthropic.com delay certain']);
  // A satellite link is as long, and works.
  expect(said(slow(620 * MS))).toEqual(['api.anthropic.com delay possible']);
  expect(said(slow(40 * MS))).toEqual(['api.anthropic.com squeeze likely']);
  // One full segment in each round trip shows the length of the path, not the rate of the line.
  expect(said(slow(150 * MS))).toEqual([]);
  // A single connection may have met a slow server.
  expect(said(slow(600 * MS, 1))).toEqual(['api.anthropic.com delay possible']);
  expect(said(slow(40 * MS, 1))).toEqual(['api.anthropic.com squeeze possible']);
  // Faster packets may be missing from the capture.
  const unanswered = cell('opened', { name: 'chatgpt.com', server: '104.18.32.47', segments: 2 });
  expect(said(slow(40 * MS), unanswered)).toEqual(['api.anthropic.com squeeze possible']);
});

it('a proxy that takes requests and answers none cannot reach the name', () => {
  const silent = cell('connectUnanswered', { count: 3, proxied: 3 });
  expect(said(silent)).toEqual(['api.anthropic.com proxy-bad-gateway likely']);
  expect(said(silent, cell('served', { count: 3, proxied: 3 }))).toEqual([]);
});

it('SERVFAIL is a failure of the resolver itself, and REFUSED one of its access list', () => {
  const textOf = (detail: number): string | undefined => {
    const [found] = diagnose([cell('dnsError', { server: GATEWAY, port: 53, detail })], [], known).diagnoses;
    return `${found?.summary}. ${found?.advice}`;
  };
  expect(textOf(2)).toMatch(/^The resolver 10.1.0.1 answers SERVFAIL for .*check the forwarder .*DNSSEC/);
  expect(textOf(5)).toMatch(/^The resolver 10.1.0.1 refuses or fails to look up .*access list/);
});

it('an error of one resolver is possible at most where the next one answers at once', () => {
  const failed = cell('dnsError', { server: GATEWAY, port: 53, detail: 2 });
  const answered = (afterMs: number) =>
    cell('dnsAnswered', {
      ...{ server: '10.1.0.2', port: 53 },
      ...{ firstUs: failed.firstUs + afterMs * MS, lastUs: failed.lastUs + afterMs * MS },
    });
  expect(said(failed, answered(3))).toEqual(['api.anthropic.com dns-refused possible']);
  expect(said(failed, answered(1800))).toEqual(['api.anthropic.com dns-refused likely']);
  expect(said({ ...failed, detail: 3 }, answered(3))).toEqual(['api.anthropic.com dns-nxdomain likely']);
});

it('a ClientHello that is acknowledged and not answered lost its answer, or has a server that hangs', () => {
  const lost = (waitMs: number, more: Partial<OutcomeCell> = {}) =>
    cell('helloUnanswered', { count: 3, delayMinUs: waitMs * MS, delayMaxUs: 9000 * MS, ...more });
  expect(said(lost(6000))).toEqual(['api.anthropic.com mtu-blackhole possible']);
  // Answers of another name came over the same link.
  expect(said(lost(6000), elsewhere)).toEqual(['api.anthropic.com provider-tls possible']);
  expect(said(lost(6000, { proxied: 3 }))).toEqual(['api.anthropic.com proxy-bad-gateway likely']);
  // The client or the capture ended soon.
  expect(said(lost(900))).toEqual([]);
  expect(said(lost(6000, { cutOff: 3 }))).toEqual([]);
  expect(said(lost(6000, { count: 1 }))).toEqual([]);
});

it('a name that a resolver gives the address of the client itself is blocked, like 0.0.0.0', () => {
  const given = (by: string) => cell('dnsPrivate', { server: GATEWAY, port: 53, count: 3, by });
  expect(said(given('127.0.0.1'))).toEqual(['api.anthropic.com dns-blocked likely']);
  expect(said(given('::1'))).toEqual(['api.anthropic.com dns-blocked likely']);
  expect(said(given('10.1.0.9'))).toEqual([]);
  expect(said(given('127.0.0.1'), cell('served', { handshakeMinUs: MS }))).toEqual([]);
});

it('one question without an answer is possible where another resolver answers', () => {
  const silent = cell('dnsUnanswered', { server: GATEWAY, port: 53, delayMaxUs: 12_000 * MS });
  const answered = cell('dnsAnswered', { server: '10.1.0.2', port: 53 });
  expect(said(silent, answered)).toEqual(['api.anthropic.com dns-timeout possible']);
  expect(said(silent, { ...answered, server: GATEWAY })).toEqual([]);
});

describe('silence in a capture of one direction', () => {
  const silent = cell('dnsUnanswered', { server: GATEWAY, port: 53, count: 2, delayMaxUs: 12_000 * MS });
  const other = { name: 'chatgpt.com', server: '104.18.32.47' };
  const proxied = { server: '10.1.0.9', port: 3128, proxied: 1, handshakeMinUs: 1 };

  it('is likely without a sign of missing answers', () => {
    expect(said(silent)).toEqual(['api.anthropic.com dns-timeout likely']);
    // A single SYN-ACK is lost by chance.
    const lost = cell('opened', { ...other, segments: 2 });
    const whole = cell('served', { ...other, count: 10, segments: 90, handshakeMinUs: 30 * MS });
    expect(said(silent, whole, lost)).toEqual(['api.anthropic.com dns-timeout likely']);
  });

  it.each<[string, readonly OutcomeCell[]]>([
    ['connections to the name follow', [cell('opened')]],
    [
      'connections to another unanswered name follow',
      [cell('served', other), cell('dnsUnanswered', { ...silent, name: other.name })],
    ],
    [
      'some connections of the host have no SYN-ACK',
      [cell('opened', { ...other, count: 4, segments: 9, handshakeMinUs: 30 * MS, handshakeDelays: [0, 3] })],
    ],
  ])('is possible where %s', (_, others) => {
    expect(said(silent, ...others)).toContain('api.anthropic.com dns-timeout possible');
    expect(said(silent, ...others).filter((text) => !text.endsWith('possible'))).toEqual([]);
    expect(against(silent, ...others).join()).toContain('missing from the capture');
  });

  it.each<[string, readonly OutcomeCell[], string]>([
    ['SYNs', [cell('synSilent', { count: 4, value: 12 })], 'tcp-blackhole'],
    ['hellos', [cell('helloSilent', { count: 4, value: 12, handshakeMinUs: MS })], 'data-blackhole'],
  ])('%s', (_, cells, fault) => {
    expect(said(...cells)).toEqual([`api.anthropic.com ${fault} likely`]);
    expect(said(...cells, unheard)).toEqual([`api.anthropic.com ${fault} possible`]);
  });

  const unheard = cell('opened', { ...other, segments: 2 });
  const names = (result: ReturnType<typeof diagnose>) =>
    result.halfSeen.map(({ name, from }) => `${name} ${from}`);

  it('is no fault where the client sends data and nothing comes back', () => {
    const result = diagnose([silent, unheard], [], known);
    expect(result.diagnoses).toEqual([]);
    expect(result.checked).toEqual([]);
    expect(names(result)).toEqual(['api.anthropic.com client', 'chatgpt.com client']);
  });

  it('is a fault where another answer comes back', () => {
    const answered = cell('dnsAnswered', { ...other, server: GATEWAY, port: 53 });
    expect(said(silent, unheard, answered)).toEqual(['api.anthropic.com dns-timeout possible']);
  });

  it.each([
    ['client', { packetsUp: 9, packetsDown: 0 }, unheard],
    ['server', { packetsUp: 0, packetsDown: 9 }, cell('dnsAnswered', other)],
  ] as const)('of the %s alone is no proof that a name works', (from, packets, own) => {
    const rows = [row(other.name, null, { host: HOST, ...packets })];
    const result = diagnose([own, { ...elsewhere, name: 'claude.ai' }], [window(rows)], known);
    expect(names(result)).toEqual([`chatgpt.com ${from}`]);
    expect(result.checked.map(({ name }) => name)).toEqual(['claude.ai']);
  });

  it('of a host that only receives is no proof for names that were looked up', () => {
    const inCapture = (bytesUp: number, packets = 9): UsageWindow => {
      const { stats, ...rest } = window([]);
      const totals = { host: HOST, bytesUp } as HostTotals;
      return { ...rest, stats: { ...stats, packets }, hosts: [totals] };
    };
    const result = diagnose([cell('dnsAnswered')], [inCapture(0)], known);
    expect(names(result)).toEqual(['api.anthropic.com server']);
    expect(result.checked).toEqual([]);
    for (const other of [inCapture(70), inCapture(0, 0)])
      expect(diagnose([cell('dnsAnswered')], [other], known).halfSeen).toEqual([]);
  });

  it('is no unresolved proxy where the host uses a proxy', () => {
    const asked = { ...silent, name: 'proxy.corp.example' };
    expect(said(asked)).toEqual(['proxy.corp.example proxy-unreachable likely']);
    expect(said({ ...asked, count: 1 })).toEqual(['proxy.corp.example proxy-unreachable possible']);
    expect(said({ ...asked, kind: 'dnsError', detail: 3 })).toEqual([
      'proxy.corp.example proxy-unreachable certain',
    ]);
    expect(said({ ...asked, kind: 'dnsError', detail: 3, name: 'wpad.corp.example' })).toEqual([]);
    expect(said(asked, cell('served', proxied))).toEqual(['proxy.corp.example proxy-unreachable possible']);
  });
});

describe('a tunnel of a proxy', () => {
  const ended = (kind: OutcomeKind, delayMs: number) =>
    cell(kind, {
      ...{ server: '10.1.0.9', port: 8118, proxied: 4, count: 4, detail: kind === 'serverAlert' ? 80 : 1 },
      ...{ handshakeMinUs: MS, handshakeTtlMin: 64, ttlMin: 64, delayMinUs: delayMs * MS },
    });
  const placed = (found: OutcomeCell) =>
    diagnose([found], [], known).diagnoses.map(({ fault, leg }) => `${fault} ${leg}`);

  it('has the SYN-ACK of the proxy, which tells nothing about the provider', () => {
    expect(placed(ended('helloReset', 1))).toEqual(['sni-reset proxy']);
    expect(placed(ended('serverAlert', 1))).toEqual(['sni-alert proxy']);
    expect(placed(ended('serverAlert', 90))).toEqual(['provider-tls provider']);
  });

  it('that ends without a byte was not opened by the proxy', () => {
    expect(placed(ended('helloClosed', 150))).toEqual(['proxy-bad-gateway proxy']);
    expect(diagnose([ended('helloClosed', 1)], [], known).diagnoses[0]?.summary).toContain(
      'The proxy 10.1.0.9:8118',
    );
  });
});

it('a FIN after the hello from a device near the client is compared like a reset', () => {
  const closed = (delayMinUs: number, ttlMin: number) =>
    cell('helloClosed', { count: 4, handshakeMinUs: 84 * MS, handshakeTtlMin: 49, ttlMin, delayMinUs });
  expect(said(closed(300, 62))).toEqual(['api.anthropic.com sni-reset likely']);
  expect(said(closed(86 * MS, 49))).toEqual(['api.anthropic.com provider-tls possible']);
});

it('answers of DNS that take as long as each round trip are not slow', () => {
  const way = cell('served', { handshakeMinUs: 1730 * MS, count: 3 });
  const asked = cell('dnsAnswered', {
    ...{ server: '8.8.8.8', port: 53, detail: 1, count: 4, delayMs: 4 * 1730, delayMinUs: 1725 * MS },
  });
  expect(said(way, asked)).toEqual(['api.anthropic.com delay certain']);
  // The SYN that was repeated meanwhile hides the way; requests are answered as late.
  const answered = (delayMinUs: number) => cell('served', { ...way, handshakeMinUs: 130 * MS, delayMinUs });
  expect(said(answered(1740 * MS), asked)).toEqual(['api.anthropic.com delay likely']);
  expect(said(answered(60 * MS), asked)).toEqual(['api.anthropic.com dns-slow certain']);
  expect(said(answered(60 * MS), { ...asked, count: 1, delayMs: 1730 })).toEqual([
    'api.anthropic.com dns-slow possible',
  ]);
});

describe('connections that open after repeated SYNs', () => {
  const opened = (count: number, waitedS: number) =>
    cell('served', { count, detail: waitedS === 0 ? 0 : waitedS + 2, handshakeMinUs: 40 * MS });
  const placed = (...cells: readonly OutcomeCell[]) =>
    diagnose(cells, [], known).diagnoses.map(
      ({ fault, confidence, effect }) => `${fault} ${confidence} ${effect}`,
    );

  it('are a loss where they are many, and a block where each waits long', () => {
    expect(placed(opened(5, 0), opened(2, 1), opened(1, 3))).toEqual(['loss likely degraded']);
    expect(placed(opened(6, 0), opened(2, 1))).toEqual(['loss possible degraded']);
    expect(placed(opened(1, 0), opened(4, 19))).toEqual(['tcp-blackhole likely degraded']);
    expect(placed(opened(1, 0), opened(1, 31), elsewhere)).toEqual(['tcp-blackhole likely degraded']);
    expect(placed(opened(1, 0), opened(1, 7), elsewhere)).toEqual(['tcp-blackhole possible degraded']);
  });

  it('are chance where they are few, and an outage where no other name works', () => {
    expect(placed(opened(4, 0), opened(1, 3), elsewhere)).toEqual([]);
    expect(placed(opened(1, 31))).toEqual([]);
    // Each SYN is repeated before its answer can come.
    expect(placed(opened(4, 1))).toEqual([]);
  });
});

describe('answers that stop for every name at the same time', () => {
  const other = { name: 'chatgpt.com', server: '104.18.32.47' };
  const at = (s: number): Partial<OutcomeCell> => ({
    firstUs: AT_US + s * 1000 * MS,
    lastUs: AT_US + s * 1000 * MS,
  });
  const worked = [
    cell('served', { handshakeMinUs: MS, count: 3 }),
    cell('served', { ...other, handshakeMinUs: MS }),
  ];
  const stopped = [
    cell('synSilent', { count: 3, value: 12, ...at(20) }),
    cell('synSilent', { ...other, count: 3, value: 12, ...at(21) }),
  ];
  const placed = (...cells: readonly OutcomeCell[]) =>
    diagnose(cells, [], known).diagnoses.map(({ name, leg, effect }) => `${name} ${leg} ${effect}`);

  it('are a fault of the line', () => {
    expect(placed(...worked, ...stopped)).toEqual(['api.anthropic.com path fails', 'chatgpt.com path fails']);
  });

  it('are none where they never came, or a third name works on', () => {
    expect(placed(...stopped).join()).not.toContain('path');
    const third = cell('served', {
      name: 'github.com',
      server: '140.82.121.4',
      handshakeMinUs: MS,
      ...at(30),
    });
    expect(placed(...worked, ...stopped, third).join()).not.toContain('path');
  });
});

it('requests that are left unheard after pauses of several seconds met a cut of idle connections', () => {
  const unheard = (count: number, pauseMs: number) =>
    cell('requestUnheard', { count, value: 9, delayMinUs: pauseMs * MS, delayMaxUs: pauseMs * MS });
  expect(said(unheard(2, 5000))).toEqual(['api.anthropic.com idle-cut-silent likely']);
  expect(said(unheard(1, 5000))).toEqual(['api.anthropic.com data-blackhole possible']);
  expect(said(unheard(2, 1000))).toEqual(['api.anthropic.com data-blackhole possible']);
});

it('certificates of every name that are refused as bad ones show a wrong clock', () => {
  const refused = (name: string, detail: number) =>
    cell('answerRefused', { name, detail, count: 3, handshakeMinUs: 40 * MS, handshakeTtlMax: 54 });
  const all = (detail: number) => said(refused('api.anthropic.com', 0), refused('github.com', detail));
  expect(all(43)).toEqual(['api.anthropic.com clock-wrong likely', 'github.com clock-wrong likely']);
  expect(all(49)).toEqual([
    'api.anthropic.com interception-untrusted likely',
    'github.com interception-untrusted likely',
  ]);
});

describe('a reset within a request or its answer', () => {
  const reset = (count: number, ttl: number) =>
    cell('closedInAnswer', {
      ...{ count, detail: 3, valueMin: 1500, valueMax: 1900 },
      ...{ ttlMin: ttl, ttlMax: ttl, handshakeMinUs: 40 * MS, handshakeTtlMin: 54, handshakeTtlMax: 54 },
    });
  const placed = (...cells: readonly OutcomeCell[]) =>
    diagnose(cells, [], known).diagnoses.map(({ fault, leg, confidence }) => `${fault} ${leg} ${confidence}`);

  it('lies with the device whose TTL it has', () => {
    expect(placed(reset(3, 64))).toEqual(['sni-reset local-firewall likely']);
    expect(placed(reset(3, 58))).toEqual(['sni-reset path likely']);
    expect(placed(reset(3, 54))).toEqual(['provider-error provider possible']);
  });

  it('is none where it is rare', () => {
    expect(placed(reset(2, 64))).toEqual([]);
    expect(placed(reset(3, 64), cell('served', { count: 30, handshakeMinUs: 40 * MS }))).toEqual([]);
  });
});

it('a name without an answer is one of the resolver where it answers other names meanwhile', () => {
  const silent = cell('dnsUnanswered', { server: GATEWAY, port: 53, count: 4, delayMaxUs: 3000 * MS });
  const other = cell('dnsAnswered', { name: 'github.com', server: GATEWAY, port: 53 });
  const [found] = diagnose([silent, other], [], known).diagnoses;
  expect(found?.summary).toBe('The resolver 10.1.0.1 answers other names, and not api.anthropic.com');
  expect(diagnose([silent], [], known).diagnoses[0]?.summary).toBe('The resolver 10.1.0.1 does not answer');
});

it('a reset in place of an answer is possible from five seconds on', () => {
  const reset = (ageS: number) => cell('closedInAnswer', { detail: ageS * 2 + 1, valueMin: ageS * 1000 });
  expect(said(reset(15))).toEqual(['api.anthropic.com idle-cut-reset possible']);
  expect(said(reset(2))).toEqual([]);
});

describe('requests to a model', () => {
  const NAME = 'api.anthropic.com';
  const refused = { bytesDown: 250, recordsDown: 1, waitMs: 100, answerMs: 0, flags: 17 };
  const streamed = { bytesDown: 9000, recordsDown: 40 };
  const unanswered = { bytesDown: 0, recordsDown: 0, waitMs: 0, flags: 17 };
  const call = (startMs: number, bytesUp: number, more: Partial<UsageExchange>): UsageExchange =>
    exchange({ startMs, bytesUp, ...more });
  const saidOf = (
    exchanges: readonly UsageExchange[],
    isMixed = false,
    outcomes: readonly OutcomeCell[] = [cell('served')],
  ) => {
    const of = { ...known, isModel: () => true, isMixed: () => isMixed };
    const rows = [row(NAME, FORMS.node22Fetch, { host: HOST, exchanges })];
    return diagnose(outcomes, [window(rows)], of).diagnoses.map(
      ({ fault, confidence }) => `${fault} ${confidence}`,
    );
  };

  it('that are answered after a long thought work; longer waits, and many, are a fault', () => {
    const late = (waitMs: number, count = 1) =>
      saidOf(Array.from({ length: count }, (_, i) => call(i * 60_000, 30_000, { ...streamed, waitMs })));
    expect(late(26_000, 2)).toEqual([]);
    expect(late(26_000, 3)).toEqual(['provider-slow possible']);
    expect(late(60_000)).toEqual(['provider-slow possible']);
    expect(late(60_000, 2)).toEqual(['provider-slow likely']);
    const soon = Array.from({ length: 5 }, (_, i) => call(60_000 * (i + 1), 60_000, streamed));
    expect(saidOf([call(0, 60_000, { ...streamed, waitMs: 26_000 }), ...soon])).toEqual([]);
  });

  it('that all go up at one low rate meet a narrow line', () => {
    const up = (uploadMs: readonly number[], recordsUp = 4) =>
      saidOf(uploadMs.map((ms, i) => call(i * 60_000, 60_000, { ...streamed, uploadMs: ms, recordsUp })));
    expect(up([5600, 6400])).toEqual(['squeeze likely']);
    // A program that sends piece by piece, a single loss, and a single request.
    expect(up([5600, 6400], 60)).toEqual([]);
    expect(up([5600, 100])).toEqual([]);
    expect(up([5600])).toEqual([]);
  });

  it('that are refused in words of different length are counted together', () => {
    const sizes = [560, 560, 560, 590, 605];
    const exchanges = sizes.map((bytesDown, i) =>
      call(i * i * 1500, 25_000, { ...refused, waitMs: 300, bytesDown }),
    );
    const rows = [row(NAME, FORMS.node22Fetch, { host: HOST, exchanges })];
    const [found] = diagnose([cell('served')], [window(rows)], { ...known, isModel: () => true }).diagnoses;
    expect(found?.evidence[0]).toMatch(/^5 requests of 25000 bytes, each answered by 560 to 605 bytes/);
  });

  it('that a device nearby answers with one page are blocked by it', () => {
    const page = { bytesDown: 4352, recordsDown: 1, waitMs: 0, answerMs: 0, flags: 1 };
    const rows = [
      row(NAME, FORMS.node22Fetch, {
        host: HOST,
        exchanges: [0, 2000, 4000, 6000].map((startMs) => call(startMs, 30_000, page)),
      }),
    ];
    const from = (ms: number, ttl: number) =>
      cell('served', {
        handshakeMinUs: ms * MS,
        handshakeMaxUs: ms * MS,
        handshakeTtlMin: ttl,
        handshakeTtlMax: ttl,
      });
    const far = { ...elsewhere, handshakeTtlMin: 54, handshakeTtlMax: 54 };
    const found = (near: OutcomeCell) =>
      diagnose([near, far], [window(rows)], { ...known, isModel: () => true }).diagnoses.map(
        ({ fault, leg }) => `${fault} ${leg}`,
      );
    expect(found(from(2, 64))).toEqual(['block-page proxy']);
    expect(found(from(25, 54))).toEqual(['provider-error provider']);
  });

  it('that are never answered fail, whatever a handshake sent', () => {
    const exchanges = [0, 15_000, 30_000].map((startMs) => call(startMs, 30_000, unanswered));
    const rows = [row(NAME, FORMS.node22Fetch, { host: HOST, exchanges })];
    const of = { ...known, isModel: () => true };
    const [found] = diagnose([cell('served', { count: 3 })], [window(rows)], of).diagnoses;
    expect([found?.fault, found?.effect]).toEqual(['provider-slow', 'fails']);
    expect(found?.summary).toBe(
      'api.anthropic.com takes requests and does not answer before the client gives up',
    );
  });

  it('that are answered by a few bytes were refused', () => {
    expect(saidOf([call(0, 60_000, refused)])).toEqual(['provider-auth possible']);
    const three = [60_000, 50_000, 40_000].map((bytes, i) => call(i * 1000, bytes, refused));
    expect(saidOf(three)).toEqual(['provider-auth possible']);
    expect(saidOf([...three, call(9000, 70_000, streamed)])).toEqual(['provider-auth possible']);
    expect(saidOf([...three.slice(2), call(9000, 60_000, streamed)])).toEqual([]);
    expect(saidOf([call(0, 60_000, streamed), call(9000, 60_000, refused)])).toEqual([
      'provider-auth possible',
    ]);
  });

  it('that are all answered at once by a page of one size were refused', () => {
    const page = (bytesUp: number, i: number, more: Partial<UsageExchange> = {}) =>
      call(i * 1000, bytesUp, { bytesDown: 5600, recordsDown: 1, waitMs: 100, answerMs: 0, ...more });
    const pages = [6000, 9000, 14_000].map((bytes, i) => page(bytes, i));
    expect(saidOf(pages)).toEqual(['provider-error possible']);
    expect(saidOf(pages.slice(1))).toEqual(['provider-error possible']);
    expect(saidOf(pages.slice(2))).toEqual(['provider-error possible']);
    // Embeddings of a text are longer, and a model needs a while.
    expect(saidOf([page(14_000, 0, { bytesDown: 8200 })])).toEqual([]);
    expect(saidOf([page(14_000, 0, { waitMs: 900 })])).toEqual([]);
    expect(saidOf(pages, true)).toEqual([]);
    // Content networks send the first records short.
    expect(saidOf(pages.map((one) => ({ ...one, recordsDown: 5 })))).toEqual(['provider-error possible']);
    for (const other of [{ bytesDown: 5700 }, { recordsDown: 9 }, { answerMs: 900 }])
      expect(saidOf([page(9000, -9, other), ...pages.slice(2), page(9000, 9, other)])).toEqual([]);
    // A gateway that waits for its server gives up after a fixed time.
    const withWaits = (...waits: readonly number[]) =>
      saidOf(pages.map((one, i) => ({ ...one, waitMs: waits[i] ?? 0 })));
    expect(withWaits(4000, 4000, 4100)).toEqual(['provider-error possible']);
    // Different waits may be those of answers that a device holds back.
    expect(withWaits(4000, 2600, 5400)).toEqual(['buffering possible']);
  });

  it('that a program repeats in a loop are no refusals', () => {
    const loop = (pauseMs: number, waitMs: number, bytesDown: number, bytesUp = 3500) =>
      Array.from({ length: 8 }, (_, i) => call(i * pauseMs, bytesUp, { ...refused, bytesDown, waitMs }));
    // The next question follows each answer, or the answers come after the time of a model.
    expect(saidOf(loop(200, 100, 480))).toEqual([]);
    expect(saidOf(loop(3000, 700, 480))).toEqual([]);
    expect(saidOf(loop(3000, 100, 480))).toEqual(['provider-error possible']);
    // At a steady pace, and several at once.
    expect(saidOf(loop(1000, 200, 363))).toEqual([]);
    const atOnce = loop(0, 200, 245).map((one, i) => ({ ...one, startMs: Math.floor(i / 4) * 4000 }));
    expect(saidOf(atOnce)).toEqual([]);
    // Embeddings of one size.
    expect(saidOf(loop(200, 0, 503, 11_760))).toEqual([]);
    expect(saidOf(loop(500, 0, 236, 11_232))).toEqual([]);
    // Clients wait longer before each retry.
    const backOff = [0, 1000, 3000, 7000].map((at) => call(at, 3500, { ...refused, bytesDown: 480 }));
    expect(saidOf(backOff)).toEqual(['provider-error likely']);
    // Tokens are counted before each prompt.
    const counted = [0, 3, 6, 9].flatMap((second) => [
      call(second * 1000, 30_224, { ...refused, bytesDown: 105 }),
      call(second * 1000 + 500, 30_224, streamed),
    ]);
    expect(saidOf(counted, true)).toEqual(['provider-error possible']);
    // Answers of one size among others are chance.
    const answered = loop(3000, 100, 480).map((one, i) =>
      i % 2 === 0 ? one : { ...one, bytesDown: 400 + 30 * i },
    );
    expect(saidOf(answered)).toEqual([]);
  });

  it('that end without an answer on connections of their own were refused', () => {
    const ended = [0, 1000, 2000].map((at) => call(at, 14_240, unanswered));
    expect(saidOf(ended)).toEqual(['provider-error possible']);
    expect(saidOf(ended.slice(1))).toEqual([]);
    expect(saidOf([...ended, call(9000, 14_240, streamed)])).toEqual([]);
    expect(saidOf(ended.map((one) => ({ ...one, flags: 1 })))).toEqual([]);
  });

  it('are answered by at most the bytes that may contain session tickets', () => {
    const first = (flags: number) => {
      const calls = [0, 2_000, 6_000].map((startMs) => call(startMs, 60_000, { ...refused, flags }));
      const rows = [row(NAME, FORMS.node22Fetch, { host: HOST, exchanges: calls })];
      return diagnose([cell('served')], [window(rows)], { ...known, isModel: () => true }).diagnoses[0]
        ?.evidence[0];
    };
    expect(first(17)).toMatch(/^3 requests of 60000 bytes, each answered by 250 bytes within/);
    expect(first(19)).toMatch(/^3 requests of 60000 bytes, each answered by at most 250 bytes within/);
  });

  it('may be telemetry on a name that takes both', () => {
    expect(saidOf([call(0, 60_000, refused)], true)).toEqual([]);
    // A batch of the same size at each start; the starts are minutes apart.
    const batches = (pauseMs: number) => [0, 1, 2].map((i) => call(i * pauseMs, 60_000, refused));
    expect(saidOf(batches(300_000), true)).toEqual([]);
    expect(saidOf(batches(30_000), true)).toEqual(['provider-error possible']);
    // A call that is answered in between was no retry.
    expect(saidOf([...batches(30_000), call(45_000, 90_000, streamed)], true)).toEqual([]);
  });

  it('of a resolver that came back in ICMP errors were rejected by it or by a gateway', () => {
    const rejected = cell('dnsUnanswered', { server: GATEWAY, port: 53, count: 2, detail: 1 });
    const [found] = diagnose([rejected], [], known).diagnoses;
    expect(found?.summary).toBe('DNS queries to 10.1.0.1 come back in ICMP errors');
    expect(found?.evidence).toEqual([
      '2 DNS queries to 10.1.0.1 came back in ICMP errors, of the resolver or of a device before it',
    ]);
  });

  it('that get no answer and are made again were given up', () => {
    const tries = [0, 15_000, 30_000].map((at) => call(at, 1500, unanswered));
    expect(saidOf([...tries, call(45_000, 60_000, streamed)])).toEqual(['provider-slow likely']);
    // Records that could not be read may have been answers.
    expect(saidOf(tries, false, [cell('opened', { segments: 9, handshakeMinUs: MS })])).toEqual([]);
    const atOnce = [0, 100].map((at) => call(at, 1500, unanswered));
    expect(saidOf([...atOnce, call(200, 60_000, streamed)])).toEqual([]);
  });

  describe('that look like handshakes of WebSockets', () => {
    const dial = (at: number, more: Partial<UsageExchange> = {}) =>
      call(at, 1647, { ...refused, recordsUp: 1, ...more });
    const prompt = call(5000, 60_000, streamed);
    const dials = [0, 300, 900].map((at) => dial(at));

    it('are refused where a prompt is answered afterwards', () => {
      const rows = [row(NAME, FORMS.node22Fetch, { host: HOST, exchanges: [...dials, prompt] })];
      const [found] = diagnose([cell('served')], [window(rows)], { ...known, isModel: () => true }).diagnoses;
      expect([found?.fault, found?.confidence, found?.effect]).toEqual([
        'provider-error',
        'likely',
        'degraded',
      ]);
      expect(found?.summary).toContain('WebSockets to api.anthropic.com are refused');
      expect(found?.advice).toContain('allow HTTP/1.1 Upgrade');
    });

    it('have no times in a capture of one direction', () => {
      const exchanges = [...dials, prompt, call(9000, 60_000, { ...streamed, waitMs: 95_000 })];
      const rows = [row(NAME, FORMS.node22Fetch, { host: HOST, exchanges, packetsDown: 0 })];
      const of = { ...known, isModel: () => true };
      expect(diagnose([cell('opened')], [window(rows)], of).diagnoses).toEqual([]);
    });

    it.each([
      ['two may be chance', [...dials.slice(1), prompt]],
      ['they run at once', [...[0, 0, 100].map((at) => dial(at)), prompt]],
      ['their connections stay open', [...[0, 300, 900].map((at) => dial(at, { flags: 1 })), prompt]],
      ['other requests run meanwhile', [...dials, call(500, 900, refused), call(700, 800, refused), prompt]],
      ['the prompt follows much later', [...dials, call(60_000, 60_000, streamed)]],
    ])('are not where %s', (_, exchanges) => {
      expect(saidOf(exchanges)).toEqual([]);
    });

    // Two refusals, then the prompt, each time; the sizes are those of a status 403.
    const round = (at: number, more: Partial<UsageExchange> = {}) => [
      dial(at, { bytesUp: 870, bytesDown: 267, ...more }),
      dial(at + 800, { bytesUp: 870, bytesDown: 267, ...more }),
      call(at + 1300, 22_400, streamed),
    ];

    it('are refused where each of several prompts follows a pair of them', () => {
      for (const isMixed of [false, true])
        expect(saidOf([...round(0), ...round(5000), ...round(10_000)], isMixed)).toEqual([
          'provider-error likely',
        ]);
    });

    it.each([
      ['one prompt follows a pair', round(0)],
      ['one request asks for a status before each prompt', [...round(0).slice(1), ...round(5000).slice(1)]],
      ['the answers differ', [...round(0), ...round(5000, { bytesDown: 700 })]],
      ['the requests differ', [...round(0), ...round(5000, { bytesUp: 930 })]],
      ['the answers are longer', [...round(0, { recordsDown: 2 }), ...round(5000, { recordsDown: 2 })]],
      [
        'other requests run meanwhile',
        [0, 5000].flatMap((at) => [...round(at), call(at + 400, 900, refused)]),
      ],
    ])('are not before several prompts where %s', (_, exchanges) => {
      expect(saidOf(exchanges)).toEqual([]);
    });

    const at403 = { bytesUp: 870, bytesDown: 387 };
    const backOff = [0, 800, 2000, 4100, 7400, 11_000].map((at) => dial(at, at403));

    it('may be refused where the client dials again after longer and longer pauses', () => {
      expect(saidOf(backOff)).toEqual(['provider-error possible']);
      expect(saidOf([...backOff, call(60_000, 60_000, streamed)])).toEqual(['provider-error possible']);
    });

    it.each([
      ['they are few', backOff.slice(0, 4)],
      ['a program polls at a steady pace', [0, 1, 2, 3, 4, 5].map((i) => dial(i * 5000, at403))],
      ['an answer streams meanwhile', [...backOff, call(3000, 5000, streamed)]],
      [
        'other requests run meanwhile',
        [...backOff, ...[1, 2, 3, 4].map((i) => call(2000 * i, 700 + 20 * i, refused))],
      ],
      ['the requests are too short', backOff.map((one) => ({ ...one, bytesUp: 200 }))],
      ['their connection stays open', backOff.map((one) => ({ ...one, flags: 1 }))],
    ])('are not refused dials where %s', (_, exchanges) => {
      expect(saidOf(exchanges)).toEqual([]);
    });
  });

  it('of one runtime, and a certificate that another one refuses: an inspection', () => {
    const rows = [
      row(NAME, FORMS.node22Fetch, { host: HOST, flows: 4 }),
      row(NAME, FORMS.curl, { host: HOST, flows: 9, exchanges: [call(0, 500, streamed)] }),
    ];
    const refusal = cell('answerRefused', { count: 4, handshakeMinUs: 36 * MS });
    const runtimeOf = ({ ja4 }: { readonly ja4: string }) =>
      ja4 === FORMS.curl.ja4 ? { id: 'openssl', label: 'curl' } : { id: 'node', label: 'Node 22-24 fetch' };
    const of = { ...known, runtimeOf };
    const [found] = diagnose([refusal, cell('served', { count: 9 })], [window(rows)], of).diagnoses;
    expect([found?.fault, found?.confidence]).toEqual(['interception-untrusted', 'likely']);
    expect(found?.evidence).toContain(
      'the certificate for api.anthropic.com was accepted by curl, and by no connection of Node 22-24 fetch',
    );
    expect(found?.summary).toBe(
      'Node 22-24 fetch refuses the certificate for api.anthropic.com, and curl accepts it',
    );
    expect(found?.advice).toContain('NODE_EXTRA_CA_CERTS');
    const other = { name: 'statsig.anthropic.com', server: '160.79.104.11' };
    const second = diagnose(
      [refusal, cell('served', { count: 9 }), cell('answerRefused', { ...other, count: 3 })],
      [window([...rows, row(other.name, FORMS.node22Fetch, { host: HOST, flows: 3 })])],
      of,
    ).diagnoses.find(({ name }) => name === other.name);
    expect(second?.summary).toBe(
      'Node 22-24 fetch refuses the certificate for statsig.anthropic.com, and curl accepts that for api.anthropic.com',
    );
  });
});

describe('of two programs of a host', () => {
  const runtimeOf = ({ ja4 }: { readonly ja4: string }) =>
    ja4 === FORMS.curl.ja4 ? { id: 'openssl', label: 'curl' } : { id: 'node', label: 'Node 22-26 fetch' };
  const works = cell('served', {
    count: 9,
    handshakeMinUs: 36 * MS,
    handshakeTtlMin: 54,
    handshakeTtlMax: 54,
  });
  const found = (failed: OutcomeCell, helloBytes: number) => {
    const sizes = { helloBytesMin: helloBytes, helloBytesMax: helloBytes };
    const rows = [
      row('api.anthropic.com', FORMS.node22Fetch, { host: HOST, flows: 4, ...sizes }),
      row('api.anthropic.com', FORMS.curl, {
        ...{ host: HOST, flows: 9, helloBytesMin: 512, helloBytesMax: 512 },
        exchanges: [exchange({ bytesDown: 3000, recordsDown: 9 })],
      }),
    ];
    return diagnose([failed, works], [window(rows)], { ...known, runtimeOf }).diagnoses[0];
  };

  it.each<[OutcomeKind, Partial<OutcomeCell>, number, string]>([
    ['helloFrontLost', { value: 20 }, 1604, 'mtu-blackhole'],
    ['helloSilent', { value: 20 }, 1604, 'split-hello'],
    ['helloSilent', { value: 20 }, 517, 'data-blackhole'],
    ['helloReset', { delayMinUs: MS, ttlMin: 64 }, 1604, 'split-hello'],
    ['helloReset', { delayMinUs: MS, ttlMin: 64 }, 517, 'sni-reset'],
  ])('%s of the one alone fails it', (kind, more, helloBytes, fault) => {
    const failed = cell(kind, { count: 4, handshakeMinUs: 36 * MS, handshakeTtlMin: 54, ...more });
    const one = found(failed, helloBytes);
    expect([one?.fault, one?.confidence, one?.effect]).toEqual([fault, 'likely', 'fails']);
    expect(one?.summary).toMatch(/Node 22-26 fetch.* and .*curl/);
  });

  it.each<[string, Partial<OutcomeCell>, string[]]>([
    ['an inspection', { detail: 0, handshakeMinUs: MS, handshakeTtlMax: 64 }, ['interception-untrusted']],
    ['an alert', { detail: 49, handshakeMinUs: 36 * MS, handshakeTtlMax: 54 }, ['interception-untrusted']],
    // Monitors read the certificate and leave.
    ['neither', { detail: 0, handshakeMinUs: 36 * MS, handshakeTtlMax: 54 }, []],
  ])('an unknown one that refuses a certificate is compared with %s', (_, more, faults) => {
    const times = { firstUs: AT_US, lastUs: AT_US + 9000 * MS };
    const rows = [
      row('api.anthropic.com', FORMS.unknown, { host: HOST, flows: 4 }),
      row('api.anthropic.com', FORMS.curl, {
        ...{ host: HOST, flows: 9 },
        exchanges: [exchange({ bytesDown: 3000, recordsDown: 9 })],
      }),
    ];
    const ofCurl = ({ ja4 }: { readonly ja4: string }) =>
      ja4 === FORMS.curl.ja4 ? { id: 'openssl', label: 'curl' } : null;
    const refused = cell('answerRefused', { count: 4, ...times, ...more });
    const { diagnoses } = diagnose([refused, works], [window(rows)], { ...known, runtimeOf: ofCurl });
    expect(diagnoses.filter(({ confidence }) => confidence === 'likely').map(({ fault }) => fault)).toEqual(
      faults,
    );
    if (faults.length > 0)
      expect(diagnoses[0]?.summary).toBe(
        `The program with JA4 ${FORMS.unknown.ja4} refuses the certificate for api.anthropic.com, and curl accepts it`,
      );
  });

  it('a status of the proxy for one of them is no rule about the name', () => {
    const times = { firstUs: AT_US, lastUs: AT_US + 9000 * MS };
    const refused = cell('connectStatus', { count: 4, detail: 403, proxied: 4, ...times });
    const passing = cell('served', {
      count: 9,
      proxied: 9,
      firstUs: AT_US + 1000 * MS,
      lastUs: AT_US + 2000 * MS,
    });
    const rows = [
      row('api.anthropic.com', FORMS.curl, {
        ...{ host: HOST, flows: 9 },
        exchanges: [exchange({ bytesDown: 3000, recordsDown: 9 })],
      }),
    ];
    const [one] = diagnose([refused, passing], [window(rows)], { ...known, runtimeOf }).diagnoses;
    expect(one?.summary).toBe(
      'A program gets status 403 from the proxy 160.79.104.10:443 for api.anthropic.com, and curl passes',
    );
    expect(one?.advice).toContain('Compare the two programs');
    const later = { ...passing, firstUs: AT_US + 99_000 * MS, lastUs: AT_US + 99_000 * MS };
    const [rule] = diagnose([refused, later], [window(rows)], { ...known, runtimeOf }).diagnoses;
    expect(rule?.advice).toContain('allow list');
  });
});

describe('IPv6', () => {
  const over6 = (name: string, kind: OutcomeKind, count = 3) =>
    cell(kind, {
      name,
      server: '2001:db8:1::5',
      count,
      value: 3 * count,
      handshakeMinUs: kind === 'served' ? MS : 0,
    });
  const over4 = cell('served', { count: 3, handshakeMinUs: 36 * MS, firstUs: AT_US + 250 * MS });
  const first = (...cells: readonly OutcomeCell[]) => diagnose(cells, [], known).diagnoses[0];

  it('of one name that fails is not that of the network', () => {
    const alone = first(over6('api.anthropic.com', 'synSilent'), over4);
    expect([alone?.fault, alone?.confidence, alone?.effect]).toEqual(['ipv6-broken', 'certain', 'degraded']);
    expect(alone?.summary).toBe('api.anthropic.com is reached over IPv4, and not over IPv6');
    expect(alone?.evidence).toContain(
      'the first request over IPv4 was sent 250 ms after the first SYN over IPv6',
    );
    const other = [over6('chatgpt.com', 'synSilent'), { ...over4, name: 'chatgpt.com' }];
    const all = first(over6('api.anthropic.com', 'synSilent'), over4, ...other);
    expect(all?.summary).toContain('IPv6 does not work here');
  });

  it('is refused by resets and ICMP errors, or got no answer at all', () => {
    const evidence = (...cells: readonly OutcomeCell[]) => first(...cells, over4)?.evidence;
    const silent = over6('api.anthropic.com', 'synSilent');
    const reset = over6('api.anthropic.com', 'synReset', 4);
    const noRoute = { ...over6('api.anthropic.com', 'icmp'), detail: 256, by: 'fd00:1::1' };
    expect(evidence(silent)?.[0]).toBe('3 connections over IPv6 got no answer');
    expect(evidence(reset)?.[0]).toBe('4 connections over IPv6 got a reset as the answer to the SYN');
    expect(evidence(silent, noRoute)?.slice(0, 2)).toEqual([
      '3 connections over IPv6 got no SYN-ACK',
      'fd00:1::1 sent 3 ICMP messages "no route to destination" that quote packets to the server',
    ]);
  });

  it('is compared with the first request over IPv4 alone', () => {
    const opened = cell('opened', { count: 1, handshakeMinUs: 36 * MS, firstUs: AT_US + 9 * MS });
    expect(first(over6('api.anthropic.com', 'synSilent'), opened)?.evidence.join()).not.toContain('after');
  });

  it('that no other connection of the host shows to work may be the reason of silence', () => {
    const silent = over6('api.anthropic.com', 'synSilent');
    expect(first(silent)?.confidence).toBe('possible');
    expect(first(silent)?.advice).toContain('curl -4');
    expect(first(silent, over6('chatgpt.com', 'served'))?.confidence).toBe('likely');
  });

  it('that works for other names makes one silent SYN a chance', () => {
    const others = over6('chatgpt.com', 'served');
    expect(first(over6('api.anthropic.com', 'synSilent'), over4, others)?.confidence).toBe('likely');
    expect(first(over6('api.anthropic.com', 'synSilent', 1), over4, others)?.confidence).toBe('possible');
  });
});

it('a question of a host that opens connections and hears nothing may be answered out of the capture', () => {
  const asked = cell('dnsUnanswered', { server: GATEWAY, port: 53, count: 6, delayMaxUs: 5000 * MS });
  const account = (harmless: number) => ({
    ...window([]),
    account: [{ host: HOST, lookedInto: 400, harmless, inside: 0, hidden: [], destinations: [] }],
  });
  const [heard, unheard] = [account(0), account(222)];
  const sureness = (cells: readonly OutcomeCell[], of: typeof heard) =>
    diagnose(cells, [of], known).diagnoses.map(({ fault, confidence }) => `${fault} ${confidence}`);
  expect(sureness([asked], heard)).toEqual(['dns-timeout likely']);
  expect(sureness([asked], unheard)).toEqual(['dns-timeout possible']);
  expect(sureness([asked, elsewhere], unheard)).toEqual(['dns-timeout likely']);
});

it('a request whose later bytes alone are acknowledged meets a black hole of the MTU', () => {
  const unheard = (detail: number) =>
    cell('requestUnheard', { count: 2, value: 12, detail, delayMaxUs: 9 * MS });
  expect(said(unheard(1))).toEqual(['api.anthropic.com mtu-blackhole likely']);
  expect(said(unheard(0))).toEqual(['api.anthropic.com data-blackhole possible']);
});

it.each([
  [4, 80, ['api.anthropic.com loss possible']],
  [6, 80, ['api.anthropic.com loss likely']],
  [3, 100, []],
  [2, 40, []],
  [4, 88, ['api.anthropic.com loss possible']],
])('%i losses in %i segments of a short recording', (repeated, segments, expected) => {
  expect(said(cell('served', { count: 2, handshakeMinUs: 36 * MS, segments, repeated }))).toEqual(expected);
});

it('losses are of one direction only where the other one goes on', () => {
  const of = { ...known, isModel: () => true };
  const summary = (repeated: number, holes: number, largestGapMs = 60) => {
    const calls = [0, 9_000].map((startMs) =>
      exchange({ startMs, bytesUp: 100_000, bytesDown: 100_000, recordsDown: 80, largestGapMs }),
    );
    const rows = [row('api.anthropic.com', FORMS.node22Fetch, { host: HOST, exchanges: calls })];
    const lossy = cell('served', {
      ...{ count: 2, handshakeMinUs: 36 * MS, segments: 300, repeated: repeated + holes, value: holes },
    });
    const [found] = diagnose([lossy], [window(rows)], of).diagnoses;
    expect(found?.evidence.at(-1)).toBe(
      `${repeated} segments of the client were repeated, ${holes} holes were in the data of servers`,
    );
    return found?.summary;
  };
  expect(summary(30, 0)).toBe('Many packets are lost on the way from the client, few on the way back');
  expect(summary(0, 30)).toBe('Many packets are lost on the way to the client, few on the way back');
  expect(summary(30, 20)).toBe('Many packets are lost between the client and every name');
  expect(summary(30, 0, 2_000)).toBe('Many packets are lost between the client and every name');
});

it('a line with slow uploads is slow from the client for each name', () => {
  const slow = cell('served', { name: 'github.com', count: 3, handshakeMinUs: 40 * MS, fastestKbit: 60 });
  const uploads = (uploadMs: number) => {
    const calls = [0, 60_000].map((startMs) => exchange({ startMs, bytesUp: 60_000, uploadMs }));
    return [window([row('api.anthropic.com', FORMS.node22Fetch, { host: HOST, exchanges: calls })])];
  };
  const summary = (uploadMs: number) =>
    diagnose([slow, cell('served')], uploads(uploadMs), known).diagnoses.find(
      ({ name }) => name === 'github.com',
    )?.summary;
  expect(summary(6_000)).toBe('The line carries very few bits per second from the client');
  expect(summary(5)).toBe('The line carries very few bits per second');
});

it('on a short way, holes are losses and repetitions are none', () => {
  const near = (value: number) =>
    cell('served', { count: 6, handshakeMinUs: 8 * MS, segments: 300, repeated: 20, value });
  expect(said(near(20))).toEqual(['api.anthropic.com loss certain']);
  expect(said(near(0))).toEqual([]);
});

it('answers of a resolver that are all late are no chance', () => {
  const asked = (count: number, delayMs: number, more: Partial<OutcomeCell> = {}) =>
    cell('dnsAnswered', {
      ...{ server: GATEWAY, port: 53, detail: 1, count, delayMs: delayMs * count },
      ...{ delayMinUs: delayMs * MS, delayMaxUs: delayMs * MS, ...more },
    });
  expect(said(asked(6, 900))).toEqual(['api.anthropic.com dns-slow likely']);
  expect(said(asked(2, 900))).toEqual([]);
  expect(said(asked(6, 900, { delayMinUs: 30 * MS }))).toEqual([]);
  expect(said(asked(6, 450))).toEqual([]);
  // Each round trip to the outside takes nearly as long.
  expect(said(asked(6, 900), cell('served', { handshakeMinUs: 480 * MS }))).toEqual([]);
  expect(said(asked(2, 1200))).toEqual(['api.anthropic.com dns-slow certain']);
  expect(said(asked(2, 1200, { kind: 'dnsEmpty' }))).toEqual(['api.anthropic.com dns-blocked likely']);
});

it.each([
  [[2500, 2580], ['api.anthropic.com proxy-lifetime likely']],
  [[2500, 2900], []],
  [[700, 720], []],
  [[4500, 4600], ['api.anthropic.com proxy-lifetime likely']],
])('a proxy that ends connections at %j ms', ([least = 0, most = 0], expected) => {
  const ended = cell('closedInAnswer', {
    ...{ server: '10.1.0.9', port: 3128, proxied: 2, count: 2, handshakeMinUs: MS, delayMinUs: 2000 * MS },
    ...{ detail: Math.floor(least / 1000) * 2, valueMin: least, valueMax: most, value: least + most },
  });
  expect(said(ended)).toEqual(expected);
});

it.each([
  [0, 'from the client'],
  [20, 'to the client'],
  [10, 'between the client and every name'],
])('loss with %i holes of 20 states its direction', (value, text) => {
  const lossy = cell('served', { count: 4, handshakeMinUs: 36 * MS, segments: 200, repeated: 20, value });
  expect(diagnose([lossy], [], known).diagnoses[0]?.summary).toContain(text);
});

it('a name without a fault is known from logs where no packet was measured', () => {
  const checkedFrom = (more: Partial<OutcomeCell>) =>
    diagnose([cell('served', { count: 2, ...more })], [], known).checked.map(({ isLogged }) => isLogged);
  expect(checkedFrom({})).toEqual([true]);
  expect(checkedFrom({ handshakeMinUs: 36 * MS })).toEqual([false]);
});

describe('SYNs that were not repeated', () => {
  const silent = (value: number) => cell('synSilent', { count: 4, value });
  const found = (value: number) =>
    diagnose(
      [silent(value), elsewhere],
      [{ ...window([]), stats: { ...window([]).stats, packets: 9 } }],
      known,
    );

  it('may be answered out of a capture that has SYNs alone', () => {
    const [diagnosis] = found(4).diagnoses;
    expect([diagnosis?.fault, diagnosis?.confidence]).toEqual(['tcp-blackhole', 'possible']);
    expect(diagnosis?.against.join()).toContain('may have SYNs alone');
  });

  it('are dropped where some are repeated', () =>
    expect(found(5).diagnoses.map(({ confidence }) => confidence)).toEqual(['likely']));
});

it('a client that repeats its SYN behind a SYN-ACK does not take the answer', () => {
  const ignored = cell('synSilent', { count: 2, value: 8, detail: 1 });
  const [found] = diagnose([ignored, elsewhere], [], known).diagnoses;
  expect([found?.fault, found?.leg, found?.confidence]).toEqual(['tcp-blackhole', 'client', 'likely']);
  expect(found?.sequences[0]?.steps.map(({ text }) => text)).toEqual(['SYN', 'SYN-ACK', 'SYN again']);
  expect(said(ignored, cell('served', { count: 5, handshakeMinUs: 30 * MS }), elsewhere)).toEqual([
    'api.anthropic.com tcp-blackhole possible',
  ]);
});

describe('answers of a resolver that are truncated', () => {
  const truncated = cell('dnsTruncated', { server: '10.1.0.2', port: 53, count: 4, detail: 1 });
  const refused = cell('synReset', { name: '', server: '10.1.0.2', port: 53, count: 2, value: 2 });

  it('are a fault where the resolver takes no TCP', () => {
    const [found, ...more] = diagnose([truncated, refused], [], known).diagnoses;
    expect(more).toEqual([]);
    expect([found?.fault, found?.leg, found?.confidence]).toEqual(['dns-timeout', 'resolver', 'certain']);
    expect(found?.evidence[1]).toBe('2 TCP connections to port 53 of 10.1.0.2 were reset');
  });

  it('are none without such an attempt, or where the client knew an address afterwards', () => {
    expect(said(truncated)).toEqual([]);
    expect(said(truncated, refused, cell('served', { handshakeMinUs: 30 * MS }))).toEqual([]);
    expect(said(cell('synReset', { ...refused, server: '10.1.0.3' }), truncated)).toEqual([]);
  });
});

describe('answers that break off', () => {
  const broken = (detail: number) =>
    cell('requestUnanswered', { count: 3, detail, handshakeMinUs: 30 * MS, delayMaxUs: 9000 * MS });

  it.each([
    [1, 'bytes in the middle of an answer never arrived'],
    [2, 'broke off within a TLS record'],
  ])('show that full packets are lost (detail %i)', (detail, text) => {
    expect(said(broken(detail))).toEqual(['api.anthropic.com mtu-blackhole likely']);
    expect(evidenceOf(broken(detail)).join()).toContain(text);
  });

  it('are none where the answer did not begin', () => expect(said(broken(0))).toEqual([]));
});

describe('a silent connection', () => {
  const silentS = 3600;
  const cut = cell('requestUnheard', {
    ...{ count: 3, handshakeMinUs: 30 * MS, delayMaxUs: silentS * 1000 * MS, value: 12 },
    ...{ firstUs: AT_US + silentS * 1000 * MS, lastUs: AT_US + silentS * 1000 * MS },
  });

  it('may be that of a laptop that slept', () => {
    expect(said(cut)).toEqual(['api.anthropic.com idle-cut-silent possible']);
    expect(against(cut).join()).toContain('may have slept');
  });

  it('was cut where the host sent other packets meanwhile', () =>
    expect(
      said(
        cut,
        cell('served', { ...elsewhere, firstUs: AT_US + 1_500_000 * MS, lastUs: AT_US + 1_900_000 * MS }),
      ),
    ).toEqual(['api.anthropic.com idle-cut-silent likely']));

  it('may be pooled where the server resets it after each whole answer', () => {
    const resets = cell('resetInSilence', {
      ...{ count: 3, delayMinUs: 60_000 * MS, delayMaxUs: 60_000 * MS },
      ...{ ttlMin: 52, handshakeTtlMin: 52 },
    });
    const pooled = (bytesDown: number) =>
      diagnose(
        [resets],
        [
          window([
            row('api.anthropic.com', FORMS.curl, { host: HOST, exchanges: [exchange({ bytesDown })] }),
          ]),
        ],
        known,
      ).diagnoses.map(({ confidence }) => confidence);
    expect(pooled(700)).toEqual(['possible']);
    expect(pooled(0)).toEqual(['likely']);
  });
});

it.each([
  [
    'the resolver',
    [
      cell('dnsTruncated', { server: '10.1.0.2', port: 53, count: 4, detail: 1 }),
      cell('synReset', { name: '', server: '10.1.0.2', port: 53, count: 2, value: 2 }),
    ],
    'allow TCP port 53 from host-1.',
  ],
  [
    'the firewalls of the path',
    [
      cell('served', { count: 3, handshakeMinUs: 30 * MS, detail: 2 + 15 }),
      cell('served', { name: 'chatgpt.com', server: '104.18.32.47', handshakeMinUs: 30 * MS }),
    ],
    'half-open ones for host-1,',
  ],
])('advice about %s names a host as it is shown', (_, cells, advice) => {
  const { diagnoses } = diagnose(cells, [], known, () => 'host-1');
  expect(diagnoses.map((one) => one.advice)).toEqual([expect.stringContaining(advice)]);
  expect(JSON.stringify(diagnoses)).not.toContain(HOST);
});
