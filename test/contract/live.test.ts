// Live capture on a veth pair: the same usage as from a file, every packet accounted for, and nothing that stops it.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUsageFile } from '../../src/store/usage-file.ts';
import {
  CLI,
  facts,
  framesOf,
  hostsByWindow,
  LiveNetwork,
  lacksLiveTools,
  run,
  scratch,
  statsSum,
  sumsOf,
  windowsOf,
  writePcap,
} from './live-network.ts';

const RECORDINGS = [
  'claude-code-2.1.328-prompt',
  'claude-code-2.1.328-ipv6',
  'claude-code-2.1.328-connect-proxy',
  'qwen-code-0.24.4-prompt',
  'base-chromium-quic-claude.ai',
  'base-chromium-tcp-claude.ai',
];

const POLICY = `version: 1
name: live
timezone: UTC
rules:
  - { id: NO-CLAUDE, title: no Claude Code, match: { tools: [claude-code] }, action: deny, effective: 2020-01-01 }
`;

const HOOK_PORT = 8099;
/** Prints what is posted to it; it lives in the namespace of the watcher. */
const HOOK = `require('node:http').createServer((request, response) => {
  request.on('data', (data) => process.stdout.write(data + '\\n'));
  request.on('end', () => response.writeHead(204).end());
}).listen(${HOOK_PORT}, '127.0.0.1', () => console.error('ready'));`;

