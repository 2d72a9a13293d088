// Whole reports in each language: the same facts, and no English but what is marked so.
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { MAX_PAGE_BYTES, renderHtml } from '../../../src/report/html/report-page.ts';
import { LANGUAGE_FORMATS, renderReport } from '../../../src/report/render.ts';
import { LANGUAGES, type Language } from '../../../src/report/text/languages.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { MESSAGES } from './all-messages.ts';
import { englishLeft, textsOf } from './english-left.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';
import { wholeDocument } from './whole-document.ts';

const OTHERS = LANGUAGES.filter((language) => language !== 'en');
const pageIn = async (document: ReportDocument, language: Language): Promise<string> =>
  (await renderHtml(document, { language })).join('');
const markdownIn = (document: ReportDocument, language: Language): Promise<string> =>
  renderReport(document, 'md', { ...PLAIN, language });
const inMarkdown = (text: string): string[] =>
  text
    .replaceAll(/`[^`]*`/g, '')
    .split(/[\n|]/)
    .map((cell) => cell.trim());
const noTool = (): ReportDocument => ({
  ...sampleDocument(),
  ...{ hosts: [], tools: [], notVisible: [] },
  selection: { hosts: ['10.0.0.1'], groups: ['rnd'], tools: ['cursor'], toolNames: ['Cursor'] },
});

const DOCUMENTS: Readonly<Record<string, ReportDocument>> = {
  audit: sampleAudit(),
  seen: sampleDocument(),
  'everything with a policy': wholeDocument(true),
  'everything without a policy': wholeDocument(false),
  nothing: noTool(),
};

describe.each(OTHERS)('a report in %s', (language) => {
  it.each(Object.keys(DOCUMENTS))('has no English word that is not marked so: page of %s', async (name) => {
    const document = DOCUMENTS[name] ?? sampleAudit();
    const [english, own] = [await pageIn(document, 'en'), await pageIn(document, language)];
    expect(textsOf(own).length).toBeGreaterThan(50);
    expect(englishLeft(textsOf(english), textsOf(own), document)).toEqual([]);
    expect(own).toContain(`<html lang="${MESSAGES[language].tag}">`);
    expect(own).not.toMatch(/undefined|NaN|\[object/);
    expect(new TextEncoder().encode(own).length).toBeLessThanOrEqual(MAX_PAGE_BYTES);
  });

  it.each(Object.keys(DOCUMENTS))('has no English word: Markdown of %s', async (name) => {
    const document = DOCUMENTS[name] ?? sampleAudit();
    const [english, own] = [await markdownIn(document, 'en'), await markdownIn(document, language)];
    expect(englishLeft(inMarkdown(english), inMarkdown(own), document)).toEqual([]);
    expect(own).not.toMatch(/undefined|NaN|\[object/);
    expect(own.split('\n').length).toBe(english.split('\n').length);
  });

  it('has the sections, rows, links and marks of the English page', async () => {
    const shape = (page: string): string =>
      page
        .replaceAll(/<(style|script)\b[\s\S]*?<\/\1>/g, '')
        .replaceAll(/<span lang="en">([\s\S]*?)<\/span>/g, '$1')
        .match(/<(?:section|tr|th|td|li|a|details|rect|h[1-3]|dt)\b/g)
        ?.join('') ?? '';
    for (const document of [sampleAudit(), sampleDocument(), wholeDocument(true)])
      expect(shape(await pageIn(document, language))).toBe(shape(await pageIn(document, 'en')));
  });

  it('marks a statement of no known form as English, and says once what is in English', async () => {
    const audit = sampleAudit();
    const detail = 'a sentence that no message has';
    const findings = audit.findings?.map((finding) => ({
      ...finding,
      evidence: finding.evidence.map((item) => ({ ...item, detail })),
    }));
    const page = await pageIn({ ...audit, findings: findings ?? [] }, language);
    expect(page).toContain(`<span lang="en">${detail}</span>`);
    expect(page.split(MESSAGES[language].page.frame.englishParts() ?? 'nothing')).toHaveLength(2);
    expect(await pageIn(sampleAudit(), 'en')).not.toContain('lang="en"><');
  });

  it('gives the script its words', async () => {
    const [, words = ''] = / data-words="([^"]*)"/.exec(await pageIn(sampleAudit(), language)) ?? [];
    expect(JSON.parse(words.replaceAll('&quot;', '"'))).toEqual(MESSAGES[language].page.frame.scriptWords());
    expect(await pageIn(sampleAudit(), 'en')).not.toContain('data-words');
  });
});

it('writes decimal commas, dates and times in German', async () => {
  const page = textsOf(await pageIn(sampleAudit(), 'de')).join('\n');
  expect(page).toMatch(/\d,\d [kMG]?B/);
  expect(page).not.toMatch(/\d\.\d+ (?:[kMG]?B|%)/);
  expect(page).toContain('8. Juli 09:12');
  expect(page).toContain('8.–14. Juli 2026');
});

it('is in English where nothing is asked', async () => {
  for (const format of LANGUAGE_FORMATS)
    expect(await renderReport(sampleAudit(), format)).toBe(
      await renderReport(sampleAudit(), format, { ...PLAIN, language: 'en' }),
    );
});
