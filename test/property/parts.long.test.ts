// A recording as two captures that are analysed separately, consecutive or overlapping, and one with a long
// pause: the counts equal those of the whole, or are not reported as exact.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { viewIpFrame } from '../../captures/ip-frame.ts';
import type { Frame } from '../../captures/pcap.ts';
import { attribute } from '../../src/attribution/attribute.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { buildReport } from '../../src/report/document/document.ts';
import { statsOfWindows } from '../../src/report/document/window-totals.ts';
import { buildAttributor } from '../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../src/store/duckdb/duckdb-store.ts';
import { History } from '../../src/store/history.ts';
import { openZone } from '../../src/time/zone.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { temporaryFolder } from '../temporary.ts';
import { askHistory, frameOf } from '../unit/store/ask-history.ts';
import { COUNTED, framesOf, outcomeOf, windowsOfFrames } from './damage.ts';
import { catalogue, judge, type Recording } from './judged-recordings.ts';

const PAUSE_US = 70 * 60 * 1e6;
const folder = temporaryFolder('parts');

function middleOf(frames: readonly Frame[]): number {
  return ((frames[0]?.timeUs ?? 0) + (frames.at(-1)?.timeUs ?? 0)) / 2;
}

async function apart(...captures: readonly (readonly Frame[])[]): Promise<UsageWindow[]> {
  const windows = await Promise.all(captures.map(windowsOfFrames));
  return mergeWindows(...windows);
}

function halves(recording: Recording): Promise<UsageWindow[]> {
  const frames = framesOf(recording);
  const middle = middleOf(frames);
  return apart(
    frames.filter(({ timeUs }) => timeUs < middle),
    frames.filter(({ timeUs }) => timeUs >= middle),
  );
}

const RIGHT = ['exact', 'in range', 'withheld'];
const cases = COUNTED.map((recording) => ({ name: recording.name, recording }));

describe('a recording in two captures', () => {
  it.each(cases)('is never counted wrong for sure: $name', async ({ recording }) => {
    const whole = outcomeOf(judge(await windowsOfFrames(framesOf(recording))), recording);
    expect([...RIGHT, whole]).toContain(outcomeOf(judge(await halves(recording)), recording));
  });

  it.each(cases)('counts once what both hold: $name', async ({ recording }) => {
    const frames = framesOf(recording);
    const whole = judge(await windowsOfFrames(frames));
    const twice = judge(await apart(frames, frames.slice(1)));
    expect(twice.tools.map(({ tool, requests }) => ({ tool, requests }))).toEqual(
      whole.tools.map(({ tool, requests }) => ({ tool, requests })),
    );
    const middle = middleOf(frames);
    const later = frames.filter(({ timeUs }) => timeUs >= middle);
    expect([...RIGHT, outcomeOf(whole, recording)]).toContain(
      outcomeOf(judge(await apart(frames, later)), recording),
    );
  });

  it.each(cases.slice(0, 4))('is the same out of a store: $name', async ({ name, recording }) => {
    const frames = framesOf(recording);
    const windows = mergeWindows(await halves(recording), await windowsOfFrames(frames.slice(3)));
    const by = buildAttributor(catalogue, 'test');
    const path = join(folder, `${name}.duckdb`);
    const store = await openDuckdb(path, { mode: 'write', attributor: by });
    for (const window of [...windows].reverse()) await store.put([window]);
    await store.close();
    const asked = await askHistory(
      new History(await openDuckdbPeriods(path), by),
      { from: 0, to: 10_000_000_000 },
      'UTC',
    );
    const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });
    const frame = frameOf('UTC', statsOfWindows(windows), []);
    expect(asked.document.hosts).toEqual(buildReport({ ...frame, attributions, windows }).hosts);
  });
});

const SYN_AND_ACK = 0x12;
const SYN = 0x02;

/** Time of the last opened connection: a pause after it is within connections. */
function lastOpening(frames: readonly Frame[]): number {
  return frames.reduce((last, { bytes, timeUs }) => {
    const frame = viewIpFrame(bytes);
    if (frame?.protocol !== 'tcp') return last;
    return (bytes.readUInt8(frame.transportAt + 13) & SYN_AND_ACK) === SYN ? timeUs : last;
  }, 0);
}

it.each(cases)('goes on after a pause of more than an hour: $name', async ({ recording }) => {
  const frames = framesOf(recording);
  const middle = (lastOpening(frames) + (frames.at(-1)?.timeUs ?? 0)) / 2;
  const paused = frames.map((frame) =>
    frame.timeUs < middle ? frame : { ...frame, timeUs: frame.timeUs + PAUSE_US },
  );
  const whole = judge(await windowsOfFrames(frames));
  const reported = judge(await windowsOfFrames(paused));
  const figures = ({ tools }: typeof reported) =>
    tools.map(({ tool, flows, requests }) => ({ tool, flows, requests }));
  expect(figures(reported)).toEqual(figures(whole));
});
