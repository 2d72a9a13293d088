// Alternatives of a diagnosis, which its packets must not refute, and the counts of its sentence.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { HostTotals, OutcomeCell, UsageWindow } from '../../../src/model/usage.ts';
import { failuresText } from '../../../src/report/text/failures.ts';
import { exchange, FORMS, row, window } from '../attribution/rows.ts';
import { numbersAt } from '../cell-numbers.ts';

const HOST = '10.1.0.5';
const NAME = 'api.anthropic.com';
const OTHER = 'api.mistral.ai';
const AT_US = 1_790_000_000_000_000;
const MS = 1000;
const NXDOMAIN = 3;

const known = {
  toolsOf: () => [],
  isModel: () => false,
  isMixed: () => false,
  runtimeOf: () => ({ id: 'node', label: 'Node 20 fetch' }),
};

function cell(kind: OutcomeKind, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: HOST, name: NAME, server: '192.0.2.9', port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(AT_US, 0), count: 4, ...more };
}

function first(cells: readonly OutcomeCell[], windows: readonly UsageWindow[] = []): Diagnosis {
  const [found] = diagnose(cells, windows, known).diagnoses;
  if (found === undefined) throw new Error('no diagnosis');
  return found;
}

const hellos = (name: string, bytes: number, isAnswered: boolean) =>
  row(name, FORMS.curl, {
    ...{ host: HOST, flows: 4, helloBytesMin: bytes, helloBytesMax: bytes },
    exchanges: isAnswered ? [exchange({ bytesUp: 900, bytesDown: 4000 })] : [],
  });

const near = {
  ...{ ttlMin: 64, ttlMax: 64, handshakeTtlMin: 54, handshakeTtlMax: 54 },
  ...{ handshakeMinUs: 40 * MS, delayMinUs: MS, delayMaxUs: MS },
};

describe('faults that look the same', () => {
  it('have no hello in two packets where each fits in one', () => {
    const cells = [cell('helloReset', near)];
    expect(first(cells, [window([hellos(NAME, 517, false)])]).alike).toEqual([]);
    expect(first(cells, [window([hellos(NAME, 1545, false)])]).alike).toEqual(['split-hello']);
  });

  it('have no MTU where each hello fits in the smallest segment', () => {
    const cells = [cell('helloSilent', { value: 12 })];
    expect(first(cells, [window([hellos(NAME, 517, false)])]).alike).toEqual(['sni-drop']);
    expect(first(cells, [window([hellos(NAME, 700, false)])]).alike).toEqual(['sni-drop', 'mtu-blackhole']);
  });

  it('have no other answer of the resolver than its own', () => {
    const zero = cell('dnsZero', { server: '10.1.0.1', port: 53, detail: 1 });
    const denied = cell('dnsError', { server: '10.1.0.1', port: 53, detail: NXDOMAIN, count: 1 });
    expect(first([zero]).alike).toEqual([]);
    expect(first([zero, denied]).alike).toEqual(['dns-nxdomain']);
  });

  it('are in words', () => {
    const [text = ''] = first([cell('serverAlert', { ...near, detail: 80 })]).alternatives;
    expect(text).toMatch(/^api\.anthropic\.com itself ends the TLS handshake\. Check/);
  });
});

describe('a hello in two packets', () => {
  const reset = cell('helloReset', { ...near, detail: 2 });
  const works = cell('served', { name: OTHER, server: '192.0.2.7', handshakeMinUs: 40 * MS });

  it('is reset for its size or its name', () => {
    const found = first([reset, works], [window([hellos(NAME, 1545, false), hellos(OTHER, 517, true)])]);
    expect(found.summary).toContain('or cannot read a ClientHello in two packets');
  });

  it('is reset for its name where those to another name are answered', () => {
    const found = first([reset, works], [window([hellos(NAME, 1545, false), hellos(OTHER, 1545, true)])]);
    expect(found.summary).not.toContain('two packets');
    expect(found.evidence).toContain(`ClientHellos in two packets to ${OTHER} were answered`);
    expect(found.alike).toEqual(['split-hello']);
  });

  it('is dropped for its name where those to another name are answered', () => {
    const lost = cell('helloRestLost', { value: 12 });
    const rows = (bytes: number) => [window([hellos(NAME, 1545, false), hellos(OTHER, bytes, true)])];
    expect(first([lost, works], rows(517)).fault).toBe('split-hello');
    expect(first([lost, works], rows(1545)).fault).toBe('sni-drop');
  });
});

