// Results of advisories in all formats: each says why an affected version may have run.

import { describe, expect, it } from 'vitest';
import type { AdvisoryHeader, Exposure, ReportDocument } from '../../../src/model/report.ts';
import { type FORMAT_NAMES, renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { sampleDocument } from './sample-document.ts';

const REASON = 'downloaded a release on 2026-07-01';
const sample = sampleDocument();
const [host] = sample.hosts;
const [use] = host?.tools ?? [];
if (host === undefined || use === undefined) throw new Error('the sample has no tool');

const header: AdvisoryHeader = {
  ...{ id: 'X-1', title: 'x', tool: use.tool, affected: [['1.0.0', '1.2.0']], possible: [], unmapped: [] },
  ...{ severity: 'high', score: null, vector: null, aliases: [], published: null, modified: null },
  ...{ sources: ['x'], action: 'x' },
};

/** A day without a matched start, with a download before it or without one. */
const documentWith = (downloaded: string | null, answer: Exposure['answer'] = 'may'): ReportDocument => ({
  ...sample,
  advisories: [header],
  exposure: [
    {
      ...{ advisory: header.id, host: host.host, tool: use.tool, answer },
      ...{ first: '2026-07-02', last: '2026-07-02' },
      days: [{ date: '2026-07-02', answer, spans: [], ...(downloaded === null ? {} : { downloaded }) }],
    },
  ],
});

const render = async (
  format: (typeof FORMAT_NAMES)[number],
  document = documentWith('2026-07-01'),
): Promise<string> => await renderReport(document, format, { ...PLAIN, width: 200 });

/** Cells of a CSV without quotes, by column. */
async function csvRow(document: ReportDocument): Promise<Record<string, string>> {
  const [heads = [], row = []] = (await render('csv', document)).split('\r\n').map((line) => line.split(','));
  return Object.fromEntries(heads.map((head, i) => [head, row[i] ?? '']));
}

async function sarifOf(document: ReportDocument) {
  const { runs } = JSON.parse(await render('sarif', document));
  const [run] = runs;
  return { result: run.results.at(-1), rule: run.tool.driver.rules.at(-1) };
}

describe('a download before the fixed version', () => {
  it.each(['md', 'html', 'json'] as const)('is the reason in %s', async (format) => {
    expect(await render(format)).toContain(format === 'json' ? '"downloaded": "2026-07-01"' : REASON);
  });

  it('is a column of CSV, empty without a download', async () => {
    expect(await csvRow(documentWith('2026-07-01'))).toMatchObject({
      ...{ 'advisory_X-1': 'may', 'advisory_X-1_first': '2026-07-02', 'advisory_X-1_last': '2026-07-02' },
      'advisory_X-1_reason': REASON,
    });
    expect((await csvRow(documentWith(null)))['advisory_X-1_reason']).toBe('');
  });

  it('is in the message and a property of SARIF, and counted by its rule', async () => {
    const { result, rule } = await sarifOf(documentWith('2026-07-01'));
    expect(result.message.text).toBe(
      `may have run: ${use.tool} on ${host.host}, first 2026-07-02, last 2026-07-02; ${REASON}`,
    );
    expect(result.properties).toMatchObject({ answer: 'may', reason: REASON });
    expect(rule.properties).toMatchObject({ mayByDownload: 1, hosts: { may: 1 } });
    const without = await sarifOf(documentWith(null));
    expect(without.result.properties).not.toHaveProperty('reason');
    expect(without.rule.properties).not.toHaveProperty('mayByDownload');
  });

  it.each(['terminal', 'md', 'html'] as const)('is counted in the matrix of %s', async (format) => {
    const head = format === 'terminal' ? 'MAY BY DOWNLOAD' : 'May by download';
    expect(await render(format)).toContain(head);
    for (const document of [documentWith(null), documentWith('2026-07-01', 'cannotSay')])
      expect(await render(format, document)).not.toContain(head);
  });
});
