// Captures that are read in sequence: what is said of the time between them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Frame, writePcap } from '../../../../captures/pcap.ts';
import { analyze } from '../../../../src/reading/captures/analyze-captures.ts';
import { CLAUDE_OPTIONS } from '../../../property/claude-options.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('capture-notes');

/** Returns captures of two packets each, at the given seconds. */
function captures(...spans: readonly (readonly [number, number])[]): string[] {
  return spans.map((span, i) => {
    const frames: Frame[] = span.map((second) => ({
      timeUs: second * 1e6,
      wireLength: 60,
      bytes: Buffer.alloc(60),
    }));
    const path = join(folder, `${i + 1}.pcap`);
    writeFileSync(path, writePcap(frames));
    return path;
  });
}

const notesOn = async (...spans: readonly (readonly [number, number])[]): Promise<string[]> => {
  const { notes } = await analyze(captures(...spans), CLAUDE_OPTIONS);
  return notes.map((note) => note.replaceAll(`${folder}/`, ''));
};

it('names the longest gap and the longest overlap, and counts the others', async () => {
  expect(await notesOn([1000, 1100], [1180, 1300], [1600, 1700], [1695, 1800], [1798, 1900])).toEqual([
    '3.pcap begins 300 s after 2.pcap ends: no packets between; 1 shorter pause',
    '4.pcap begins 5.000 s before 3.pcap ends: packets that are in both count twice; 1 shorter overlap',
  ]);
});

it('says nothing of captures that follow each other', async () => {
  expect(await notesOn([1000, 1100], [1100, 1200])).toEqual([]);
});
