// Sheets in each language: the same facts, no word of another left.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { CAPTURE_ADVICE, moreDestinations } from '../../../src/model/capture-advice.ts';
import { CONFIDENCES } from '../../../src/model/confidence.ts';
import {
  FINDING_RESULTS,
  FINDING_STATES,
  REQUIREMENTS,
  VERDICT_LIMITS,
} from '../../../src/model/findings.ts';
import { ATTEMPT_RESULTS } from '../../../src/model/report.ts';
import { GAP_WORDS, NOT_VISIBLE_KINDS } from '../../../src/model/window-words.ts';
import { listRules } from '../../../src/policy/header.ts';
import { parsePolicy, readPolicy } from '../../../src/query/inputs/policy-file.ts';
import { renderSummary } from '../../../src/report/html/compliance-summary.ts';
import { type EmployeeInput, renderEmployeePage } from '../../../src/report/html/employee.ts';
import { ENGLISH_WORDS, type ReportWords } from '../../../src/report/text/english-words.ts';
import { LANGUAGES } from '../../../src/report/text/languages.ts';
import { buildVerdicts, type Verdict } from '../../../src/report/text/verdict.ts';
import { openZone } from '../../../src/time/zone.ts';
import { MESSAGES } from './all-messages.ts';
import { sampleAudit, sampleDocument, sampleEmployee } from './sample-document.ts';

const ZONE = openZone('Asia/Shanghai');
const OTHERS = LANGUAGES.filter((language) => language !== 'en');
const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>|<code>[\s\S]*?<\/code>|<title>[\s\S]*?<\/title>/g, '')
    .replaceAll(/<[^>]+>/g, '\n');
/** Words of three letters and more that are no names and no units. */
const englishIn = (text: string): string[] =>
  [...text.matchAll(/\b[a-z]{3,}\b/g)]
    .map(([word]) => word)
    .filter((word) => !/^(claude|rnd|build|html)$/.test(word));

const TOOL = sampleEmployee();

/** Under a rule with a grace period. */
async function ruled(): Promise<EmployeeInput> {
  const catalogue = await loadCatalogue([]);
  const { policy } = readPolicy(join(import.meta.dirname, '../../../captures/demo-policy.yaml'), catalogue);
  return { ...TOOL, policy: { policy, rules: listRules(policy, TOOL.tool) } };
}

/** Every message by its place, functions among them. */
function messagesOf(messages: object, place = ''): string[] {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? messagesOf(value, `${place}${name}.`)
      : [`${place}${name}: ${value === '' ? 'empty' : Array.isArray(value) ? value.length : typeof value}`],
  );
}

