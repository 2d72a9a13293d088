// Reports on the demo capture in each language, by the command line: whole, of the same figures, and in one language.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { MESSAGES } from '../unit/report/all-messages.ts';
import { englishLeft, textsOf } from '../unit/report/english-left.ts';

const MAX_OUTPUT_BYTES = 64 << 20;
const PAGE_BYTES = 300_000;
const POLICY = ['--policy', 'captures/demo-policy.yaml'];
const OPTIONS = { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES } as const;

/** The windows of the demo, which each report is made of. */
const windows = join(temporaryFolder('languages'), 'demo.usage');
execFileSync(
  process.execPath,
  ['dist/cli/main.js', 'analyze', 'captures/demo.pcap.gz', '--quiet', '--write', windows],
  OPTIONS,
);

/** Violations give exit code 1. */
function analyze(...more: readonly string[]): string {
  const args = ['dist/cli/main.js', 'analyze', windows, '--timezone', 'Asia/Shanghai', ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, OPTIONS);
  expect(stderr.includes('error'), stderr).toBe(false);
  expect([0, 1]).toContain(status);
  return stdout;
}

/** Times of day, counts and amounts, whatever the language writes between them. */
const figuresOf = (texts: readonly string[]): string[] =>
  [
    ...new Set(
      texts.flatMap(
        (text) => text.replaceAll(/(\d),(\d)/g, '$1.$2').match(/\d\d:\d\d|[\d.]+ [kMG]?B\b/g) ?? [],
      ),
    ),
  ].sort();

describe.each([
  ['with a policy', POLICY],
  ['without a policy', []],
] as const)('the demo capture %s', (_, policy) => {
  const document = JSON.parse(analyze(...policy, '--format', 'json')) as ReportDocument;
  const english = textsOf(analyze(...policy, '--format', 'html'));
  const known = analyze(...policy, '--format', 'md').split('\n');

  it.each(['de', 'zh'] as const)('has a page in %s, with no word of English', (language) => {
    const page = analyze(...policy, '--format', 'html', '--language', language);
    const texts = textsOf(page);
    expect(page).toContain(`<html lang="${MESSAGES[language].tag}">`);
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(PAGE_BYTES);
    expect(englishLeft(english, texts, document)).toEqual([]);
    expect(figuresOf(texts).length).toBeGreaterThan(100);
    if (policy.length > 0) {
      expect(texts).toContain({ de: 'VERLETZT', zh: '违反' }[language]);
      expect(texts.join('\n')).toContain(
        {
          de: 'Auf 5 von 26 Rechnern im Geltungsbereich wurde nach dem Ende der Übergangsfrist Claude Code verwendet.',
          zh: '宽限期结束后，范围内 26 台主机中有 5 台使用了 Claude Code。',
        }[language],
      );
    }
  });

  it.each(['de', 'zh'] as const)(
    'has Markdown in %s, of the rows and figures of the English one',
    (language) => {
      const own = analyze(...policy, '--format', 'md', '--language', language).split('\n');
      const shape = (lines: readonly string[]): string[] =>
        lines.map(
          (line) =>
            line
              .replaceAll(/[^|#-]/g, '')
              .replaceAll(/-+/g, '-')
              .slice(0, 1) + line.split('|').length,
        );
      expect(shape(own)).toEqual(shape(known));
      expect(figuresOf(own)).toEqual(figuresOf(known));
    },
  );
});

it('says which formats have languages', () => {
  const args = ['dist/cli/main.js', 'analyze', 'captures/demo.pcap.gz', '--language', 'de'];
  expect(() => execFileSync(process.execPath, args, { ...OPTIONS, stdio: 'pipe' })).toThrow(
    /--format terminal is available in English only[\s\S]*add --format html, md or summary/,
  );
});
