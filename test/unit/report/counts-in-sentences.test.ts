// Sentences with one, none and several of what they count, in each language; and no count that is stated twice.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { NO_REQUESTS_IN_LOGS } from '../../../src/model/withheld.ts';
import { renderReport } from '../../../src/report/render.ts';
import {
  caveatSentences,
  damageSentences,
  lossSentence,
  notVisibleSentence,
} from '../../../src/report/text/blind-spots.ts';
import { messagesFor } from '../../../src/report/text/english-words.ts';
import { failuresText } from '../../../src/report/text/failures.ts';
import { requestsText, sentAndReceived } from '../../../src/report/text/use-bytes.ts';
import { buildVerdicts } from '../../../src/report/text/verdict.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

const folder = temporaryFolder('counts');

describe('hosts on which nothing was seen', () => {
  it.each([
    ['en', 1, 'not seen on the only host in scope'],
    ['en', 2, 'not seen on any of 2 hosts in scope'],
    ['de', 1, 'Auf dem einzigen Rechner im Geltungsbereich'],
    ['de', 2, 'Auf 2 Rechnern im Geltungsbereich'],
    ['zh', 1, '范围内唯一的主机未看到使用'],
    ['zh', 2, '范围内 2 台主机均未看到使用'],
  ] as const)('%s, %i', async (language, hosts, text) => {
    expect((await messagesFor(language)).verdict.notSeen(hosts, null)).toContain(text);
  });
});

describe('connections to the names of a rule', () => {
  it.each([
    ['en', 1, 0, 'the only connection to names that denied tools use was not blocked'],
    ['en', 1, 1, 'the only connection to names that denied tools use was blocked (proxy 1)'],
    ['en', 3, 0, 'none of 3 connections to names that denied tools use was blocked'],
    ['en', 3, 1, '1 of 3 connections to names that denied tools use was blocked (proxy 1)'],
    ['en', 3, 3, 'all 3 connections to names that denied tools use were blocked (proxy 3)'],
    ['de', 1, 0, 'Die einzige Verbindung zu Namen, die verbotene Werkzeuge verwenden, wurde nicht blockiert'],
    [
      'de',
      3,
      2,
      '2 von 3 Verbindungen zu Namen, die verbotene Werkzeuge verwenden, wurden blockiert (proxy 2)',
    ],
  ] as const)('%s, %i, blocked %i', async (language, total, blocked, text) => {
    const { control } = (await messagesFor(language)).verdict;
    expect(control.blocked(total, blocked, `proxy ${blocked}`, blocked === total)).toBe(text);
  });
});

describe('hosts whose use may violate a rule', () => {
  it.each([
    ['en', '6 hosts, with or without a finding, may violate the rule'],
    ['de', '6 Rechner, mit oder ohne Befund, kann gegen die Regel'],
    ['zh', '6 台主机（有无发现均计）'],
  ] as const)('are counted apart from the suspected ones: %s', async (language, text) => {
    const words = await messagesFor(language);
    const audit = sampleAudit();
    const [verdict] = buildVerdicts(
      {
        ...audit,
        summary: {
          rules: (audit.summary?.rules ?? []).map((rule) => ({
            ...rule,
            ...{ verdict: 'violated' as const, suspected: 4 },
            reasons: [{ reason: 'suspected' as const, detail: '6' }],
          })),
        },
      },
      words,
    );
    expect(verdict?.counts.join()).toContain('4');
    expect(verdict?.limits.join()).toContain(text);
  });
});

describe('amounts of a window', () => {
  const use = (bytesUp: number, bytesDown: number, ...unknown: readonly string[]) => ({
    ...{ bytesUp, bytesDown },
    withheld: unknown.map((field) => ({ field, reason: '' })),
  });

  it.each([
    [use(1200, 44_000), '1.2 kB sent, 44 kB received'],
    [use(0, 0), '0 B sent, 0 B received'],
    [use(0, 44_000, 'bytesUp'), 'sent bytes unknown, 44 kB received'],
    [use(0, 0, 'bytesUp', 'bytesDown'), 'bytes unknown'],
  ])('%j', (one, text) => {
    expect(sentAndReceived(one)).toBe(text);
  });

  it.each([
    [{ min: 0, max: 0, isOpen: true as const }, '1 open request'],
    [{ min: 3, max: 3, isOpen: true as const }, '3+ requests'],
    [{ min: 1, max: 1 }, '1 request'],
    [{ min: 0, max: 0 }, '0 requests'],
    [{ min: 2, max: 5 }, '2–5 requests'],
  ])('%j', (range, text) => {
    expect(requestsText(range)).toBe(text);
  });
});