describe('a device that answers in place of the server', () => {
  const box = {
    ...{ ttlMin: 64, ttlMax: 64, handshakeTtlMin: 64, handshakeTtlMax: 64 },
    ...{ handshakeMinUs: 200, handshakeMaxUs: 300, delayMinUs: MS, delayMaxUs: 2 * MS },
  };
  const far = cell('served', {
    ...{ name: OTHER, server: '192.0.2.7', handshakeMinUs: 40 * MS },
    ...{ handshakeTtlMin: 54, handshakeTtlMax: 54 },
  });

  it.each([
    ['helloClosed', 'sni-reset'],
    ['helloReset', 'sni-reset'],
    ['serverAlert', 'sni-alert'],
  ] as const)('ends the handshake: %s', (kind, fault) => {
    const found = first([cell(kind, box), far]);
    expect([found.fault, found.leg, found.confidence]).toEqual([fault, 'local-firewall', 'likely']);
    expect(found.summary).toContain('A device that answers in place of api.anthropic.com');
    expect(first([cell(kind, box)]).confidence).toBe('possible');
  });

  it('is no content network, which is near and behind several hops', () => {
    const network = { ...box, handshakeMinUs: 4 * MS, handshakeTtlMin: 57, handshakeTtlMax: 57 };
    const left = (more: object) => first([cell('answerRefused', { ...network, ...more }), far]);
    expect(left({}).fault).toBe('cert-wrongname');
    expect(left({ handshakeTtlMin: 63, handshakeTtlMax: 63 }).fault).toBe('interception-untrusted');
  });
});

describe('what was answered', () => {
  it('includes answers of a connection before its cut', () => {
    const silent = cell('synSilent', { count: 3, value: 12, firstUs: AT_US + MS, lastUs: AT_US + MS });
    const cut = cell('requestUnheard', { count: 1, handshakeMinUs: MS });
    const answered = row(NAME, FORMS.curl, {
      ...{ host: HOST, packetsDown: 9 },
      exchanges: [exchange({ bytesUp: 30_000, bytesDown: 4000, recordsDown: 20 })],
    });
    expect(failuresText(first([silent, cut]))).toBe('3 of 4 connections failed; no request was answered');
    expect(failuresText(first([silent, cut], [window([answered])]))).toBe('3 of 4 connections failed');
  });

  it('includes connections through a proxy before it stopped', () => {
    const proxy = { server: '10.1.0.3', port: 3128 };
    const silent = cell('synSilent', { ...proxy, name: '', count: 3, value: 12 });
    const works = cell('served', { ...proxy, count: 2, proxied: 2, handshakeMinUs: MS });
    const found = diagnose([silent, works], [], known).diagnoses.find(
      ({ fault }) => fault === 'proxy-unreachable',
    );
    expect(found?.summary).toBe('The proxy 10.1.0.3:3128 does not accept connections any more');
    expect(found?.against).toEqual(['2 connections through the proxy worked']);
    expect(found === undefined ? '' : failuresText(found)).toBe('3 of 5 connections failed');
  });
});

it('a host that receives packets of other servers has both directions', () => {
  const silent = cell('dnsUnanswered', { server: '10.1.0.1', port: 53, count: 9, delayMinUs: 5_000_000 });
  const totals = (bytesDown: number): UsageWindow[] => [
    {
      ...window([]),
      hosts: [{ host: HOST, bytesUp: 9000, bytesDown } as HostTotals],
      account: [{ host: HOST, lookedInto: 0, harmless: 900, inside: 0, hidden: [], destinations: [] }],
    },
  ];
  expect(first([silent], totals(0)).against.join()).toContain('no packet came back');
  expect(first([silent], totals(9000)).against.join()).not.toContain('no packet came back');
});

it('names of proxies and resolvers are not listed among names without a fault', () => {
  const helpers = ['wpad.corp.example', 'dns.google'].map((name) => cell('served', { name }));
  expect(diagnose([cell('served'), ...helpers], [], known).checked.map(({ name }) => name)).toEqual([NAME]);
});