const TOOL_BANNED = { kind: 'tool', name: 'WORD0' };
/** Arguments that are no single text or number. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  andMore: [['WORD0', 'WORD1'], 3],
  'employee.onMachinesOf': [['WORD0', 'WORD1']],
  'employee.elsewhere': [['WORD0', 'WORD1']],
  'employee.telemetryNames': [['WORD0', 'WORD1']],
  'employee.mixedNames': [['WORD0', 'WORD1']],
  'employee.notes': [true],
  'employee.description': ['WORD0', 'WORD1', 'cli'],
  'blindSpots.noRecords': [
    [
      { from: 'WORD0', to: 'WORD1' },
      { from: 'WORD2', to: null },
    ],
  ],
  'nothingSeen.only.hosts': [['WORD0', 'WORD1']],
  'nothingSeen.only.groups': [['WORD0', 'WORD1']],
  'nothingSeen.only.toolNames': [['WORD0', 'WORD1']],
  'nothingSeen.nothingObserved': ['WORD0', 'WORD1', 'WORD2', { end: 'begin', time: 'WORD3' }],
  'findings.requests': ['WORD0', false],
  'findings.clients': [['WORD0', 'WORD1'], 0],
  'findings.statesOf': ['WORD0', ['WORD1', 'WORD2']],
  'sections.ech.note': [{ real: 'WORD0', others: 'WORD1' }],
  'sections.advisories.versions': [['WORD0', 'WORD1']],
  'comparison.length': ['WORD0', 'day', false],
  'page.lists.onPaper': ['WORD0', 'WORD1', 'host'],
  'page.lists.inData': ['WORD0', 'host'],
  'page.lists.elsewhere': ['WORD0', 'line'],
  'page.verdict.violated': ['WORD1', 'WORD2', TOOL_BANNED, 'inForce'],
  'page.verdict.brokenInForce': ['violation'],
  'page.verdict.brokenFrom': ['violation', 'WORD1'],
  'page.verdict.clear': ['WORD1', TOOL_BANNED, 'grace'],
  'page.verdict.noViolation': ['WORD0', null],
  'page.verdict.joined': [['WORD0', 'WORD1']],
  'page.verdict.seenOnNetwork': ['none'],
  'page.verdict.toolsSeen': [['WORD0', 'WORD1'], 0, 'WORD2', 'WORD3'],
  'page.verdict.chartTitle': [TOOL_BANNED, 'WORD1'],
  'page.verdict.chartCaption': [TOOL_BANNED, 'WORD1'],
  'page.verdict.bar': ['WORD0', true, 'WORD1', 0],
  'page.verdict.sure': ['certain', 'WORD0', 'violation'],
  'page.hosts.caption': ['minutes', 'WORD0', 'WORD1', 'WORD2', 'WORD3'],
  'page.hosts.banned': [TOOL_BANNED],
  'page.hosts.bannedBy': [TOOL_BANNED],
  'page.hosts.noTool': [['WORD0'], 'WORD1'],
  'sections.tools.byConfidence': ['certain', 'WORD0'],
  'sections.telemetry.lead': [['WORD0', 'WORD1']],
  'sections.unseen.lossEffect': ['WORD0', true],
  'sections.method.read': [['WORD0', 'WORD1'], 0],
  'markdown.by': ['day'],
};
const MOST_ARGUMENTS = 6;
const argumentsOf = (path: string): readonly unknown[] =>
  path.startsWith('comparison.limits.')
    ? [{ span: 'WORD0', share: 0.5, names: 'WORD1' }]
    : (ARGUMENTS[path] ?? Array.from({ length: MOST_ARGUMENTS }, (_, i) => `WORD${i}`));
/** They take a document, a date or a word of the program; further tests are about them. */
const OTHER_TESTS = new Set([
  ...[
    'writing',
    'verdict',
    'andMore',
    'date',
    'day',
    'dayIn',
    'span',
    'time',
    'weekday',
    'month',
    'shortDay',
    'shortTime',
    'exactTime',
    'timeSpan',
    'dateOrTime',
    'dayOrTime',
  ],
  'sentenceText',
  ...['page.frame.scriptWords', 'page.frame.englishParts'],
  ...[
    'blindSpots.effect',
    'findings.next',
    'actions.opening',
    'sections.attempts.result',
    'page.evidence.doubt',
  ],
]);

/** Texts for each of a closed list, in one language. */
const CHOICES: Readonly<Record<string, (messages: ReportWords) => readonly string[]>> = {
  outcomes: ({ outcomes }) => Object.values(outcomes),
  states: ({ findings }) => FINDING_STATES.map((state) => findings.states[state]),
  confidences: ({ confidences }) => CONFIDENCES.map((confidence) => confidences[confidence]),
  effects: ({ blindSpots }) => NOT_VISIBLE_KINDS.map((kind) => blindSpots.effect(kind, kind)),
  gaps: ({ blindSpots }) => Object.values(GAP_WORDS).map((said) => blindSpots.gapReason(said)),
  steps: ({ findings }) => FINDING_RESULTS.map((result) => findings.next({ result }, result)),
  attempts: ({ sections }) => ATTEMPT_RESULTS.map((result) => sections.attempts.result(result)),
};

type Message = (...given: unknown[]) => unknown;
const isMessage = (value: unknown): value is Message => typeof value === 'function';

/** Each message that takes arguments, with those that its text repeats. */
function placeholdersOf(messages: object, place = ''): [string, string[]][] {
  return Object.entries(messages).flatMap(([name, value]): [string, string[]][] => {
    const path = `${place}${name}`;
    if (OTHER_TESTS.has(path)) return [];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return placeholdersOf(value, `${path}.`);
    if (!isMessage(value)) return [];
    const repeated = JSON.stringify(value(...argumentsOf(path))).match(/WORD\d/g) ?? [];
    return [[path, [...new Set(repeated)].toSorted()]];
  });
}

const fileOf = (language: string): object =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, `../../../src/report/messages/${language}.json`), 'utf8'),
  );
