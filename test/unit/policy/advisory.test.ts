// Advisories: faults of a file are reported with their line; days have the result that their starts support.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Advisory } from '../../../src/model/report.ts';
import type { SignDay } from '../../../src/model/tool.ts';
import { loadAdvisory, parseAdvisory } from '../../../src/policy/advisory.ts';
import { answerOf } from '../../../src/policy/exposure.ts';
import type { VersionSpan } from '../../../src/text/version.ts';

const TOOLS = [
  { id: 'claude-code', name: 'Claude Code' },
  { id: 'copilot-cli', name: 'GitHub Copilot CLI' },
];
const EXAMPLE = 'captures/advisories/claude-code-prompt-marking.yaml';
const example = readFileSync(EXAMPLE, 'utf8');
const faults = (text: string): string[] =>
  parseAdvisory(text, TOOLS).errors.map(({ line, path, message }) => `${line}: ${path}: ${message}`);

describe('an advisory', () => {
  it('names its tool by id or displayed name, in any case', () => {
    for (const tool of ['Claude Code', 'CLAUDE-CODE', 'claude_code'])
      expect(loadAdvisory(example.replace('tool: claude-code', `tool: ${tool}`), EXAMPLE, TOOLS).tool).toBe(
        'claude-code',
      );
  });

  it('as shipped is taken', () => {
    expect(loadAdvisory(example, EXAMPLE, TOOLS)).toMatchObject({
      id: 'claude-code-prompt-marking',
      tool: 'claude-code',
      affected: [['2.1.91', '2.1.196']],
      platforms: [],
    });
  });

  it.each([
    {
      about: 'a reversed range',
      from: 'from: 2.1.91',
      to: 'from: 2.1.197',
      said: /7|8.*affected\[0\]: the range from 2.1.197 to 2.1.196 is reversed/,
    },
    {
      about: 'an empty range',
      from: '{ from: 2.1.91, to: 2.1.196 }',
      to: '{}',
      said: /affected\[0\]: an empty range/,
    },
    {
      about: 'an unknown tool',
      from: 'tool: claude-code',
      to: 'tool: claude-cod',
      said: /tool: no tool "claude-cod".*did you mean "claude-code"/,
    },
    {
      about: 'what is no version',
      from: 'to: 2.1.196',
      to: 'to: newest',
      said: /affected\[0\]\.to: a version of three numbers/,
    },
    { about: 'an unknown key', from: 'severity: high', to: 'severty: high', said: /severty/ },
    { about: 'no source', from: /sources:[\s\S]*(?=action)/, to: 'sources: []\n', said: /sources/ },
    {
      about: 'a day that is none',
      from: 'severity: high',
      to: 'severity: high\ndates: { from: 2026-02-30 }',
      said: /2026-02-30 does not exist/,
    },
  ])('with $about is refused with its line', ({ from, to, said }) => {
    const found = faults(example.replace(from, to));
    expect(found.join('\n')).toMatch(said);
    expect(found[0]).toMatch(/^[1-9]\d*: /);
  });
});

describe('the answer of a day', () => {
  const advisory: Advisory = loadAdvisory(example, EXAMPLE, TOOLS);
  const day = (state: SignDay['state'], ...starts: VersionSpan[][]): SignDay => ({
    ...{ date: '2026-07-03', state },
    sets: starts.map((spans) => ({ kind: 'start', spans, platforms: ['linux-x64'] })),
  });
  const IN: VersionSpan[] = [['2.1.181', '2.1.190']];
  const ON_THE_EDGE: VersionSpan[] = [['2.1.191', '2.1.217']];
  const OUT: VersionSpan[] = [['2.1.302', null]];

  it.each([
    { about: 'a start in the range', of: day('placed', IN), answer: 'ran' },
    { about: 'one of several in the range', of: day('partly', OUT, IN), answer: 'ran' },
    { about: 'a start over its edge', of: day('placed', ON_THE_EDGE), answer: 'may' },
    { about: 'no start in the range', of: day('placed', OUT), answer: 'notSeen' },
    { about: 'no start in the range, and use without a start', of: day('partly', OUT), answer: 'may' },
    { about: 'use without a start', of: day('cannotSay'), answer: 'cannotSay' },
  ])('$about: $answer', ({ of, answer }) => expect(answerOf(of, advisory)).toBe(answer));

  it('is no more than may on a platform that was not recorded', () => {
    expect(answerOf(day('placed', IN), { ...advisory, platforms: ['darwin-arm64'] })).toBe('may');
    expect(answerOf(day('placed', IN), { ...advisory, platforms: ['linux-x64'] })).toBe('ran');
  });
});
