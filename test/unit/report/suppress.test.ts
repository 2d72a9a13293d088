// Totals over few hosts, and hosts that are pseudonyms.

import { expect, it } from 'vitest';
import type { ToolTotals } from '../../../src/model/report.ts';
import { pseudonymizeReport } from '../../../src/report/document/pseudonymize.ts';
import { toolTotals } from '../../../src/report/document/report-totals.ts';
import { suppressAlike, suppressSmall } from '../../../src/report/document/suppress.ts';
import { sampleDocument } from './sample-document.ts';

const totals = (tool: string, hosts: number): ToolTotals => {
  const [first] = toolTotals(sampleDocument().hosts);
  if (first === undefined) throw new Error('no tool');
  return { ...first, tool, hosts, bytesUp: 7 };
};

it.each([
  [4, true],
  [5, false],
  [6, false],
])('totals of %i hosts, where five are the least, are withheld: %s', (hosts, isWithheld) => {
  const [sum] = suppressSmall([totals('a', hosts)], 5);
  expect(sum?.suppressed === true).toBe(isWithheld);
  expect(sum).toMatchObject({ hosts: isWithheld ? 0 : hosts, bytesUp: isWithheld ? 0 : 7 });
});

it('what is withheld of the whole is withheld of each part', () => {
  const whole = suppressSmall([totals('a', 2), totals('b', 9)], 5);
  const parts = suppressAlike([totals('a', 8), totals('b', 1)], whole);
  expect(parts.map(({ hosts }) => hosts)).toEqual([0, 1]);
});

it('a use that is only possible is in no total', () => {
  const [host] = sampleDocument().hosts;
  const [use] = host?.tools ?? [];
  if (host === undefined || use === undefined) throw new Error('no use');
  const of = (confidence: (typeof use)['confidence'], bytesUp: number) => ({
    ...host,
    tools: [{ ...use, confidence, bytesUp }],
  });
  const [sum] = toolTotals([of('certain', 1), of('likely', 10), of('possible', 100)]);
  expect(sum).toMatchObject({
    hosts: 2,
    bytesUp: 11,
    hostsByConfidence: { certain: 1, likely: 1, possible: 1 },
  });
});

it('a host that is a pseudonym has neither name nor address nor MAC', () => {
  const document = sampleDocument();
  const hosts = document.hosts.map((host) => ({ ...host, mac: '02:00:00:00:00:07', name: 'laptop-7' }));
  const text = JSON.stringify(pseudonymizeReport({ ...document, hosts }, (host) => `h-${host.length}`).hosts);
  expect(text).not.toMatch(/02:00:00:00:00:07|laptop-7/);
  for (const { host } of hosts) expect(text).not.toContain(`"${host}"`);
});
