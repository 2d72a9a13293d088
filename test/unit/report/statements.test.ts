// Sentences of evidence in other languages: each form is read back, and none of those that recordings give is left over.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import english from '../../../src/report/messages/en.json' with { type: 'json' };
import { ENGLISH_WORDS } from '../../../src/report/text/english-words.ts';
import { buildForms, readStatement } from '../../../src/report/text/statements.ts';
import { MESSAGES } from './all-messages.ts';

const KEYS = Object.keys(english.statements);
const FORMS = buildForms(KEYS, ENGLISH_WORDS.statements);

const INPUTS = ['demo.pcap.gz', 'recordings', 'services', 'faults', 'logs'];

function sentencesIn(value: unknown, found: Set<string>): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  const { rule, detail, field, reason, calibration } = value as Record<string, unknown>;
  if (typeof rule === 'string' && typeof detail === 'string') found.add(detail);
  if (typeof field === 'string' && typeof reason === 'string') found.add(reason);
  if (typeof calibration === 'string') found.add(calibration);
  for (const part of Object.values(value)) sentencesIn(part, found);
  return found;
}

describe('each message', () => {
  it.each(KEYS)('is read back with its values: %s', (entry) => {
    const [key = '', list = ''] = entry.split(/[()]/);
    const values = list === '' ? [] : list.split(', ').map((_, i) => `${i + 3}a.example`);
    const say = ENGLISH_WORDS.statements[key as keyof typeof ENGLISH_WORDS.statements];
    const sentence = typeof say === 'string' ? say : (say as (...of: string[]) => string)(...values);
    expect(readStatement(FORMS, sentence)).toEqual({ key, values });
  });
});

describe('recordings', { timeout: 120_000 }, () => {
  const sentences = new Set<string>();
  for (const input of INPUTS) {
    const words = [
      'analyze',
      `captures/${input}`,
      '--policy',
      'captures/demo-policy.yaml',
      '--format',
      'json',
    ];
    const { stdout } = spawnSync(process.execPath, ['dist/cli/main.js', ...words, '--quiet'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    sentencesIn(JSON.parse(stdout), sentences);
  }

  it.each(['de', 'zh'] as const)('have no sentence that is in English: %s', (language) => {
    const { stated } = MESSAGES[language];
    expect(sentences.size).toBeGreaterThan(150);
    expect([...sentences].filter((sentence) => stated(sentence) === null)).toEqual([]);
    const said = [...sentences].map((sentence) => stated(sentence) ?? '').join('\n');
    expect(said.match(/\b(?:which|seen|other|program|calls?|requests?|only|tool|began)\b/g)).toEqual(null);
  });
});
