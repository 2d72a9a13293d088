// Recordings as a damaged, cut or doubled capture would hold them, and how the counts then stand to the truth.
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

/** Windows of frames, each list a capture of its own, given together. */
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

/** How the rows of the tool that ran stand to the truth. A row that is only possible tells nothing of the tool. */
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
