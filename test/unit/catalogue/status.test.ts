// Freshness of the catalogue: ages, versions, and discontinued parts.
import { describe, expect, it } from 'vitest';
import { listStatus } from '../../../src/catalogue/freshness.ts';
import { formatStatus } from '../../../src/cli/commands/catalogue/status.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';

const catalogue = await loadCatalogue();
const statuses = listStatus(catalogue.tools, '2026-12-20');
const of = (id: string) => statuses.find(({ tool }) => tool === id);

describe('the status of a tool', () => {
  it('tells the age of its facts in days', () => {
    expect(of('claude-code')).toMatchObject({ newestFactDays: 24, names: expect.any(Number) });
    expect(of('claude-code')?.oldestFactDays).toBeGreaterThanOrEqual(30);
  });

  it('tells what was recorded, and that a newer version is known', () => {
    expect(of('openai-codex')).toMatchObject({ recorded: ['0.27.0', '0.169.0', '0.171.0'], isBehind: false });
    expect(of('kilo-code')).toMatchObject({ isBehind: true });
    expect(of('cursor')).toMatchObject({ recorded: [], newest: [] });
  });

  it('tells the newest build with recorded marks, and since when later ones are newer than known', () => {
    expect(of('claude-code')?.builds).toEqual({ newest: '2.1.330', date: '2026-11-21', days: 29 });
    expect(of('cursor')?.builds).toBeNull();
    expect(of('gemini-cli')?.builds).toBeNull();
    const text = formatStatus('2026.11.1', statuses, { ...PLAIN, width: 400 });
    expect(text).toContain('claude-code since 2026-11-21 (2.1.330)');
  });

  it('tells what has ended, since when, and what came after', () => {
    const since = (id: string) => of(id)?.ended.map((one) => [one.since, one.successors]);
    expect(since('roo-code')).toEqual([['2026-05-15', ['Zoo Code']]]);
    expect(since('gemini-cli')).toEqual([['2026-06-18', ['antigravity']]]);
    expect(since('qwen-code')).toEqual([['2026-04-15', undefined]]);
    expect(since('supermaven')?.length).toBe(1);
  });

  it('has no row for an API or a gateway', () => {
    expect(of('anthropic-api')).toBeUndefined();
  });

  it('is said in text, one row a tool', () => {
    const some = statuses.filter(({ tool }) => ['codebuff', 'roo-code'].includes(tool));
    const text = formatStatus('2026.11.1', some, { ...PLAIN, width: 120 });
    expect(text.split('\n').slice(0, 2)).toEqual([
      'ID       LOOKED AT OLDEST UNCHECKED RECORDED BUILDS TO NEWEST KNOWN',
      'codebuff 30        121    1 of 2    1.0.685  –         1.0.685',
    ]);
    expect(text).toContain('2 tools, 1 never recorded');
    expect(text).toContain('Ended 2026-05-15: Roo Code');
  });
});
