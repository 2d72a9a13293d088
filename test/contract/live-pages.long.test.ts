// The pages of a running sensor, on a veth pair: shown within a second of a closed window, ended without the sensor, and
// gone with it.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { QUARTER_SECONDS } from '../../src/time/units.ts';
import { claudeCapture } from './claude-capture.ts';
import {
  CLI,
  framesOf,
  holds,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  type Watching,
  writePcap,
} from './live-network.ts';

const MULTITURN = 'captures/recordings/claude-code-2.1.197-multiturn.pcap.gz';
const NOBODY = 65_534;
const TOKEN = 't'.repeat(32);
const LISTEN = '127.0.0.1:7577';
/** In the network of the sensor: prints status and body. */
const ASK = `const [path, token] = process.argv.slice(1);
const headers = token === undefined ? {} : { authorization: 'Bearer ' + token };
const answer = await fetch('http://${LISTEN}' + path, { headers });
console.log(answer.status);
console.log(await answer.text());`;
/** Prints each event on arrival. */
const HEAR = `const answer = await fetch('http://${LISTEN}/events');
for await (const part of answer.body) process.stdout.write(part);`;

/** Flags of a TCP segment that opens a connection, RFC 9293 section 3.1. */
const SYN = 2;
const TCP = 6;
/** A segment without data, with a time stamp. */
const ACK_BYTES = 66;

const QUARTER_MS = 1000 * QUARTER_SECONDS;
const quarter = (): number => Math.floor(Date.now() / QUARTER_MS);

/** The frame as host number `i` of 10.0.0.0/8 would send it: Ethernet, IPv4, TCP, checksums as they were. */
function fromHost(frame: Uint8Array, i: number): Uint8Array {
  const copy = Buffer.from(frame);
  copy.writeUInt32BE((10 << 24) | (1 << 20) | i, 26);
  return copy;
}

