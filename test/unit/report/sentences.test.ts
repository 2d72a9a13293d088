// Sentences of evidence in each language: every key is there with its values, stores and packed hosts keep them, and no page
// has one in English.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import german from '../../../src/model/messages/de.json' with { type: 'json' };
import english from '../../../src/model/messages/en.json' with { type: 'json' };
import chinese from '../../../src/model/messages/zh.json' with { type: 'json' };
import {
  asDetail,
  asReason,
  packSentence,
  parseSentence,
  phrase,
  readSentence,
  Sentence,
  sentenceText,
  unpackSentence,
} from '../../../src/model/sentences.ts';
import { MESSAGES } from './all-messages.ts';

const OTHERS = { de: german, zh: chinese } as const;

const INPUTS = ['demo.pcap.gz', 'recordings', 'services', 'faults', 'logs'];

const valuesIn = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

describe.each(['de', 'zh'] as const)('%s', (language) => {
  it('has the keys of the English sentences, and the same values in each', () => {
    const own: Readonly<Record<string, string>> = OTHERS[language];
    expect(Object.keys(own).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(english))
      expect([key, valuesIn(own[key] ?? '')]).toEqual([key, valuesIn(text)]);
  });

  it('formats sentences among the values', () => {
    const what = phrase('namesFrom', { name: 'a.example', programs: phrase('noKind') });
    const { text } = phrase('atOtherTimes', { what });
    expect(text).toBe(
      'a.example from a program of unknown kind: fits this tool, which was seen only at other times',
    );
    const formatted = MESSAGES[language].sentenceText(phrase('atOtherTimes', { what }));
    expect(formatted).toContain('a.example');
    expect(formatted).not.toMatch(/[a-z] (?:from|program|tool) /);
  });
});

describe('a sentence', () => {
  const sentence = phrase('outsideFinding', {
    said: phrase('smallCalls', { number: 3, size: 2, span: 60, name: '"a\n' }),
  });

  it('is the same after it was stored as text', () => {
    expect(parseSentence(sentenceText(sentence))).toEqual(sentence);
    expect(parseSentence('runs on Node.js').text).toBe('runs on Node.js');
  });

  it('is no part of JSON, and is kept where a use is packed as JSON', () => {
    const item = { rule: 'a', ...asDetail(sentence) };
    expect(JSON.parse(JSON.stringify(item))).toStrictEqual({ rule: 'a', detail: sentence.text });
    const unpacked = unpackSentence(JSON.parse(JSON.stringify(packSentence(item))));
    expect(unpacked).toStrictEqual(item);
    expect(readSentence(unpacked)).toBeInstanceOf(Sentence);
    const none = { field: 'requests', reason: 'from a file' };
    expect(readSentence(unpackSentence(packSentence(none)))).toBe(null);
    expect(readSentence({ ...none, ...asReason(sentence) })).toBe(sentence);
  });
});

describe('pages of recordings', { timeout: 300_000 }, () => {
  // Every language has the same keys, so one shows the sentences that no key was made for.
  it.each(INPUTS)('have no sentence in English: %s', (input) => {
    const words = [`captures/${input}`, '--policy', 'captures/demo-policy.yaml', '--format', 'html'];
    const { stdout } = spawnSync(
      process.execPath,
      ['dist/cli/main.js', 'analyze', ...words, '--language', 'de', '--quiet'],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    expect(stdout).toContain('lang="de"');
    expect(stdout.match(/<span lang="en">[^<]*/g)).toBe(null);
  });
});
