// Every example of the help runs as it is pasted, in a folder that holds captures and a policy.
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { commandName, findDeclaration } from '../../src/cli/command.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { folderOfCommand } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'wiretally-examples-'));
const bin = folderOfCommand();
copyFileSync('captures/demo.pcap.gz', join(folder, 'office.pcap.gz'));
for (const [name, fault] of [
  ['yesterday.pcap', 'curl-dns-empty'],
  ['today.pcap', 'curl-dns-sinkhole'],
] as const) {
  writeFileSync(join(folder, name), gunzipSync(readFileSync(`captures/faults/${fault}.pcap.gz`)));
}
copyFileSync('captures/demo-policy.yaml', join(folder, 'policy.yaml'));
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
writeFileSync(join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
const findings = [13, 14, 17].map((host) => ({ id: `AI-0710/2/10.20.1.${host}/claude-code/violation` }));
writeFileSync(join(folder, 'report.json'), JSON.stringify({ findings }));
// Its name of a host in the demo is that of the example.
writeFileSync(join(folder, 'office.key'), createHash('sha256').update('office').digest());
writeFileSync(join(folder, 'wiretally.yaml'), 'all: { timezone: Asia/Shanghai }\n');
afterAll(() => {
  for (const each of [folder, bin]) rmSync(each, { recursive: true });
});

/** They run until they are stopped, or need a server; test/contract, test/unit/web and test/cli try them. */
const ENDLESS = ['watch', 'serve', 'fleet ship', 'fleet collect', 'alerts test'];

const commands = (await buildProgram('all')).commands.flatMap((command) =>
  command.commands.length === 0 ? [command] : [...command.commands],
);
const examples = commands.map((command) => ({
  command,
  lines: (findDeclaration(command)?.examples ?? []).map(({ line }) => line),
}));
/** They read what others write. */
const LAST = ['finding list', 'store prune', 'store compact'];
const isLast = (name: string): number => Number(LAST.includes(name));
const lines = examples
  .filter(({ command }) => !ENDLESS.includes(commandName(command)))
  .sort((a, b) => isLast(commandName(a.command)) - isLast(commandName(b.command)))
  .flatMap((each) => each.lines);

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

it('names its command and options that there are, also where they are not run', () => {
  for (const { command, lines: own } of examples) {
    const known = command.options.flatMap(({ short, long }) => [short, long]);
    for (const line of own) {
      expect(line).toMatch(new RegExp(`^wiretally ${commandName(command)} `.replace(/ $/, '( |$)')));
      const asked = line.split(/[|>]/)[0]?.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
      expect({ line, unknown: asked.filter((option) => !known.includes(option)) }).toEqual({
        line,
        unknown: [],
      });
    }
  }
});
