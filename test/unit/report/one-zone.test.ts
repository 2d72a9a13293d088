// A report whose time zone is not that of its policy: every time is in the zone of the report, which is named once.
import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { textsOf } from './english-left.ts';
import { sampleAudit } from './sample-document.ts';

const audit = sampleAudit();
const document: ReportDocument = { ...audit, period: { ...audit.period, timezone: 'Africa/Abidjan' } };

it.each(['terminal', 'md', 'html'] as const)('%s', async (format) => {
  const whole = await renderReport(document, format, { ...PLAIN, width: 120 });
  const said = format === 'html' ? textsOf(whole).join('\n') : whole;
  const text = said.replaceAll(/--timezone \S+/g, '');
  expect(audit.policy?.timezone).toBe('Asia/Shanghai');
  expect(text).not.toContain('Shanghai');
  expect(text.split('Africa/Abidjan')).toHaveLength(2);
  // The rule takes effect at midnight in its own zone.
  expect(text).toContain('9 July 2026 16:00'.replace(format === 'html' ? ' 2026' : '', ''));
  expect(text).toContain('12 July 16:00');
  expect(text).not.toContain('from 10 July');
});

it.each(['sarif', 'junit'] as const)('%s: UTC, as its other times', async (format) => {
  const [rule] = audit.summary?.rules ?? [];
  if (rule === undefined) throw new Error('the sample has no rule');
  const summary = { rules: [{ ...rule, verdict: 'inconclusive' as const }] };
  const text = await renderReport({ ...audit, summary }, format, PLAIN);
  expect(text).not.toContain('Shanghai');
  expect(text).toContain('from 12 July 16:00 to 14 July 10:00');
  expect(text).toContain('times are UTC');
});
