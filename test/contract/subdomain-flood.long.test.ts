// One host sends hellos to thousands of names below one of the catalogue. Live, every packet is read, other traffic is
// reported, and the sensor ends on a signal; a report on the windows has all names.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subdomainHellos } from '../../captures/subdomain-hellos.ts';
import { wiretally } from '../cli/run.ts';
import {
  framesOf,
  holds,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  scratch,
  statsSum,
  windowsOf,
  writePcap,
} from './live-network.ts';

const NAMES = 12_000;
const PER_SECOND = 3000;
const RECORDING = 'claude-code-2.1.328-prompt';
const POLICY = `version: 1
name: nothing
timezone: UTC
rules:
  - id: NO-1
    title: No tool is allowed
    match: { kind: [cli, ide, ide-extension, agent] }
    action: deny
    evidence: { confidence: likely, minRequests: 0 }
`;

describe.skipIf(lacksLiveTools())('hellos to thousands of subdomains', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  beforeAll(() => {
    net = new LiveNetwork();
  });
  afterAll(() => net?.close());

  it('cost no packet and no finding of another host, and SIGINT is heard', async () => {
    const dir = scratch();
    const policy = join(dir, 'policy.yaml');
    writeFileSync(policy, POLICY);
    const honest = framesOf(gunzipSync(readFileSync(`captures/recordings/${RECORDING}.pcap.gz`)));
    const frames = [...subdomainHellos(NAMES, 'kilo.ai', RECORDING), ...honest];
    const capture = join(dir, 'frames.pcap');
    writePcap(capture, frames);
    const alerts = join(dir, 'alerts.ndjson');
    const watch = await net.watch(
      ...['--window', '900', '--write', join(dir, 'live'), '--policy', policy],
      ...['--state', join(dir, 'state'), '--alerts-file', alerts],
    );
    expect(net.send(capture, frames.length, PER_SECOND)).toBe(frames.length);
    await watch.sees(frames.length);
    expect(await watch.end('SIGINT')).toBe(0);
    const windows = await windowsOf(join(dir, 'live'));
    expect([statsSum(windows, 'packets'), statsSum(windows, 'kernelDrops')]).toEqual([frames.length, 0]);
    const forged = windows.flatMap(({ rows }) => rows).filter(({ host }) => host === '198.18.7.7');
    expect(new Set(forged.map(({ name }) => name)).size).toBe(NAMES); // a row each in both windows where a window ended
    await holds('the finding of the honest host', () => readFileSync(alerts, 'utf8').includes('10.77.0.'));
    expect(watch.stderr()).toMatch(
      /198\.18\.7\.7: live findings use 2048 of its rows \(answered rows first, then largest payload\); \d+ more are only in a report/,
    );
    const { code, out } = await wiretally(['analyze', join(dir, 'live'), '--json']);
    expect(code).toBe(0);
    const hosts: { host: string; tools: { names: unknown[] }[]; providers: { names: unknown[] }[] }[] =
      JSON.parse(out).hosts;
    const flooded = hosts.find(({ host }) => host === '198.18.7.7');
    const uses = [...(flooded?.tools ?? []), ...(flooded?.providers ?? [])];
    expect(Math.max(...uses.map(({ names }) => names.length))).toBe(NAMES);
  });
});
