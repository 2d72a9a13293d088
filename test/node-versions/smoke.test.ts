// Twenty commands of dist on each tested version of Node: they end with their exit code and print no error, no warning of
// Node among them. Then a server of pages. `npm run test:nodes` runs this.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { testedNodes } from './nodes.mjs';

const PROGRAM = resolve('dist/cli/main.js');
const captures = resolve('captures');
const demo = `${captures}/demo.pcap.gz`;
const policy = `${captures}/demo-policy.yaml`;

/** In this order: later ones read what earlier ones write. Exit code 0 where none stands. */
const COMMANDS: readonly { readonly words: readonly string[]; readonly exitCode?: number }[] = [
  { words: ['--version'] },
  { words: ['--help'] },
  { words: ['analyze', '--help', '--all'] },
  { words: ['completion', 'bash'] },
  { words: ['doctor'] },
  { words: ['config', 'check'] },
  { words: ['analyze', demo, '--policy', policy, '--write', 'demo.usage', '--quiet'], exitCode: 1 },
  { words: ['analyze', demo, '--workers', '2', '--format', 'json'] },
  { words: ['analyze', 'demo.usage', '--format', 'html', '--language', 'de'] },
  { words: ['analyze', 'demo.usage', '--store', 'history.duckdb', '--quiet'] },
  { words: ['analyze', 'history.duckdb', '--format', 'csv'] },
  { words: ['store', 'sql', 'history.duckdb', 'SELECT count(*) FROM windows'] },
  { words: ['analyze', `${captures}/logs/zeek-json`] },
  { words: ['explain', 'demo.usage', '--host', '10.20.1.13'] },
  {
    words: [
      'slice',
      demo,
      '--host',
      '10.20.1.13',
      '--tool',
      'claude-code',
      '--write',
      'part.pcapng',
      '--quiet',
    ],
  },
  {
    words: [
      'attest',
      'demo.usage',
      '--tool',
      'openai-codex',
      '--since',
      '2026-07-14',
      '--until',
      '2026-07-15',
      '--bundle',
      'bundle',
    ],
    exitCode: 1,
  },
  { words: ['verify', 'bundle'], exitCode: 1 },
  { words: ['policy', 'check', policy] },
  { words: ['catalogue', 'lint'] },
  { words: ['dump', 'hellos', 'part.pcapng'] },
];

interface Done {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (node: string, words: readonly string[], cwd: string): Promise<Done> =>
  new Promise((done) => {
    const options = { cwd, encoding: 'utf8', maxBuffer: 64 << 20 } as const;
    const program = execFile(node, [PROGRAM, ...words], options, (error, stdout, stderr) =>
      done({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    program.stdin?.end();
  });

describe.concurrent.each(testedNodes())('$name', ({ path }) => {
  const folder = temporaryFolder('node');

  it('runs twenty commands', async () => {
    for (const { words, exitCode = 0 } of COMMANDS) {
      const { stdout, ...rest } = await run(path, words, folder);
      expect({ words, ...rest }).toEqual({ words, exitCode, stderr: '' });
      expect(stdout !== '', `${words.join(' ')} prints`).toBe(words[0] !== 'slice');
    }
  });

  it('serves pages', async () => {
    expect(await run(path, ['analyze', demo, '--write', 'pages.usage'], folder)).toMatchObject({
      exitCode: 0,
    });
    const words = ['serve', 'pages.usage', '--listen', '127.0.0.1:0'];
    const server = spawn(path, [PROGRAM, ...words], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(server, 'exit');
    const lines: string[] = [];
    try {
      for await (const line of createInterface(server.stderr)) {
        lines.push(line);
        const address = /http:\S+/.exec(line)?.[0];
        if (address === undefined) continue;
        const answer = await fetch(address);
        expect({ status: answer.status, text: await answer.text() }).toEqual({
          status: 200,
          text: expect.stringContaining('Claude Code'),
        });
        server.kill('SIGTERM');
      }
    } finally {
      server.kill('SIGKILL');
    }
    expect(lines).toEqual([expect.stringMatching(/^wiretally: serving http:/)]);
    expect(await ended).toEqual([0, null]);
  });
});
