// Both halves of a relay: joined by time, number and size; exact where the relay speaks clear text.
import { expect, it } from 'vitest';
import type { HostReport, ReportService, ToolUse } from '../../../src/model/report.ts';
import { pseudonymizeReport } from '../../../src/report/document/pseudonymize.ts';
import { withUpstreams } from '../../../src/report/sections/services.ts';
import { sampleDocument } from './sample-document.ts';

const at = (minute: number): string => `2026-07-13T10:${String(minute).padStart(2, '0')}:00.000000Z`;

function service(over: Partial<ReportService>, from: number, to: number, client = '10.0.0.5'): ReportService {
  const traffic = { bytesUp: 40_000, bytesDown: 90_000, firstSeen: at(from), lastSeen: at(to) };
  return {
    ...{ product: 'litellm', class: 'openai-compatible', host: '10.0.0.2', port: 4000 },
    ...{ confidence: 'certain', exposed: false, signs: [], probes: 0, ...traffic },
    clients: [{ host: client, requests: { min: 4, max: 4 }, otherNetwork: false, ...traffic }],
    ...over,
  };
}

const [sampled] = sampleDocument().hosts.flatMap(({ tools }) => tools);

function relayHost(from: number, to: number, over: Partial<ToolUse> = {}, role = 'inference'): HostReport {
  const [any] = sampleDocument().hosts;
  if (any === undefined || sampled === undefined) throw new Error('the sample has no use');
  const [name] = sampled.names;
  if (name === undefined) throw new Error('the sample has no name');
  const use: ToolUse = {
    ...sampled,
    ...{ tool: 'openrouter', name: 'OpenRouter', firstSeen: at(from), lastSeen: at(to) },
    ...{ requests: { min: 4, max: 5 }, bytesUp: 45_000 },
    names: [{ ...name, name: 'openrouter.ai', role: role as 'inference' }],
    ...over,
  };
  return { ...any, host: '10.0.0.2', tools: [use], providers: [] };
}

const joined = (host: HostReport, services = [service({}, 10, 20)]) =>
  withUpstreams({ services, hosts: [host] })[0]?.upstream?.map(({ name, confidence }) => [name, confidence]);

it.each([
  ['fits by time, number and size', relayHost(10, 20), [['OpenRouter', 'likely']]],
  ['comes within a minute', relayHost(21, 22), [['OpenRouter', 'likely']]],
  ['is at another time', relayHost(40, 50), undefined],
  [
    'has far more requests',
    relayHost(10, 20, { requests: { min: 40, max: 50 } }),
    [['OpenRouter', 'possible']],
  ],
  ['is far larger', relayHost(10, 20, { bytesUp: 4_000_000 }), [['OpenRouter', 'possible']]],
  ['has unknown requests', relayHost(10, 20, { requests: null }), [['OpenRouter', 'possible']]],
  ['is no model request', relayHost(10, 20, {}, 'update'), undefined],
] as const)('what its host sent %s', (_, host, expected) => {
  expect(joined(host)).toEqual(expected);
});

it('leaves services alone that are no relays, or have no client', () => {
  expect(joined(relayHost(10, 20), [service({ product: 'vllm' }, 10, 20)])).toBeUndefined();
  expect(joined(relayHost(10, 20), [service({ clients: [] }, 10, 20)])).toBeUndefined();
});

it('is exact where the relay speaks clear text to another service', () => {
  const vllm = service({ product: 'vllm', host: '10.0.0.9', port: 8000 }, 10, 20, '10.0.0.2');
  const services = withUpstreams({ services: [service({}, 10, 20), vllm], hosts: [] });
  expect(services[0]?.upstream).toMatchObject([
    { tool: 'vllm', service: { host: '10.0.0.9', port: 8000 }, confidence: 'certain' },
  ]);
  expect(services[1]?.upstream).toBeUndefined();
  const shown = pseudonymizeReport(
    { ...sampleDocument(), hosts: [], services },
    (host) => `h${host.slice(-1)}`,
  );
  expect(JSON.stringify(shown.services)).not.toContain('10.0.0');
});

it('has no private address among the names and the evidence of a pseudonym', () => {
  const [name] = sampled?.names ?? [];
  if (sampled === undefined || name === undefined) throw new Error('the sample has no name');
  const detail = '[10.0.0.12]: also used by other programs, [160.79.104.10]: another';
  const named = ['[10.0.0.12]', '[160.79.104.10]', 'claude.ai'].map((one) => ({ ...name, name: one }));
  const host = relayHost(10, 20, {
    names: named,
    evidence: sampled.evidence.map((item) => ({ ...item, detail })),
  });
  const shown = pseudonymizeReport(
    { ...sampleDocument(), hosts: [host], findings: [] },
    (one) => `h-${one.length}`,
  );
  const [use] = shown.hosts[0]?.tools ?? [];
  expect(use?.names.map((one) => one.name)).toEqual(['[160.79.104.10]', '[h-9]', 'claude.ai']);
  expect(use?.evidence[0]?.detail).toBe(
    'a private address: also used by other programs, [160.79.104.10]: another',
  );
});
