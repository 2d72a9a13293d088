// States of findings in every output: shown, escaped, and never left out of a count.
import { expect, it } from 'vitest';
import { buildLives, type FindingChange, withLives } from '../../../src/policy/finding-life.ts';
import { renderEve } from '../../../src/report/format/eve.ts';
import { renderFindingsCsv } from '../../../src/report/format/findings-csv.ts';
import { type FormatName, renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { sampleAudit } from './sample-document.ts';

const plain = sampleAudit();
const [first] = plain.findings ?? [];
const HOSTILE = '<b>|`=cmd()';
const of = (state: FindingChange['state'], time: string): FindingChange => ({
  ...{ finding: first?.id ?? '', state, time, who: 'anna', why: HOSTILE, assignee: 'ben' },
});
const log = { entries: 1, sha256: '0'.repeat(64), signatures: true, fault: null };
const closed = withLives(plain, buildLives([of('closed', '2099-01-01T00:00:00Z')]), log);
const render = (format: FormatName, document = closed): Promise<string> =>
  renderReport(document, format, { ...PLAIN, width: 220 });

it('is in every output, and no verdict or count is another', async () => {
  const count = plain.findings?.length ?? 0;
  expect(closed.findings).toHaveLength(count);
  expect(closed.summary).toEqual(plain.summary);
  const sum = `States of ${count} findings: ${count - 1} new, 1 closed. Findings of every state count`;
  for (const format of ['terminal', 'md', 'html'] as const) {
    const text = (await render(format)).replaceAll(/\s+/g, ' ');
    expect(text, format).toContain(sum);
    expect(text, format).not.toContain('were not verified');
    expect(await render(format, plain), format).not.toContain('States of');
  }
  expect(JSON.parse(await render('json')).findings[0].life).toEqual({
    ...{ state: 'closed', changes: 1, assignee: 'ben' },
    last: { time: '2099-01-01T00:00:00Z', who: 'anna', why: HOSTILE },
  });
  const { runs } = JSON.parse(await render('sarif'));
  expect(runs[0].results).toHaveLength(JSON.parse(await render('sarif', plain)).runs[0].results.length);
  expect(runs[0].results[0].suppressions).toContainEqual({
    ...{ kind: 'external', status: 'accepted', justification: `closed by anna: ${HOSTILE}` },
  });
  expect((await render('csv')).split('\r\n')[0]).toContain(',state,assignee,');
  expect([...renderFindingsCsv(closed)][0]).toContain(',state,state_time,state_by,state_reason,assignee,');
  expect([...renderEve(closed)].join('')).toContain('"state":"closed","assignee":"ben"');
  expect(await render('summary')).toContain('closed');
});

it('is text of people, and escaped as such', async () => {
  expect(await render('html')).not.toContain('<b>|');
  expect(await render('html')).toContain('&lt;b&gt;|');
  expect(await render('md')).not.toContain('<b>|`');
  expect([...renderFindingsCsv(closed)].join('')).toContain(HOSTILE);
});

it('says that a closed finding happened again, and what of the log does not hold', async () => {
  const again = withLives(plain, buildLives([of('closed', '2000-01-01T00:00:00Z')]), {
    ...log,
    signatures: false,
    fault: 'line 7 does not hold: no trusted key has signed it',
  });
  for (const format of ['terminal', 'md', 'html'] as const) {
    const text = (await render(format, again)).replaceAll(/\s+/g, ' ');
    expect(text, format).toMatch(/new again, closed on 2000-01-01|new again, closed on 01-01/);
    expect(text, format).toContain('4 new (1 closed before)');
    expect(text, format).toContain('line 7 does not hold');
  }
});
