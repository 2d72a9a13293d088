// Two versions of a tool and an agent with its user's own key at one address: no exact number that is wrong.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { repairChecksums, viewIpFrame } from '../../captures/ip-frame.ts';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import { temporaryFolder } from '../temporary.ts';
import { judge, type Recording, recordings, windowsOf } from './judged-recordings.ts';

const folder = temporaryFolder('one-address');

const START_US = 1_783_612_800_000_000;
const STEP_US = 7_000_000;
const FIRST_CLIENT_PORT = 20_000;

function recordingOf(name: string): Recording {
  const recording = recordings.find((one) => one.name === name);
  if (recording === undefined) throw new Error(`no recording is named ${name}`);
  return recording;
}

/** The frames of a recording, started `place` steps after the first one, from separate client ports. */
function laid(name: string, place: number): Frame[] {
  const frames = readPcap(gunzipSync(readFileSync(recordingOf(name).file)));
  const beganUs = frames[0]?.timeUs ?? 0;
  for (const { bytes } of frames) {
    const view = viewIpFrame(bytes);
    if (view === null || view.endAt > bytes.length) continue;
    for (const at of [view.transportAt, view.transportAt + 2]) {
      const port = bytes.readUInt16BE(at);
      if (port >= FIRST_CLIENT_PORT) bytes.writeUInt16BE(port ^ (place << 10), at);
    }
    repairChecksums(view);
  }
  return frames.map((frame) => ({ ...frame, timeUs: frame.timeUs - beganUs + START_US + place * STEP_US }));
}

describe('two versions of Claude Code with another agent at one address', () => {
  it.each([
    ['claude-code-2.1.145-prompt', 'claude-code-2.1.5-node20', 'continue-1.5.47-prompt'],
    ['claude-code-2.1.197-multiturn', 'claude-code-2.1.5-node20', 'continue-1.5.47-prompt'],
    ['claude-code-2.1.328-oauth', 'claude-code-2.1.5-node20', 'continue-1.5.47-prompt'],
    ['claude-code-2.1.145-prompt', 'claude-code-2.1.328-oauth', 'cline-3.0.65-multiturn'],
    ['claude-code-2.1.197-multiturn', 'claude-code-2.1.328-oauth', 'kilocode-7.0.33-anthropic'],
  ])('have their requests in the range: %s, %s, %s', async (first, second, agent) => {
    const frames = [first, second, agent].flatMap(laid).sort((a, b) => a.timeUs - b.timeUs);
    const file = join(folder, 'capture.pcap');
    writeFileSync(file, writePcap(frames));
    const use = judge(await windowsOf(file)).tools.find(({ tool }) => tool === 'claude-code');
    const truth = [first, second].reduce((sum, name) => sum + recordingOf(name).truth.model_requests, 0);
    expect(use?.requests?.min).toBeLessThanOrEqual(truth);
    expect(use?.requests?.max).toBeGreaterThanOrEqual(truth);
  });
});