it.each([
  ['tcp-blackhole', 'connection', 30, 30, true, 'all 30 connections failed; no request was answered'],
  ['tcp-blackhole', 'connection', 3, 21, false, '3 of 21 connections failed'],
  ['proxy-auth', 'connection', 1, 1, true, 'the only connection failed; no request was answered'],
  [
    'dns-nxdomain',
    'question',
    30,
    30,
    false,
    'all 30 DNS queries got no usable address; some requests got an answer or a part of it',
  ],
  ['dns-blocked', 'question', 4, 4, true, 'all 4 DNS queries got no usable address'],
  ['dns-timeout', 'question', 3, 5, true, '3 of 5 DNS queries got no answer'],
  ['provider-error', 'request', 4, 4, false, 'all 4 requests got a refusal'],
] as const)('%s: %s, %i of %i', (fault, of, failures, attempts, neverWorked, text) => {
  const sequences = [{ of, count: failures, steps: [] }];
  const counted = {
    fault,
    effect: 'fails',
    failures,
    attempts,
    neverWorked,
    sequences,
  } as Partial<Diagnosis>;
  expect(failuresText(counted as Diagnosis)).toBe(text);
});

it('does not call equal short answers refusals while they are only possible', () => {
  const counted = {
    fault: 'provider-error',
    failures: 3,
    attempts: 4,
    confidence: 'possible',
    sequences: [],
  };
  expect(failuresText(counted as Partial<Diagnosis> as Diagnosis)).toContain('got a short answer');
});

it('names what the connections or lookups were for, where several names are listed', () => {
  const counted = {
    fault: 'proxy-auth',
    effect: 'fails',
    failures: 24,
    attempts: 24,
    neverWorked: true,
  } as const;
  const named = { ...counted, name: 'api.openai.com', sequences: [] as Diagnosis['sequences'] };
  expect(failuresText(named as Diagnosis, true)).toMatch(/^all 24 connections to api\.openai\.com failed/);
});

it.each([
  [3, 21, '3 of 21 connections affected; requests were answered'],
  [12, 12, '12 connections affected; requests were answered'],
])('does not call %i of %i failed that work and are degraded', (failures, attempts, text) => {
  const one = { fault: 'loss', effect: 'degraded', failures, attempts, neverWorked: false, sequences: [] };
  expect(failuresText(one as Partial<Diagnosis> as Diagnosis)).toBe(text);
});

it('does not call a host that is withheld damage', () => {
  const whole = sampleDocument();
  const document = { ...whole, withheld: { hosts: 1, leastHosts: 5 } };
  expect(damageSentences(document)).toEqual(damageSentences(whole));
  expect(caveatSentences(document).join()).toContain('1 host is withheld');
});

it.each([
  [null, null],
  [60, null],
  [61, 'the catalogue is 61 days older than the newest traffic'],
])('a catalogue of %s days: %s', (catalogueAgeDays, text) => {
  const said = caveatSentences({ ...sampleDocument(), catalogueAgeDays });
  expect(said.filter((sentence) => sentence.includes('catalogue'))).toEqual(
    text === null ? [] : [expect.stringContaining(text)],
  );
});

it('capture filters are stated, and their packets are not called malformed', () => {
  const whole = sampleDocument();
  const stats = { ...whole.stats, malformed: { 'capture.filter': 7, 'ip.length': 2 } };
  const document = { ...whole, filter: 'udp', stats };
  const said = caveatSentences(document).join('\n');
  expect(said).toContain('only packets that match udp were read: the others may contain anything');
  expect(said).toContain(
    '7 packets passed a capture filter: the packets that it left out may contain anything',
  );
  expect(damageSentences(document).join('\n')).toContain('2 malformed: ip.length 2');
  expect(caveatSentences(whole).join()).not.toContain('filter');
});

