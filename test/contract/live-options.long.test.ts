// Options of `watch` on a veth pair: another user, pseudonyms, stores, other backends, a changed
// catalogue at run time, several interfaces, and an honest host within a flood.

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { FLOODS, writeMixed } from './flood.ts';
import {
  CLI,
  FRAME_ROOM_BYTES,
  framesOf,
  holds,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  SENDER,
  scratch,
  statsSum,
  sumsOf,
  windowsOf,
  writePcap,
} from './live-network.ts';

const CLAUDE = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const CHROMIUM = 'captures/recordings/base-chromium-tcp-example.test.pcap.gz';
const HONEST = '10.77.0.2';
const NOBODY = 65_534;
const GLUED_BYTES = 4_000_000;
/** Headers with the option of time stamps, RFC 7323 §3.2. */
const IP_AND_TCP_BYTES = 20 + 32;

const OWN_ENTRY = {
  id: 'own-tool',
  name: 'Own tool',
  vendor: 'Example',
  kind: 'api',
  homepage: 'https://example.test/',
  endpoints: [
    {
      host: 'accounts.google.com',
      match: 'exact',
      role: 'inference',
      specificity: 'tool',
      protocol: 'https',
      confidence: 'high',
      sources: ['a test'],
      firstSeen: '2026-01-01',
      lastChecked: '2026-01-01',
    },
  ],
};

