// A capture cut at any record boundary: its parts given together are the whole, and so are their windows merged where
// no flow crosses the cut.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import type { AnalyzeOptions, AnalyzeResult } from '../../src/model/sensor.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { decodeWindows, encodeWindows } from '../../src/window/codec.ts';
import { joinWindows, mergeWindows } from '../../src/window/merge-windows.ts';
import { temporaryFolder } from '../temporary.ts';
import { inLists } from '../windows-in-lists.ts';
import { CLAUDE_OPTIONS } from './claude-options.ts';

const folder = temporaryFolder('split');

const RECORDINGS = [
  'claude-code-2.1.328-prompt',
  'claude-code-2.1.328-connect-proxy',
  'base-chromium-quic-claude.ai',
  'claude-code-2.1.328-relay',
];

const OPTIONS: AnalyzeOptions = {
  ...CLAUDE_OPTIONS,
  watchlist: { ...CLAUDE_OPTIONS.watchlist, userAgents: ['claude-cli/'] },
};

function framesOf(recording: string): Frame[] {
  return readPcap(gunzipSync(readFileSync(`captures/recordings/${recording}.pcap.gz`)));
}

let files = 0;

function save(frames: readonly Frame[]): string {
  const path = join(folder, `${files++}.pcap`);
  writeFileSync(path, writePcap(frames));
  return path;
}

/** All inputs of a report, except for the names of the files. */
function facts(result: AnalyzeResult): object {
  return {
    windows: result.windows,
    stats: result.stats,
    coverage: result.coverage,
    recordsFrom: result.recordsFrom,
    recordsUntil: result.recordsUntil,
  };
}

describe.each(RECORDINGS)('%s', (recording) => {
  const frames = framesOf(recording);
  const whole = analyze([save(frames)], OPTIONS);

  it('gives the same when it is cut anywhere and both parts are given, in either order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(frames.length), fc.boolean(), async (cut, isSwapped) => {
        const parts = [save(frames.slice(0, cut)), save(frames.slice(cut))];
        const given = isSwapped ? parts.reverse() : parts;
        expect(facts(await analyze(given, OPTIONS))).toEqual(facts(await whole));
      }),
      { numRuns: 12 },
    );
  });

  it('gives the same windows from both parts merged, wherever no flow crosses the cut', async () => {
    // The same recording more than a day later is a capture in two halves that share no flow: its hellos are not compared.
    const later = frames.map((frame) => ({ ...frame, timeUs: frame.timeUs + 25 * 3_600_000_000 }));
    const both = await analyze([save([...frames, ...later])], OPTIONS);
    const first = await analyze([save(frames)], OPTIONS);
    const second = await analyze([save(later)], OPTIONS);
    const kept = decodeWindows(encodeWindows([...first.windows, ...second.windows])).windows;
    expect(total(kept)).toEqual(total(both.windows));
    expect(total([...kept, ...kept])).toEqual(total(both.windows));
  });

  it('is known by what it holds, so that analysing it twice counts it once', async () => {
    const again = await analyze([save(frames)], OPTIONS);
    expect(mergeWindows(again.windows, (await whole).windows)).toEqual((await whole).windows);
  });
});

function total(windows: readonly UsageWindow[]): object[] {
  return joinWindows(windows).map((window) => ({ ...inLists(window), sensor: '', revision: 0 }));
}
