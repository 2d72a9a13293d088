// Hostile names in each format: none leaves the place where it stands.

import { describe, expect, it } from 'vitest';
import { csvLine } from '../../../src/report/format/csv-line.ts';
import { renderJunit } from '../../../src/report/format/junit.ts';
import { html } from '../../../src/report/html/markup.ts';
import { md } from '../../../src/text/markdown-text.ts';
import { shellWord } from '../../../src/text/shell-word.ts';
import { visibleOnPage, visibleText } from '../../../src/text/visible-text.ts';
import { sampleAudit } from './sample-document.ts';

it.each([
  ['&', '&amp;'],
  ['<script>', '&lt;script&gt;'],
  ['" onload="x', '&quot; onload=&quot;x'],
  ["' onload='x", '&#39; onload=&#39;x'],
  ['a\u202Eb', 'a⟨U+202E⟩b'],
])('HTML of %j', (text, escaped) => {
  expect(html`<td title="${text}">${[text]}</td>`.markup).toBe(`<td title="${escaped}">${escaped}</td>`);
});

it.each([...'\\`*_{}[]#|~'])('Markdown of %s', (sign) => {
  expect(md(`a${sign}b`)).toBe(`a\\${sign}b`);
});

it('Markdown of markup', () => {
  expect(md('<b>&\n')).toBe('&lt;b&gt;&amp;&lt;U+000A&gt;');
});

it.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@a', "'@a"],
  ['a=1', 'a=1'],
  ['a,b', '"a,b"'],
  ['a"b', '"a""b"'],
  ['=a,b', '"\'=a,b"'],
  ['\ta', '<U+0009>a'],
  ['a\nb', 'a<U+000A>b'],
])('CSV of %j', (text, cell) => {
  expect(csvLine([text, 1, null, true])).toBe(`${cell},1,,true\r\n`);
});

describe('hidden signs', () => {
  it.each([
    '\u0000',
    '\u001B',
    '\u0085',
    '\u200B',
    '\u202E',
    '\u2028',
    '\uFEFF',
    '\u3164',
    '\uD800',
    '\u{E0041}',
  ])('are named: %j', (sign) => {
    const point = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    expect(visibleText(`a${sign}`)).toBe(`a<U+${point}>`);
    expect(visibleOnPage(`a${sign}`)).toBe(`a⟨U+${point}⟩`);
  });

  it('leave other signs alone', () => {
    expect(visibleText('Büro 北京 🖥 <b>')).toBe('Büro 北京 🖥 <b>');
  });
});

it.each([
  ['a-b_1.pcap', 'a-b_1.pcap'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(x)', "'$(x)'"],
])('a word of a shell: %j', (word, quoted) => {
  expect(shellWord(word)).toBe(quoted);
});

it('attributes and texts of JUnit', () => {
  const audit = sampleAudit();
  const findings = audit.findings?.map((one) => ({ ...one, host: 'a"b<c>&d' })) ?? [];
  const xml = [...renderJunit({ ...audit, findings })].join('');
  expect(xml).toContain('name="a&quot;b&lt;c&gt;&amp;d ');
  expect(xml).not.toContain('a"b');
  expect(xml).not.toContain('b<c');
});