describe.skipIf(lacksLiveTools())('watch, with options', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  let folder: string;
  let claude: string;
  let chromium: string;
  let packets: number;

  beforeAll(() => {
    net = new LiveNetwork();
    folder = scratch();
    chmodSync(folder, 0o777);
    claude = join(folder, 'claude.pcap');
    chromium = join(folder, 'chromium.pcap');
    packets = unpack(CLAUDE, claude);
    unpack(CHROMIUM, chromium);
  });
  afterAll(() => net?.close());

  it('becomes another user, who owns what is written', async () => {
    const dir = join(folder, 'user');
    const watch = await net.watch('--window', '900', '--user', 'nobody', '--write', dir);
    const status = readFileSync(`/proc/${watch.child.pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:(\\s+${NOBODY}){4}$`, 'm'));
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapPrm:\s+0+$/m);
    net.send(claude, packets, 4000);
    await watch.sees(packets);
    expect(await watch.end()).toBe(0);
    expect(statSync(dir).uid).toBe(NOBODY);
    expect(statsSum(await windowsOf(dir), 'packets')).toBe(packets);
  });

  it('keeps pseudonyms alone, in a store and in a folder', async () => {
    const key = join(folder, 'key');
    writeFileSync(key, randomBytes(48).toString('hex'), { mode: 0o600 });
    const store = join(folder, 'store.duckdb');
    const dir = join(folder, 'pseudonyms');
    const watch = await net.watch(
      ...['--window', '900', '--pseudonymize', key, '--store', store, '--write', dir, '--hardware-time'],
    );
    net.send(claude, packets, 4000);
    await watch.sees(packets);
    expect(await watch.end()).toBe(0);
    const history = await openStore(store, { mode: 'read' });
    const kept = await history.windows();
    await history.close();
    for (const windows of [kept, await windowsOf(dir)]) {
      expect(statsSum(windows, 'packets')).toBe(packets);
      expect(windows.flatMap(({ rows }) => rows).length).toBeGreaterThan(0);
      expect(JSON.stringify(windows)).not.toContain(HONEST);
    }
  });

  it('sees by another catalogue after SIGHUP, in native code too', async () => {
    const own = join(folder, 'own');
    const dir = join(folder, 'reloaded');
    mkdirSync(own);
    const watch = await net.watch('--window', '1', '--catalogue', own, '--write', dir);
    const ordinary = framesOf(readFileSync(chromium)).length;
    net.send(chromium, ordinary, 4000);
    await watch.sees(ordinary);
    // Traffic under the old catalogue must be in closed windows.
    await holds('windows written', async () => statsSum(await windowsOf(dir), 'packets') >= ordinary);
    writeFileSync(join(own, 'own.json'), '{ "id": "broken" ');
    watch.child.kill('SIGHUP');
    await watch.says(/the previous catalogue and policy stay in force/);
    writeFileSync(join(own, 'own.json'), JSON.stringify(OWN_ENTRY));
    watch.child.kill('SIGHUP');
    await watch.says(/have been reloaded/);
    expect(namesIn(await windowsOf(dir))).not.toContain('accounts.google.com');
    net.send(chromium, ordinary, 4000);
    await watch.sees(2 * ordinary);
    expect(await watch.end()).toBe(0);
    expect(namesIn(await windowsOf(dir))).toContain('accounts.google.com');
  });

  it('listens on several interfaces at once', async () => {
    const dir = join(folder, 'several');
    const watch = await net.watch('-i', 'lo', '--ignore-outgoing', '--window', '900', '--write', dir);
    net.send(claude, packets, 4000);
    net.sendOn('lo', claude, 100);
    await watch.sees(packets + 100);
    expect(await watch.end()).toBe(0);
    expect(statsSum(await windowsOf(dir), 'packets')).toBe(packets + 100);
  });

  it.each(FLOODS.filter(({ name }) => ['syn', 'hello'].includes(name)))(
    'counts an honest host right within a flood: $name',
    async (flood) => {
      const alone = join(folder, 'alone.pcap');
      const mixed = join(folder, 'mixed.pcap');
      writeMixed(alone, CLAUDE, null, 0);
      writeMixed(mixed, CLAUDE, flood, 10_000);
      const seen: unknown[] = [];
      for (const file of [alone, mixed]) {
        const dir = `${file}.${flood.name}`;
        const watch = await net.watch('--window', '900', '--write', dir);
        const sent = net.send(file, framesOf(readFileSync(file)).length, file === alone ? 1000 : 20_000);
        await watch.sees(sent);
        expect(await watch.end()).toBe(0);
        const windows = await windowsOf(dir);
        expect(statsSum(windows, 'packets') + statsSum(windows, 'kernelDrops')).toBe(sent);
        expect(statsSum(windows, 'kernelDrops')).toBe(0);
        const sums = Object.entries(sumsOf(windows)).filter(([key]) => key.split(' ')[0] === HONEST);
        seen.push(sums.sort());
      }
      expect(seen[1]).toEqual(seen[0]);
    },
  );

  it('counts the frames that offload has glued together one by one', async () => {
    net.address();
    const dir = join(folder, 'glued');
    const watch = await net.watch('--window', '900', '--write', dir);
    await net.transfer(GLUED_BYTES);
    const frames = Math.ceil(GLUED_BYTES / (FRAME_ROOM_BYTES - IP_AND_TCP_BYTES));
    await watch.sees(frames);
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(dir);
    const sender = windows.flatMap(({ hosts }) => [...hosts]).find(({ host }) => host === SENDER);
    expect(sender?.packets).toBeGreaterThanOrEqual(frames);
    expect(sender?.bytesUp).toBeGreaterThanOrEqual(GLUED_BYTES + frames * (14 + IP_AND_TCP_BYTES));
    expect(statsSum(windows, 'packets')).toBeLessThan(4 * frames);
  });

  it('does with the package cap what it does with a ring, or says what it needs', async () => {
    const dir = join(folder, 'cap');
    const options = ['--backend', 'cap', '--window', '900', '--write', dir];
    if (!hasCap()) {
      const refused = net.start(process.execPath, CLI, 'watch', '-i', 'wt1', ...options);
      expect([await refused.ended, refused.stderr()]).toEqual([3, expect.stringMatching(/npm install cap/)]);
      return;
    }
    const watch = await net.watch(...options);
    expect(watch.stderr()).toMatch(/no time stamps|time stamps from this program/);
    net.send(claude, packets, 1000);
    await watch.sees(packets);
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(dir);
    expect(statsSum(windows, 'packets')).toBe(packets);
    expect(namesIn(windows)).toContain('api.anthropic.com');
  });
});

function unpack(recording: string, file: string): number {
  const frames = framesOf(gunzipSync(readFileSync(recording)));
  writePcap(file, frames);
  return frames.length;
}

function hasCap(): boolean {
  try {
    // Installed it may be, and not built.
    createRequire(CLI)('cap');
    return true;
  } catch {
    return false;
  }
}

function namesIn(windows: readonly UsageWindow[]): string[] {
  return windows.flatMap(({ rows }) => rows.map(({ name }) => name));
}
