// The table of tools with and without names: sums over hosts, order, and the formats that show it.
import { expect, it } from 'vitest';
import type { HostReport, ReportDocument, ToolUse } from '../../../src/model/report.ts';
import { nameTable } from '../../../src/report/document/tools-without-names.ts';
import { NAMES_FORMATS, renderReport } from '../../../src/report/render.ts';
import { sampleDocument, sampleUse } from './sample-document.ts';

const use = (
  tool: string,
  confidence: ToolUse['confidence'],
  kind: 'name' | 'network' = 'name',
): ToolUse => ({
  ...sampleUse({
    tool,
    name: tool.toUpperCase(),
    vendor: 'v',
    confidence,
    minutes: [1, 0, 0, 0, 0, 0, 0],
    megabytesUp: 1,
  }),
  requests: { min: 2, max: 3 },
  evidence: [
    { kind, rule: 'r', detail: 'd', for: true, first: '', last: '', flows: 1, communityIds: [] },
    { kind: 'pair', rule: 's', detail: 'd', for: false, first: '', last: '', flows: 1, communityIds: [] },
  ],
});

const sample = sampleDocument();
const hostOf = (host: string, tools: readonly ToolUse[], providers: readonly ToolUse[] = []): HostReport => {
  const [first] = sample.hosts;
  if (first === undefined) throw new Error('the sample has no host');
  return { ...first, host, tools, providers };
};
const document = (hosts: readonly HostReport[], tools: ReportDocument['tools'] = []): ReportDocument => ({
  ...sample,
  hosts,
  tools,
});

const named = document([
  hostOf('10.0.0.1', [use('b', 'possible'), use('a', 'likely')]),
  hostOf('10.0.0.2', [use('b', 'certain')]),
]);
const unnamed = document([
  hostOf('10.0.0.1', []),
  hostOf('10.0.0.2', [], [use('api', 'possible', 'network')]),
]);

it('sums a tool over its hosts, and says on how many of them anything is left', () => {
  const all = { requests: { min: 2, max: 3 }, evidence: ['name'] };
  expect(nameTable(named, unnamed)).toEqual([
    {
      tool: 'b',
      name: 'B',
      isProvider: false,
      named: { ...all, confidence: 'certain', hosts: 2, requests: { min: 4, max: 6 } },
      unnamed: null,
      traced: 1,
    },
    {
      tool: 'a',
      name: 'A',
      isProvider: false,
      named: { ...all, confidence: 'likely', hosts: 1 },
      unnamed: null,
      traced: 0,
    },
    {
      tool: 'api',
      name: 'API',
      isProvider: true,
      named: null,
      unnamed: { ...all, confidence: 'possible', hosts: 1, evidence: ['network'] },
      traced: 0,
    },
  ]);
});

it('leaves out tools whose totals are suppressed', () => {
  const [total] = sample.tools;
  if (total === undefined) throw new Error('the sample has no tool');
  const suppressed = document(named.hosts, [{ ...total, tool: 'b', suppressed: true }]);
  expect(nameTable(suppressed, unnamed).map(({ tool }) => tool)).toEqual(['a', 'api']);
});

it.each(NAMES_FORMATS)('%s shows it', async (format) => {
  const without = await renderReport(sample, format);
  const withTable = await renderReport({ ...sample, withoutNames: nameTable(named, unnamed) }, format);
  expect(withTable).toContain('API');
  const title = format === 'json' ? '"withoutNames"' : /without server names/i;
  expect(withTable).toMatch(title);
  expect(without).not.toMatch(title);
});
