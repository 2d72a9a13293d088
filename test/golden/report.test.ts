// Compares every text output of the sample reports with its reviewed golden file.
import { expect, it } from 'vitest';
import { measureWideText } from '../../src/files/wide-text.ts';
import type { FormatName } from '../../src/report/render.ts';
import { renderReport } from '../../src/report/render.ts';
import { PLAIN, type RenderOptions } from '../../src/report/text/render-options.ts';
import { sampleAudit, sampleDocument } from '../unit/report/sample-document.ts';

measureWideText();

const terminal = (width: number, more: Partial<RenderOptions> = {}): RenderOptions => ({
  ...PLAIN,
  width,
  ...more,
});

const CASES: readonly (readonly [string, FormatName, RenderOptions])[] = [
  ['terminal-120.txt', 'terminal', terminal(120)],
  ['terminal-80.txt', 'terminal', terminal(80)],
  ['terminal-80-brief.txt', 'terminal', terminal(80, { isBrief: true })],
  ['terminal-120-legend.txt', 'terminal', terminal(120, { isBrief: true, hasLegend: true })],
  ['terminal-80-ascii.txt', 'terminal', terminal(80, { unicode: false })],
  ['terminal-50.txt', 'terminal', terminal(50)],
  ['terminal-200.txt', 'terminal', terminal(200)],
  ['report.csv', 'csv', PLAIN],
  ['report.md', 'md', PLAIN],
  ['report.eve.ndjson', 'eve', PLAIN],
  ['report.zeek.log', 'zeek', PLAIN],
  ['report.ecs.ndjson', 'ecs', PLAIN],
];

const DOCUMENTS = { seen: sampleDocument(), audit: sampleAudit() } as const;

for (const [kind, document] of Object.entries(DOCUMENTS)) {
  it.each(CASES)(`prints ${kind}-%s as it did`, async (name, format, options) => {
    const text = await renderReport(document, format, options);
    // A file with \r\n is compared as if neither text had any.
    expect(text.includes('\r\n')).toBe(format === 'csv');
    await expect(text).toMatchFileSnapshot(`expected/report/${kind}-${name}`);
  });
}
