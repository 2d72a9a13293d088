// Recordings with damage, truncation or duplication, and the comparison of their counts with the truth.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { isNamed, type Judged, type Recording, recordings, seeded, windowsOf } from './judged-recordings.ts';

/** Recordings of one tool that made requests. */
export const COUNTED: readonly Recording[] = recordings.filter(
  ({ expect, truth }) =>
    expect.tools?.length === 1 && expect.possible === undefined && truth.model_requests > 0,
);

export function framesOf({ file }: Recording): Frame[] {
  return readPcap(gunzipSync(readFileSync(file)));
}

/** Windows of frames, each list a separate capture, read together. */
export async function windowsOfFrames(frames: readonly Frame[]): Promise<readonly UsageWindow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-damage-'));
  try {
    const path = join(folder, 'capture.pcap');
    writeFileSync(path, writePcap(frames));
    return await windowsOf(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Leaves out a share of the packets, in runs of `run`. */
export function lossy(frames: readonly Frame[], share: number, run: number, seed: number): Frame[] {
  const random = seeded(seed);
  let left = 0;
  return frames.filter(() => {
    if (left > 0) {
      left--;
      return false;
    }
    if (random() >= share / run) return true;
    left = run - 1;
    return false;
  });
}

export type Outcome = 'exact' | 'in range' | 'outside' | 'sure and wrong' | 'withheld';

/** Compares the rows of the running tool with the truth. A row that is only possible is no statement about the tool. */
export function outcomeOf({ tools }: Judged, { expect, truth }: Recording): Outcome {
  const rows = tools.filter((use) => isNamed(use) && expect.tools?.includes(use.tool));
  const ranges = rows.flatMap(({ requests }) => (requests === null ? [] : [requests]));
  if (ranges.length === 0 || ranges.length < rows.length) return 'withheld';
  const min = ranges.reduce((sum, range) => sum + range.min, 0);
  const max = ranges.reduce((sum, range) => sum + range.max, 0);
  const isInside = min <= truth.model_requests && truth.model_requests <= max;
  if (min === max) return isInside ? 'exact' : 'sure and wrong';
  return isInside ? 'in range' : 'outside';
}

export type Outcomes = Readonly<Record<Outcome, number>>;

export function count(outcomes: readonly Outcome[]): Outcomes {
  const counts = { exact: 0, 'in range': 0, outside: 0, 'sure and wrong': 0, withheld: 0 };
  for (const outcome of outcomes) counts[outcome]++;
  return counts;
}