const keysOf = (messages: object, place = ''): string[] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'object' ? keysOf(value, `${place}${key}.`) : [`${place}${key}`],
  );

describe('the catalogue of messages', () => {
  it.each(LANGUAGES)('has every message in %s, none of them empty', (language) => {
    const own = messagesOf(MESSAGES[language]).sort();
    expect(own).toEqual(messagesOf(MESSAGES.en).sort());
    expect(own.length).toBeGreaterThan(60);
    expect(own.filter((message) => message.endsWith(': empty'))).toEqual([]);
  });

  it.each(OTHERS)('has a file with the keys of the English one, arguments included, in %s', (language) => {
    const own = keysOf(fileOf(language));
    const english = keysOf(fileOf('en'));
    const doubts = /^page\.evidence\.doubts\./;
    expect(own.filter((key) => !doubts.test(key)).sort()).toEqual(english.sort());
    expect(own.filter((key) => doubts.test(key)).length).toBeGreaterThan(10);
  });

  it.each(OTHERS)('has the placeholders of each English message in %s', (language) => {
    const english = placeholdersOf(MESSAGES.en);
    expect(english.length).toBeGreaterThan(20);
    expect(english.filter(([, repeated]) => repeated.length > 0).length).toBeGreaterThan(18);
    expect(Object.fromEntries(placeholdersOf(MESSAGES[language]))).toEqual(Object.fromEntries(english));
  });

  it.each(OTHERS)('has a text of its own for each of the closed lists in %s', (language) => {
    for (const [name, textsIn] of Object.entries(CHOICES)) {
      const texts = textsIn(MESSAGES[language]);
      expect(new Set(texts).size, name).toBe(texts.length);
      const english = new Set(textsIn(MESSAGES.en));
      expect(
        texts.filter((text) => text === '' || english.has(text)),
        name,
      ).toEqual([]);
    }
  });

  it.each(OTHERS)('sends a mail about the same results in %s', (language) => {
    const mailed = (messages: ReportWords) =>
      FINDING_RESULTS.filter((result) => messages.actions.opening(result) !== null);
    expect(mailed(MESSAGES[language])).toEqual(mailed(MESSAGES.en));
  });
});

