// The made office with a part of every kind: each section of a report, and each sentence about what is missing.

import { FINDING_RESULTS, FINDING_STATES } from '../../../src/model/findings.ts';
import type { Finding, ReportDocument } from '../../../src/model/report.ts';
import { GAP_WORDS, NOT_VISIBLE_KINDS } from '../../../src/model/window-words.ts';
import { compare } from '../../../src/report/comparison/compare-documents.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

const at = (time: string): string => `2026-07-${time}:00.000000Z`;

function compared(): ReportDocument['comparison'] {
  const before = sampleDocument();
  const period = { ...before.period, since: at('14T16:00'), until: at('20T18:00') };
  return compare(before, { ...before, period, hosts: before.hosts.slice(1), coverage: [] }) ?? undefined;
}

function findings({ findings: some = [] }: ReportDocument): Finding[] {
  const [first] = some;
  if (first === undefined) throw new Error('the sample has no finding');
  const service = {
    ...{ class: 'ollama', exposed: true, port: 11434, product: 'ollama', probes: 2 },
    clients: [{ host: '10.20.1.9', requests: null }],
  };
  return FINDING_RESULTS.map((result, i): Finding => {
    const state = FINDING_STATES[i % FINDING_STATES.length] ?? 'new';
    const last = { time: at('14T02:12'), who: 'anna', why: 'removed' };
    return {
      ...(some[i % some.length] ?? first),
      ...{ result, id: `F-${i}`, exception: result === 'exempt' ? 'EX-17' : null },
      life: {
        ...{ state, assignee: state === 'assigned' ? 'ben' : null, last: i === 0 ? null : last },
        ...(i === 0 ? { closedBefore: at('13T02:12') } : {}),
      } as Finding['life'],
      ...(i === 1 ? { provisionalUntil: at('14T02:40') } : {}),
      ...(i === 2 ? { service: service as unknown as Finding['service'] } : {}),
    } as Finding;
  });
}

/** With and without a policy. */
export function wholeDocument(hasPolicy: boolean): ReportDocument {
  const { policy: _, summary: __, findings: ___, ...plain } = sampleAudit();
  const base: ReportDocument = hasPolicy ? sampleAudit() : plain;
  const [capture] = base.captures;
  const [spot] = base.notVisible;
  if (capture === undefined || spot === undefined) throw new Error('the sample has no capture');
  const gaps = Object.values(GAP_WORDS).map((reason, i) => ({
    ...{ from: at('12T03:00'), to: i === 3 ? null : at(`12T${String(i + 4).padStart(2, '0')}:10`), reason },
  }));
  const marks = [{ severalMachines: true }, { behindRouter: true }, { sameMachine: ['10.9.9.9'] }] as const;
  const comparison = compared();
  return {
    ...base,
    ...(hasPolicy
      ? {
          findings: findings(base),
          findingLog: { fault: null, signatures: false, entries: 2, sha256: '0'.repeat(64) },
        }
      : {}),
    generated: at('15T08:00'),
    interrupted: true,
    incomplete: [
      { file: 'b.pcap', reason: 'cut', lastPacket: null },
      { file: 'c.pcap', reason: 'unread', lastPacket: null },
    ],
    clockErrors: { days: 1, packets: 3 },
    withheld: { hosts: 1, leastHosts: 5 },
    unrecorded: [
      { from: at('01T00:00'), to: at('08T01:00') },
      { from: at('14T12:00'), to: null },
    ],
    outsideNetworks: [{ sensor: 'branch', hosts: 2 }],
    captures: [
      capture,
      { ...capture, file: 'e.pcap', truncated: true, error: { offset: 12, reason: 'block length 7' } },
      { ...capture, file: 'f.pcap', clockBackSeconds: 12 },
    ],
    stats: { ...base.stats, kernelDrops: 200_000, evictedFlows: 3, snaplenCut: 4 },
    coverage: base.coverage.map((day, i) => (i === 0 ? { ...day, gaps } : { ...day, gaps: [] })),
    notVisible: NOT_VISIBLE_KINDS.map((kind) => ({ ...spot, kind, share: 0.01 })),
    hosts: base.hosts.map((host, i) => ({
      ...host,
      ...marks[i],
      tools: host.tools.map((use) => ({
        ...use,
        names: use.names.map((name, n) => (n === 0 ? { ...name, role: 'mcp' } : name)),
      })),
    })),
    attempts: [
      {
        ...{ host: '10.20.3.33', name: 'api.anthropic.com', tools: ['claude-code', 'claude-app', 'x'] },
        ...{ result: 'failed', leg: 'local-firewall', fault: null, confidence: 'likely' },
        ...{ attempts: 28, passed: 0, firstSeen: at('14T02:05'), lastSeen: at('14T02:06') },
      },
    ],
    services: [
      {
        ...{ product: 'ollama', class: 'ollama', confidence: 'certain', host: '10.20.1.5', port: 11434 },
        ...{ exposed: true, firstSeen: at('12T22:19'), lastSeen: at('12T22:30'), bytesUp: 9825 },
        ...{ bytesDown: 24_440, signs: [], clients: [], probes: 2, versions: ['0.9.2', '0.9.10'] },
        ...{ withoutCredentials: true, mcp: { sessions: 1, lists: 2, reads: 0, calls: 5 } },
        upstream: [
          {
            ...{ tool: 'openrouter', name: 'OpenRouter', names: ['openrouter.ai'], confidence: 'likely' },
            ...{ requests: { min: 1, max: 1 }, bytesUp: 1, bytesDown: 2 },
          },
        ],
      },
    ],
    ech: {
      names: [
        {
          ...{ name: 'claude.ai', since: at('12T05:10'), resolver: '10.0.0.1', ttlSeconds: 300 },
          hosts: ['10.20.1.5'],
        },
      ],
      hosts: [
        {
          ...{ host: '10.20.1.5', date: '2026-07-12', real: 3, grease: 4, without: 5 },
          configs: [{ outer: '', id: 12, hellos: 3 }],
        },
      ],
    },
    withoutNames: [
      {
        ...{ tool: 'cline', name: 'Cline', isProvider: true, traced: 1, unnamed: null },
        named: {
          ...{ confidence: 'certain', hosts: 1, requests: null },
          evidence: ['companion', 'fingerprint', 'name', 'pair', 'proxy', 'network'],
        },
      },
    ],
    advisories: [
      {
        ...{
          id: 'A-1',
          title: 'A-1',
          severity: 'high',
          sources: ['A-1'],
          action: 'A-1',
          tool: 'claude-code',
        },
        ...{ affected: [['2.1.91', '2.1.196']], possible: [['2.1.197', null]], unmapped: ['2.0.0'] },
        ...{ score: null, vector: null, aliases: [], published: null, modified: null },
      },
    ],
    exposure: [
      {
        ...{ advisory: 'A-1', host: '10.20.1.5', tool: 'claude-code', answer: 'may' },
        ...{ first: '2026-07-13', last: '2026-07-14' },
        days: [
          { date: '2026-07-13', answer: 'may', spans: [], downloaded: '2026-07-12' },
          { date: '2026-07-14', answer: 'cannotSay', spans: [] },
        ],
      },
    ],
    ...(comparison === undefined ? {} : { comparison }),
  };
}