describe.skipIf(lacksLiveTools())('watch', () => {
  let net: LiveNetwork;
  let capture: string;
  let packets: number;

  beforeAll(() => {
    net = new LiveNetwork();
    const frames = RECORDINGS.flatMap((name) =>
      framesOf(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`))),
    );
    packets = frames.length;
    capture = join(scratch(), 'recordings.pcap');
    writePcap(capture, frames);
  });
  afterAll(() => net?.close());

  it.each([
    { workers: 1, windowSeconds: 900 },
    { workers: 2, windowSeconds: 900 },
    { workers: 2, windowSeconds: 2 },
  ])('tells what a file of the same packets tells: %o', async ({ workers, windowSeconds }) => {
    const dir = scratch();
    const truth = join(dir, 'truth.pcap');
    const tcpdump = net.start(
      ...['tcpdump', '-i', 'wt1', '-w', truth, '-U', '-Z', 'root', '--time-stamp-precision=nano'],
    );
    await tcpdump.says(/listening/);
    const watch = await net.watch(
      ...['--window', String(windowSeconds), '--workers', String(workers), '--write', join(dir, 'live')],
    );
    expect(net.send(capture, packets, 800)).toBe(packets);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await watch.end()).toBe(0);
    await tcpdump.end();
    run(
      process.execPath,
      CLI,
      'analyze',
      truth,
      ...['--window', String(windowSeconds)],
      ...['--write', join(dir, 'truth.usage'), '--format', 'json'],
    );
    const live = await windowsOf(join(dir, 'live'));
    const { windows } = await readUsageFile(join(dir, 'truth.usage'));
    expect(statsSum(live, 'packets')).toBe(packets);
    expect(statsSum(live, 'kernelDrops')).toBe(0);
    expect(statsSum(live, 'flows')).toBe(statsSum(windows, 'flows'));
    expect(hostsByWindow(live)).toEqual(hostsByWindow(windows));
    expect(sumsOf(live)).toEqual(sumsOf(windows));
    // Short windows are handed on before it is known what goes on over their edge.
    if (windows.length > 1) return;
    expect(facts(live)).toEqual(facts(windows));
    expect(live.flatMap(({ rows }) => rows).length).toBeGreaterThan(5);
  });

  it('closes a window on a silent network too, and the open one on SIGTERM', async () => {
    const dir = scratch();
    const watch = await net.watch('--window', '1', '--write', dir);
    const startSeconds = Date.now() / 1000;
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(await watch.end('SIGTERM')).toBe(0);
    const starts = (await windowsOf(dir)).map((window) => window.startSeconds);
    const seconds = Math.floor(Date.now() / 1000) - Math.floor(startSeconds);
    expect(starts.length).toBeGreaterThanOrEqual(seconds);
    expect(starts).toEqual(starts.map((_, i) => (starts[0] ?? 0) + i));
  });

  it('accounts for every packet when the ring is too small', async () => {
    const watch = await net.watch('--ring-mib', '1', '--window', '900', '--format', 'json');
    // Stopped, it reads nothing: the ring must overflow, whatever the machine.
    watch.child.kill('SIGSTOP');
    const sent = net.send(capture, 60_000);
    watch.child.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    watch.child.kill('SIGUSR1');
    await watch.says(/packets\/s/);
    expect(await watch.end()).toBe(0);
    const line =
      watch
        .stderr()
        .split('\n')
        .find((text) => text.includes('packets/s')) ?? '';
    const [ring = 0, atInterface = 0] = [/ring (\d+)/, /interface (\d+)/].map((part) =>
      Number(part.exec(line)?.[1]),
    );
    const read = Number(/total (\d+) packets/.exec(line)?.[1]);
    expect(ring).toBeGreaterThan(0);
    expect(read + ring + atInterface).toBe(sent);
    const { stats } = JSON.parse(watch.stdout());
    expect(stats.packets).toBe(read);
    expect(stats.kernelDrops).toBe(ring + atInterface);
  });

  it('puts VLAN tags back, and lets the kernel filter', async () => {
    const dir = scratch();
    const frames = framesOf(gunzipSync(readFileSync('captures/recordings/qwen-code-0.24.4-prompt.pcap.gz')));
    const tagged = frames.map((frame) =>
      Buffer.concat([frame.subarray(0, 12), Buffer.from([0x81, 0, 0, 42]), frame.subarray(12)]),
    );
    const file = join(dir, 'tagged.pcap');
    writePcap(file, tagged);
    const watch = await net.watch('--window', '900', '-f', 'tcp port 443', '--write', join(dir, 'live'));
    net.send(file, tagged.length, 5000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(join(dir, 'live'));
    const isHttps = (frame: Uint8Array): boolean => frame[12] === 8 && frame[13] === 0 && frame[23] === 6;
    expect(statsSum(windows, 'packets')).toBeGreaterThan(0);
    expect(statsSum(windows, 'packets')).toBeLessThanOrEqual(frames.filter(isHttps).length);
    expect([...new Set(windows.flatMap(({ hosts }) => hosts.flatMap((host) => host.vlans)))]).toEqual([42]);
    expect(windows.flatMap(({ asked }) => asked)).toEqual([]);
  });

  it('survives an interface that goes down and comes back, and one that is made anew', async () => {
    const dir = scratch();
    const watch = await net.watch('--window', '900', '--workers', '2', '--write', dir);
    net.send(capture, 1000, 5000);
    net.setLink('down');
    await watch.says(/wt1 is down; waiting/);
    net.setLink('up');
    await watch.says(/wt1 (is up|has carrier) again/);
    net.send(capture, 1000, 5000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    net.unplug();
    await watch.says(/wt1 has been removed/);
    const heard = watch.stderr().length;
    net.plug();
    await watch.says(new RegExp(`^[\\s\\S]{${heard},}is up again`));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    net.send(capture, 1000, 5000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(dir);
    expect(statsSum(windows, 'packets')).toBe(3000);
    const gaps = windows.flatMap((window) => window.gaps ?? []);
    // One that is made anew may have carrier a moment later only.
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['interfaceDown']));
  });

  it('waits for an interface that is down from the start', async () => {
    net.setLink('down');
    const dir = scratch();
    const watch = await net.watch('--window', '900', '--workers', '2', '--write', dir);
    await watch.says(/wt1 is down; waiting/);
    net.setLink('up');
    await watch.says(/wt1 (is up|has carrier) again/);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    net.send(capture, 500, 5000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await watch.end()).toBe(0);
    expect(statsSum(await windowsOf(dir), 'packets')).toBe(500);
  });

  it('raises a finding once, and keeps the old policy when the new one is faulty', async () => {
    const dir = scratch();
    const policy = join(dir, 'policy.yaml');
    const hook = net.start(process.execPath, '-e', HOOK);
    await hook.says(/ready/);
    writeFileSync(policy, POLICY);
    const options = ['--window', '1', '--policy', policy, '--state', dir, '--write', join(dir, 'live')];
    const watch = await net.watch(
      ...[
        ...options,
        '--alerts-file',
        join(dir, 'alerts.ndjson'),
        '--webhook',
        `http://127.0.0.1:${HOOK_PORT}/`,
      ],
    );
    net.send(capture, packets, 4000);
    await watch.says(/finding: .*Claude Code (used|suspected) on/);
    writeFileSync(policy, 'version: 1\nname: [broken\n');
    watch.child.kill('SIGHUP');
    await watch.says(/from before stay in force/);
    writeFileSync(policy, POLICY);
    watch.child.kill('SIGHUP');
    await watch.says(/have been read anew/);
    net.send(capture, packets, 4000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await watch.end()).toBe(0);
    await hook.end();
    const lines = readFileSync(join(dir, 'alerts.ndjson'), 'utf8').trimEnd().split('\n');
    const alerts = lines.map((line) => JSON.parse(line).wiretally);
    const keys = alerts.map(({ rule, host, result }) => `${rule} ${host} ${result}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(hook.stdout().trimEnd().split('\n').sort()).toEqual(lines.sort());
  });

  it('says and replaces a thread that dies', async () => {
    const dir = scratch();
    const script = join(dir, 'fail.mjs');
    const folder = CLI.replace(/cli\/main\.js$/, '');
    writeFileSync(
      script,
      `import { startWatch } from '${folder}sensor/watch.js';
import { loadCatalogue } from '${folder}capture/catalogue-files.js';
const lookup = await loadCatalogue();
const windows = [];
const watch = await startWatch({ interfaces: ['wt1'], backend: 'ring', workers: 2, lookup, interest: lookup.interest(),
  windowSeconds: 1, localNets: [], exclude: [], promiscuous: true, ignoreOutgoing: false, hardwareTime: false,
  sensor: 'test', onWindows: (list) => windows.push(...list), say: (text) => console.error(text) });
console.error('watching wt1');
process.on('SIGUSR2', () => watch.failWorker(0));
process.on('SIGINT', async () => {
  await watch.stop();
  console.log(windows.reduce((sum, { stats }) => sum + stats.packets, 0));
});
setInterval(() => console.error(JSON.stringify(watch.status().workers.map(({ isAlive }) => isAlive))), 300).unref();
`,
    );
    const watch = net.start(process.execPath, script);
    await watch.says(/watching wt1/);
    net.send(capture, 1000, 5000);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    watch.child.kill('SIGUSR2');
    await watch.says(/has died \(it was told to fail\)/);
    const heard = watch.stderr().length;
    await watch.says(new RegExp(`^[\\s\\S]{${heard},}\\[true,true\\]`));
    net.send(capture, 1000, 5000);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    watch.child.kill('SIGINT');
    await watch.ended;
    expect(Number(watch.stdout())).toBe(2000);
  });

  it('says what to do without the right, without the interface, and with a filter that is none', async () => {
    const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'];
    const folder = CLI.replace(/dist.*$/, '');
    chmodSync(folder === '' ? '.' : folder, 0o755);
    const cases: [string[], number, RegExp][] = [
      [
        [...asNobody, process.execPath, CLI, 'watch', '-i', 'wt1'],
        3,
        /not permitted[\s\S]*next: .*CAP_NET_RAW/,
      ],
      [
        [process.execPath, CLI, 'watch', '-i', 'wt9'],
        3,
        /wt9: no such interface\n {2}next: {2}there are lo, wt1/,
      ],
      [[process.execPath, CLI, 'watch', '-i', 'wt1', '-f', 'tcp porz 1'], 2, /capture filter: .*syntax/],
      [
        [process.execPath, CLI, 'watch', '-i', 'wt1', '--ring-mib', String(tooMuchMib())],
        3,
        /more than half of the[\s\S]*--ring-mib/,
      ],
    ];
    for (const [command, code, text] of cases) {
      const watch = net.start(...command);
      expect([await watch.ended, watch.stderr()]).toEqual([code, expect.stringMatching(text)]);
    }
  });
});

/** Nine tenths of what is free: asked of the kernel it would be given, at the cost of other programs. */
function tooMuchMib(): number {
  const kib = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  return Math.floor((kib / 1024) * 0.9);
}
