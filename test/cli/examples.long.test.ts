// Every example of the help runs as it is pasted, in a folder that holds a capture and a policy.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/cli/examples.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { folderOfCommand } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'wiretally-examples-'));
const bin = folderOfCommand();
copyFileSync('captures/demo.pcap.gz', join(folder, 'office.pcap.gz'));
copyFileSync('captures/demo-policy.yaml', join(folder, 'policy.yaml'));
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
writeFileSync(join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
writeFileSync(join(folder, 'wiretally.yaml'), 'all: { timezone: Asia/Shanghai }\n');
afterAll(() => {
  for (const each of [folder, bin]) rmSync(each, { recursive: true });
});

/** They run until they are stopped, or need a server; test/contract, test/unit/web and test/cli try them. */
const ENDLESS = ['watch', 'serve', 'fleet ship', 'fleet collect', 'alerts test'];

const lines = Object.entries(EXAMPLES).flatMap(([command, examples]) =>
  ENDLESS.includes(command) ? [] : examples.map(({ line }) => line),
);

it.each(lines)('%s', { timeout: 120_000 }, (line) => {
  const env = { PATH: `${bin}:${process.env.PATH}`, LANG: 'C.UTF-8' };
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  // 1: a violation was found.
  expect([0, 1], stderr).toContain(status);
});

it('names commands and options that there are, also where they are not run', async () => {
  const program = await buildProgram('all');
  for (const [name, examples] of Object.entries(EXAMPLES)) {
    const command = name
      .split(' ')
      .reduce(
        (from, word) => from?.commands.find((each) => each.name() === word),
        program as typeof program | undefined,
      );
    const known = command?.options.flatMap(({ short, long }) => [short, long]) ?? [];
    for (const { line } of examples) {
      const asked = line.split(/[|>]/)[0]?.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
      expect({ line, unknown: asked.filter((option) => !known.includes(option)) }).toEqual({
        line,
        unknown: [],
      });
    }
  }
});
