// Sheets in two languages: the same facts, no word of the other left.
import { describe, expect, it } from 'vitest';
import type { VerdictLimit } from '../../../src/model/words.ts';
import { type EmployeeInput, renderEmployeePage } from '../../../src/report/html/employee.ts';
import { renderSummary } from '../../../src/report/html/summary.ts';
import { MESSAGES } from '../../../src/report/language/message-catalogue.ts';
import { LANGUAGES } from '../../../src/report/text/languages.ts';
import { verdicts } from '../../../src/report/text/verdict.ts';
import { openZone } from '../../../src/time/zone.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

const ZONE = openZone('Asia/Shanghai');
const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>|<code>[\s\S]*?<\/code>|<title>[\s\S]*?<\/title>/g, '')
    .replaceAll(/<[^>]+>/g, '\n');
/** Words of three letters and more that are no names and no units. */
const englishIn = (text: string): string[] =>
  [...text.matchAll(/\b[a-z]{3,}\b/g)]
    .map(([word]) => word)
    .filter((word) => !/^(claude|rnd|build|html)$/.test(word));

const TOOL: EmployeeInput = {
  tool: {
    id: 'claude-code',
    name: 'Claude Code',
    vendor: 'Anthropic',
    kind: 'cli',
    homepage: 'https://example.com',
    endpoints: [{ host: 'T.EXAMPLE', role: 'telemetry' }],
  },
  measured: { modelPayloadUp: 1000, telemetryPayloadUp: 500, telemetryShare: 0.33 },
  policy: null,
  wiretally: '0.1.0',
  catalogue: '2026.11',
};

/** Every message by its place, functions among them. */
function messagesOf(messages: object, place = ''): string[] {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? messagesOf(value, `${place}${name}.`)
      : [`${place}${name}: ${value === '' ? 'empty' : Array.isArray(value) ? value.length : typeof value}`],
  );
}

describe('the catalogue of messages', () => {
  it.each(LANGUAGES)('has every message in %s, none of them empty', (language) => {
    const own = messagesOf(MESSAGES[language]).sort();
    expect(own).toEqual(messagesOf(MESSAGES.en).sort());
    expect(own.length).toBeGreaterThan(60);
    expect(own.filter((message) => message.endsWith(': empty'))).toEqual([]);
  });
});

describe('a sheet', () => {
  it.each(LANGUAGES)('names its language: %s', async (language) => {
    const { tag } = MESSAGES[language];
    expect(await renderSummary(sampleAudit(), { language })).toContain(`<html lang="${tag}">`);
    expect(await renderEmployeePage(TOOL, language)).toContain(`<html lang="${tag}">`);
  });

  it('is in English where nothing is asked', async () => {
    expect(await renderSummary(sampleAudit())).toBe(await renderSummary(sampleAudit(), { language: 'en' }));
    expect(await renderSummary(sampleAudit())).toContain('<b>VIOLATED</b> Claude Code is banned');
  });

  it('says the same in Chinese, with no word of English but names', async () => {
    const audit = textOf(await renderSummary(sampleAudit(), { language: 'zh' }));
    expect(audit).toContain('违反');
    expect(audit).toContain('宽限期后（7月13日起），范围内');
    expect(audit).toContain('违规');
    const title = sampleAudit().policy?.rules.map((rule) => rule.title) ?? [];
    const own = [...title, sampleAudit().policy?.name ?? ''].reduce(
      (text, words) => text.replaceAll(words, ''),
      audit,
    );
    expect(englishIn(own)).toEqual([]);
    expect(englishIn(textOf(await renderSummary(sampleDocument(), { language: 'zh' })))).toEqual([]);
    expect(englishIn(textOf(await renderEmployeePage(TOOL, 'zh')))).toEqual([]);
  });

  it('has a word for each reason that limits a verdict', () => {
    const [verdict] = verdicts(sampleAudit());
    if (verdict === undefined) throw new Error('the sample has no verdict');
    const reasons: readonly VerdictLimit[] = [
      'interrupted',
      'cut',
      'unread',
      'notYetInForce',
      'onlyGrace',
      'ended',
      'noHosts',
      'unobserved',
      'dark',
      'loss',
      'evidence',
      'someEvidence',
      'hiddenServices',
      'part',
      'blind',
    ];
    for (const reason of reasons) {
      const summary = {
        ...verdict.summary,
        verdict: 'inconclusive' as const,
        reasons: [{ reason, since: '2026-07-10T00:00:00Z', share: 0.6, detail: 'X' }],
      };
      const reported = MESSAGES.zh.summary.verdict({ ...verdict, summary }, sampleAudit(), ZONE);
      expect(reported.label).toBe('无法判定');
      expect(reported.sentence).toMatch(/^[^a-z]+$/);
      expect(reported.sentence).toMatch(/\p{Script=Han}/u);
    }
  });
});
