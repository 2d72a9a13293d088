// The rights of every command: as root, as an unprivileged user, and with the settings of the systemd unit. Each completes,
// and is examined at its end for its remaining rights.

import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandName, findDeclaration } from '../../src/cli/command.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { loadAddon } from '../../src/native/addon.ts';
import { lacksLiveTools, scratch } from './live-network.ts';
import { NOBODY, type StarterName, started, WORK } from './starters.ts';

const RECORDING = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const at = (name: string): string => `${WORK}/in/${name}`;
const HOST = '10.77.0.2';

/** In this order: later ones read what earlier ones wrote. */
const COMMANDS: readonly (readonly [verb: string, words: readonly string[], code: number])[] = [
  ['analyze', [at('c.pcap'), '--write', at('a.usage'), '--store', at('s.duckdb')], 0],
  ['dump hellos', [at('c.pcap')], 0],
  ['slice', [at('c.pcap'), '--host', HOST, '--tool', 'claude-code', '--write', at('slice.pcapng')], 0],
  ['dump flows', [at('c.pcap'), '-f', 'tcp', '--workers', '2'], 0],
  ['analyze', [at('s.duckdb'), '--policy', at('policy.yaml'), '--hosts', at('hosts.csv')], 0],
  ['store merge', [at('a.usage'), '--write', at('b.usage')], 0],
  ['explain', [at('a.usage'), '--host', HOST, '--pseudonymize', at('key')], 0],
  ['diagnose', [at('a.usage'), '--host', HOST], 0],
  ['advisory', [at('a.usage'), '--advisories', at('advisory.yaml')], 0],
  ['profile', [at('s.duckdb'), '--tool', 'claude-code'], 0],
  ['catalogue list', ['--catalogue', at('own')], 0],
  ['catalogue show', ['claude-code'], 0],
  ['catalogue page', ['claude-code', '--policy', at('policy.yaml')], 0],
  ['catalogue test', ['api.anthropic.com'], 0],
  ['catalogue learn', [at('c.pcap'), '--tool', 'claude-code', '--version', '2'], 0],
  ['catalogue lint', [], 0],
  ['catalogue status', [], 0],
  ['policy init', ['--ban', 'claude-code', '--from', '2026-07-10'], 0],
  [
    'analyze',
    [at('c.pcap'), '--policy', at('policy.yaml'), '--bundle', at('bundle'), '--sign-key', at('sign.pem')],
    0,
  ],
  ['verify', [at('bundle'), '--key', at('public.pem')], 0],
  [
    'attest',
    [
      at('a.usage'),
      '--tool',
      'qwen-code',
      '--since',
      '2026-11-20',
      '--until',
      '2026-11-21',
      '--bundle',
      at('statement'),
    ],
    1,
  ],
  ['policy check', [at('policy.yaml')], 0],
  ['policy test', [at('policy.yaml')], 0],
  ['policy explain', [at('policy.yaml'), '--host', HOST, '--tool', 'claude-code', '--at', '2026-11-20'], 0],
  ['policy export', [at('policy.yaml'), '--format', 'suricata', '--out', at('rules')], 0],
  ['policy schema', [], 0],
  ['store info', [at('s.duckdb')], 0],
  ['store sql', [at('s.duckdb'), 'SELECT count(*) FROM windows', '--out', at('answer.csv')], 0],
  ['store compact', [at('s.duckdb')], 0],
  ['store prune', [at('s.duckdb'), '--before', '2027-01-01'], 0],
  ['fleet ship', [at('spool'), '--to', at('delivered'), '--once'], 0],
  ['fleet aggregate', [at('s.duckdb')], 0],
  ['fleet sensors', [at('s.duckdb')], 0],
  ['fleet configure', ['--keep-days', '9', '--sign-key', at('sign.pem'), '--to', at('rules.signed')], 0],
  ['fleet collect', ['nats://127.0.0.1:1', '--store', at('fleet.duckdb'), '--once'], 3],
  [
    'reidentify',
    [
      ...['h-4XP8K2MN', '--key', at('key'), '--log', at('looked-up.ndjson')],
      ...['--reason', 'x', '--among', '10.0.0.0/30'],
    ],
    3,
  ],
  ...['acknowledge', 'assign', 'request-exception', 'close', 'reopen'].map(
    (verb): (typeof COMMANDS)[number] => [
      `finding ${verb}`,
      [
        ...['AI-1/1/10.0.0.1/cline/violation', '--finding-log', at('findings.ndjson')],
        ...['--sign-key', at('sign.pem'), '--why', 'x', ...(verb === 'assign' ? ['--to', 'ben'] : [])],
      ],
      0,
    ],
  ),
  ['finding list', ['--finding-log', at('findings.ndjson')], 0],
  ['finding verify', ['--finding-log', at('findings.ndjson'), '--finding-key', at('public.pem')], 0],
  ['alerts test', ['--receivers', at('receivers.yaml')], 3],
  ['config check', [at('w.yaml')], 0],
  ['config show', ['--config', at('w.yaml')], 0],
  ['doctor', [], 0],
  ['doctor', [at('c.pcap')], 0],
  ['completion', ['bash'], 0],
];

