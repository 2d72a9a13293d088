// A finding that is fresh on a running sensor is marked in every output until it has stood for two minutes of windows.
import { expect, it } from 'vitest';
import type { Finding, ReportDocument } from '../../../src/model/report.ts';
import { ProvisionalFindings } from '../../../src/report/document/provisional.ts';
import { renderEve } from '../../../src/report/format/eve.ts';
import { renderFindingsCsv } from '../../../src/report/format/findings-csv.ts';
import { renderReport } from '../../../src/report/render.ts';
import { unixSeconds } from '../../../src/report/text/instant-text.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { sampleAudit } from './sample-document.ts';

const document = sampleAudit();
const newest = Math.max(...(document.findings ?? []).map(({ first }) => unixSeconds(first)));
const untilOf = ({ findings = [] }: ReportDocument) =>
  findings.flatMap((each) => each.provisionalUntil ?? []);

it('marks findings whose first sign is fresh, for two minutes by the clock of the windows', () => {
  const live = new ProvisionalFindings();
  live.follow(document, newest + 60);
  const fresh = untilOf(live.marked(document, newest + 60));
  expect(fresh.length).toBeGreaterThan(0);
  expect(new Set(fresh.map((until) => unixSeconds(until)))).toEqual(new Set([newest + 180]));
  live.follow(document, newest + 120);
  expect(untilOf(live.marked(document, newest + 179))).toEqual(fresh);
  live.follow(document, newest + 180);
  expect(untilOf(live.marked(document, newest + 180))).toEqual([]);
});

it('marks nothing whose first sign is old, and again what has another result', () => {
  const live = new ProvisionalFindings();
  live.follow(document, newest + 120);
  expect(untilOf(live.marked(document, newest + 120))).toEqual([]);
  const changed = (finding: Finding): Finding => ({
    ...finding,
    result: finding.result === 'violation' ? 'suspected' : 'violation',
    first: document.findings?.find(({ first }) => unixSeconds(first) === newest)?.first ?? finding.first,
  });
  const other = { ...document, findings: (document.findings ?? []).slice(0, 1).map(changed) };
  live.follow(other, newest + 119);
  expect(untilOf(live.marked(other, newest + 119))).toHaveLength(1);
});

it('is printed in every output', async () => {
  const live = new ProvisionalFindings();
  live.follow(document, newest + 60);
  const marked = live.marked(document, newest + 60);
  const words = /findings? (?:is|are) provisional until \d\d:\d\d: later traffic may explain/;
  expect(await renderReport(marked, 'terminal', { ...PLAIN, width: 200 })).toMatch(words);
  expect(await renderReport(marked, 'md')).toMatch(words);
  const page = await renderReport(marked, 'html');
  expect(page).toMatch(words);
  expect(page).toMatch(/, provisional<\/span>/);
  expect(await renderReport(marked, 'json')).toContain('"provisionalUntil"');
  expect([...renderEve(marked)].join('')).toMatch(/"provisional":true,"provisional_until":"/);
  expect([...renderFindingsCsv(marked)][0]).toMatch(/,provisional_until\r?\n$/);
  expect([...renderFindingsCsv(document)][0]).not.toContain('provisional');
});
