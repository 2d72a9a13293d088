// Runs the examples of docs/cli.md as they stand there.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

const text = readFileSync('docs/cli.md', 'utf8');
const examples = [...text.matchAll(/<!-- run: (\w+) -->\n```sh\n([\s\S]*?)```/g)].map((match) => ({
  needs: match[1] ?? '',
  script: match[2] ?? '',
}));
const folder = temporaryFolder('docs');

/** DuckDB comes with the package; jq and awk with the system. */
const isThere = (program: string): boolean =>
  program === 'duckdb' || spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe('docs/cli.md', () => {
  it('has examples for jq, for the Zeek logs and for SQL', () => {
    expect(examples.map(({ needs }) => needs)).toEqual(['jq', 'awk', 'awk', 'duckdb']);
  });

  for (const [i, { needs, script }] of examples.entries()) {
    const hasProgram = isThere(needs);
    if (!hasProgram) console.log(`skipped: ${needs} is not installed (apt-get install ${needs})`);
    it.skipIf(!hasProgram)(`runs example ${i + 1}, for ${needs}`, () => {
      const wiretally = `wiretally() { "${process.execPath}" "${resolve('dist/cli/main.js')}" "$@"; }\n`;
      const out = execFileSync('bash', ['-euo', 'pipefail', '-c', wiretally + script], {
        encoding: 'utf8',
        env: { ...process.env, TMP: folder },
      });
      expect(out.trimEnd().split('\n').length).toBeGreaterThanOrEqual(5);
      expect(out).toMatch(/claude-code|anthropic/);
    });
  }

  it('names every command and every format', async () => {
    const { COMMANDS } = await import('../../src/cli/command-list.ts');
    const { FORMAT_NAMES } = await import('../../src/report/render.ts');
    for (const { name } of COMMANDS) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    for (const name of FORMAT_NAMES) expect(text).toContain(`\`${name}\``);
  });
});

describe('docs/threat-model.md', () => {
  const [, table = ''] = readFileSync('docs/threat-model.md', 'utf8').split(
    '| threat | defence | tested by |',
  );
  const rows = table.split('\n').filter((line) => /^\| [^-]/.test(line));

  it.each(rows.map((row) => row.slice(2, -2).split(' | ')))(
    'names a test of %s that is there',
    (...cells) => {
      expect(cells.length).toBe(3);
      const named = [...(cells[2] ?? '').matchAll(/`((?:test|\.ci)\/[^`]+)`/g)].map(([, path]) => path ?? '');
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((path) => !existsSync(path))).toEqual([]);
    },
  );
});