/**
 * What other users run of them: the rights of a command are the same for all, and differ in kind between these. In the
 * same order, as they read what others wrote.
 */
const OF_OTHERS: ReadonlySet<string> = new Set([
  ...['analyze', 'dump flows', 'slice', 'explain', 'catalogue list', 'verify', 'policy export', 'store info'],
  ...['store sql', 'store compact', 'store prune', 'fleet ship', 'fleet aggregate', 'fleet sensors'],
  ...['fleet collect', 'reidentify', 'finding acknowledge', 'finding list', 'alerts test', 'config show'],
  ...['doctor', 'completion'],
]);

const commandsFor = (by: StarterName): typeof COMMANDS =>
  by === 'root' ? COMMANDS : COMMANDS.filter(([verb]) => OF_OTHERS.has(verb));

const has = loadAddon().confinement();
const isWhole = has.landlock > 0 && has.syscallFilter;
if (!isWhole)
  console.warn('files and system calls were not tried (the kernel confines neither, or one only)');

interface ReadOutcome {
  readonly rights: readonly string[];
  readonly read: string;
  readonly written: string;
  readonly mode: string;
  readonly program: string;
  readonly signal: string;
  readonly passwords: string;
}

/** Uid, CapEff, CapBnd, NoNewPrivs, Seccomp of confined and unconfined commands. */
const NONE = '0000000000000000';
const OF_FILES = '0000000000000006';
const OF_READING = '0000000000000004';
const NET_RAW = '0000000000002000';
const EXPECTED: Readonly<Record<StarterName, string>> = {
  root: `65533 ${OF_READING} ${NONE} 1 2`,
  user: `${NOBODY} ${NONE} BOUNDING 1 2`,
  unit: `${NOBODY} ${NONE} ${NET_RAW} 1 2`,
};
/** Writing commands remain root, which owns their outputs. */
const OF_WRITER = `0 ${OF_FILES} ${NONE} 1 2`;
const WRITERS: ReadonlySet<string> = new Set([
  ...[
    'analyze',
    'attest',
    'store merge',
    'policy export',
    'store sql',
    'store compact',
    'store prune',
    'fleet aggregate',
    'fleet sensors',
    'slice',
  ],
  ...['reidentify', 'fleet ship', 'fleet collect'],
  ...[
    'finding acknowledge',
    'finding assign',
    'finding request-exception',
    'finding close',
    'finding reopen',
  ],
]);
/** The bounding set cannot be given up without CAP_SETPCAP; with no_new_privs nothing is gained from it. */
const bounding = /^CapBnd:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';