describe('dates and amounts in German', () => {
  const { amount, date, span, days, dayIn, time } = MESSAGES.de;
  const at = (plainYear?: number) => ({ ...ZONE, ...(plainYear === undefined ? {} : { plainYear }) });

  it.each([
    [date('2026-03-01'), '1. März 2026'],
    [span('2026-07-08', '2026-07-08'), '8. Juli 2026'],
    [span('2026-07-08', '2026-07-14'), '8.–14. Juli 2026'],
    [span('2026-06-30', '2026-07-02'), '30. Juni bis 2. Juli 2026'],
    [span('2025-12-30', '2026-01-02'), '30. Dezember 2025 bis 2. Januar 2026'],
    [days(1), '1 Tag'],
    [days(2), '2 Tage'],
    [amount('3.0 MB'), '3,0 MB'],
    [amount('<0.01 %'), '<0,01 %'],
    [dayIn('2026-05-09', at(2026)), '9. Mai'],
    [dayIn('2024-05-09', at(2026)), '9. Mai 2024'],
    [time('2026-07-12T17:05:00Z', at(2026)), '13. Juli 01:05'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });

  it('agree with the amount', () => {
    const { summary, employee } = MESSAGES.de;
    expect(summary.moreFindings(1)).toBe('1 weiterer Befund im vollständigen Bericht.');
    expect(summary.moreFindings(2)).toBe('2 weitere Befunde im vollständigen Bericht.');
    expect(summary.made('1', '2', null, 1)).toMatch(/aus 1 Paket Netzverkehr\.$/);
    expect(summary.made('1', '2', '8. Juli 2026', 2)).toMatch(
      /, am 8\. Juli 2026, aus 2 Paketen Netzverkehr\.$/,
    );
    expect(employee.deleted(1, 30)).toContain('nach 1 Tag und Befunde nach 30 Tagen');
    expect(employee.deleted(1, 30)).not.toContain('keine Aufbewahrungsfrist');
    expect(employee.deleted(1, null)).toContain('keine Aufbewahrungsfrist für Befunde fest');
    expect(employee.deleted(null, null)).toContain(
      'keine Aufbewahrungsfrist für Verkehrsdaten und Befunde fest',
    );
    expect(employee.onMachinesOf(['a', 'b'])).toBe(' auf Rechnern der Gruppen a, b');
  });
});

describe('a sheet', () => {
  it.each(LANGUAGES)('names its language: %s', async (language) => {
    const { tag } = MESSAGES[language];
    expect(await renderSummary(sampleAudit(), { language })).toContain(`<html lang="${tag}">`);
    expect(await renderEmployeePage(TOOL, language)).toContain(`<html lang="${tag}">`);
  });

  it('says what each rule about the tool says, in their order, and what the default says', async () => {
    const text = `version: 1
name: p
timezone: UTC
default: deny
groups: { company: { groups: [web] }, web: { cidr: 10.1.0.0/24 } }
rules:
  - { id: WEB, title: w, match: { tools: [claude-code] }, scope: { groups: [web] }, action: allow }
  - { id: BAN, title: b, match: { tools: [claude-code] }, scope: { groups: [company] }, action: deny, effective: 2026-07-10 }
`;
    const { policy } = parsePolicy(text, 'p.yaml', await loadCatalogue([]));
    const rules = listRules(policy, TOOL.tool);
    const sheet = await renderEmployeePage({ ...TOOL, policy: { policy, rules } });
    const boxes = [...sheet.matchAll(/<div class="box (\w+)"><b>([^<]*)<\/b>/g)].map(([, tone, says]) => [
      tone,
      says,
    ]);
    expect(boxes).toEqual([
      ['ok', 'You may use Claude Code on machines of web.'],
      ['viol', 'Where rule WEB does not apply: Please do not use Claude Code on machines of company.'],
      ['viol', 'Where rules WEB and BAN do not apply: Please do not use Claude Code.'],
    ]);
    expect(sheet).toContain('10 July');
  });

  it('names telemetry that shares a name with requests', async () => {
    const sheet = await renderEmployeePage({
      ...TOOL,
      tool: { ...TOOL.tool, exchange: { mixed: ['M.EXAMPLE'] } },
    });
    expect(textOf(sheet)).toContain(
      'Names that receive only telemetry: T.EXAMPLE. M.EXAMPLE receives both your requests and telemetry;',
    );
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
    const owners = sampleAudit().policy?.rules.map(({ owner }) => owner ?? '') ?? [];
    const own = [...title, ...owners, sampleAudit().policy?.name ?? ''].reduce(
      (text, words) => text.replaceAll(words, ''),
      audit,
    );
    expect(englishIn(own)).toEqual([]);
    expect(englishIn(textOf(await renderSummary(sampleDocument(), { language: 'zh' })))).toEqual([]);
    expect(englishIn(textOf(await renderEmployeePage(TOOL, 'zh')))).toEqual([]);
  });

  it('says the same in German, with no word of English but names', async () => {
    const audit = textOf(await renderSummary(sampleAudit(), { language: 'de' }));
    expect(audit).toContain('VERLETZT');
    expect(audit).toContain('nach der Übergangsfrist (ab 13. Juli)');
    const all = [
      audit,
      textOf(await renderSummary(sampleDocument(), { language: 'de' })),
      textOf(await renderEmployeePage(TOOL, 'de')),
      textOf(await renderEmployeePage(await ruled(), 'de')),
    ].join('\n');
    const english = [
      'the',
      'and',
      'of',
      'with',
      'from',
      'not',
      'host',
      'hosts',
      'policy',
      'rule',
      'seen',
      'use',
    ];
    const words = new Set(all.match(/\p{L}+/gu));
    expect(english.filter((word) => words.has(word))).toEqual([]);
    // Decimal commas alone.
    expect(all).toMatch(/\d,\d [kMG]?B/);
    expect(all).not.toMatch(/\d\.\d+ (?:[kMG]?B|%)/);
  });

  it.each(OTHERS)('has the times, shares and numbers of the English sheet in %s', async (language) => {
    const numbersOf = (page: string): string[] =>
      (textOf(page).match(/\d+:\d\d|\d+[.,]\d+/g) ?? []).map((text) => text.replace(',', '.')).toSorted();
    const english = new Set(numbersOf(await renderSummary(sampleAudit())));
    const own = new Set(numbersOf(await renderSummary(sampleAudit(), { language })));
    expect([...own]).toEqual([...english]);
  });

  describe.each(OTHERS)('in %s', (language) => {
    const audit = sampleAudit();
    const { policy } = audit;
    const [verdict] = buildVerdicts(audit);
    if (policy === undefined || verdict === undefined) throw new Error('the sample has no verdict');
    const textFor = (part: Partial<Verdict['summary']>, changes: Partial<Verdict['rule']> = {}) => {
      const rule = { ...verdict.rule, ...changes };
      const summary = { rules: [{ ...verdict.summary, ...part, rule: rule.id }] };
      const [own] = buildVerdicts(
        { ...audit, policy: { ...policy, rules: [rule] }, summary },
        MESSAGES[language],
      );
      if (own === undefined) throw new Error('no verdict');
      return own;
    };

    it.each(VERDICT_LIMITS)('has a sentence for the limit %s', (reason) => {
      const { label, sentence } = textFor({
        verdict: 'inconclusive',
        reasons: [{ reason, since: '2026-07-10T00:00:00Z', share: 0.6, detail: '7' }],
      });
      expect(label).toBe({ de: 'NICHT FESTSTELLBAR', zh: '无法判定' }[language]);
      expect(sentence).not.toBe('');
      if (language === 'zh') expect(sentence).toMatch(/^[^a-z]*\p{Script=Han}[^a-z]*$/u);
      else expect(sentence).toMatch(/^\p{Lu}|^\d/u);
      expect(sentence).not.toMatch(/undefined|null|NaN/);
    });

    it('has advice on hidden traffic, and lines of a policy as they are', () => {
      const line = 'accept: [{ kind: ssh, to: [192.0.2.1] }]';
      const advice = [...Object.values(CAPTURE_ADVICE), moreDestinations(7, 'ssh'), line];
      const { sentence, limits } = textFor({
        verdict: 'inconclusive',
        reasons: [{ reason: 'hidden', detail: '7', kinds: ['ssh'], advice }],
      });
      const said = [sentence, ...limits].join('\n');
      expect(sentence).not.toContain(line);
      expect(said).toContain(line);
      for (const english of advice.slice(0, -1)) expect(said).not.toContain(english);
      expect(said).not.toMatch(/capture|whole|packets|destinations/);
      expect(new Set(Object.values(MESSAGES[language].verdict.captureAdvice)).size).toBe(
        Object.keys(CAPTURE_ADVICE).length,
      );
      expect(ENGLISH_WORDS.verdict.captureAdvice).toEqual(CAPTURE_ADVICE);
    });

    it.each(REQUIREMENTS)('names the requirement %s that some tools never meet', (requirement) => {
      const required = { confidence: ['likely'], roles: ['inference', 'mcp'], counts: ['minRequests 1'] };
      const textOf = (moreTools: number) =>
        textFor({
          verdict: 'inconclusive',
          reasons: [
            {
              reason: 'someEvidence',
              detail: 'nothing makes aider likely',
              unmet: [
                { requirement, required: required[requirement], tools: ['aider', 'bolt'], moreTools },
                { requirement: 'counts', required: ['minRequests 1'], tools: ['poe'], moreTools: 0 },
              ],
            },
          ],
        }).sentence;
      expect(textOf(3)).toMatch(
        language === 'zh' ? /aider、bolt.*3 .*；.*poe/u : /aider, bolt und 3 .*; .*poe/u,
      );
      expect(textOf(0)).not.toMatch(/\D0\D| und 0 /u);
      expect(textOf(0)).not.toMatch(/nothing|makes|minRequests|likely|inference|mcp/u);
      expect(textOf(0).includes('MCP')).toBe(requirement === 'roles');
    });

    it('gives the rules that a policy creates a title of the language', () => {
      const titles = ['default', 'services', 'AI-1'].map(
        (id) => textFor({}, { id, title: 'Only tools that a rule allows may be used' }).headline,
      );
      expect(titles[2]).toContain('Only tools that a rule allows may be used');
      for (const title of titles.slice(0, 2)) expect(title).not.toContain('Only');
      expect(new Set(titles).size).toBe(3);
    });

    it('tells a denied tool, service and path apart', () => {
      const sentences = [{}, { services: ['chat'] }, { via: ['gateway'] }].map(
        (rule) => textFor({ verdict: 'violated' }, rule as Partial<Verdict['rule']>).sentence,
      );
      expect(new Set(sentences).size).toBe(3);
    });
  });
});
