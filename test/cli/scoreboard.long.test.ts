// npm run scoreboard: runs programs on a set of captures and scores answers of any program.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPrograms } from '../../bench/contender.ts';
import { temporaryFolder } from '../temporary.ts';

const SCOREBOARD = 'build/scripts/bench/scoreboard/run.js';
const folder = temporaryFolder('scoreboard');
beforeAll(() => {
  // `npm run check` checks the types.
  execFileSync('npx', ['tsc', '-p', 'tsconfig.scripts.json', '--noCheck']);
  // Below, the compiler is not on the search path.
  buildPrograms();
});

/** Only captures of single builds: twelve, each with one tool. */
function scoreboard(words: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCOREBOARD, '--set', 'builds', ...words], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const build = (more: object): string =>
  JSON.stringify({
    capture: 'builds/openai-codex-0.137.0-p1.pcap.gz',
    host: '10.77.0.2',
    tool: 'openai-codex',
    time: '2026-11-20',
    ...more,
  });

describe('the scoreboard', () => {
  it('scores wiretally without a wrong accusation, and says which programs are absent', () => {
    // The search path has no program but those that the scoreboard itself needs.
    const { status, stdout } = scoreboard([], { ...process.env, PATH: folder });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\| wiretally [\w.]+ \| own answers \| \d+ of 12 \| \d+ \| 0 \| /mu);
    for (const name of ['tshark', 'ndpiReader', 'suricata', 'zeek', 'mercury']) {
      expect(stdout).toMatch(new RegExp(`^- ${name} \\(`, 'mu'));
    }
    expect(readFileSync('build/scoreboard/scoreboard.svg', 'utf8')).toContain('wiretally');
  });

  it('scores a file of answers', () => {
    const path = join(folder, 'answers.jsonl');
    writeFileSync(path, `${build({})}\n${build({ tool: 'cline' })}\n`);
    const { status, stdout } = scoreboard(['--only', 'none', '--answers', `mine=${path}`]);
    expect(status).toBe(0);
    expect(stdout).toContain('| mine | own answers | 1 of 12 | 0 | 1 | 0 |');
    expect(stdout).toContain('- builds/openai-codex-0.137.0-p1.pcap.gz 10.77.0.2 cline 2026-11-20');
  });

  it('runs and measures a command, and lists captures on which it fails', () => {
    const command = `case $CAPTURE in *codex*) test -s "$FILE" && echo '${build({})}';; *copilot*) exit 3;; esac`;
    const { status, stdout } = scoreboard(['--only', 'mine', '--run', `mine=${command}`]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\| mine \| own answers \| 1 of 12 \| 0 \| 0 \| 0 \| – \| – \| – \| [\d.]+ \|/mu);
    expect(stdout).toContain('- builds/copilot-cli-1.0.60-p1.pcap.gz (exit code 3)');
  });

  it.each([
    ['an unknown set', ['--set', 'week'], 'no set "week"'],
    ['an option without a name', ['--answers', 'file'], '--answers file: expected NAME=FILE'],
    ['a missing file', ['--answers', 'a=/nowhere'], '/nowhere'],
    ['a command that prints no answers', ['--only', 'a', '--run', 'a=echo yes'], 'a:1: not JSON'],
  ])('refuses %s', (_, words, message) => {
    const { status, stderr } = scoreboard(words);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