describe.skipIf(lacksLiveTools())('the pages of a watch', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  let folder: string;
  let policy: string;
  let capture: string;
  let packets: number;
  const hearing: ChildProcess[] = [];

  beforeAll(() => {
    net = new LiveNetwork();
    ({ folder, policy, capture, packets } = claudeCapture());
  });
  afterEach(() => net.endAll());
  afterAll(() => {
    for (const child of hearing) child.kill();
    net?.close();
  });

  const within = ['ip', 'netns', 'exec'] as const;
  const ask = (path: string, ...more: string[]): string =>
    execFileSync(within[0], [
      ...within.slice(1),
      ...[net.watcher, process.execPath, '--input-type=module', '-e', ASK, path, ...more],
    ]).toString();
  /** Windows of 900 s end at quarters of an hour: what fails while one ends is tried once more. */
  const withinQuarter = (work: () => Promise<void>) => async (): Promise<void> => {
    const began = quarter();
    try {
      await work();
    } catch (error) {
      if (quarter() === began) throw error;
      await net.endAll();
      await work();
    }
  };
  const pagesOf = (watch: Watching): number =>
    Number(readFileSync(`/proc/${watch.child.pid}/task/${watch.child.pid}/children`, 'utf8').trim());

  it('show what was used as soon as its window is closed, and tell metrics', async () => {
    const watch = await net.watch('--window', '1', '--policy', policy, '--state', folder, '--listen', LISTEN);
    await watch.says(/serving http:\/\/127\.0\.0\.1:7577/);
    expect(ask('/hosts')).toContain('No AI coding tool was seen on any host');
    let events = '';
    const child = spawn(within[0], [
      ...within.slice(1),
      ...[net.watcher, process.execPath, '--input-type=module', '-e', HEAR],
    ]);
    hearing.push(child);
    child.stdout.on('data', (data) => {
      events += String(data);
    });
    await holds('a first event', () => events.includes('event: change'));
    net.send(capture, packets, 4000);
    await watch.sees(packets);
    // Pages may show the tool before that, as a provisional row.
    await holds('a closed window', () => /^wiretally_windows_closed_total [1-9]/m.test(ask('/metrics')));
    await holds('the tool on the pages', () => ask('/tools/claude-code').startsWith('200'));
    await holds('events of the windows', () => (events.match(/event: change/g) ?? []).length > 2);
    expect(ask('/hosts')).toContain('Claude Code');
    const metrics = ask('/metrics');
    expect(metrics).toMatch(new RegExp(`^wiretally_packets_total ${packets}$`, 'm'));
    expect(metrics).toMatch(/^wiretally_interface_up\{interface="wt1"\} 1$/m);
    expect(metrics).toMatch(/^wiretally_findings\{rule="NO-CLAUDE",result="violation"\} \d/m);
    expect(metrics).toMatch(/^wiretally_windows_closed_total [1-9]/m);
    expect(ask('/sensor')).toContain('Since it was started');
    watch.child.kill('SIGHUP');
    await watch.says(/have been reloaded/);
    expect(ask('/findings')).toMatch(/^200\n/);
    const pid = pagesOf(watch);
    expect(await watch.end()).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(watch.stderr()).not.toMatch(/denied|EACCES|EPERM|cannot|failed/i);
  });

  it(
    'show hellos as provisional rows before a window closes, and never as findings',
    withinQuarter(async () => {
      const watch = await net.watch('--window', '900', '--policy', policy, '--listen', LISTEN);
      await watch.says(/serving/);
      await holds('the live part', () => ask('/').includes('No ClientHello to an AI service was seen yet'));
      // Frames of the recording up to its fourth hello, at once.
      net.send(capture, 60, 4000);
      await holds('a provisional row', () => ask('/').includes('possible, provisional'));
      const page = ask('/');
      expect(page).toContain('No records yet');
      expect(page).toContain('may be Claude Code');
      expect(page).not.toMatch(/certain|likely|violation|VIOLATED/);
      expect(page).not.toContain('api.anthropic.com');
      expect(page).toMatch(/data-live="lost">0 of \d+ packets</);
      expect(page).toMatch(/data-live="closes">\d+ s</);
      expect(ask('/findings')).not.toContain('10.77.0.2');
      expect(ask('/metrics')).toMatch(/^wiretally_findings\{rule="NO-CLAUDE",result="violation"\} 0$/m);
      expect(await watch.end()).toBe(0);
    }),
  );

  it(
    'show provisional rows of pseudonyms only, where pages have pseudonyms',
    withinQuarter(async () => {
      const key = join(folder, 'early-key');
      writeFileSync(key, 'k'.repeat(32), { mode: 0o600 });
      const watch = await net.watch('--window', '900', '--pseudonymize', key, '--listen', LISTEN);
      await watch.says(/serving/);
      net.send(capture, 60, 4000);
      await holds('a provisional row', () => ask('/').includes('possible, provisional'));
      const page = ask('/');
      expect(page).toMatch(/<tr><th scope="row"><span class="mono">h-[2-9B-Z]{8}<\/span>/);
      expect(page).not.toContain('10.77.0.2');
      expect(await watch.end()).toBe(0);
    }),
  );

  it(
    'keep their ceilings in a flood of hellos before the first window, and lose no packet by it',
    withinQuarter(async () => {
      const frames = framesOf(readFileSync(capture));
      const portOf = (frame: Uint8Array): number => Buffer.from(frame).readUInt16BE(34);
      const begin = frames.findIndex(
        (frame) => Buffer.from(frame).includes('api.anthropic.com') && frame[23] === TCP,
      );
      const flow = frames.filter((frame) => portOf(frame) === portOf(frames[begin] ?? new Uint8Array(64)));
      // SYN and the segments of the hello: none of a server.
      const opening = [
        ...flow.filter((frame) => frame[47] === SYN),
        ...flow.filter((frame) => frame[47] !== SYN && frame.length > ACK_BYTES).slice(0, 2),
      ];
      expect(opening).toHaveLength(3);
      const flood = join(folder, 'flood.pcap');
      const hosts = 8_000;
      const count = opening.length * hosts;
      writePcap(
        flood,
        Array.from({ length: hosts }, (_, i) => opening.map((frame) => fromHost(frame, i))).flat(),
      );
      const watch = await net.watch('--window', '900', '--listen', LISTEN);
      await watch.says(/serving/);
      net.send(flood, count, 20_000);
      await watch.sees(count);
      await holds('the ceiling', () => ask('/').includes('More hellos were sent than are evaluated'));
      const page = ask('/');
      expect(page.match(/possible, provisional/g)).toHaveLength(100);
      expect(page).toMatch(/3\D?996 more hosts/);
      expect(page).toMatch(/data-live="lost">0 of/);
      expect(await watch.end()).toBe(0);
    }),
  );

  it('show open requests with a plus, and findings as provisional, until both are settled', async () => {
    const state = join(folder, 'state-open');
    mkdirSync(state, { mode: 0o777 });
    const alerts = join(state, 'alerts.ndjson');
    const watch = await net.watch(
      ...['--window', '1', '--policy', policy, '--state', state, '--listen', LISTEN],
      ...['--alerts-file', alerts],
    );
    await watch.says(/serving/);
    const turns = join(state, 'turns.pcap');
    const frames = framesOf(gunzipSync(readFileSync(MULTITURN)));
    writePcap(turns, frames);
    const direct = JSON.parse(
      execFileSync(process.execPath, [CLI, 'analyze', turns, '--format', 'json', '-q']).toString(),
    ) as ReportDocument;
    const requestsOf = ({ hosts }: Pick<ReportDocument, 'hosts'>) =>
      hosts.flatMap(({ tools }) => tools.filter(({ tool }) => tool === 'claude-code'))[0]?.requests;
    const live = (): ReturnType<typeof requestsOf> =>
      requestsOf(JSON.parse(ask('/api/v1/hosts').replace(/^200\n/, '')) as ReportDocument);
    const truth = requestsOf(direct);
    expect(truth?.min).toBeGreaterThan(0);
    expect(truth?.isOpen).toBeUndefined();
    net.send(turns, frames.length, 4000);
    await watch.sees(frames.length);
    await holds('open requests', () => live()?.isOpen === true);
    // A tool that is only possible, as after its first packets, has no row there.
    await holds('open requests on the page', () => /\d\+ requests/.test(ask('/tools/claude-code')));
    expect(ask('/metrics')).toMatch(/^wiretally_open_requests\{tool="claude-code"\} 1$/m);
    expect(ask('/metrics')).toMatch(/^wiretally_provisional_findings\{rule="NO-CLAUDE"\} 1$/m);
    expect(ask('/')).toMatch(/1 finding is provisional until \d\d:\d\d: later traffic may explain it/);
    expect(ask('/findings')).toContain(', provisional');
    await watch.says(/Claude Code \w+, \d+\+ requests, /);
    await holds('an alert', () => existsSync(alerts) && readFileSync(alerts, 'utf8').includes('"finding"'));
    expect(readFileSync(alerts, 'utf8')).toMatch(/"provisional":true,"provisional_until":"20/);
    // What has no sign any more is the truth, from its first moment on.
    let settled = live();
    await holds('settled requests', () => {
      settled = live();
      return settled?.isOpen === undefined;
    });
    expect(settled).toEqual(truth);
    expect(ask('/metrics')).toMatch(/^wiretally_open_requests\{tool="claude-code"\} 0$/m);
    expect(await watch.end('SIGTERM')).toBe(0);
    expect(watch.stdout()).not.toMatch(/\d\+/);
    // The sensor stops within the provisional time.
    expect(readFileSync(alerts, 'utf8').trimEnd().split('\n').at(-1)).toContain('"type":"unconfirmed"');
  });

  it('call nothing kept while the interface is down, and tell of the gap when it is back', async () => {
    const unused = join(folder, 'unused.yaml');
    writeFileSync(unused, readFileSync(policy, 'utf8').replace('[claude-code]', '[cline]'));
    const state = join(folder, 'state-down');
    mkdirSync(state, { mode: 0o777 });
    const watch = await net.watch('--window', '1', '--policy', unused, '--state', state, '--listen', LISTEN);
    await watch.says(/serving/);
    net.send(capture, packets, 4000);
    await watch.sees(packets);
    await holds('a verdict', () => ask('/').includes('COMPLIANT'));
    net.setLink('down');
    await watch.says(/wt1 is down; waiting/);
    await holds('the banner', () =>
      /wt1 down since \d\d:\d\d UTC: nothing is observed/.test(ask('/findings')),
    );
    await holds('no verdict', () => ask('/').includes('INCONCLUSIVE'));
    expect(ask('/')).toMatch(
      /<h1 id="vh">Interface wt1 has been down since [^<]* and is not observed\.<\/h1>/,
    );
    expect(ask('/metrics')).toMatch(
      /^wiretally_interface_down_since_timestamp_seconds\{interface="wt1"\} \d/m,
    );
    const report = JSON.parse(ask('/api/v1/report').replace(/^200\n/, '')) as {
      down?: { interface: string }[];
    };
    expect(report.down).toMatchObject([{ interface: 'wt1' }]);
    net.setLink('up');
    await watch.says(/wt1 (is up|has a carrier) again/);
    await holds('the end of the banner', () => !ask('/').includes('nothing is observed'));
    const page = ask('/');
    expect(page).not.toContain('without a gap');
    expect(ask('/sensor')).toContain('the interface was down');
    expect(await watch.end()).toBe(0);
  });

  it('end without the sensor, which says so and goes on', async () => {
    const dir = join(folder, 'windows');
    const watch = await net.watch('--window', '1', '--write', dir, '--listen', LISTEN);
    await watch.says(/serving/);
    process.kill(pagesOf(watch), 'SIGKILL');
    await watch.says(/the pages have ended \(SIGKILL\); the sensor continues/);
    net.send(capture, packets, 4000);
    await watch.sees(packets);
    expect(await watch.end()).toBe(0);
  });

  it('that hang keep the sensor from nothing, its end neither', async () => {
    const watch = await net.watch('--window', '1', '--listen', LISTEN);
    await watch.says(/serving/);
    const pid = pagesOf(watch);
    process.kill(pid, 'SIGSTOP');
    net.send(capture, packets, 4000);
    await watch.sees(packets);
    expect(await watch.end()).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('belong to another user too, without rights, and take a token', async () => {
    const tokens = join(folder, 'tokens');
    writeFileSync(tokens, `anna ${TOKEN}\n`, { mode: 0o600 });
    const watch = await net.watch('--user', 'nobody', '--listen', LISTEN, '--access-tokens', tokens);
    await watch.says(/serving/);
    const status = readFileSync(`/proc/${pagesOf(watch)}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:(\\s+${NOBODY}){4}$`, 'm'));
    expect(status).toMatch(/^CapPrm:\s+0+$/m);
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(ask('/hosts')).toMatch(/^401\n/);
    expect(ask('/hosts', TOKEN)).toMatch(/^200\n/);
    expect(await watch.end()).toBe(0);
  });

  it('write openings as the user that they belong to, and refuse a log that they cannot', async () => {
    const [tokens, key] = [join(folder, 'tokens'), join(folder, 'key')];
    writeFileSync(tokens, `anna ${TOKEN}\n`, { mode: 0o600 });
    writeFileSync(key, 'k'.repeat(32), { mode: 0o600 });
    const names = ['--access-tokens', tokens, '--pseudonymize', key, '--investigator', 'anna'];
    const log = join(folder, 'openings.ndjson');
    const watch = await net.watch('--user', 'nobody', '--listen', LISTEN, ...names, '--identity-log', log);
    await watch.says(/serving/);
    expect([statSync(log).uid, statSync(log).size]).toEqual([NOBODY, 0]);
    expect(ask('/hosts', TOKEN)).toMatch(/^200\n/);
    expect(await watch.end()).toBe(0);
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const refused = [...names, '--identity-log', join(closed, 'openings.ndjson')];
    await expect(net.watch('--user', 'nobody', '--listen', LISTEN, ...refused)).rejects.toThrow(
      /openings\.ndjson: cannot be written: permission denied/,
    );
  });

  it('are refused with a word where they cannot be: before anything listens', async () => {
    const first = await net.watch('--listen', LISTEN);
    await first.says(/serving/);
    const words = [process.execPath, CLI, 'watch', '-i', 'wt1', '--listen'];
    const refused = (...more: string[]): string => {
      try {
        execFileSync(within[0], [...within.slice(1), net.watcher, ...words, ...more], { stdio: 'pipe' });
        return 'it was not refused';
      } catch (error) {
        return String((error as { stderr?: Buffer }).stderr);
      }
    };
    expect(refused(LISTEN)).toMatch(/127\.0\.0\.1:7577: the port is in use by another program/);
    expect(refused('0.0.0.0:7577')).toMatch(/clients on other machines could connect without authentication/);
    expect(await first.end()).toBe(0);
  });
});