function prepare(folder: string): void {
  const inside = (name: string): string => join(folder, 'in', name);
  mkdirSync(join(folder, 'in', 'own'), { recursive: true });
  mkdirSync(inside('tmp'));
  chmodSync(inside('tmp'), 0o1777);
  mkdirSync(inside('spool'));
  writeFileSync(inside('c.pcap'), gunzipSync(readFileSync(RECORDING)));
  copyFileSync('captures/demo-policy.yaml', inside('policy.yaml'));
  writeFileSync(inside('w.yaml'), 'all: { timezone: UTC }\n');
  copyFileSync('captures/advisories/claude-code-prompt-marking.yaml', inside('advisory.yaml'));
  writeFileSync(inside('hosts.csv'), 'match,group\n10.0.0.0/8,rnd\n');
  writeFileSync(inside('key'), Buffer.alloc(32, 7));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(inside('sign.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(inside('public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  const soc = { name: 'soc', type: 'slack', url: 'http://127.0.0.1:1/x' };
  const mail = { name: 'mail', type: 'email', smtp: 'smtp://127.0.0.1:1', from: 'a@b', to: ['c@d'] };
  writeFileSync(inside('receivers.yaml'), JSON.stringify({ receivers: [soc, mail] }), { mode: 0o600 });
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other', 'secret'), 'x');
}

interface Ended {
  readonly code: number | null;
  readonly err: string;
  readonly told: ReadOutcome;
}

function runAs(by: StarterName, work: string, words: readonly string[]): Promise<Ended> {
  const [program = '', ...rest] = started(by, work, words, [
    '--require',
    '/srv/wiretally/test/contract/tell-rights.cjs',
  ]);
  const env = { ...process.env, TMPDIR: at('tmp'), SECRET: `${WORK}/other/secret` };
  const child = spawn(program, rest, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const texts = ['', ''];
  for (const i of [2, 3])
    child.stdio[i]?.on('data', (data: Buffer) => {
      texts[i - 2] += data.toString('utf8');
    });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      const [err = '', told = ''] = texts;
      if (told === '') reject(new Error(`ended with ${code}: ${err}`));
      else resolve({ code, err, told: JSON.parse(told) as ReadOutcome });
    });
  });
}

const program = await buildProgram('all');
const commands = program.commands.flatMap((verb) => (verb.commands.length === 0 ? [verb] : verb.commands));
const REPORT_RIGHTS = new Set(
  commands
    .filter((command) => findDeclaration(command)?.permissions?.reportsRights === true)
    .map(commandName),
);
const CONFINE_THEMSELVES = new Set(
  commands
    .filter((command) => findDeclaration(command)?.permissions?.confinesItself === true)
    .map(commandName),
);
it('are said of every command that there is, and tried of all but those that go on', () => {
  const tried = new Set([...COMMANDS.map(([verb]) => verb), 'serve', 'watch']);
  expect([...tried].sort()).toEqual(commands.map(commandName).sort());
});

describe.skipIf(lacksLiveTools())('every command', () => {
  const folders: Partial<Record<StarterName, string>> = {};
  beforeAll(() => {
    for (const by of ['root', 'user', 'unit'] as const) {
      // Mode 0700: inaccessible to other users.
      const folder = scratch();
      folders[by] = folder;
      prepare(folder);
      chmodSync(folder, 0o700);
      if (by !== 'root') execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
      // Readable by root independent of the owner, and by its group.
      else chownSync(join(folder, 'in', 'c.pcap'), NOBODY, NOBODY);
    }
  });
  afterAll(() => {
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true });
  });

  describe.each(['root', 'user', 'unit'] as const)('as %s', (by) => {
    it.each(commandsFor(by))('%s does its work with what it needs', async (verb, words, code) => {
      const ended = await runAs(by, folders[by] ?? '', [...verb.split(' '), ...words]);
      expect([ended.code, ended.err]).toEqual([code, expect.not.stringMatching(/denied|EACCES|EPERM/)]);
      const { rights, ...tries } = ended.told;
      const confinesAlone = ['fleet ship', 'fleet collect'].includes(verb);
      if (CONFINE_THEMSELVES.has(verb) && !confinesAlone) return;
      if (REPORT_RIGHTS.has(verb) && words.length === 0) return;
      // To analyze without an output is to read.
      const isReading = verb === 'analyze' && !words.some((word) => ['--write', '--bundle'].includes(word));
      const expected = by === 'root' && WRITERS.has(verb) && !isReading ? OF_WRITER : EXPECTED[by];
      const rest = expected.replace('BOUNDING', bounding);
      expect(rights).toEqual([has.syscallFilter || by === 'unit' ? rest : rest.replace(/2$/, '0')]);
      if (isWhole)
        expect(tries).toEqual({
          ...{ read: 'EACCES', written: 'EACCES', mode: 'EPERM', program: 'EPERM', signal: 'EPERM' },
          passwords: 'EACCES',
        });
    });
  });
});
