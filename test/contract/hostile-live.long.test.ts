// Hostile packets of every kind of the cost test between honest ones, live: every packet is read, and the honest hosts
// have the same results as without them.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  framesOf,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  run,
  scratch,
  statsSum,
  sumsOf,
  windowsOf,
  writePcap,
} from './live-network.ts';

const RECORDINGS = ['claude-code-2.1.328-prompt', 'qwen-code-0.24.4-prompt', 'base-chromium-quic-claude.ai'];
const HONEST_NETWORK = '10.77.0.';
/** Enough of each kind to reach its target, and a few seconds in total. */
const FRAMES_OF_A_KIND = 400;
const PER_SECOND = 3000;
/** The most that veth takes: some kinds are as long as a datagram can be. */
const MTU = '65535';

function hostileFrames(folder: string): Uint8Array[] {
  const program = join(folder, 'hostile_captures');
  const captures = join(folder, 'kinds');
  mkdirSync(captures);
  const sources = ['test/contract/hostile_captures.cc', 'native-bindings/src/packet/checksum.cc'];
  run(process.env.CXX ?? 'g++', '-std=c++20', '-O1', '-o', program, ...sources);
  run(program, captures);
  const kinds = readdirSync(captures).sort();
  expect(kinds.length).toBeGreaterThanOrEqual(27);
  return kinds.flatMap((name) => framesOf(readFileSync(join(captures, name))).slice(0, FRAMES_OF_A_KIND));
}

/** The frames of both in their own order, spread evenly. */
function between(honest: readonly Uint8Array[], hostile: readonly Uint8Array[]): Uint8Array[] {
  const place = (frames: readonly Uint8Array[]): [number, Uint8Array][] =>
    frames.map((frame, i) => [(i + 0.5) / frames.length, frame]);
  return [...place(honest), ...place(hostile)].sort(([a], [b]) => a - b).map(([, frame]) => frame);
}

describe.skipIf(lacksLiveTools())('hostile packets between honest ones', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  beforeAll(() => {
    net = new LiveNetwork();
    run('ip', '-n', net.sender, 'link', 'set', 'wt0', 'mtu', MTU);
    run('ip', '-n', net.watcher, 'link', 'set', 'wt1', 'mtu', MTU);
  });
  afterAll(() => net?.close());

  async function resultsOf(frames: readonly Uint8Array[]): Promise<[string, readonly number[]][]> {
    const dir = scratch();
    const capture = join(dir, 'frames.pcap');
    writePcap(capture, frames);
    const watch = await net.watch('--window', '900', '--write', join(dir, 'live'));
    expect(net.send(capture, frames.length, PER_SECOND)).toBe(frames.length);
    await watch.sees(frames.length);
    expect(await watch.end()).toBe(0);
    const windows = await windowsOf(join(dir, 'live'));
    expect([statsSum(windows, 'packets'), statsSum(windows, 'kernelDrops')]).toEqual([frames.length, 0]);
    return Object.entries(sumsOf(windows))
      .filter(([key]) => key.startsWith(HONEST_NETWORK))
      .sort();
  }

  it('cost the honest ones nothing', async () => {
    const honest = RECORDINGS.flatMap((name) =>
      framesOf(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`))),
    );
    const alone = await resultsOf(honest);
    expect(alone.length).toBeGreaterThan(RECORDINGS.length);
    expect(await resultsOf(between(honest, hostileFrames(scratch())))).toEqual(alone);
  });
});
