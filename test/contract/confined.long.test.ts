// Remaining rights of a sensor after start-up: read from /proc for each of its threads, as root, as another user
// and without the sandbox; and the operations that the kernel then denies.

import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/native/addon.ts';
import { openForWriting } from '../../src/store/duckdb/duckdb-file.ts';
import { CLAUDE, claudeCapture } from './claude-capture.ts';
import { CLI, holds, LiveNetwork, lacksLiveTools, type Running, scratch, windowsOf } from './live-network.ts';

const NOBODY = 65_534;
/** Of one sensor and policy. */
const JOURNAL = /^alerts-wt1-[0-9a-f]{8}-[0-9a-f]{12}\.ndjson$/;
/** CAP_DAC_OVERRIDE and CAP_NET_RAW. */
const KEPT = (1n << 1n) | (1n << 13n);
/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH. */
const READING = (1n << 1n) | (1n << 2n);

interface Rights {
  readonly noNewPrivileges: string;
  readonly seccomp: string;
  readonly bounding: bigint;
  readonly permitted: bigint;
}

/** Of each thread. */
function rightsOf({ child }: Pick<Running, 'child'>): Rights[] {
  const folder = `/proc/${child.pid}/task`;
  return readdirSync(folder).map((thread) => {
    const status = readFileSync(join(folder, thread, 'status'), 'utf8');
    const field = (name: string): string => new RegExp(`^${name}:\\s+(\\S+)$`, 'm').exec(status)?.[1] ?? '';
    return {
      noNewPrivileges: field('NoNewPrivs'),
      seccomp: field('Seccomp'),
      bounding: BigInt(`0x${field('CapBnd')}`),
      permitted: BigInt(`0x${field('CapPrm')}`),
    };
  });
}

/** Packets of a recording, again and again. */
function moreThanAPipeHolds(): Buffer {
  const capture = gunzipSync(readFileSync(CLAUDE));
  const packets = capture.subarray(24);
  const times = Math.ceil((1 << 20) / packets.length);
  return Buffer.concat([capture.subarray(0, 24), ...Array.from({ length: times }, () => packets)]);
}

const hasFilter = loadAddon().confinement().syscallFilter;
if (!hasFilter) console.warn('no filter of system calls was tried out (the kernel has none)');

describe.skipIf(lacksLiveTools())('the rights of a watch', () => {
  let net: LiveNetwork;
  let folder: string;
  let policy: string;
  let capture: string;
  let packets: number;

  beforeAll(() => {
    net = new LiveNetwork();
    ({ folder, policy, capture, packets } = claudeCapture());
  });
  afterAll(() => net?.close());

  it('are few as root, in every thread, and enough for all that it writes', async () => {
    const state = join(folder, 'state');
    const dir = join(folder, 'windows');
    const store = join(folder, 'store.duckdb');
    const alerts = join(folder, 'alerts.ndjson');
    const watch = await net.watch(
      ...['--window', '1', '--workers', '2', '--write', dir, '--store', store],
      ...['--policy', policy, '--state', state, '--alerts-file', alerts],
    );
    net.send(capture, packets, 4000);
    // Threads of the store and of the reader are there then.
    await holds('a window in the store', () => existsSync(store) && readdirSync(dir).length > 0);
    const rights = rightsOf(watch);
    expect(rights.length).toBeGreaterThan(8);
    for (const { noNewPrivileges, seccomp, bounding, permitted } of rights) {
      expect([noNewPrivileges, bounding]).toEqual(['1', 0n]);
      expect(permitted & ~KEPT).toBe(0n);
      if (hasFilter) expect(seccomp).toBe('2');
    }
    watch.child.kill('SIGHUP');
    await watch.says(/have been reloaded/);
    expect(await watch.end()).toBe(0);
    expect(watch.stderr()).not.toMatch(/denied|EACCES|EPERM|cannot/i);
    expect((await windowsOf(dir)).length).toBeGreaterThan(0);
    expect(readdirSync(state)).toEqual([expect.stringMatching(JOURNAL)]);
    expect(statSync(store).size).toBeGreaterThan(0);
  });

  it('are none as another user, whose state folder it is then', async () => {
    const state = join(folder, 'given');
    mkdirSync(state, { mode: 0o755 });
    const dir = join(folder, 'of-nobody');
    const store = join(folder, 'of-nobody.duckdb');
    const alerts = join(folder, 'of-nobody.ndjson');
    const watch = net.startInReach(
      ['env', `STATE_DIRECTORY=${state}`],
      ...['watch', '-i', 'wt1', '--window', '1', '--user', 'nobody', '--policy', policy, '--write', dir],
      ...['--store', store, '--alerts-file', alerts],
    );
    await watch.says(/watching wt1/);
    // Twice, so that the second connection ends the first, which completes its report.
    net.send(capture, 2 * packets, 4000);
    await watch.says(/finding: .*Claude Code (used|suspected) on/);
    for (const { noNewPrivileges, bounding, permitted } of rightsOf(watch))
      expect([noNewPrivileges, bounding, permitted]).toEqual(['1', 0n, 0n]);
    watch.child.kill('SIGHUP');
    await watch.says(/have been reloaded/);
    expect(await watch.end()).toBe(0);
    const journals = readdirSync(state).filter((name) => JOURNAL.test(name));
    expect(journals.length).toBe(1);
    const written = [state, ...journals.map((name) => join(state, name)), dir, store, alerts];
    expect(written.map((path) => statSync(path).uid)).toEqual(written.map(() => NOBODY));
    expect(watch.stderr()).not.toMatch(/denied|EACCES|EPERM|cannot/i);
    expect((await windowsOf(dir)).length).toBeGreaterThan(0);
    expect(readFileSync(alerts, 'utf8')).toContain('NO-CLAUDE');
  });

  it.each([
    { kept: 'a store and a folder', words: ['--store', 'far.duckdb', '--write', 'far'] },
    { kept: 'nothing', words: ['--format', 'json'] },
  ])('suffice for another user who cannot reach the program, with $kept', async ({ kept, words }) => {
    const state = join(folder, `state of ${kept}`);
    const watch = net.startOutOfReach(
      ['env', '-C', folder, `STATE_DIRECTORY=${state}`],
      ...['watch', '-i', 'wt1', '--window', '1', '--user', 'nobody', '--policy', policy, ...words],
    );
    await watch.says(/watching wt1/);
    net.send(capture, 2 * packets, 4000);
    await watch.says(/finding: .*Claude Code (used|suspected) on/);
    expect(await watch.end()).toBe(0);
    expect(watch.stderr()).not.toMatch(/denied|EACCES|EPERM|cannot/i);
    if (kept === 'nothing') expect(watch.stdout()).toContain('"claude-code"');
    else expect((await windowsOf(join(folder, 'far'))).length).toBeGreaterThan(0);
  });

  it('leave files and system calls alone without the sandbox', async () => {
    const watch = await net.watch('--window', '900', '--no-sandbox');
    for (const { noNewPrivileges, seccomp, bounding } of rightsOf(watch))
      expect([noNewPrivileges, seccomp, bounding]).toEqual(['1', '0', 0n]);
    expect(await watch.end()).toBe(0);
  });

  it.each([
    ['root', /"root" is root and would keep all privileges/],
    ['no-such-user', /user "no-such-user" does not exist/],
  ])('are not given to %s', async (user, words) => {
    const refused = net.start(process.execPath, CLI, 'watch', '-i', 'wt1', '--user', user);
    expect([await refused.ended, refused.stderr()]).toEqual([2, expect.stringMatching(words)]);
  });
});

