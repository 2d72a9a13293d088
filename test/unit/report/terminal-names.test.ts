// Names in the rows of a narrow terminal, and what its legend explains.

import { expect, it } from 'vitest';
import { renderReport } from '../../../src/report/render.ts';
import { sampleAudit, sampleDocument, sampleUse } from './sample-document.ts';

const NARROW = { width: 80, color: false, unicode: true, hasLegend: true } as const;

it('cuts names of tools so that they differ', async () => {
  const sample = sampleDocument();
  const [first] = sample.hosts;
  if (first === undefined) throw new Error('the sample has no host');
  const use = (name: string) =>
    sampleUse({
      ...{ tool: name, name, vendor: 'v', confidence: 'likely' },
      ...{ minutes: [1, 0, 0, 0, 0, 0, 1], megabytesUp: 100 },
    });
  const names = ['GitHub Copilot CLI', 'GitHub Copilot (IDE, chat)', 'Qwen Code'];
  const document = { ...sample, hosts: [{ ...first, tools: names.map(use), providers: [] }] };
  const text = await renderReport(document, 'terminal', NARROW);
  const rows = text.split('\n').filter((line) => /likely +\d/.test(line));
  const shown = rows.map((line) => line.slice(0, line.indexOf('likely')).replace(first.host, '').trim());
  expect(shown).toHaveLength(3);
  expect(new Set(shown).size).toBe(3);
  expect(shown.every((name) => name.length <= 18)).toBe(true);
  expect(shown).toContain('Qwen Code');
});

it.each([
  ['tools', true, false, 'CONFIDENCE is certain for a name that only this tool uses', 'for a provider'],
  ['providers', false, true, 'CONFIDENCE is certain for a provider whose name was seen', 'only this tool'],
  ['both', true, true, 'It is certain for a provider whose name was seen', null],
])(
  'explains the confidence of the rows that it shows: %s',
  async (_, hasTools, hasProviders, text, other) => {
    const audit = sampleAudit();
    const [use] = audit.hosts.flatMap(({ tools }) => tools);
    if (use === undefined) throw new Error('the sample has no tool');
    const provider = { ...use, tool: 'anthropic-api', name: 'Anthropic API' };
    const hosts = audit.hosts.map((host, i) => ({
      ...host,
      tools: hasTools && i === 0 ? [use] : [],
      providers: hasProviders && i === 0 ? [provider] : [],
    }));
    const out = (await renderReport({ ...audit, hosts }, 'terminal', NARROW)).replaceAll(/\s+/g, ' ');
    expect(out).toContain(text);
    if (other !== null) expect(out).not.toContain(other);
  },
);

it('explains every head of the table that is no everyday word', async () => {
  const text = (await renderReport(sampleAudit(), 'terminal', NARROW)).replaceAll(/\s+/g, ' ');
  expect(text).toContain('HOST is a machine of the observed networks, not a person.');
  expect(text).toContain('CONFIDENCE is certain for a name that only this tool uses');
  expect(text).toContain('POLICY is the gravest finding of the row');
  const wide = await renderReport(sampleAudit(), 'terminal', { ...NARROW, width: 200 });
  expect(wide.replaceAll(/\s+/g, ' ')).toContain('they do not show how much data was collected');
});
