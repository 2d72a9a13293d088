// Recordings whose connections use several flows of multipath TCP: no wrong exact count.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { overSubflows, type Paths } from '../../captures/multipath.ts';
import { readPcap, writePcap } from '../../captures/pcap.ts';
import { temporaryFolder } from '../temporary.ts';
import { judge, recordings, windowsOf } from './judged-recordings.ts';

const folder = temporaryFolder('multipath');

const PATHS: readonly (Paths & { readonly name: string })[] = [
  { name: 'every other turn', before: 8, goesAside: (_packet, turn) => turn % 4 > 1, otherAddress: null },
  {
    name: 'every other turn, from another address',
    before: 8,
    goesAside: (_packet, turn) => turn % 4 > 1,
    otherAddress: 99,
  },
  {
    name: 'every third packet, from another address',
    before: 12,
    goesAside: (packet) => packet % 3 === 0,
    otherAddress: 99,
  },
  { name: 'all behind the handshake', before: 10, goesAside: () => true, otherAddress: 99 },
];

const NAMES = [
  'claude-code-2.1.328-rt-session',
  'claude-code-2.1.328-relay',
  'claude-code-2.1.197-multiturn',
  'claude-code-2.1.328-ipv6',
  'codex-0.169.0-multiturn',
  'cline-3.0.65-multiturn',
  'opencode-1.18.33-zen',
];
const CASES = NAMES.flatMap((name) => PATHS.map((paths) => ({ name, paths, how: paths.name })));

describe('a connection over several flows', () => {
  it.each(CASES)('has no wrong number of requests: $name, $how', async ({ name, paths }) => {
    const recording = recordings.find((one) => one.name === name);
    if (recording?.tool === undefined) throw new Error(`no recording is named ${name}`);
    const frames = readPcap(gunzipSync(readFileSync(recording.file)));
    const file = join(folder, 'capture.pcap');
    writeFileSync(file, writePcap(overSubflows(frames, paths)));
    const windows = await windowsOf(file);
    const { tools } = judge(windows);
    const use = tools.find(({ tool }) => recording.expect.tools?.includes(tool));
    expect(use).toBeDefined();
    if (use?.requests === null || use === undefined) return;
    expect(use.requests.min).toBeLessThanOrEqual(recording.truth.model_requests);
    expect(use.requests.max).toBeGreaterThanOrEqual(recording.truth.model_requests);
  });
});