it.each([
  ['a capture', {}, {}, 'no hidden names, tunnels or flows without their handshake were seen'],
  ['a filter of the reading', { filter: 'udp' }, {}, 'not known: a capture filter left out packets'],
  [
    'a capture filter',
    {},
    { malformed: { 'capture.filter': 7 } },
    'not known: a capture filter left out packets',
  ],
  ['logs without packets', {}, { packets: 0 }, 'not known: these logs do not show hidden traffic'],
  ['logs without bytes', {}, { packets: 0, bytes: 0 }, 'unknown: no bytes are known'],
])('states hidden traffic as absent only where it would show: %s', async (_, facts, counts, text) => {
  const { stats, ...whole } = sampleDocument();
  const document = { ...whole, ...facts, notVisible: [], stats: { ...stats, malformed: {}, ...counts } };
  expect(notVisibleSentence(document)).toContain(text);
  const isKnown = text.startsWith('no hidden');
  expect((await renderReport(document, 'html')).includes('No hidden names, tunnels')).toBe(isKnown);
});

it('states missing bytes as a share of captured and missing ones, as verdicts do', () => {
  const whole = sampleDocument();
  const [spot] = whole.notVisible;
  if (spot === undefined) throw new TypeError('no spot');
  const document = { ...whole, notVisible: [{ ...spot, kind: 'loss' as const, share: 0.36 }] };
  expect(lossSentence(document)).toContain('26 % of all bytes sent');
});

it('verifies a statement with its own counts alone', async () => {
  const demo = join(import.meta.dirname, '../../../captures/demo.pcap.gz');
  const span = ['--since', '2026-07-10T01:00', '--until', '2026-07-10T09:00'];
  const bundle = join(folder, 'statement');
  await wiretallyHere(['attest', demo, '--tool', 'windsurf', ...span, '--bundle', bundle, '--quiet']);
  const { out } = await wiretallyHere(['verify', bundle, '--unsigned']);
  expect(out).toContain('No statement about Devin Desktop (formerly Windsurf)');
  expect(out).not.toContain('INCONCLUSIVE');
  expect(out).not.toContain('observed ');
});

it('says of logs alone why a tool is only possible, and what would decide it', () => {
  const log = { path: 'dns.log', kind: 'zeek', content: 'dns', lines: 1, read: 1, rows: 1 } as const;
  const document = sampleDocument();
  const [host] = document.hosts;
  const [use] = host?.tools ?? [];
  if (host === undefined || use === undefined) throw new Error('the sample has no such host');
  const said = (flows: number, fingerprints: typeof use.fingerprints): string => {
    const tools = [{ ...use, confidence: 'possible' as const, fingerprints }];
    return caveatSentences({
      ...{ ...document, captures: document.captures.slice(0, 1) },
      ...{ inputs: [{ ...log, ignored: {}, firstIgnored: null }], hosts: [{ ...host, flows, tools }] },
    }).join();
  };
  expect(said(0, [])).toContain('a lookup is not use');
  expect(said(1, [])).toContain('logs with JA4 fingerprints');
  expect(said(1, use.fingerprints)).not.toContain('JA4');
  const possible = { ...use, confidence: 'possible' as const, fingerprints: [] };
  const stored = { ...document, captures: [], hosts: [{ ...host, tools: [possible] }] };
  for (const other of [document, stored]) expect(caveatSentences(other).join()).not.toContain('the logs');
});

it('says of logs alone that they count no requests, where a rule requires them', () => {
  const log = { path: 'conn.log', kind: 'zeek', content: 'conn', lines: 1, read: 1, rows: 1 } as const;
  const audit = sampleAudit();
  const [finding] = (audit.findings ?? []).filter(({ service }) => service === undefined);
  if (finding === undefined) throw new Error('the sample has no finding');
  const said = (result: typeof finding.result, reason: string): string =>
    caveatSentences({
      ...{ ...audit, captures: audit.captures.slice(0, 1) },
      inputs: [{ ...log, ignored: {}, firstIgnored: null }],
      findings: [{ ...finding, result, confidence: 'likely' }],
      hosts: audit.hosts.map((host) => ({
        ...host,
        tools: host.tools.map((use) => ({ ...use, withheld: [{ field: 'requests', reason }] })),
      })),
    }).join();
  expect(said('suspected', NO_REQUESTS_IN_LOGS.text)).toContain('minRequests: 0');
  expect(said('violation', NO_REQUESTS_IN_LOGS.text)).not.toContain('minRequests');
  expect(said('suspected', 'another')).not.toContain('minRequests');
});