describe.skipIf(process.platform !== 'linux')('the rights of a reading', () => {
  const read = async (...options: string[]): Promise<Rights[]> => {
    // Its input is a pipe that is open until its rights have been read.
    const child = spawn(process.execPath, [CLI, 'analyze', '-', ...options], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      // Once that is taken the program reads, and has given up its rights.
      await new Promise((taken) => child.stdin.write(moreThanAPipeHolds(), taken));
      return rightsOf({ child });
    } finally {
      const ended = new Promise((end) => child.once('close', end));
      child.stdin.end();
      await ended;
    }
  };

  it('are none but to read what was named to root, in every thread', async () => {
    const rights = await read();
    expect(rights.length).toBeGreaterThan(4);
    for (const { permitted, bounding, seccomp } of rights) {
      expect(permitted & ~READING).toBe(0n);
      if (process.getuid?.() === 0) expect(bounding).toBe(0n);
      if (hasFilter) expect(seccomp).toBe('2');
    }
  });

  // Other outputs are tested in rights.long.test.ts: here root's own temporary folder is inaccessible to others.
  it.skipIf(process.getuid?.() !== 0)('suffice for a store that another process writes', async () => {
    const folder = scratch();
    const [store, temporary] = [join(folder, 's.duckdb'), join(folder, 'tmp')];
    mkdirSync(temporary, { mode: 0o700 });
    const env = { ...process.env, TMPDIR: temporary };
    const reported = (...words: string[]): string =>
      execFileSync(process.execPath, [CLI, ...words], { env, encoding: 'utf8' });
    reported('analyze', CLAUDE, '--store', store, '-q');
    const before = reported('analyze', store, '--json');
    const writer = await openForWriting(store);
    try {
      expect(reported('analyze', store, '--json')).toBe(before);
    } finally {
      await writer.close();
    }
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('leave files and system calls alone without the sandbox', async () => {
    const rights = await read('--no-sandbox');
    expect(rights.length).toBeGreaterThan(4);
    const before = /^Seccomp:\s+(\d)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    expect(new Set(rights.map(({ seccomp }) => seccomp))).toEqual(new Set([before]));
  });
});

/** Prints, as JSON, the result of each attempt in a process that has confined itself. */
const TRIES = `
const fs = require('node:fs');
const { once } = require('node:events');
const { connect } = require('node:net');
const { createSocket } = require('node:dgram');
const { Worker } = require('node:worker_threads');
const [, addon, inside, outside, sandbox] = process.argv;
const codeOf = (action) => {
  try {
    action();
    return 'done';
  } catch (error) {
    return error.info?.code ?? error.code;
  }
};
const confined = sandbox === 'off' ? null : require(addon).confine({
  keep: [],
  landlock: { read: ['/proc', '/usr', process.execPath], write: [inside], ports: [] },
  syscalls: { sockets: [], signals: [] },
});
const secret = outside + '/secret';
const reported = {
  confined,
  written: codeOf(() => fs.writeFileSync(inside + '/file', 'x')),
  renamed: codeOf(() => fs.renameSync(inside + '/file', inside + '/other')),
  removed: codeOf(() => fs.rmSync(inside + '/other')),
  own: codeOf(() => process.kill(process.pid, 0)),
  refused: {
    written: codeOf(() => fs.writeFileSync(outside + '/file', 'x')),
    read: codeOf(() => fs.readFileSync(secret)),
    passwords: codeOf(() => fs.readFileSync('/etc/shadow')),
    environment: codeOf(() => fs.readFileSync('/proc/' + process.ppid + '/environ')),
    mode: codeOf(() => fs.chmodSync(secret, 0o600)),
    owner: codeOf(() => fs.chownSync(secret, 0, 0)),
    times: codeOf(() => fs.utimesSync(secret, 0, 0)),
    copied: codeOf(() => fs.copyFileSync(secret, inside + '/copy')),
    program: codeOf(() => require('node:child_process').execFileSync('/bin/true')),
    signal: codeOf(() => process.kill(process.ppid, 0)),
    signalToAll: codeOf(() => process.kill(-1, 0)),
    slowed: codeOf(() => require('node:os').setPriority(process.ppid, 0)),
  },
};
const answerOf = async (emitter, name) => {
  try {
    await once(emitter, name);
    return 'done';
  } catch (error) {
    return error.code;
  }
};
const tryAddresses = async () => {
  const udp = createSocket('udp4');
  const sent = answerOf(udp, 'listening');
  udp.send('x', 9, '127.0.0.1');
  reported.refused.udp = await sent;
  reported.refused.local = await answerOf(connect(outside + '/socket'), 'connect');
  const abstract = connect('\\0' + outside);
  reported.refused.abstract = await answerOf(abstract, 'connect');
};
const thread = \`require('node:worker_threads').parentPort.postMessage(
  require('node:fs').readFileSync('/proc/thread-self/status', 'utf8').match(/^(NoNewPrivs|Seccomp):.*$/gm).join(' '))\`;
new Worker(thread, { eval: true }).on('message', async (inThread) => {
  await tryAddresses();
  require('node:fs').writeSync(1, JSON.stringify({ ...reported, inThread }));
  process.exit();
});
`;

interface Attempts {
  readonly refused: Readonly<Record<string, string>>;
}

describe.skipIf(lacksConfinement())('a confined process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-confined-'));
  const [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')];
  const servers = [join(outside, 'socket'), `\0${outside}`].map((path) => ({ path, server: createServer() }));

  beforeAll(async () => {
    for (const each of [inside, outside]) mkdirSync(each);
    writeFileSync(join(outside, 'secret'), 'x');
    for (const { path, server } of servers)
      await new Promise<void>((listening) => server.listen(path, listening));
  });
  afterAll(() => {
    for (const { server } of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  const tried = (...words: string[]): Promise<Attempts> =>
    new Promise((done, fail) => {
      const addon = resolve('native-bindings/build/Release/wiretally.node');
      const child = execFile(
        process.execPath,
        ['-e', TRIES, addon, inside, outside, ...words],
        (error, out) => {
          if (error === null) done(JSON.parse(out) as Attempts);
          else fail(error);
        },
      );
      child.stdin?.end();
    });

  it('writes where it may, and starts, reads, changes, signals and reaches nothing else', async () => {
    const reported = await tried();
    expect(reported).toEqual({
      confined: {
        silentThreads: 0,
        rights: null,
        landlock: null,
        syscalls: null,
        entersRings: expect.any(Boolean) as boolean,
      },
      written: 'done',
      renamed: 'done',
      removed: 'done',
      own: 'done',
      refused: expect.any(Object) as object,
      inThread: 'NoNewPrivs:\t1 Seccomp:\t2',
    });
    for (const [name, code] of Object.entries(reported.refused))
      expect([name, code]).toEqual([name, expect.stringMatching(/^E(ACCES|PERM)$/)]);
  });

  it.skipIf(process.getuid?.() !== 0)('could do all of it before', async () => {
    const { refused } = await tried('off');
    expect(refused).toEqual(Object.fromEntries(Object.keys(refused).map((name) => [name, 'done'])));
  });
});

/** Prints why. */
function lacksConfinement(): boolean {
  const { landlock, syscallFilter } = loadAddon().confinement();
  if (landlock > 0 && syscallFilter) return false;
  console.warn(
    'skipped: no confinement was tried out (the kernel has no Landlock, or no filter of system calls)',
  );
  return true;
}
