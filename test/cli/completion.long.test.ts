// What the tab key offers, asked as each shell's script asks; in bash by the script itself.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { folderOfCommand, wiretally } from './run.ts';

const bin = folderOfCommand();
afterAll(() => rmSync(bin, { recursive: true }));

const CASES = [
  { line: 'wiretally an', offers: ['analyze'] },
  { line: 'wiretally analyze --form', offers: ['--format'] },
  { line: 'wiretally analyze x.pcap --format js', offers: ['json'] },
  { line: 'wiretally profile x.pcap --format ', offers: ['terminal', 'json', 'md'] },
  { line: 'wiretally advisory x.pcap --format ', offers: ['terminal', 'json', 'csv', 'md', 'html'] },
  { line: 'wiretally policy ex', offers: ['explain', 'export'] },
  { line: 'wiretally policy export p.yaml --format su', offers: ['suricata'] },
  { line: 'wiretally catalogue show claude-c', offers: ['claude-code'] },
  { line: 'wiretally explain x.pcap --tool claude-c', offers: ['claude-code'] },
  { line: 'wiretally analyze x.usage --by ho', offers: ['hour', 'host'] },
  { line: 'wiretally completion f', offers: ['fish'] },
  { line: 'wiretally analyze capt', offers: [] },
  { line: 'wiretally analyze --policy capt', offers: [] },
  { line: 'wiretally nothing ', offers: [] },
];

const split = (line: string): string[] => line.split(' ');

describe('completion', () => {
  it.each(CASES)('offers $offers for "$line" in bash', ({ line, offers }) => {
    const words = split(line).map((word) => `'${word}'`);
    const script = `source <(wiretally completion bash)
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
_wiretally_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${bin}:${process.env.PATH}`, LANG: 'C.UTF-8' };
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
    expect({ offers: stdout.trim().split('\n').filter(Boolean), stderr }).toEqual({ offers, stderr: '' });
  });

  it.each(['zsh', 'fish'])('says with descriptions in %s, and names files by the shell', async (SHELL) => {
    const ask = async (line: string): Promise<string> => {
      const words = split(line);
      const env = { SHELL, COMP_CWORD: String(words.length - 1) };
      return (await wiretally(['completion-server', '--', ...words], { env })).out;
    };
    const mark = SHELL === 'zsh' ? ':' : '\t';
    expect(await ask('wiretally policy ')).toContain(
      `schema${mark}Print the JSON Schema of a policy file or another document\n`,
    );
    expect(await ask('wiretally analyze --format js')).toContain('json\n');
    expect(await ask('wiretally analyze capt')).toBe('__wiretally_files__\n');
  });

  it.skipIf(spawnSync('fish', ['--version']).status !== 0)('is understood by fish', () => {
    const script = "wiretally completion fish | source; complete -C 'wiretally policy ex'";
    const env = { PATH: `${bin}:${process.env.PATH}`, LANG: 'C.UTF-8', HOME: bin };
    const { stdout } = spawnSync('fish', ['-c', script], { env, encoding: 'utf8' });
    expect(stdout).toMatch(/^explain\t.*\nexport\t/);
  });

  it.skipIf(spawnSync('zsh', ['--version']).status !== 0)('is read by zsh without a fault', () => {
    const script =
      'autoload -U compinit; compinit -u -D; source <(wiretally completion zsh); print $_comps[wiretally]';
    const env = { PATH: `${bin}:${process.env.PATH}`, LANG: 'C.UTF-8', HOME: bin };
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { env, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['_wiretally\n', '']);
  });

  it('knows three shells', async () => {
    expect(await wiretally(['completion', 'tcsh'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('--json', () => {
  it('is --format json, and says when another is asked for', async () => {
    const short = await wiretally(['catalogue', 'list', '--json']);
    expect(short.out).toBe((await wiretally(['catalogue', 'list', '--format', 'json'])).out);
    const both = await wiretally(['catalogue', 'list', '--json', '--format', 'terminal']);
    expect(both).toMatchObject({ code: 2, out: '' });
    expect(both.err).toContain('--json and --format terminal conflict');
  });
});
