// Live capture on a veth pair: the same usage as from a file, every packet accounted for, and nothing that stops it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUsageFile } from '../../src/store/usage-file.ts';
import { joinDualStackBySensor } from '../../src/window/dual-stack.ts';
import {
  CLI,
  facts,
  framesOf,
  holds,
  hostsByWindow,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  type Running,
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
/** Prints POST bodies; runs in the network namespace of the watcher. */
const HOOK = `require('node:http').createServer((request, response) => {
  request.on('data', (data) => process.stdout.write(data + '\\n'));
  request.on('end', () => response.writeHead(204).end());
}).listen(${HOOK_PORT}, '127.0.0.1', () => console.error('ready'));`;

describe.skipIf(lacksLiveTools())('watch', { timeout: LIVE_TEST_MS }, () => {
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
    await watch.sees(packets);
    await holds('all packets written', () => framesOf(readFileSync(truth)).length >= packets);
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
    // A sensor does not merge addresses: the reader of its windows determines which of them are one machine.
    const live = joinDualStackBySensor(await windowsOf(join(dir, 'live')));
    const { windows } = await readUsageFile(join(dir, 'truth.usage'));
    expect(statsSum(live, 'packets')).toBe(packets);
    expect(statsSum(live, 'kernelDrops')).toBe(0);
    expect(statsSum(live, 'flows')).toBe(statsSum(windows, 'flows'));
    expect(hostsByWindow(live)).toEqual(hostsByWindow(windows));
    expect(sumsOf(live)).toEqual(sumsOf(windows));
    // Short windows close before it is known what continues in the next one.
    if (windows.length > 1) return;
    expect(facts(live)).toEqual(facts(windows));
    expect(live.flatMap(({ rows }) => rows).length).toBeGreaterThan(5);
  });

  it('closes a window on a silent network too, and the open one on SIGTERM', async () => {
    const dir = scratch();
    const watch = await net.watch('--window', '1', '--write', dir);
    const startSeconds = Date.now() / 1000;
    await holds('three windows', async () => (await windowsOf(dir)).length >= 3);
    const endSeconds = Date.now() / 1000;
    expect(await watch.end('SIGTERM')).toBe(0);
    const starts = (await windowsOf(dir)).map((window) => window.startSeconds);
    const seconds = Math.floor(endSeconds) - Math.floor(startSeconds);
    expect(starts.length).toBeGreaterThanOrEqual(seconds);
    expect(starts).toEqual(starts.map((_, i) => (starts[0] ?? 0) + i));
  });

  it('accounts for every packet when the ring is too small', async () => {
    const watch = await net.watch('--ring-mib', '1', '--window', '900', '--format', 'json');
    // Stopped, it reads nothing: the ring must overflow on any machine.
    watch.child.kill('SIGSTOP');
    const sent = net.send(capture, 60_000);
    watch.child.kill('SIGCONT');
    await watch.sees(sent);
    expect(await watch.end()).toBe(0);
    // Each line counts the drops since the previous one.
    const lines = watch
      .stderr()
      .split('\n')
      .filter((text) => text.includes('packets/s'));
    const sum = (part: RegExp): number =>
      lines.reduce((total, line) => total + Number(part.exec(line)?.[1] ?? 0), 0);
    const [ring, atInterface] = [sum(/ring (\d+)/), sum(/interface (\d+)/)];
    const read = Number(/total (\d+) packets/.exec(lines.at(-1) ?? '')?.[1]);
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
    const wanted = frames.filter(isHttps).length;
    await watch.sees(wanted);
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(join(dir, 'live'));
    expect(statsSum(windows, 'packets')).toBe(wanted);
    expect([...new Set(windows.flatMap(({ hosts }) => hosts.flatMap((host) => host.vlans)))]).toEqual([42]);
    expect(windows.flatMap(({ queriedNames }) => queriedNames)).toEqual([]);
  });

  it('survives an interface that goes down and comes back, and one that is recreated', async () => {
    const dir = scratch();
    const watch = await net.watch('--window', '900', '--workers', '2', '--write', dir);
    net.send(capture, 1000, 5000);
    net.setLink('down');
    await watch.says(/wt1 is down; waiting/);
    net.setLink('up');
    await watch.says(/wt1 (is up|has a carrier) again/);
    net.send(capture, 1000, 5000);
    await watch.sees(2000);
    net.unplug();
    await watch.says(/wt1 was removed/);
    const heard = watch.stderr().length;
    net.plug();
    await watch.says(new RegExp(`^[\\s\\S]{${heard},}is up again`));
    net.send(capture, 1000, 5000);
    await watch.sees(3000);
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(dir);
    expect(statsSum(windows, 'packets')).toBe(3000);
    const gaps = windows.flatMap((window) => window.gaps ?? []);
    // A recreated interface may have carrier only a moment later.
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['interfaceDown']));
  });

  it('waits for an interface that is down from the start', async () => {
    net.setLink('down');
    const dir = scratch();
    const watch = await net.watch('--window', '900', '--workers', '2', '--write', dir);
    await watch.says(/wt1 is down; waiting/);
    net.setLink('up');
    await watch.says(/wt1 (is up|has a carrier) again/);
    net.send(capture, 500, 5000);
    await watch.sees(500);
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
    // A pending exchange is reported when it continues or ends: twice, so that the second one ends the first.
    net.send(capture, 2 * packets, 4000);
    await watch.says(/finding: .*Claude Code (used|suspected) on/);
    writeFileSync(policy, 'version: 1\nname: [broken\n');
    watch.child.kill('SIGHUP');
    await watch.says(/the previous catalogue and policy stay in force/);
    writeFileSync(policy, POLICY);
    watch.child.kill('SIGHUP');
    await watch.says(/have been reloaded/);
    net.send(capture, packets, 4000);
    await watch.sees(3 * packets);
    const linesOfAlerts = (): string[] =>
      readFileSync(join(dir, 'alerts.ndjson'), 'utf8').trimEnd().split('\n');
    await holds(
      'every alert delivered',
      () => hook.stdout().trimEnd().split('\n').length === linesOfAlerts().length,
    );
    expect(await watch.end()).toBe(0);
    await hook.end();
    const lines = linesOfAlerts();
    const alerts = lines.map((line) => JSON.parse(line).wiretally);
    const keys = alerts.map(({ type, rule, host, result }) => `${type} ${rule} ${host} ${result}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(hook.stdout().trimEnd().split('\n').sort()).toEqual(lines.sort());
  });

  it('says and replaces a thread that dies', async () => {
    const dir = scratch();
    const script = join(dir, 'fail.mjs');
    const folder = CLI.replace(/cli\/main\.js$/, '');
    writeFileSync(
      script,
      `import { startWatch } from '${folder}live/watch-loop.js';
import { loadCatalogue } from '${folder}files/catalogue-files.js';
const lookup = await loadCatalogue();
const windows = [];
const watch = await startWatch({ interfaces: ['wt1'], backend: 'ring', workers: 2, lookup, watchlist: lookup.watchlist(),
  windowSeconds: 1, localNets: [], exclude: [], promiscuous: true, ignoreOutgoing: false, hardwareTime: false,
  sensor: 'test', onWindows: (list) => windows.push(...list), print: (text) => console.error(text) });
console.error('watching wt1');
process.on('SIGUSR2', () => watch.failWorker(0));
process.on('SIGINT', async () => {
  await watch.stop();
  console.log(windows.reduce((sum, { stats }) => sum + stats.packets, 0));
});
setInterval(() => {
  const { workers, packets } = watch.status();
  console.error(JSON.stringify(workers.map(({ isAlive }) => isAlive)), packets, 'seen');
}, 100).unref();
`,
    );
    const watch = net.start(process.execPath, script);
    await watch.says(/watching wt1/);
    net.send(capture, 1000, 5000);
    await watch.says(/ 1000 seen/);
    watch.child.kill('SIGUSR2');
    await watch.says(/failed \(failed on request\)/);
    const heard = watch.stderr().length;
    await watch.says(new RegExp(`^[\\s\\S]{${heard},}\\[true,true\\]`));
    net.send(capture, 1000, 5000);
    await watch.says(/ 2000 seen/);
    watch.child.kill('SIGINT');
    await watch.ended;
    expect(Number(watch.stdout())).toBe(2000);
  });

  it('says what to do without the right, without the interface, and with a filter that is none', async () => {
    const here = (...words: string[]): Running => net.start(process.execPath, CLI, ...words);
    const asNobody = (...words: string[]): Running => net.startAsNobody(...words);
    const cases: [typeof here, string[], number, RegExp][] = [
      [asNobody, ['watch', '-i', 'wt1'], 3, /not permitted[\s\S]*next: .*CAP_NET_RAW/],
      [here, ['watch', '-i', 'wt9'], 3, /wt9: no such interface\n {2}next: {2}available: lo, wt1/],
      [here, ['watch', '-i', 'wt1', '-f', 'tcp porz 1'], 2, /capture filter: .*syntax/],
      [
        here,
        ['watch', '-i', 'wt1', '--ring-mib', String(tooMuchMib())],
        3,
        /more than half of the[\s\S]*--ring-mib/,
      ],
    ];
    for (const [start, words, code, text] of cases) {
      const watch = start(...words);
      expect([await watch.ended, watch.stderr()]).toEqual([code, expect.stringMatching(text)]);
    }
  });
});

/** TCP over IPv4 without options, and port 443. */
function isHttps(frame: Uint8Array): boolean {
  const isPort443 = (at: number): boolean => frame[at] === 1 && frame[at + 1] === 187;
  return frame[12] === 8 && frame[13] === 0 && frame[23] === 6 && (isPort443(34) || isPort443(36));
}

/** Nine tenths of the free memory: the kernel would grant it, at the expense of other programs. */
function tooMuchMib(): number {
  const kib = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  return Math.floor((kib / 1024) * 0.9);
}
