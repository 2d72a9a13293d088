// Verifies the files of service/ with the programs that read them, and the permissions of the units with the program's needs.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, oneSensor } from './carried.ts';

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const UNITS = [
  'wiretally-watch@.service',
  'wiretally-serve.service',
  'wiretally-ship.service',
  'wiretally-collect.service',
  'wiretally-aggregate.service',
];
const CLI = resolve('dist/cli/main.js');
const folder = temporaryFolder('units');

function lacks(...programs: string[]): boolean {
  const missing = programs.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env }).status !== 0,
  );
  if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} not installed`);
  return missing.length > 0;
}

describe('the units', () => {
  it.skipIf(lacks('systemd-analyze')).each(UNITS)('leave little: %s', (unit) => {
    const path = join(folder, unit.replace('@', '@lo'));
    copyFileSync(join('service', unit), path);
    const words = ['security', '--offline=true', '--threshold=30', '--no-pager', path];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
    expect(stdout, stderr).toMatch(/Overall exposure level .*: [0-2]\.\d /);
    expect(status).toBe(0);
  });

  it.each(UNITS)('run a command that there is, with options that there are: %s', (unit) => {
    const line = /^ExecStart=\/usr\/bin\/env wiretally (.*)$/m.exec(
      readFileSync(join('service', unit), 'utf8'),
    )?.[1];
    const words = (line ?? '').split(' ');
    const verb = words.slice(0, words[0] === 'fleet' ? 2 : 1);
    const help = execFileSync(process.execPath, [CLI, ...verb, '--help', '--all'], { encoding: 'utf8' });
    const options = words.filter((word) => word.startsWith('--'));
    expect(options.length).toBeGreaterThan(0);
    for (const option of options) expect(help).toContain(`${option} `);
  });
});

/** The resulting set of SystemCallFilter=: lists in sequence, "~" removes. */
function allowedBy(unit: string): ReadonlySet<string> {
  const allowed = new Set<string>();
  for (const [, minus, words = ''] of readFileSync(join('service', unit), 'utf8').matchAll(
    /^SystemCallFilter=(~?)(.*)$/gm,
  )) {
    for (const call of words.split(' ').flatMap(callsOf)) {
      if (minus === '~') allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

function callsOf(word: string): string[] {
  if (!word.startsWith('@')) return [word];
  const text = execFileSync('systemd-analyze', ['syscall-filter', word], { encoding: 'utf8' });
  const members = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  return members.filter((line) => line !== '' && !line.startsWith('#')).flatMap(callsOf);
}

/** System calls of a run, by strace; it ends after its work, or after its ready message. */
async function callsMade(name: string, words: readonly string[], isUp: RegExp): Promise<Set<string>> {
  const trace = join(folder, `${name}.trace`);
  const child = spawn('strace', ['-f', '-qq', '-s', '0', '-o', trace, process.execPath, CLI, ...words], {
    env,
  });
  await new Promise<void>((done) => {
    child.on('close', () => done());
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!isUp.test(text)) return;
      // The traced process, not the tracer: it closes its window and ends.
      const [pid] = /^\d+/m.exec(readFileSync(trace, 'utf8')) ?? [];
      process.kill(Number(pid), 'SIGTERM');
    });
  });
  const calls = readFileSync(trace, 'utf8').matchAll(/^\d+ +(\w+)\(/gm);
  return new Set([...calls].map(([, call]) => call ?? ''));
}

describe.skipIf(lacks('systemd-analyze', 'strace') || process.getuid?.() !== 0)('the system calls', () => {
  const windows = join(folder, 'windows');

  it('of a sensor are left to it', { timeout: 120_000 }, async () => {
    const words = ['watch', '-i', 'lo', '--write', windows, '--state', folder];
    const made = await callsMade('watch', words, /watching lo/);
    expect(made.size).toBeGreaterThan(30);
    const allowed = allowedBy('wiretally-watch@.service');
    expect([...made].filter((call) => !allowed.has(call))).toEqual([]);
  });

  it('of the pages are left to them', { timeout: 120_000 }, async () => {
    if (!existsSync(windows)) mkdirSync(windows);
    const usage = join(folder, 'w.usage');
    execFileSync(process.execPath, [
      CLI,
      'analyze',
      'captures/recordings/base-node22-fetch.pcap.gz',
      '-q',
      '--write',
      usage,
    ]);
    const made = await callsMade('serve', ['serve', usage, '--listen', '127.0.0.1:0'], /serving http/);
    expect(made.size).toBeGreaterThan(30);
    const allowed = allowedBy('wiretally-serve.service');
    // Only root, as it is traced here, changes its user.
    const ofRoot = ['setgroups', 'setresgid', 'setresuid'];
    expect([...made].filter((call) => !allowed.has(call) && !ofRoot.includes(call))).toEqual([]);
  });
});

describe.skipIf(lacks('systemd-analyze', 'strace') || lacksBroker() || process.getuid?.() !== 0)(
  'the system calls of a fleet',
  () => {
    it('are left to shipper and collector', { timeout: 120_000 }, async () => {
      const own = join(folder, 'fleet');
      mkdirSync(own);
      const broker = await Broker.start(own);
      try {
        addTo(join(own, 'spool'), oneSensor(1).windows);
        const ship = ['fleet', 'ship', join(own, 'spool'), '--to', broker.url];
        const collect = ['fleet', 'collect', broker.url, '--store', join(own, 'fleet.duckdb')];
        for (const [verb, words, isUp] of [
          ['ship', ship, /delivering /],
          ['collect', collect, /collecting /],
        ] as const) {
          const made = await callsMade(verb, words, isUp);
          expect(made.size).toBeGreaterThan(30);
          const allowed = allowedBy(`wiretally-${verb}.service`);
          expect([...made].filter((call) => !allowed.has(call))).toEqual([]);
        }
      } finally {
        await broker.kill();
      }
    });
  },
);

describe('files next to the units', () => {
  it.skipIf(lacks('systemd-sysusers', 'systemd-tmpfiles') || process.getuid?.() !== 0)(
    'makes the user and the folders',
    () => {
      const root = join(folder, 'root');
      for (const place of ['etc', 'var/lib']) mkdirSync(join(root, place), { recursive: true });
      const words = [`--root=${root}`, resolve('service/wiretally.sysusers.conf')];
      execFileSync('systemd-sysusers', words, { stdio: 'ignore' });
      expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(/^wiretally:.*:\/usr\/sbin\/nologin$/m);
      const tmpfiles = [`--root=${root}`, '--create', resolve('service/wiretally.tmpfiles.conf')];
      expect(spawnSync('systemd-tmpfiles', tmpfiles, { encoding: 'utf8' }).stderr).toBe('');
      expect(existsSync(join(root, 'var/lib/wiretally/windows'))).toBe(true);
    },
  );

  it.skipIf(lacks('logrotate') || process.getuid?.() !== 0)('rotates findings', () => {
    const findings = join(folder, 'findings.ndjson');
    writeFileSync(findings, '{}\n');
    const config = join(folder, 'logrotate');
    // The user of the units is not on every machine.
    const text = readFileSync('service/wiretally.logrotate', 'utf8')
      .replaceAll('/var/lib/wiretally/findings.ndjson', findings)
      .replaceAll('wiretally wiretally', 'root root');
    writeFileSync(config, text, { mode: 0o644 });
    const words = ['--force', '--state', join(folder, 'state'), config];
    const { status, stderr } = spawnSync('logrotate', words, { env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(`${findings}.1`, 'utf8')).toBe('{}\n');
    expect(readFileSync(findings, 'utf8')).toBe('');
  });
});
